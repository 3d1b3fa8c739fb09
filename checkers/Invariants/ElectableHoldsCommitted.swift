import Determinism
import Raft
import Reference
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
    guard cluster.nodes.count(where: { past.durable.lets($0, voteFor: end) }) <= past.durable.count / 2 else {
      let voters = cluster.nodes.filter { past.durable.lets($0, voteFor: end) }
      throw InvariantViolation(
        .electableLacksCommitted(node, index: past.lastCommitted, voters: voters, members: past.durable.count))
    }
  }
}

extension ReferenceDisks {
  /// Whether a server would vote for one whose log ends at a position, by the logs that are durable (Raft §5.4.1).
  fileprivate func lets(_ voter: NodeID, voteFor end: LogPosition) -> Bool {
    let own = lastPosition(of: voter)
    return (end.term, end.index) >= (own.term, own.index)
  }
}
