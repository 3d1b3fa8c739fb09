import KeyValue
import Raft
import Replica

/// Deletes by writing the empty value, where it leads. Reads find a value, and the others find none.
enum DeleteAppliesPut: SessionRules {
  static func effect(
    of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
  ) -> KeyValueOperation.Effect {
    let effect = PaperSessionRules.effect(of: operation, on: value, isLeader: isLeader)
    guard isLeader, effect.change == .remove else { return effect }
    return KeyValueOperation.Effect(effect.result, .set([]))
  }
}

/// Keeps what a leader's snapshot does not mention. Keys that were deleted meanwhile live on.
enum SnapshotMerges: SessionRules {
  static func value(inSnapshot: [UInt8]?, held: [UInt8]) -> [UInt8]? { inSnapshot ?? held }
}

/// Names the entry at which it decided to take a snapshot, and writes down a state that has gone further.
enum SnapshotNewerThanIndex: ReplicaRules {
  static func snapshotIndex(applied: LogIndex, due: LogIndex) -> LogIndex { due }
}

/// Restores the state and applies the whole log to it once more.
enum AppliesTwiceAfterRestart: ReplicaRules {
  static func appliedIndex(restoring snapshot: LogIndex, logBase: LogIndex) -> LogIndex { logBase }
}
