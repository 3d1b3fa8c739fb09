import Determinism
import Raft
import Replica
import Scenarios

/// What is counted to show that rare things come together.
extension Simulation {
  /// Looks at a node after its step, before its role is noted.
  mutating func count(at node: NodeID) {
    let offset = node.offset
    let status = cluster.replicas[offset].status
    let role = status.role
    let seenRole = hosts[offset].seenRole
    if role == .leader {
      hosts[offset].seenReads = status.waitingReads
    } else if seenRole == .leader, hosts[offset].seenReads > 0 {
      statistics.stepDownsWithReads += 1
    }
    // A transfer ends with its term, or with the leader's incarnation, before there is another leader to be seen.
    let term = status.term
    if status.isTransferringSnapshot {
      hosts[offset].seenSnapshotTerm = term
    } else if hosts[offset].seenSnapshotTerm == term {
      hosts[offset].seenSnapshotTerm = nil
    }
    if role == .leader, seenRole != .leader { countSnapshotsUnderWay() }
  }

  private mutating func countSnapshotsUnderWay() {
    var isUnderWay = false
    for node in members {
      let offset = node.offset
      let status = cluster.replicas[offset].status
      if hosts[offset].seenSnapshotTerm != nil || cluster.running.contains(node) && status.isWritingSnapshot {
        isUnderWay = true
      }
      if !status.isTransferringSnapshot { hosts[offset].seenSnapshotTerm = nil }
    }
    if isUnderWay { statistics.leaderChangesDuringSnapshot += 1 }
  }
}
