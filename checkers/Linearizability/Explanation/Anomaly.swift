import Histories

/// What kind of wrong answer a key without an order shows, as far as its clients can tell.
///
/// It is read off the operations that the counterexample names, in this order:
///
/// 1. `duplicateApply`: one of them saw a value that needs one append twice, or that only a compare-and-set can have made
///    which was told that it changed nothing.
/// 2. `phantomValue`: one of them saw a value that no operation called by then, and not known to have failed, makes.
/// 3. `lostWrite`: the changes alone, together with the last value that was read after the culprit, have no order either:
///    a change that was answered has not stayed. A put that was applied again later undoes what came between, which looks
///    the same.
/// 4. `staleRead`: everything else; the key goes on as it should, and somebody saw an earlier state of it.
public enum Anomaly: String, Hashable, Sendable, CaseIterable {
  case staleRead = "stale-read"
  case lostWrite = "lost-write"
  case phantomValue = "phantom-value"
  case duplicateApply = "duplicate-apply"

  /// In a sentence.
  public var sentence: String {
    switch self {
    case .staleRead: "Somebody saw an earlier state, and the key went on as it should: a stale read."
    case .lostWrite: "The changes that were answered do not explain what stayed: a lost write."
    case .phantomValue: "A value was seen that no operation had made by then: a phantom value."
    case .duplicateApply: "One operation took effect twice: a duplicate application."
    }
  }
}

/// Tells the kind of a key's wrong answer.
struct AnomalyReader {
  let part: Subhistory
  let model: Model

  /// From where a value can have come.
  private enum Origin { case once, twice, nowhere }

  /// What deciding over a part of the operations may cost.
  private static let budget = Budget(expansions: 20_000, bytes: 64 << 20)
  /// How many pieces are tried to take one value apart.
  private static let maxSteps = 1_000_000

  /// The kind.
  ///
  /// - Parameter suspects: the operations that the counterexample names, the culprit first.
  func anomaly(culprit: Operation, suspects: [Operation]) -> Anomaly {
    let origins = suspects.compactMap { suspect in
      observed(by: suspect).map { origin(of: $0, before: suspect.end ?? .max) }
    }
    if origins.contains(.twice) { return .duplicateApply }
    if origins.contains(.nowhere) { return .phantomValue }
    return haveChangesStayed(after: culprit) ? .staleRead : .lostWrite
  }

  /// What an operation saw: a value, or that there is none.
  private func observed(by operation: Operation) -> [UInt8]?? {
    guard operation.kind == .ok else { return nil }
    let values = part.history.values
    switch (operation.function, operation.answer) {
    case (.get, _), (.compareAndSet, .mismatch): return .some(values[operation.seen])
    case (.compareAndSet, .swapped): return .some(values[operation.argument])
    default: return nil
    }
  }

  // MARK: Where a value comes from

  /// Bytes that one operation puts down: at the start of a value, or, if it appends, behind others.
  private struct Piece {
    var operation: Int
    var bytes: [UInt8]
    var isAppend: Bool
  }

  private func origin(of value: [UInt8]?, before end: Int) -> Origin {
    let makers = part.operations.filter { $0.call < end && $0.kind != .fail && $0.function != .get }
    let honest = makers.filter { $0.answer != .mismatch && $0.answer != .unseenMismatch }
    if isMade(value, by: honest, repeating: false) { return .once }
    return isMade(value, by: makers, repeating: true) ? .twice : .nowhere
  }

  private func isMade(_ value: [UInt8]?, by makers: [Operation], repeating: Bool) -> Bool {
    guard let value else {
      return model.initial == nil
        || makers.contains { $0.function == .delete || $0.function == .compareAndSet && $0.replacement == .absent }
    }
    let values = part.history.values
    // Appended to nothing, to what was there at first, or to what somebody put there.
    var pieces = [Piece(operation: -1, bytes: model.initial ?? [], isAppend: false)]
    if model.initial != nil { pieces.append(Piece(operation: -1, bytes: [], isAppend: false)) }
    for (place, maker) in makers.enumerated() {
      let written = maker.function == .compareAndSet ? maker.replacement : maker.argument
      guard maker.function != .delete, let bytes = values[written] else { continue }
      pieces.append(Piece(operation: place, bytes: bytes, isAppend: maker.function == .append))
    }
    // An empty value must have been put there, or be what appends of nothing have left.
    if value.isEmpty { return pieces.contains { $0.operation >= 0 && $0.bytes.isEmpty } || model.initial == [] }
    var steps = 0
    return pieces.contains { piece in
      !piece.isAppend && value.starts(with: piece.bytes)
        && isCompleted(value, from: piece.bytes.count, by: pieces, used: [], repeating: repeating, steps: &steps)
    }
  }

  /// Whether appends lead on from the first `offset` bytes to the whole value.
  private func isCompleted(
    _ value: [UInt8], from offset: Int, by pieces: [Piece], used: [Int], repeating: Bool, steps: inout Int
  ) -> Bool {
    guard offset < value.count else { return true }
    for piece in pieces where piece.isAppend && !piece.bytes.isEmpty {
      steps += 1
      // Too many ways: nothing is claimed.
      guard steps < Self.maxSteps else { return true }
      guard value[offset...].starts(with: piece.bytes), repeating || !used.contains(piece.operation) else { continue }
      let next = offset + piece.bytes.count
      if isCompleted(value, from: next, by: pieces, used: used + [piece.operation], repeating: repeating, steps: &steps)
      {
        return true
      }
    }
    return false
  }

  // MARK: Whether changes have stayed

  private func haveChangesStayed(after culprit: Operation) -> Bool {
    let last = part.operations.last { $0.function == .get && $0.kind == .ok && $0.call > culprit.end ?? .max }
    let kept = part.operations.filter { operation in
      if operation == last { return true }
      let saysNothingChanged = operation.answer == .mismatch || operation.answer == .unseenMismatch
      return operation.function != .get && operation.kind != .fail && !saysNothingChanged
    }
    let rest = Subhistory(history: part.history, key: part.key, operations: kept)
    return rest.decide(model.specification, within: Self.budget).decision.answer ?? true
  }
}
