import Histories

/// What kind of wrong answer a key without an order shows, as far as its clients can tell.
///
/// It is that of the operation whose end leaves no order; where that tells no value, of those that the counterexample
/// names beside it. In this order:
///
/// 1. `duplicateApply`: it saw a value that needs one append twice, or that only a compare-and-set can have made which was
///    told that it changed nothing: had it taken effect after all, or once more, there would be an order up to there.
/// 2. `phantomValue`: it saw a value that no operation called by then, and not known to have failed, makes, or can have
///    made in any order.
/// 3. `lostWrite`: the changes alone, together with the last value that was read after the culprit, have no order either:
///    a change that was answered has not stayed. A put that was applied again later undoes what came between, which looks
///    the same.
/// 4. `staleRead`: everything else; what changes the key has an order, but what was seen is no state of it at that time.
///
/// Each of these questions can be hard. Where one was not answered within its limits, the kind is `unclassified`.
public enum Anomaly: String, Codable, Hashable, Sendable, CaseIterable {
  case staleRead = "stale-read"
  case lostWrite = "lost-write"
  case phantomValue = "phantom-value"
  case duplicateApply = "duplicate-apply"
  /// Of locks: two held one, or somebody gave it back who did not hold it.
  case brokenLock = "broken-lock"
  /// Of objects that are more than a cell: some answer fits no order.
  case wrongAnswer = "wrong-answer"
  case unclassified

  /// In a sentence.
  public var sentence: String {
    switch self {
    case .staleRead: "What changes the key has an order, but what was seen is no state of it then: a stale read."
    case .lostWrite: "The changes have no order, or none that leaves what was read later: a lost write."
    case .phantomValue: "A value was seen that no operation had made by then: a phantom value."
    case .duplicateApply:
      "What was seen needs an operation to have taken effect more often than it was answered: a duplicate application."
    case .brokenLock: "The lock was taken while it was held, or given back by whoever did not hold it: a broken lock."
    case .wrongAnswer: "No order of the operations gives all of these answers."
    case .unclassified: "What kind of wrong answer it is was not found out within the limits."
    }
  }
}

/// Tells the kind of a key's wrong answer.
struct AnomalyReader {
  let part: Subhistory
  let model: Model
  /// What deciding over a part of the operations may cost.
  private let budget: Budget
  /// What finding out where values come from may still cost: operations and words of memory looked at.
  private var work = 4_000_000

  /// Of a lost write, whether the changes alone have no order, whatever was read; `nil` if that is not known.
  private(set) var isLostWithoutRead: Bool?
  /// Of a duplicate application, the compare-and-set that was told that it changed nothing, and did.
  private(set) var denied: Operation?

  /// From where a value can have come.
  private enum Origin { case once, twice, nowhere }

  init(part: Subhistory, model: Model, within budget: Budget) {
    (self.part, self.model) = (part, model)
    let expansions = max(20_000, min(part.operations.count, 200_000))
    self.budget = Budget(expansions: min(budget.expansions, expansions), bytes: min(budget.bytes, 64 << 20))
  }

  /// The kind.
  ///
  /// - Parameter suspects: the operations that the counterexample names, the culprit first.
  mutating func anomaly(culprit: Operation, suspects: [Operation], shouldStop: () -> Bool) -> Anomaly {
    if case .object = culprit.function { return .brokenLock }
    var isKnown = true
    var isNowhere = false
    for suspect in suspects {
      guard let value = suspect.foundValue else { continue }
      switch origin(of: value, before: suspect.end ?? .max, culprit, shouldStop) {
      case .once: break
      case .twice: return .duplicateApply
      case .nowhere: isNowhere = true
      case nil: isKnown = false
      }
    }
    if isNowhere { return .phantomValue }
    guard isKnown, let haveStayed = haveChangesStayed(after: culprit, shouldStop) else { return .unclassified }
    return haveStayed ? .staleRead : .lostWrite
  }

  // MARK: Where a value comes from

  /// `nil` if that was not found out.
  private mutating func origin(
    of value: ValueID, before end: Int, _ culprit: Operation, _ shouldStop: () -> Bool
  ) -> Origin? {
    work -= part.operations.count
    guard work >= 0, !shouldStop() else { return nil }
    if part.history.values[value] == model.initial || isWritten(value, before: end) { return .once }
    let makers = part.operations.filter { $0.call < end && $0.kind != .fail && $0.function != .get }
    let honest = makers.filter { $0.answer != .mismatch && $0.answer != .unseenMismatch }
    guard let isMade = isMade(value, by: honest, repeating: false) else { return nil }
    if isMade { return .once }
    guard let isRepeated = self.isMade(value, by: honest, repeating: true) else { return nil }
    if isRepeated { return .twice }
    denied = makers.lazy.filter { $0.function == .compareAndSet && $0.replacement == value && $0.isFruitless }
      .prefix(Self.deniedLimit).first { explains($0, upTo: culprit, shouldStop) }
    return denied == nil ? .nowhere : .twice
  }

  /// So many compare-and-sets that were told that they changed nothing are tried.
  private static let deniedLimit = 8

  /// Whether there is an order up to the culprit's end, if this operation took effect, whatever it was told. Of the culprit
  /// itself that it can have done so is all that would explain what it saw.
  private func explains(_ maker: Operation, upTo culprit: Operation, _ shouldStop: () -> Bool) -> Bool {
    let other = maker.call == culprit.call ? maker.withSuccess : maker.withUnknownEnd
    let operations = part.operations.map { $0.call == maker.call ? other : $0 }
    let cut = part.with(operations).cut(before: (culprit.end ?? culprit.call) + 1)
    return cut.decideExpectingOrder(model.specification, within: budget, shouldStop: shouldStop).decision.answer == true
  }

  /// Whether an operation called by then leaves this value whatever was there, as far as anybody knows.
  private func isWritten(_ value: ValueID, before end: Int) -> Bool {
    part.operations.contains { maker in
      guard maker.call < end, maker.kind != .fail else { return false }
      return switch maker.function {
      case .put: maker.argument == value
      case .compareAndSet:
        maker.replacement == value && maker.answer != .mismatch && maker.answer != .unseenMismatch
      case .delete: value == .absent
      case .get, .append, .object: false
      }
    }
  }

  private mutating func isMade(_ value: ValueID, by makers: [Operation], repeating: Bool) -> Bool? {
    let put = makers.filter { $0.function != .append }.map { maker in
      switch maker.function {
      case .put: maker.argument
      case .compareAndSet: maker.replacement
      case .get, .append, .delete, .object: ValueID.absent
      }
    }
    let appended = makers.filter { $0.isAppend }.map(\.argument)
    let bytes = part.history.values[value]
    if put.contains(value) || bytes == model.initial { return true }
    guard let bytes, !appended.isEmpty else { return false }
    // Nothing but appends of nothing leaves an empty value.
    if bytes.isEmpty { return appended.contains(value) }
    let assembly = Assembly(
      of: bytes, initial: model.initial ?? [], beginnings: put, appended: appended, in: part.history.values,
      within: &work)
    return repeating ? assembly?.isPossibleWithRepetition : assembly?.isPossible(within: &work)
  }

  // MARK: Whether changes have stayed

  /// `nil` if that was not found out.
  private mutating func haveChangesStayed(after culprit: Operation, _ shouldStop: () -> Bool) -> Bool? {
    let last = part.lastRead(after: culprit, model)
    let have = haveOrder(with: last, shouldStop)
    if have == false, last != nil { isLostWithoutRead = haveOrder(with: nil, shouldStop).map { !$0 } }
    return have
  }

  /// Whether the changes have an order, together with a read.
  private func haveOrder(with read: Operation?, _ shouldStop: () -> Bool) -> Bool? {
    let kept = part.operations.filter { operation in
      if operation == read { return true }
      let saysNothingChanged = operation.answer == .mismatch || operation.answer == .unseenMismatch
      return operation.function != .get && operation.kind != .fail && !saysNothingChanged
    }
    return part.with(kept).decide(model.specification, within: budget, shouldStop: shouldStop).decision.answer
  }
}

extension Subhistory {
  /// The last read that was answered of those called after an operation had returned, and found a value that something
  /// writes; `nil` if there is none.
  func lastRead(after operation: Operation, _ model: Model) -> Operation? {
    let hasAppend = operations.contains { $0.isAppend }
    let last = operations.last { $0.function == .get && $0.kind == .ok && $0.call > operation.end ?? .max }
    func isMade(_ value: ValueID) -> Bool {
      hasAppend || history.values[value] == model.initial
        || operations.contains {
          !$0.isFruitless && !$0.onlyLooks && model.specification.meaning(of: $0)?.result == value
        }
    }
    guard let last, !isMade(last.seen) else { return last }
    return operations.last {
      $0.function == .get && $0.kind == .ok && $0.call > operation.end ?? .max && isMade($0.seen)
    }
  }
}
