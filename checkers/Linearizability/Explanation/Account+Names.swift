import Histories

// How operations and values are written in an account.
extension Account {
  /// Client, call, answer and lines: `c3's get "x" -> "1" (lines 400-412)`.
  func name(_ operation: Operation) -> String {
    // One that was still open at the culprit's end is named with the answer that came later.
    let operation = part.operations.first { $0.call == operation.call } ?? operation
    var words = [operation.function.name(in: part.history.header.model)]
    if let key = part.history.values[operation.key] { words.append(show(key)) }
    switch part.history.action(of: operation) {
    case _ where operation.isOfObject: break
    case .get, .delete: break
    case .put(let value), .append(let value): words.append(show(value))
    case .compareAndSet(let expected, let new):
      words.append(show(expected))
      words.append(show(new))
    }
    return
      "c\(operation.process)'s \(words.joined(separator: " "))\(answer(of: operation))\(place(of: operation))"
  }

  private func answer(of operation: Operation) -> String {
    if operation.isUnknown { return " -> unknown" }
    return switch part.history.outcome(of: operation) {
    case .fail: " -> failed"
    case .info: " -> unknown"
    case .ok(.done): ""
    case .ok(.swapped): operation.isOfObject ? "" : " -> replaced"
    case .ok(.value(let value)): " -> \(show(value))"
    case .ok(.mismatch(let seen)): " -> mismatch, saw \(show(seen))"
    case .ok(.unseenMismatch): " -> mismatch"
    }
  }

  private func place(of operation: Operation) -> String {
    " (\(Wording.place(of: operation, in: part.history)))"
  }

  func show(_ value: [UInt8]?) -> String { Wording.quote(value) }
}
