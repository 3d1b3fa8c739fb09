import Determinism
import Raft
import Replica
import Traces

/// A server takes a snapshot once it has applied as many entries as it is told to, and lets go of the log that the snapshot
/// stands for (Raft §7): else logs grow for as long as anybody writes.
///
/// Where a disk's room is counted there may be none for a snapshot, so nothing is asked there. Nor is it asked of bytes.
package struct LogIsCompacted: ClusterInvariant {
  /// How many times the entries after which it is to take a snapshot a server may apply without one.
  private static let slack: UInt64 = 2

  /// By node: where its snapshot ended when it was last looked at.
  private var snapshots: [LogIndex]
  /// By node: what it had applied when its disk's room was last counted in this incarnation: where there was none for a
  /// snapshot, it waits for as many entries again.
  private var counted: [LogIndex]
  /// By node: whether it was sending a snapshot. It may end that, or no longer lead, in the step in which a newer one is
  /// there.
  private var sending: [Bool]

  package init(nodes: Int) {
    snapshots = Array(repeating: .zero, count: nodes)
    counted = snapshots
    sending = Array(repeating: false, count: nodes)
  }

  /// Whether what a server has applied does not tell who takes part.
  private static func isJoining(_ cluster: ClusterView) -> Bool {
    let raft = cluster.replicas[cluster.changed.offset].raft
    return raft.configuration.voters.isEmpty && raft.log.members(at: cluster.status.appliedIndex).members.all.isEmpty
  }

  package mutating func noteStart(of node: NodeID) {
    snapshots[node.offset] = .zero
    counted[node.offset] = .zero
    sending[node.offset] = false
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (status, place) = (cluster.status, cluster.changed.offset)
    if cluster.replicas[place].freeBytes != .max { counted[place] = status.appliedIndex }
    // Who joins cannot say yet who takes part, and takes no snapshot.
    let isJoining = status.snapshotIndex == .zero && Self.isJoining(cluster)
    if isJoining { counted[place] = status.appliedIndex }
    if !status.isWritingSnapshot, !isJoining, cluster.replicas[place].stopReason == nil {
      let entries = UInt64(cluster.replicas[place].snapshots.entries)
      let last = max(status.snapshotIndex, counted[place])
      guard status.appliedIndex.rawValue <= last.rawValue + entries * Self.slack else {
        throw InvariantViolation(
          .snapshotOverdue(
            cluster.changed, snapshot: status.snapshotIndex, applied: status.appliedIndex, entries: Int(entries)))
      }
    }
    let isSending = status.role == .leader && status.isTransferringSnapshot
    let wasSending = sending[place]
    sending[place] = isSending
    guard snapshots[place] != status.snapshotIndex else { return }
    snapshots[place] = status.snapshotIndex
    // A follower that is being sent an earlier snapshot will need what comes behind that.
    if isSending || wasSending { return }
    let trailing = cluster.replicas[place].raft.configuration.trailingEntries
    guard status.logStart.index.rawValue + UInt64(trailing) >= status.snapshotIndex.rawValue else {
      throw InvariantViolation(
        .logNotCompacted(
          cluster.changed, start: status.logStart.index, snapshot: status.snapshotIndex, trailing: trailing))
    }
  }
}
