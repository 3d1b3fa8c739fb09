import Determinism
import Raft
import Replica
import Traces

/// While a leader holds a lease, those who are free to vote for another are too few to elect one (Ongaro 2014 §6.4.1).
///
/// Nobody has promised anything where clocks run beyond the bound, so nothing is checked there.
package struct LeaseIsPromised: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    guard !cluster.clocks.isEmpty else { return }
    for place in cluster.replicas.indices {
      // Hardly anybody holds a lease.
      guard let end = cluster.replicas[place].promises.leaseEnd, cluster.clocks[place] < end else { continue }
      let leader = NodeID(UInt8(place + 1))
      guard cluster.running.contains(leader) else { continue }
      let members = cluster.members(at: leader)
      var free = NodeSet()
      for voter in members.electors where voter != leader && cluster.running.contains(voter) {
        let end = cluster.replicas[voter.offset].promises.promiseEnd
        if end.map({ cluster.clocks[voter.offset] >= $0 }) ?? true { free.insert(voter) }
      }
      guard !members.isQuorum(free) else {
        throw InvariantViolation(
          .leaseWithoutPromises(
            leader: leader, term: cluster.replicas[leader.offset].status.term, free: Array(free),
            members: members.electors.count))
      }
    }
  }
}
