import Determinism
import Raft
import Traces

/// Election Safety (Raft Figure 3): at most one leader can be elected in a given term, over the whole run.
package struct ElectionSafety: ClusterInvariant {
  private var leaderByTerm = SortedTable<Term, NodeID>()

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    guard cluster.status.role == .leader else { return }
    let term = cluster.status.term
    guard let leader = leaderByTerm[term] else {
      leaderByTerm[term] = cluster.changed
      return
    }
    guard leader == cluster.changed else {
      throw InvariantViolation(.twoLeaders(leader, cluster.changed, term: term))
    }
  }
}
