import Raft
import Replica

/// Nothing is committed that a server's log does not hold (Raft §5.3: a follower's commit index goes no further than the
/// last entry that its leader has sent it).
package struct CommitWithinLog: ClusterInvariant {
  package static let name = "CommitWithinLog"

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    guard status.commitIndex <= status.lastIndex else {
      throw Self.violation(
        "\(cluster.changed)'s commit index is \(status.commitIndex), and its log ends at \(status.lastIndex)")
    }
  }
}

/// A server's snapshot stands for nothing that the server has not applied (Raft §7).
package struct SnapshotWithinApplied: ClusterInvariant {
  package static let name = "SnapshotWithinApplied"

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    guard status.snapshotIndex <= status.appliedIndex else {
      throw Self.violation(
        "\(cluster.changed)'s snapshot ends at \(status.snapshotIndex), and it has applied only \(status.appliedIndex)")
    }
  }
}
