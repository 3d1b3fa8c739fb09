import Histories

// How operations and values are written in an account.
extension Account {
  /// Client, call, answer and lines: `c3's get x -> 1 (lines 400-412)`.
  func name(_ operation: Operation) -> String {
    // One that was still open at the culprit's end is named with the answer that came later.
    let operation = part.operations.first { $0.call == operation.call } ?? operation
    let wording = Wording(part.history, hasRoom: true)
    let answer = operation.isUnknown ? "unknown" : wording.answer(to: operation)
    return "\(wording.subject(operation))\(answer.map { " -> \($0)" } ?? "")"
      + " (\(Wording.place(of: operation, in: part.history)))"
  }

  func show(_ value: [UInt8]?) -> String { Wording.showWhole(value) }
}
