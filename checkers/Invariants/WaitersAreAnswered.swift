import Determinism
import Raft
import Replica
import Traces

/// A client's command is answered once it is applied (Raft §8), and a server that leads no more leaves nobody waiting: nobody
/// who waits for a command, and, unless followers answer reads, nobody who waits for a read.
package struct WaitersAreAnswered: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    if status.firstWaitingWrite > .zero {
      guard status.firstWaitingWrite > status.appliedIndex else {
        throw InvariantViolation(
          .waitsForApplied(node, index: status.firstWaitingWrite, applied: status.appliedIndex))
      }
      guard status.role == .leader else {
        throw InvariantViolation(.waitsAfterLeadership(node, index: status.firstWaitingWrite, term: status.term))
      }
    }
    guard status.role != .leader, status.waitingReads > 0 else { return }
    guard cluster.replicas[node.offset].raft.configuration.reads == .follower else {
      throw InvariantViolation(.readsWaitAfterLeadership(node, term: status.term, count: status.waitingReads))
    }
  }
}
