import Determinism
import Raft

/// Election Safety (Raft Figure 3): at most one leader can be elected in a given term, over the whole run.
package struct ElectionSafety: ClusterInvariant {
  package static let name = "ElectionSafety"

  private var leaderByTerm = SortedTable<Term, NodeID>()

  package init() {}

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    guard let node = cluster.changedNode, node.role == .leader else { return }
    guard let leader = leaderByTerm[node.term] else {
      leaderByTerm[node.term] = node.id
      return
    }
    guard leader == node.id else {
      throw Self.violation("\(leader) and \(node.id) both became leader of term \(node.term)")
    }
  }
}
