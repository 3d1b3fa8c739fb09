import Histories

/// Goes through an order of operations and believes nothing of it: neither what the search says, nor how it prepared
/// the operations.
struct Replay {
  let part: Subhistory
  let specification: SequentialSpecification

  /// The value after each operation of `order`; `nil` if an answer does not fit or an operation stands behind one that
  /// was called only after it had returned.
  func values(along order: [Operation]) -> [[UInt8]?]? {
    var values: [[UInt8]?] = []
    values.reserveCapacity(order.count)
    var state = specification.initial
    var latestCall = -1
    for operation in order {
      if !operation.isUnknown, let end = operation.end, end < latestCall { return nil }
      latestCall = max(latestCall, operation.call)
      guard case .next(let next) = step(from: state, by: operation) else { return nil }
      state = next
      values.append(next)
    }
    return values
  }

  /// Whether `order` also holds every operation known to have taken effect, each once, and none that did not.
  func confirms(_ order: [Operation]) -> Bool {
    var calls = order.map(\.call).sorted()
    for (place, call) in calls.enumerated().dropFirst() where calls[place - 1] == call { return false }
    calls = order.filter { $0.kind == .ok }.map(\.call).sorted()
    guard calls == part.operations.filter({ $0.kind == .ok }).map(\.call).sorted() else { return false }
    return order.allSatisfy { $0.kind != .fail } && values(along: order) != nil
  }

  /// The step from `state` by one operation.
  func step(from state: [UInt8]?, by operation: Operation) -> SequentialSpecification.Step {
    var answer: Answer?
    if case .ok(let given) = part.history.outcome(of: operation) { answer = given }
    // An operation cut off at the end of what is known keeps its place in the history, but not its answer.
    if operation.isUnknown { answer = nil }
    return specification.step(from: state, by: part.history.action(of: operation), answering: answer)
  }
}
