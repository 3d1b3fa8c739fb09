import Determinism

/// What is special about what the clients of a scenario do.
package enum WorkloadTrait: String, Codable, Hashable, Sendable, CaseIterable {
  /// One key gets at least two in three operations, and there are others.
  case hotKeys = "hot-keys"
  /// At least half of the operations come in a hurry: right when the same client's previous one was due.
  case bursts
  /// At least two in three operations are reads.
  case readHeavy = "read-heavy"
  /// At least one in three operations is a compare-and-set.
  case casHeavy = "cas-heavy"
  /// Some client leaves a session behind.
  case abandonedSessions = "abandoned-sessions"
  /// Some client walks away amid an operation.
  case impatience
  /// Some client writes the empty value, or expects it.
  case emptyValues = "empty-values"
  /// Some value is filled up.
  case largeValues = "large-values"
  /// Some client expects a key to be absent, whatever it has seen.
  case absentSwaps = "absent-swaps"
  /// Some client reads a key right when another one's change of it has returned.
  case readAfterWrite = "read-after-write"
  /// There are more clients than open sessions: somebody's always has to go.
  case fewSessions = "few-sessions"
  /// One client in ten operations leaves its session behind, so that there come to be many.
  case manySessions = "many-sessions"
}

extension Scenario {
  /// What is special about its clients and their sessions.
  package var traits: [WorkloadTrait] {
    let isCrowded = sessions.maxOpen < workload.clients.count
    return workload.traits + (isCrowded ? [.fewSessions] : [])
  }
}

extension WorkloadPlan {
  /// What is special about it, read off its operations.
  package var traits: [WorkloadTrait] {
    let operations = clients.flatMap(\.operations)
    guard !operations.isEmpty else { return [] }
    var perKey = SortedTable<String, Int>()
    for operation in operations { perKey[operation.key] = (perKey[operation.key] ?? 0) + 1 }
    let hottest = perKey.values.max() ?? 0
    let hurried = clients.reduce(0) { $0 + zip($1.operations, $1.operations.dropFirst()).count { $0.at == $1.at } }
    let reads = operations.count { $0.request == .get }
    let swaps = operations.count { operation in
      switch operation.request {
      case .cas, .create: true
      default: false
      }
    }
    return WorkloadTrait.allCases.filter { trait in
      switch trait {
      case .hotKeys: perKey.count > 1 && hottest * 3 >= operations.count * 2
      case .bursts: hurried * 2 >= operations.count
      case .readHeavy: reads * 3 >= operations.count * 2
      case .casHeavy: swaps * 3 >= operations.count
      case .abandonedSessions: operations.contains(where: \.leavesSession)
      case .impatience: operations.contains { $0.patience != nil }
      case .emptyValues: operations.contains { $0.request.hasEmptyValue }
      case .largeValues: operations.contains { $0.fill != nil }
      case .absentSwaps: operations.contains { if case .create = $0.request { true } else { false } }
      case .readAfterWrite: operations.contains { $0.awaitsChange != nil }
      case .fewSessions: false
      case .manySessions: operations.count(where: \.leavesSession) * 10 >= operations.count
      }
    }
  }
}

extension PlannedRequest {
  /// Whether it writes or expects the empty value.
  fileprivate var hasEmptyValue: Bool {
    switch self {
    case .get, .delete: false
    case .put(let value), .append(let value), .create(let value): value.isEmpty
    case .cas(let new, let guess): new.isEmpty || guess?.isEmpty ?? false
    }
  }
}
