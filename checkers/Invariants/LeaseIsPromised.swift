import Determinism
import Raft
import Replica

/// While a leader holds a lease, those who are free to vote for another are too few to elect one (Ongaro 2014 §6.4.1).
///
/// Nobody has promised anything where clocks run beyond the bound, so nothing is checked there.
package struct LeaseIsPromised: ClusterInvariant {
  package static let name = "LeaseIsPromised"

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    guard !cluster.clocks.isEmpty else { return }
    for leader in cluster.nodes where cluster.running.contains(leader) {
      let status = cluster.replicas[leader.offset].status
      guard status.role == .leader, cluster.replicas[leader.offset].raft.holdsLease(at: cluster.clocks[leader.offset])
      else { continue }
      var free = 0
      for voter in cluster.nodes where voter != leader && cluster.running.contains(voter) {
        if cluster.replicas[voter.offset].raft.isFreeToVote(at: cluster.clocks[voter.offset]) { free += 1 }
      }
      guard free <= cluster.replicas.count / 2 else {
        throw Self.violation(
          "\(leader), leader of term \(status.term), holds a lease, and \(free) of \(cluster.replicas.count) are free to "
            + "vote for another")
      }
    }
  }
}
