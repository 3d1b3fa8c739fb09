import Histories

// What cannot help.
extension EssenceTeller {
  /// So many operations are named in one sentence.
  private static let nameLimit = 3

  func remarks() -> [String] {
    guard members.count <= Self.tellingLimit else { return [] }
    let unknown = members.indices.filter { !members[$0].isEssential }
    // That of the value that the culprit found is a step of the argument.
    let spent = spentWrite?.write
    let used = unknown.compactMap { place in place == spent ? nil : use(of: place).map { (place, $0) } }
    let rest = unknown.filter { place in place != spent && !used.contains { $0.0 == place } }
    var lines = used.map(\.1)
    let open = rest.filter { !members[$0].isForgotten }
    if !open.isEmpty {
      let subject = open.count == 1 ? "it" : "they"
      lines.append("What is said above holds whenever \(names(open)) took effect, and if \(subject) never did.")
    }
    let told = unknown.filter { place in members[place].isForgotten && !rest.contains(place) }
    if !told.isEmpty {
      lines.append("\(names(told)) returned, as `)` shows; what is said above does not rest on that.")
    }
    let forgotten = rest.filter { members[$0].isForgotten }
    if !forgotten.isEmpty {
      lines.append(
        "\(names(forgotten)) returned, as `)` shows; but what is said above holds even if "
          + "\(forgotten.count == 1 ? "it" : "they") took effect at any time after \(calls(of: forgotten)), or never.")
    }
    if hasLostOrder {
      lines.append(
        "Some of these are drawn as if they had been open at the same time, and were not: what is said above does not rest "
          + "on which of them came first.")
    }
    if leavesDoubt {
      let isOne = leftOut.count == 1
      lines.append(
        "\(isOne ? "Another operation that did" : "\(leftOut.count) other operations that did") not fail and may change "
          + "\(wording.cell) had been called before \(wording.subject(culprit)) returned, and cannot help: whenever "
          + "\(isOne ? "it" : "they") took effect, as far as \(isOne ? "its call and return" : "their calls and returns") "
          + "allow, these operations have no order\(forgotten.isEmpty ? "" : ", where all returned as they did").")
    }
    return lines
  }

  private func names(_ places: [Int]) -> String {
    let all = places.prefix(Self.nameLimit).map { wording.subject(operations[$0]) }
    let words = all + (places.count > all.count ? ["\(places.count - all.count) more"] : [])
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) and \(last)"
  }

  private func calls(of places: [Int]) -> String { places.count == 1 ? "its call" : "their calls" }

  /// When a write of unknown result must have taken effect, if somebody saw its value, which no other one made by then.
  private func use(of place: Int) -> String? {
    guard let meaning = model.specification.meaning(of: operations[place]), meaning.effect != .append,
      let reader = reader(of: meaning.result), isOnlySource(place, of: meaning.result, foundBy: reader)
    else { return nil }
    return "\(source(place, of: meaning.result, foundBy: reader)), so it took effect before that, and only once."
  }

  /// That nothing else can have left the value that an operation found, as a clause.
  func source(_ write: Int, of value: ValueID, foundBy reader: Int) -> String {
    "Of these operations only \(wording.subject(operations[write])) can have left the \(show(value)) that "
      + "\(wording.subject(operations[reader]))\(lines(of: reader)) found"
  }

  /// Whether nothing but this write can have brought about the value that an operation found.
  func isOnlySource(_ write: Int, of value: ValueID, foundBy reader: Int) -> Bool {
    guard history.values[value] != model.initial, !operations.contains(where: { $0.isAppend }) else {
      return false
    }
    return makers(of: value).filter { operations[$0].call < operations[reader].end ?? .max } == [write]
  }

  /// ` in lines 3-4`; empty if it stands on none.
  func lines(of place: Int) -> String {
    Wording.lines(of: members[place].origin, in: origin.history).map { " in \($0)" } ?? ""
  }

  /// The first to return of those other than the culprit that saw a value.
  func reader(of value: ValueID) -> Int? {
    members.indices.filter { place in
      guard members[place].isEssential, place != last else { return false }
      guard let meaning = model.specification.meaning(of: operations[place]) else { return false }
      return (meaning.effect == .require || meaning.effect == .swap) && meaning.operand == value
    }.min { operations[$0].end ?? 0 < operations[$1].end ?? 0 }
  }
}
