import Histories

/// The operations on one key. A history is linearizable exactly if each of its keys is (Herlihy & Wing 1990,
/// theorem 1; as P-compositionality, Horn & Kroening 2015).
package struct Subhistory: Sendable {
  private let whole: WholeHistory
  /// The key; absent in a history of one register.
  package let key: ValueID
  /// In the order of their calls.
  package let operations: [Operation]

  /// The history that it is a part of.
  package var history: History { whole.history }

  package init(history: History, key: ValueID, operations: [Operation]) {
    self.init(of: WholeHistory(history), key: key, operations: operations)
  }

  init(of whole: WholeHistory, key: ValueID, operations: [Operation]) {
    self.whole = whole
    self.key = key
    self.operations = operations
  }

  /// One part for each key, in the order in which the keys are first mentioned.
  ///
  /// - Complexity: O(events + values).
  package static func parts(of history: History) -> Subhistories {
    guard let parts = Subhistories(of: history, shouldStop: { false }) else {
      preconditionFailure("nobody said stop")
    }
    return parts
  }

  /// Some of the operations, as if there were no others.
  package func with(_ operations: [Operation]) -> Subhistory {
    Subhistory(of: whole, key: key, operations: operations)
  }

  /// What is left if the clients' knowledge ends before the event at `position`: later calls never were, and what was
  /// open then may or may not have happened. Everything that explains this history explains that part of it, too.
  package func cut(before position: Int) -> Subhistory {
    let kept = operations.compactMap { operation -> Operation? in
      guard operation.call < position else { return nil }
      guard let end = operation.end, end >= position else { return operation }
      switch operation.kind {
      case .fail, .info, .invoke: return operation
      case .ok: break
      }
      // A mismatch, made unknown, could succeed: that would not be a part of what happened.
      let isMismatch = operation.answer == .mismatch || operation.answer == .unseenMismatch
      return operation.function == .get || isMismatch ? nil : operation.withUnknownEnd
    }
    return with(kept)
  }
}
