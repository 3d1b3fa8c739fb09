import Histories

// Where the value that the culprit found was there while it was open, and still no order lets it find it: what follows if
// it does, way by way.
extension EssenceTeller {
  /// Two operations that cannot both find what they found, whichever of them takes effect first.
  struct Rivals {
    /// The one beside the culprit, by its place.
    let rival: Int
    /// The values that were possible while the rival was open and the culprit had taken effect before it.
    let afterCulprit: PossibleValues.Values
    /// The same with the two exchanged.
    let afterRival: PossibleValues.Values
  }

  /// The argument by the two ways in which the culprit and another operation can follow each other; `nil` if there is none.
  func twoWays() -> [String]? {
    guard let rivals = rivals() else { return nil }
    let (one, other) = (operations[last], operations[rivals.rival])
    let doubt = byThese(from: members[last].origin.call, through: members[last].origin.end)
    func way(_ first: Operation, _ second: Operation, _ values: PossibleValues.Values) -> String {
      "takes effect first, \(wording.cell) can then\(doubt.isEmpty ? "," : doubt) as long as \(wording.subject(second)) is "
        + "open, only be \(values.text). But \(finding(of: second))."
    }
    let (first, second) = (members[last].origin, members[rivals.rival].origin)
    let wereOpen = first.call < second.end ?? .max && second.call < first.end ?? .max
    let opening =
      wereOpen ? "\(wording.subject(one)) and \(wording.subject(other)) were open at the same time. " : ""
    return [
      "\(opening)If \(wording.subject(one)) " + way(one, other, rivals.afterCulprit),
      "If \(wording.subject(other)) \(way(other, one, rivals.afterRival))",
    ]
  }

  /// What it must have found, as a clause: `c2 read 1`.
  private func finding(of operation: Operation) -> String {
    guard let meaning = model.specification.meaning(of: operation) else { return wording.deed(operation) }
    let value = show(meaning.operand)
    return switch (operation.function, meaning.effect) {
    case (.get, _): "\(wording.client(operation)) read \(value)"
    case (_, .forbid): "\(wording.subject(operation)) failed, so it must have found something else than \(value)"
    case (_, .swap): "\(wording.subject(operation)) succeeded, so it must have found \(value)"
    default: "\(wording.subject(operation)) saw \(value)"
    }
  }

  /// The operation at whose return the last orders end in which the culprit has taken effect, if either of the two rules
  /// the other one out by itself.
  private func rivals() -> Rivals? {
    guard let followed, let end = operations[last].end, let wanted = operand(of: last) else { return nil }
    let bit = UInt64(1) << UInt64(last)
    let fronts = followed.fronts
    guard let lastFront = (0..<end).last(where: { fronts[$0].contains { $0.done & bit != 0 } }),
      let rival = operations.indices.first(where: { members[$0].isEssential && operations[$0].end == lastFront + 1 }),
      rival != last, let other = operand(of: rival)
    else { return nil }
    let rivalBit = UInt64(1) << UInt64(rival)
    func values(from start: Int, through end: Int, with: UInt64, without: UInt64) -> PossibleValues.Values {
      followed.distinctValues(
        in: fronts[start...end].flatMap { $0.filter { $0.done & with != 0 && $0.done & without == 0 } })
    }
    let start = max(operations[last].call, operations[rival].call)
    let afterCulprit = values(from: start, through: lastFront, with: bit, without: rivalBit)
    let afterRival = values(from: start, through: end - 1, with: rivalBit, without: bit)
    guard !allows(afterCulprit, other), !allows(afterRival, wanted) else { return nil }
    return Rivals(rival: rival, afterCulprit: afterCulprit, afterRival: afterRival)
  }

  /// The value that an operation demands, or forbids; `nil` if it finds any value right.
  private func operand(of place: Int) -> (value: [UInt8]?, isForbidden: Bool)? {
    guard let meaning = model.specification.meaning(of: operations[place]) else { return nil }
    switch meaning.effect {
    case .require, .swap: return (history.values[meaning.operand], false)
    case .forbid: return (history.values[meaning.operand], true)
    case .set, .append: return nil
    }
  }

  private func allows(
    _ values: PossibleValues.Values, _ operand: (value: [UInt8]?, isForbidden: Bool)
  ) -> Bool {
    operand.isForbidden
      ? values.includesUnseen || values.known.contains { $0 != operand.value } : values.known.contains(operand.value)
  }

  /// The operations at whose returns the orders end in which the culprit has taken effect, as a clause; `nil` if they were
  /// not followed.
  func casualties() -> String? {
    guard let followed, let end = operations[last].end else { return nil }
    let bit = UInt64(1) << UInt64(last)
    let found = operations.indices.filter { place in
      guard members[place].isEssential, place != last, let position = operations[place].end, position > 0,
        position < end
      else { return false }
      let own = UInt64(1) << UInt64(place)
      return followed.fronts[position - 1].contains { $0.done & bit != 0 && $0.done & own == 0 }
    }
    guard !found.isEmpty else { return nil }
    let names = found.map { wording.deed(operations[$0]) }
    let all = names.count == 1 ? names[0] : "\(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
    return "in every order in which it finds that, there is no place any more for one of "
      + "these: \(all)"
  }

  // MARK: Writes that were used up

  /// The only write of the value that the culprit found, if nobody knows its result or it still was open, and the operation
  /// that found the value before; by their places.
  var spentWrite: (write: Int, user: Int)? {
    guard let demand, !demand.isForbidden, !demand.contradictsItself,
      history.values[demand.value] != model.initial, !operations.contains(where: { $0.isAppend })
    else { return nil }
    // Who had returned before the culprit was called cannot bring the value back any more.
    let late = makers(of: demand.value).filter { operations[$0].isUnknown || operations[$0].end ?? .max > culprit.call }
    guard late.count == 1, let write = late.first, write != last, let user = reader(of: demand.value),
      operations[user].end ?? .max < culprit.call, operations[write].isUnknown,
      isOnlySource(write, of: demand.value, foundBy: user)
    else { return nil }
    return (write, user)
  }

  /// That the value cannot come back, for its only write was used up.
  func usedUp() -> String? {
    guard let spent = spentWrite, let demand else { return nil }
    let bytes = history.values[demand.value]
    let isOnly = !origin.operations.contains { write in
      guard let meaning = model.specification.meaning(of: write), write.call != members[spent.write].origin.call else {
        return false
      }
      return !meaning.effect.isPure && meaning.effect != .append && origin.history.values[meaning.result] == bytes
    }
    let write = wording.subject(operations[spent.write])
    let user = "\(wording.subject(operations[spent.user]))\(lines(of: spent.user))"
    return isOnly
      ? "Only \(write) writes \(show(demand.value)); for \(user) to find that, it had taken effect by then, and a write "
        + "takes effect once."
      : "\(source(spent.write, of: demand.value, foundBy: spent.user)): it had taken effect by then, and a write takes "
        + "effect once."
  }
}
