import Determinism
import Raft
import Replica
import Traces

/// Whether a leader brings up every follower that it hears and that hears it, while clients work and messages are quick.
///
/// Three properties, each of one leader in one term and of one follower:
/// - FollowersAnswer: the leader hears the follower within `answering`, which leaves time for two heartbeats. So a leader
///   that checks its quorum keeps it.
/// - ProgressMoves: while the follower lacks entries, the leader's match index for it advances, or the leader looks further
///   back in its log than before, within `moving`.
/// - SnapshotsEnd: of the snapshots that a leader sends to the follower one arrives, or the leader goes on to send entries,
///   within `moving`, and `piece` more for each piece. That a newer one is begun before gives no more time, and more than
///   `mostSnapshots` are not begun before the follower has one.
///
/// A server that loses what it knows of a follower begins anew with its term; so does whoever looks.
package struct FollowerProgress: Sendable {
  /// What is demanded.
  package struct Bounds: Hashable, Sendable {
    /// Within what something must get further.
    package var moving: Duration
    /// Within what a follower must answer.
    package var answering: Duration
    /// How much longer a snapshot may take for each of its pieces.
    package var piece: Duration
    /// The most bytes of a piece.
    package var pieceBytes: Int

    package init(moving: Duration, answering: Duration, piece: Duration, pieceBytes: Int) {
      (self.moving, self.answering, self.piece, self.pieceBytes) = (moving, answering, piece, pieceBytes)
    }
  }

  /// What was seen of a follower.
  private struct Seen: Sendable {
    var match: LogIndex
    /// The lowest place of which the leader has asked since the match index last advanced.
    var lowestNext: LogIndex
    var movedAt: VirtualInstant
    /// When the leader heard it last, by the leader's clock, and when that was seen.
    var heardAt: LocalInstant
    var seenAt: VirtualInstant
    /// Since when the leader sends it snapshots, none of which has arrived.
    var snapshotSince: VirtualInstant?
    /// Of the largest of these.
    var pieces = 0
    /// The end of the latest, and how many were seen since the match index last advanced.
    var snapshot = LogIndex.zero
    var snapshots = 0
  }

  /// One may be lost in the storm, and a newer one begun for it; what is begun in the calm gets there.
  package static let mostSnapshots = 4

  private var leader: NodeID?
  private var term = Term.zero
  /// By node; none of those that do not follow.
  private var seen: [Seen?]

  /// - Parameter nodes: how many servers there are.
  package init(nodes: Int) {
    seen = Array(repeating: nil, count: nodes)
  }

  /// Looks at a leader and those that it should bring up.
  ///
  /// - Parameters:
  ///   - nodes: who hears the leader and is heard, if it runs.
  ///   - growing: those of them whose logs can grow.
  ///   - replicas: of all nodes, in their order.
  /// - Returns: what is broken.
  package mutating func look(
    at nodes: [NodeID], growing: [NodeID], replicas: [Replica], running: NodeSet, within bounds: Bounds,
    at now: VirtualInstant
  ) -> Finding? {
    guard let first = Self.leader(among: nodes, replicas: replicas, running: running),
      replicas[first.offset].raft.role == .leader, replicas[first.offset].raft.lastLeadership?.term != nil
    else {
      forget()
      return nil
    }
    let status = replicas[first.offset].status
    if leader != first || term != status.term { forget() }
    (leader, term) = (first, status.term)
    for node in replicas.indices.lazy.map({ NodeID(UInt8($0 + 1)) }) where node != first {
      // By way of fields alone: copies of replicas and leaderships are dear.
      guard nodes.contains(node), running.contains(node), replicas[node.offset].status.term == term,
        replicas[node.offset].raft.leader == first,
        replicas[first.offset].raft.lastLeadership?.progress.tracked.contains(node) ?? false,
        let progress = replicas[first.offset].raft.lastLeadership?.progress.slots[node.offset]
      else {
        seen[node.offset] = nil
        continue
      }
      note(progress, of: node, last: status.lastIndex, growing.contains(node), bounds, at: now)
      if let finding = finding(about: node, bounds, at: now) { return finding }
    }
    return nil
  }

  /// Whoever leads the latest term.
  private static func leader(among nodes: [NodeID], replicas: [Replica], running: NodeSet) -> NodeID? {
    var leader: NodeID?
    for node in nodes where running.contains(node) && replicas[node.offset].status.role == .leader {
      if let leader, replicas[node.offset].status.term <= replicas[leader.offset].status.term { continue }
      leader = node
    }
    return leader
  }

  private mutating func forget() {
    leader = nil
    seen = seen.map { _ in nil }
  }

  private mutating func note(
    _ progress: Progress, of node: NodeID, last: LogIndex, _ isGrowing: Bool, _ bounds: Bounds,
    at now: VirtualInstant
  ) {
    var seen =
      seen[node.offset]
      ?? Seen(match: progress.match, lowestNext: progress.next, movedAt: now, heardAt: progress.heardAt, seenAt: now)
    if progress.heardAt != seen.heardAt { (seen.heardAt, seen.seenAt) = (progress.heardAt, now) }
    let isSending = isGrowing && progress.mode == .snapshot
    // What it was sent has arrived, though the next one may have been begun before anybody looked.
    if progress.match > seen.match { (seen.snapshotSince, seen.pieces) = (nil, 0) }
    if progress.match > seen.match || progress.match == last || !isGrowing {
      (seen.match, seen.lowestNext, seen.movedAt) = (progress.match, progress.next, now)
      seen.snapshots = 0
    } else if progress.next < seen.lowestNext {
      (seen.lowestNext, seen.movedAt) = (progress.next, now)
    } else if isSending {
      seen.movedAt = now
    }
    if isSending {
      let bytes = progress.transfer?.snapshot.bytes.count ?? 0
      seen.snapshotSince = seen.snapshotSince ?? now
      let end = progress.transfer?.snapshot.position.index ?? .zero
      if end != seen.snapshot { (seen.snapshot, seen.snapshots) = (end, seen.snapshots + 1) }
      seen.pieces = max(seen.pieces, (bytes + bounds.pieceBytes - 1) / max(1, bounds.pieceBytes))
    } else {
      (seen.snapshotSince, seen.pieces, seen.snapshots) = (nil, 0, 0)
    }
    self.seen[node.offset] = seen
  }

  private func finding(about node: NodeID, _ bounds: Bounds, at now: VirtualInstant) -> Finding? {
    guard let leader, let seen = seen[node.offset] else { return nil }
    if let since = seen.snapshotSince,
      seen.snapshots > Self.mostSnapshots || now - since > bounds.moving + bounds.piece * Int64(seen.pieces)
    {
      return .snapshotUnending(
        leader: leader, term: term, follower: node, snapshots: seen.snapshots, pieces: seen.pieces, after: now - since)
    }
    if now - seen.seenAt > bounds.answering {
      return .followerSilent(leader: leader, term: term, follower: node, after: now - seen.seenAt)
    }
    guard now - seen.movedAt > bounds.moving else { return nil }
    return .followerStuck(leader: leader, term: term, follower: node, match: seen.match, after: now - seen.movedAt)
  }
}
