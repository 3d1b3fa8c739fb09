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
    let place = cluster.changed.offset
    guard cluster.node.role == .leader else {
      heldByLeader[place] = nil
      return
    }
    let term = cluster.node.term
    if let held = heldByLeader[place], held.term == term, cluster.node.log.digest(at: held.lastIndex) != held.digest {
      throw Self.violation("\(cluster.changed), leader of term \(term), changed its log up to entry \(held.lastIndex)")
    }
    let lastIndex = cluster.node.log.lastIndex
    heldByLeader[place] = Held(term: term, lastIndex: lastIndex, digest: cluster.node.log.digest(at: lastIndex))
  }
}
