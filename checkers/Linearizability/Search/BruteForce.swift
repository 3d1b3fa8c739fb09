import Histories

/// Tries every order. So slow that it is of use for small histories only, and so simple that it is surely right: the
/// search is tested against it. The two share nothing but the specification.
package enum BruteForce {
  /// Whether some order explains every answer.
  ///
  /// - Complexity: factorial in the number of operations.
  package static func isLinearizable(_ part: Subhistory, _ specification: SequentialSpecification) -> Bool {
    let happened = part.operations.filter { $0.kind != .fail }
    return canFinish(happened, from: specification.initial, part.history, specification)
  }

  /// Whether some order of `remaining`, in which those of unknown result may be missing, explains every answer.
  private static func canFinish(
    _ remaining: [Operation], from state: [UInt8]?, _ history: History, _ specification: SequentialSpecification
  ) -> Bool {
    if remaining.allSatisfy({ isUnknown($0) }) { return true }
    for (offset, operation) in remaining.enumerated() {
      let isFirst = remaining.allSatisfy { other in
        guard !isUnknown(other), let end = other.end else { return true }
        return end > operation.call
      }
      guard isFirst else { continue }
      let step = specification.step(
        from: state, by: history.action(of: operation), answering: answer(of: operation, history))
      guard case .next(let next) = step else { continue }
      var rest = remaining
      rest.remove(at: offset)
      if canFinish(rest, from: next, history, specification) { return true }
    }
    return false
  }

  private static func isUnknown(_ operation: Operation) -> Bool {
    operation.kind == .info
  }

  private static func answer(of operation: Operation, _ history: History) -> Answer? {
    if case .ok(let answer) = history.outcome(of: operation) { answer } else { nil }
  }
}
