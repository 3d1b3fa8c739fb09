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
    var counts = OperationCounts()
    for client in clients {
      var previous: Duration?
      for operation in client.operations {
        counts.add(operation, behind: previous)
        previous = operation.at
      }
    }
    return counts.all > 0 ? WorkloadTrait.allCases.filter(counts.show) : []
  }
}

/// How many operations of a workload are of a kind.
private struct OperationCounts {
  var all = 0
  private var perKey = SortedTable<String, Int>()
  private var hurried = 0
  private var reads = 0
  private var swaps = 0
  private var creations = 0
  private var leavings = 0
  private var impatient = 0
  private var empty = 0
  private var filled = 0
  private var waiting = 0

  /// - Parameter previous: when the same client's operation before is due.
  mutating func add(_ operation: PlannedOperation, behind previous: Duration?) {
    all += 1
    perKey[operation.key] = (perKey[operation.key] ?? 0) + 1
    if operation.at == previous { hurried += 1 }
    switch operation.request {
    case .get: reads += 1
    case .cas: swaps += 1
    case .create: (swaps, creations) = (swaps + 1, creations + 1)
    case .put, .append, .delete: break
    }
    if operation.leavesSession { leavings += 1 }
    if operation.patience != nil { impatient += 1 }
    if operation.request.hasEmptyValue { empty += 1 }
    if operation.fill != nil { filled += 1 }
    if operation.awaitsChange != nil { waiting += 1 }
  }

  func show(_ trait: WorkloadTrait) -> Bool {
    switch trait {
    case .hotKeys: perKey.count > 1 && (perKey.values.max() ?? 0) * 3 >= all * 2
    case .bursts: hurried * 2 >= all
    case .readHeavy: reads * 3 >= all * 2
    case .casHeavy: swaps * 3 >= all
    case .abandonedSessions: leavings > 0
    case .impatience: impatient > 0
    case .emptyValues: empty > 0
    case .largeValues: filled > 0
    case .absentSwaps: creations > 0
    case .readAfterWrite: waiting > 0
    case .fewSessions: false
    case .manySessions: leavings * 10 >= all
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
