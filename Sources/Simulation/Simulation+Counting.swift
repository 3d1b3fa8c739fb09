import Determinism
import Raft
import Replica
import Scenarios

/// What is counted to show that rare things come together.
extension Simulation {
  /// Looks at a node after its step, before its role is noted.
  mutating func count(at node: NodeID) {
    let offset = node.offset
    let role = replicas[offset].status.role
    let seenRole = hosts[offset].seenRole
    if role == .leader {
      hosts[offset].seenReads = replicas[offset].waitingReads
    } else if seenRole == .leader, hosts[offset].seenReads > 0 {
      statistics.stepDownsWithReads += 1
    }
    // What has arrived of a snapshot is dropped when the term changes, before there is a leader to be seen.
    let term = replicas[offset].status.term
    if replicas[offset].raft.isReceivingSnapshot {
      hosts[offset].seenSnapshotTerm = term
    } else if hosts[offset].seenSnapshotTerm == term {
      hosts[offset].seenSnapshotTerm = nil
    }
    if role == .leader, seenRole != .leader { countSnapshotsUnderWay() }
  }

  private mutating func countSnapshotsUnderWay() {
    var isUnderWay = false
    for node in members where running.contains(node) {
      let offset = node.offset
      if hosts[offset].seenSnapshotTerm != nil || replicas[offset].isWritingSnapshot
        || replicas[offset].raft.isSendingSnapshot
      {
        isUnderWay = true
      }
      if !replicas[offset].raft.isReceivingSnapshot { hosts[offset].seenSnapshotTerm = nil }
    }
    if isUnderWay { statistics.leaderChangesDuringSnapshot += 1 }
  }
}
