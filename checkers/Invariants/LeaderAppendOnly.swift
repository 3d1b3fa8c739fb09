import Determinism
import Raft
import Traces

/// Leader Append-Only (Raft Figure 3): a leader never overwrites or deletes entries in its log; it only appends.
package struct LeaderAppendOnly: ClusterInvariant {
  /// What a leader's log held after its last step.
  private struct Held: Sendable {
    var term: Term
    var lastIndex: LogIndex
    var digest: UInt64
  }

  private var heldByLeader: [Held?]

  package init(nodes: Int) {
    heldByLeader = Array(repeating: nil, count: nodes)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let place = cluster.changed.offset
    let status = cluster.status
    guard status.role == .leader else {
      heldByLeader[place] = nil
      return
    }
    if let held = heldByLeader[place], held.term == status.term {
      if held.lastIndex == status.lastIndex, held.digest == status.logDigest { return }
      let log = cluster.log
      // Entries that went into a snapshot are not deleted; what it stands for is for Log Matching to say.
      guard log.start.index > held.lastIndex || log.digest(at: held.lastIndex) == held.digest else {
        throw InvariantViolation(.leaderChangedLog(cluster.changed, term: status.term, through: held.lastIndex))
      }
    }
    heldByLeader[place] = Held(term: status.term, lastIndex: status.lastIndex, digest: status.logDigest)
  }
}
