import Determinism
import Raft

/// Leader Completeness (Raft Figure 3): if a log entry is committed in a given term, then that entry will be present in
/// the logs of the leaders for all higher-numbered terms.
package struct LeaderCompleteness: ClusterInvariant {
  package static let name = "LeaderCompleteness"

  /// The digest of the log up to each committed index, from index 1.
  private var committedDigests: [UInt64] = []
  /// The highest index committed in a term.
  private var lastCommittedByTerm = SortedTable<Term, LogIndex>()
  /// The leaders whose logs were compared when they took office.
  private var comparedLeaders = SortedTable<Term, NodeID>()

  package init() {}

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    let term = cluster.node.term
    if cluster.node.commitIndex.rawValue > UInt64(committedDigests.count) {
      noteCommits(of: cluster.node)
      for replica in cluster.replicas.indices where cluster.replicas[replica].raft.role == .leader {
        let leader = cluster.replicas[replica].raft.id
        if cluster.running.contains(leader), cluster.replicas[replica].raft.term > term {
          try compare(cluster.replicas[replica].raft)
        }
      }
    }
    if cluster.node.role == .leader, comparedLeaders[term] == nil {
      try compare(cluster.node)
      comparedLeaders[term] = cluster.changed
    }
  }

  private mutating func noteCommits(of node: borrowing RaftNode) {
    while UInt64(committedDigests.count) < node.commitIndex.rawValue,
      let digest = node.log.digest(at: LogIndex(UInt64(committedDigests.count + 1)))
    {
      committedDigests.append(digest)
    }
    lastCommittedByTerm[node.term] = LogIndex(UInt64(committedDigests.count))
  }

  /// Compares a leader's log with everything that was committed in earlier terms.
  private func compare(_ leader: borrowing RaftNode) throws(InvariantViolation) {
    let earlierTerms = lastCommittedByTerm.lowerBound(of: leader.term)
    guard let index = lastCommittedByTerm.values[..<earlierTerms].max() else { return }
    guard leader.log.digest(at: index) == committedDigests[Int(index.rawValue) - 1] else {
      throw Self.violation(
        "\(leader.id), leader of term \(leader.term), lacks what was committed up to entry \(index) in an earlier term")
    }
  }
}
