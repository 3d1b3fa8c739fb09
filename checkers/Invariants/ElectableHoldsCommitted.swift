import Determinism
import Raft
import Replica
import Traces

/// Whoever could be elected by the logs that are durable holds what is committed (Raft §5.4.1, §5.4.2): else that could yet
/// be overwritten, as in Figure 8, and is not committed.
package struct ElectableHoldsCommitted: ClusterInvariant {
  /// The end of what was committed when all were looked at.
  private var checked = LogIndex.zero
  /// What all disks together had rewritten then: a log that only grows makes no other one electable.
  private var rewrites = 0

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    // A log that holds the last of it holds all that comes before.
    guard let digest = past.committed.last else { return }
    if past.lastCommitted == checked, past.durable.rewrites == rewrites {
      return try check(cluster.changed, lacking: digest, cluster, past)
    }
    (checked, rewrites) = (past.lastCommitted, past.durable.rewrites)
    for node in cluster.nodes { try check(node, lacking: digest, cluster, past) }
  }

  private func check(
    _ node: NodeID, lacking digest: UInt64, _ cluster: ClusterView, _ past: ClusterPast
  ) throws(InvariantViolation) {
    guard !past.durable.holds(past.lastCommitted, digest: digest, on: node) else { return }
    let end = past.durable.lastPosition(of: node)
    var voters: [NodeID] = []
    for voter in cluster.nodes {
      let other = past.durable.lastPosition(of: voter)
      if (end.term, end.index) >= (other.term, other.index) { voters.append(voter) }
    }
    guard voters.count <= past.durable.count / 2 else {
      throw InvariantViolation(
        .electableLacksCommitted(node, index: past.lastCommitted, voters: voters, members: past.durable.count))
    }
  }
}
