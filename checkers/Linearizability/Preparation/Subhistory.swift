import Histories

/// The operations on one key. A history is linearizable exactly if each of its keys is (Herlihy & Wing 1990,
/// theorem 1; as P-compositionality, Horn & Kroening 2015).
package struct Subhistory: Sendable {
  /// The history that it is a part of.
  package let history: History
  /// The key; absent in a history of one register.
  package let key: ValueID
  /// In the order of their calls.
  package let operations: [Operation]

  package init(history: History, key: ValueID, operations: [Operation]) {
    self.history = history
    self.key = key
    self.operations = operations
  }

  /// One part for each key, in the order in which the keys are first mentioned.
  ///
  /// - Complexity: O(events + values).
  package static func parts(of history: History) -> [Subhistory] {
    let operations = history.operations()
    guard let first = operations.first else { return [] }
    if operations.allSatisfy({ $0.key == first.key }) {
      return [Subhistory(history: history, key: first.key, operations: operations)]
    }
    var places = [Int32](repeating: -1, count: history.values.count)
    var keys: [ValueID] = []
    var counts: [Int] = []
    for operation in operations {
      let key = Int(operation.key.rawValue)
      if places[key] < 0 {
        places[key] = Int32(keys.count)
        keys.append(operation.key)
        counts.append(0)
      }
      counts[Int(places[key])] += 1
    }
    var shares = counts.map { count in
      var share: [Operation] = []
      share.reserveCapacity(count)
      return share
    }
    for operation in operations { shares[Int(places[Int(operation.key.rawValue)])].append(operation) }
    return keys.indices.map { Subhistory(history: history, key: keys[$0], operations: shares[$0]) }
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
    return Subhistory(history: history, key: key, operations: kept)
  }
}
