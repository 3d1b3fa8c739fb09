import Determinism
import Raft
import Replica
import Traces

/// Leader Completeness (Raft Figure 3): if a log entry is committed in a given term, then that entry will be present in
/// the logs of the leaders for all higher-numbered terms.
package struct LeaderCompleteness: ClusterInvariant {
  /// The highest index committed in a term.
  private var lastCommittedByTerm = SortedTable<Term, LogIndex>()
  /// The leaders whose logs were compared when they took office.
  private var comparedLeaders = SortedTable<Term, NodeID>()

  /// The end of what was committed at the last step.
  private var noted = LogIndex.zero

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    if past.lastCommitted > noted {
      noted = past.lastCommitted
      lastCommittedByTerm[status.term] = noted
      for place in cluster.replicas.indices {
        let other = cluster.replicas[place].status
        let node = NodeID(UInt8(place + 1))
        if other.role == .leader, other.term > status.term, cluster.running.contains(node) {
          try compare(node, other, log: cluster.replicas[place].raft.log, knowing: past)
        }
      }
    }
    if status.role == .leader, comparedLeaders[status.term] == nil {
      try compare(cluster.changed, status, log: cluster.log, knowing: past)
      comparedLeaders[status.term] = cluster.changed
    }
  }

  /// Compares a leader's log with everything that was committed in earlier terms.
  private func compare(
    _ leader: NodeID, _ status: ReplicaStatus, log: RaftLog, knowing past: ClusterPast
  ) throws(InvariantViolation) {
    let earlierTerms = lastCommittedByTerm.lowerBound(of: status.term)
    guard let committed = lastCommittedByTerm.values[..<earlierTerms].max() else { return }
    // What the leader's log has let go of it holds in a snapshot, of which the digest at the log's start speaks.
    let index = max(committed, log.start.index)
    guard index > .zero, index <= past.lastCommitted else { return }
    guard log.digest(at: index) == past.committed[Int(index.rawValue) - 1] else {
      throw InvariantViolation(.leaderLacksCommitted(leader, term: status.term, through: committed))
    }
  }
}
