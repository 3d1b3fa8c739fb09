import Determinism
import Raft

/// Leader Append-Only (Raft Figure 3): a leader never overwrites or deletes entries in its log; it only appends.
package struct LeaderAppendOnly: ClusterInvariant {
  package static let name = "LeaderAppendOnly"

  /// What a leader's log held after its last step.
  private struct Held: Sendable {
    var term: Term
    var lastIndex: LogIndex
    var digest: UInt64?
  }

  private var heldByLeader: [Held?]

  package init(nodes: Int) {
    heldByLeader = Array(repeating: nil, count: nodes)
  }

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    guard let node = cluster.changedNode, node.role == .leader else {
      heldByLeader[cluster.changed.offset] = nil
      return
    }
    if let held = heldByLeader[node.id.offset], held.term == node.term,
      node.log.digest(at: held.lastIndex) != held.digest
    {
      throw Self.violation("\(node.id), leader of term \(node.term), changed its log at or before entry \(held.lastIndex)")
    }
    let lastIndex = node.log.lastIndex
    heldByLeader[node.id.offset] = Held(term: node.term, lastIndex: lastIndex, digest: node.log.digest(at: lastIndex))
  }
}
