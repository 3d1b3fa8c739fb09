import Histories

/// Why a few operations have no order, for a person who is woken at night and has not read the paper.
package struct EssenceAccount: Sendable {
  /// The place of the operation whose return leaves no order.
  package let culprit: Int
  /// The rule that broke, in one sentence without a full stop: `c3 read x = 1 after c1's put x = 2 had returned`.
  package let sentence: String
  /// What follows from what, one sentence each, up to what cannot be.
  package let steps: [String]
  /// Why the operations of unknown result cannot help; a sentence each.
  package let remarks: [String]
  /// The values that were possible after each event of the small history, in words; `nil` if there are too many ways to
  /// follow.
  package let possibleValues: [String]?
  /// The same, as short as it gets.
  package let fields: [String]?
  /// Whether in truth other values may have been there, or not all of these: operations were left out, or what is known of
  /// these.
  package let isOfTheseAlone: Bool
  /// The values that were possible while the culprit was open, in words; `nil` if nobody can say.
  package let valuesDuringCulprit: String?

  init(
    of members: [Essence.Member], _ history: History, _ model: Model, origin: Subhistory, _ wording: Wording,
    shouldStop: () -> Bool
  ) {
    let teller = EssenceTeller(members, history, model, origin: origin, wording, shouldStop: shouldStop)
    culprit = teller.last
    sentence = teller.sentence()
    steps = teller.steps()
    remarks = teller.remarks()
    let texts = teller.possible.map { $0.values.indices.map { teller.text(at: $0) } }
    possibleValues = texts
    fields = teller.possible.flatMap { possible in
      texts.map { texts in zip(possible.values, texts).map { $0.isNone ? "none" : $1 } }
    }
    isOfTheseAlone = texts != nil && (teller.leftOut.count > 0 || teller.isWeakened)
    valuesDuringCulprit = teller.valuesDuringCulprit
  }
}

/// Puts an essence into words.
struct EssenceTeller {
  let operations: [Operation]
  let members: [Essence.Member]
  let history: History
  let model: Model
  let origin: Subhistory
  let wording: Wording
  let possible: PossibleValues?
  /// The same, each value told for itself; `nil` if there are too many ways to follow.
  private let each: PossibleValues?
  /// The same with its configurations, where the argument needs them.
  let followed: PossibleValues?
  /// The operations of the key that were called before the culprit returned, may have changed its value and are none of
  /// the members, as they stand in the whole.
  let leftOut: [Operation]
  /// The place of the last to return, which is the culprit.
  let last: Int
  /// Whether some of these overlap that did not. Of more than are drawn nobody asks.
  let hasLostOrder: Bool

  init(
    _ members: [Essence.Member], _ history: History, _ model: Model, origin: Subhistory, _ wording: Wording,
    shouldStop: () -> Bool
  ) {
    (self.members, self.history, self.model, self.origin) = (members, history, model, origin)
    self.wording = wording
    operations = members.map(\.operation)
    func possible(mergesUnseen: Bool, keepsFronts: Bool = false) -> PossibleValues? {
      PossibleValues(
        history, members.map(\.operation), model.specification, mergesUnseen: mergesUnseen, keepsFronts: keepsFronts,
        shouldStop: shouldStop)
    }
    each = possible(mergesUnseen: false)
    let isShort = each?.values.allSatisfy { $0.known.count <= Self.valueLimit } ?? false
    let merged = isShort ? nil : possible(mergesUnseen: true)
    let chosen = merged ?? each
    self.possible = chosen
    hasLostOrder = members.count <= Self.tellingLimit && Self.hasLostOrder(members)
    let calls = members.map(\.origin.call).sorted()
    let last =
      members.indices.filter { members[$0].isEssential }
      .max { members[$0].operation.end ?? 0 < members[$1].operation.end ?? 0 } ?? 0
    self.last = last
    leftOut = origin.operations.filter { operation in
      operation.call < members[last].origin.end ?? .max && !calls.containsSorted(operation.call)
        && !(model.specification.meaning(of: operation)?.effect.isPure ?? true)
    }
    guard let meaning = model.specification.meaning(of: members[last].operation),
      chosen?.duringLast.known.contains(history.values[meaning.operand]) ?? false
    else {
      followed = nil
      return
    }
    followed = possible(mergesUnseen: merged != nil, keepsFronts: true)
  }

  /// Where there are more values than that at one time, those that nobody sees are not told one by one.
  private static let valueLimit = 4

  /// The values that were possible after an event, in words.
  func text(at event: Int) -> String { text(possible?.values[event] ?? .init(), each?.values[event]) }

  /// Those that were possible while the culprit was open.
  private var textDuringLast: String { text(possible?.duringLast ?? .init(), each?.duringLast) }

  /// What none of these saw has at least in common what was appended by all orders.
  private func text(_ values: PossibleValues.Values, _ each: PossibleValues.Values?) -> String {
    guard values.known.isEmpty, values.includesUnseen, let each else { return values.text }
    let appended = members.indices.filter { members[$0].isEssential && operations[$0].isAppend }
      .sorted { operations[$0].end ?? 0 > operations[$1].end ?? 0 }
      .compactMap { history.values[operations[$0].argument] }
    let common = appended.first { piece in
      !piece.isEmpty && each.known.allSatisfy { $0.map { $0.holds(piece) } ?? false }
    }
    return common.map { "a value with \(Wording.show($0)) in it" } ?? values.text
  }

  var culprit: Operation { operations[last] }

  /// What the culprit says of the value: that it is this one, or that it is not.
  var demand: (value: ValueID, isForbidden: Bool, contradictsItself: Bool)? {
    guard let meaning = model.specification.meaning(of: culprit) else { return nil }
    switch meaning.effect {
    case .require, .swap: return (meaning.operand, false, meaning.contradictsItself)
    case .forbid: return (meaning.operand, true, false)
    case .set, .append: return nil
    }
  }

  // MARK: The rule

  func sentence() -> String {
    let deed = wording.deed(culprit)
    guard let demand else { return "\(deed), and no order explains that" }
    if demand.contradictsItself {
      return "\(deed), which is just what it expected"
    }
    if !demand.isForbidden, !isMade(demand.value) {
      return "\(finding(demand.value)), \(unmade(demand.value).clause)"
    }
    if let rival = rivalSwap(demand.value) {
      return "\(deed) although \(wording.earlierDeed(rival)), from the same value"
    }
    if let before = returnedBefore(culprit, leaving: demand) {
      let rule = "\(deed) after \(wording.earlierDeed(before))"
      guard !demand.isForbidden, let witness = witness(of: demand.value) else { return rule }
      let behind = returnedBefore(witness).map { " after \(wording.earlierDeed($0))" } ?? ""
      return "\(rule), while \(wording.deed(witness))\(behind)"
    }
    let others = members.indices.filter { members[$0].isEssential && $0 != last }.prefix(2)
    guard !others.isEmpty else {
      let makers = makers(of: demand.value).map { operations[$0] }
      if let maker = makers.first, makers.count == 1, maker.function == .compareAndSet {
        return
          "\(deed), which only \(wording.subject(maker)) writes, and there was no \(show(maker.argument)) to replace"
      }
      if demand.isForbidden { return "\(deed), though \(wording.cell) was \(show(demand.value)) all the while" }
      return "\(deed), and \(rule)"
    }
    return "\(deed) although \(others.map { wording.earlierDeed(operations[$0]) }.joined(separator: " and ")): \(rule)"
  }

  /// What is wrong where no other one returned before the culprit was called.
  private var rule: String {
    let part = Subhistory(history: history, key: culprit.key, operations: operations)
    guard case .notLinearizable(.zones(let violation)) = part.decideByZones(model.specification) else {
      return "no order explains that"
    }
    return switch violation.rule {
    case .twoSuccessors: "a value that was there once was replaced or extended twice"
    case .appendTwice: "that needs one append to have happened more than once"
    case .cycle: "these values can only have come from each other"
    case .tooEarly: "a value was seen before it can have been there, or after it was gone"
    case .valueFromNowhere, .mismatchOfItself, .overlap, .covered: "no order explains that"
    }
  }

  func show(_ value: ValueID) -> String { Wording.show(history.values[value]) }

  /// What the culprit did, and that it found a value.
  private func finding(_ value: ValueID) -> String {
    let deed = wording.deed(culprit)
    return culprit.answer == .swapped ? "\(deed), so it found \(show(value))" : deed
  }

  private func unmade(_ value: ValueID) -> UnmadeValue {
    UnmadeValue(
      history.values[value], foundBy: members[last].origin, in: origin,
      isSum: operations.contains { $0.isAppend })
  }

  /// Whether the value was there at first or some member makes it; with appends, whether it can come about at all.
  func isMade(_ value: ValueID) -> Bool {
    let bytes = history.values[value]
    if bytes == model.initial { return true }
    if let possible, operations.contains(where: { $0.isAppend }) {
      return possible.values.contains { $0.known.contains(bytes) }
    }
    return makers(of: value).count > 0 || operations.contains { $0.isAppend }
  }

  func makers(of value: ValueID) -> [Int] {
    operations.indices.filter { place in
      guard let meaning = model.specification.meaning(of: operations[place]) else { return false }
      return (meaning.effect == .set || meaning.effect == .swap) && meaning.result == value
    }
  }

  /// Another compare-and-set that replaced the value that the culprit replaced, if it was there once only.
  private func rivalSwap(_ value: ValueID) -> Operation? {
    guard model.specification.meaning(of: culprit)?.effect == .swap else { return nil }
    let count = makers(of: value).count + (history.values[value] == model.initial ? 1 : 0)
    guard count == 1 else { return nil }
    return operations.indices.first { place in
      guard place != last, let meaning = model.specification.meaning(of: operations[place]) else { return false }
      return meaning.effect == .swap && meaning.operand == value && members[place].isEssential
    }.map { operations[$0] }
  }

  /// The last to return before an operation was called.
  func returnedBefore(_ operation: Operation) -> Operation? {
    operations.filter { !$0.isUnknown && $0.end ?? .max < operation.call }.max { $0.end ?? 0 < $1.end ?? 0 }
  }

  /// The last to return before the culprit was called of those that saw or left something else than was demanded.
  private func returnedBefore(
    _ operation: Operation, leaving demand: (value: ValueID, isForbidden: Bool, contradictsItself: Bool)
  ) -> Operation? {
    let before = operations.filter { !$0.isUnknown && $0.end ?? .max < operation.call }
      .sorted { $0.end ?? 0 > $1.end ?? 0 }
    let telling = before.first { operation in
      guard let meaning = model.specification.meaning(of: operation) else { return false }
      let value = meaning.effect == .require ? meaning.operand : meaning.result
      return switch meaning.effect {
      case .forbid: false
      case .append: true
      case .require, .set, .swap: (value == demand.value) == demand.isForbidden
      }
    }
    return telling ?? before.first
  }

  /// Where the value was possible while the culprit was open: the last to return of those that were open then, too, whose
  /// answers leave no room for it.
  private func witness(of value: ValueID) -> Operation? {
    guard let possible, possible.duringLast.known.contains(history.values[value]) else { return nil }
    return members.indices.filter { members[$0].isEssential && $0 != last }.map { operations[$0] }
      .filter { $0.end ?? 0 > culprit.call }.max { $0.end ?? 0 < $1.end ?? 0 }
  }

  // MARK: The argument

  /// Of more members than that only the end is told.
  static let tellingLimit = 64

  func steps() -> [String] {
    guard members.count <= Self.tellingLimit else { return [conclusion()] }
    return told.map(step) + (twoWays() ?? [conclusion()] + [usedUp()].compactMap(\.self))
  }

  /// The places of the operations that have a step of their own, in the order of their returns.
  private var told: [Int] {
    members.indices.filter { members[$0].isEssential && $0 != last }
      .sorted { operations[$0].end ?? 0 < operations[$1].end ?? 0 }
  }

  /// Whether it is left out that some of these returned, or that some came before others.
  var isWeakened: Bool { members.contains { $0.isForgotten } || hasLostOrder }

  /// Whether some of these overlap that did not.
  private static func hasLostOrder(_ members: [Essence.Member]) -> Bool {
    members.contains { one in
      guard one.isEssential, let (end, whole) = one.operation.end.flatMap({ end in one.origin.end.map { (end, $0) } })
      else { return false }
      return members.contains { whole < $0.origin.call && end > $0.operation.call }
    }
  }

  /// Whether some step speaks of values among which those of an operation that was left out may be, too.
  var leavesDoubt: Bool {
    guard possible != nil else { return false }
    let moments = told.filter { operations[$0].end != nil }.map { members[$0].origin.end }
    return moments.contains { mayShowLeftOut(from: $0, through: $0) }
      || concludesFromValues && mayShowLeftOut(from: members[last].origin.call, through: members[last].origin.end)
  }

  /// Whether the last step rests on the values that were possible while the culprit was open.
  private var concludesFromValues: Bool {
    guard let demand, !demand.contradictsItself, possible != nil else { return false }
    return demand.isForbidden || isMade(demand.value) || unmade(demand.value).sentence == nil
  }

  /// Behind a verb that speaks of the values from one moment of the whole history through another one: in truth those of
  /// an operation that was left out may be there, too.
  func byThese(from start: Int?, through end: Int?) -> String {
    isWeakened ? ", by what is drawn here," : mayShowLeftOut(from: start, through: end) ? ", by these operations," : ""
  }

  private func mayShowLeftOut(from start: Int?, through end: Int?) -> Bool {
    leftOut.contains { mayShow($0, from: start ?? 0, through: end ?? .max) }
  }

  /// Whether a write that was left out may still have been there: it had been called, and since it returned no member
  /// was called and returned that tells the value.
  private func mayShow(_ write: Operation, from start: Int, through end: Int) -> Bool {
    guard write.call < end else { return false }
    return !members.contains { member in
      guard member.isEssential, !write.isUnknown, write.end ?? .max < member.origin.call,
        member.origin.end ?? .max <= start, let meaning = model.specification.meaning(of: member.operation)
      else { return false }
      return meaning.effect == .set || meaning.effect == .require || meaning.effect == .swap
    }
  }

  /// What there could be while the culprit was open, left-out writes counted; `nil` if nobody can say.
  var valuesDuringCulprit: String? {
    let (start, end) = (members[last].origin.call, members[last].origin.end)
    return possible == nil || mayShowLeftOut(from: start, through: end) ? nil : textDuringLast
  }

  private func step(_ place: Int) -> String {
    let operation = operations[place]
    let before = returnedBefore(operation)
    var line = wording.deed(operation)
    if let before { line += "; it was called after \(wording.earlierDeed(before))" }
    guard possible != nil, let end = operation.end else { return "\(line)." }
    let whole = members[place].origin.end
    return "\(line): \(wording.cell) is then\(byThese(from: whole, through: whole)) \(text(at: end))."
  }

  private func conclusion() -> String {
    guard let demand else { return "\(wording.deed(culprit)), and no order explains that." }
    if demand.contradictsItself { return "\(wording.deed(culprit)), which is just what it expected." }
    if !demand.isForbidden, !isMade(demand.value), let why = unmade(demand.value).sentence {
      return "\(finding(demand.value)). \(why)"
    }
    let value = show(demand.value)
    let must: String
    switch (culprit.function, demand.isForbidden) {
    case (.get, _): must = "it read \(value)"
    case (_, true): must = "it failed, so it must have found something else than \(value)"
    case (_, false) where culprit.answer == .swapped: must = "it succeeded, so it must have found \(value)"
    case (_, false): must = "it saw \(value)"
    }
    let subject = wording.subject(culprit)
    let called = returnedBefore(culprit).map { "\(subject) was called after \(wording.earlierDeed($0))" }
    guard let possible else {
      return "\(called.map { "\($0): \(must)" } ?? wording.deed(culprit)), which no order explains."
    }
    let doubt = byThese(from: members[last].origin.call, through: members[last].origin.end)
    let open = called.map { "\($0); as long as it was open" } ?? "As long as \(subject) was open"
    let line =
      "\(open) \(wording.cell) could\(doubt) only be \(textDuringLast). But \(must)"
    let bytes = history.values[demand.value]
    if demand.isForbidden { return "\(line)." }
    // It was there, but too early for the answers of others.
    if possible.duringLast.known.contains(bytes) { return "\(line): \(casualties() ?? "no order explains that")." }
    if let end = lastEvent(with: bytes) { return "\(line), which was not possible any more after \(end)." }
    return "\(line)."
  }

  /// The return behind which a value was not possible any more.
  private func lastEvent(with value: [UInt8]?) -> String? {
    guard let possible, let place = possible.values.lastIndex(where: { $0.known.contains(value) }) else { return nil }
    return operations.first { !$0.isUnknown && $0.end == place + 1 && $0 != culprit }.map { wording.deed($0) }
  }
}
