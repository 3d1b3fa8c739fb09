import Determinism
import Raft
import Reference
import Replica
import Traces

/// Whoever could be elected by the logs that are durable holds what is committed (Raft §5.4.1, §5.4.2): else that could yet
/// be overwritten, as in Figure 8, and is not committed. Each candidate counts by the configuration that its own log holds (§6).
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
    let (members, before) = past.durable.members(on: node)
    guard members.electors.contains(node) || before?.electors.contains(node) ?? false else { return }
    var voters = NodeSet()
    for voter in members.electors where past.durable.lets(voter, voteFor: end) { voters.insert(voter) }
    guard !members.isQuorum(voters) else {
      throw InvariantViolation(
        .electableLacksCommitted(
          node, index: past.lastCommitted, voters: Array(voters), members: members.electors.count))
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
