import Determinism
import Raft
import Replica
import Traces

/// A client's command is answered once it is applied (Raft §8), its read once it is confirmed or cannot be, and a server
/// that leads no more leaves nobody waiting: nobody who waits for a command, and, unless followers answer reads, nobody who
/// waits for a read.
package struct WaitersAreAnswered: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    guard status.firstWaitingWrite > .zero || status.waitingReads > 0 else { return }
    let reads = cluster.replicas[node.offset].raft.configuration.reads
    if let finding = Self.look(at: status, of: node, reads: reads) { throw InvariantViolation(finding) }
  }

  /// Looks at where a server stands that answers reads in this way.
  ///
  /// - Returns: what is broken.
  package static func look(at status: ReplicaStatus, of node: NodeID, reads: ReadMode) -> Finding? {
    if status.firstWaitingWrite > .zero {
      guard status.firstWaitingWrite > status.appliedIndex else {
        return .waitsForApplied(node, index: status.firstWaitingWrite, applied: status.appliedIndex)
      }
      guard status.role == .leader else {
        return .waitsAfterLeadership(node, index: status.firstWaitingWrite, term: status.term)
      }
    }
    guard status.waitingReads <= status.openReads else {
      return .readsForgotten(node, waiting: status.waitingReads, open: status.openReads)
    }
    guard status.role == .leader || status.waitingReads == 0 || reads == .follower else {
      return .readsWaitAfterLeadership(node, term: status.term, count: status.waitingReads)
    }
    return nil
  }
}
