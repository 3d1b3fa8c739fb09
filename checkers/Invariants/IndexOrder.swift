import Raft
import Replica
import Traces

/// Nothing is committed that a server's log does not hold (Raft §5.3: a follower's commit index goes no further than the
/// last entry that its leader has sent it).
package struct CommitWithinLog: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    guard status.commitIndex <= status.lastIndex else {
      throw InvariantViolation(
        .commitBeyondLog(cluster.changed, commit: status.commitIndex, last: status.lastIndex))
    }
  }
}

/// A server's snapshot stands for nothing that the server has not applied (Raft §7).
package struct SnapshotWithinApplied: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    guard status.snapshotIndex <= status.appliedIndex else {
      throw InvariantViolation(
        .snapshotBeyondApplied(
          cluster.changed, snapshot: status.snapshotIndex, applied: status.appliedIndex))
    }
  }
}
