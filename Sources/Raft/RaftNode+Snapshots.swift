import Determinism

/// Log compaction (Raft §7).
extension RaftNode {
  /// Describes a snapshot of the host's state machine.
  ///
  /// - Parameters:
  ///   - index: up to where the state machine has applied the log.
  ///   - bytes: its state.
  /// - Returns: `nil` if the log does not reach back to there or the state is too large to be sent.
  package func describeSnapshot(at index: LogIndex, bytes: [UInt8]) -> Snapshot? {
    guard bytes.count <= RaftConfiguration.maxSnapshotBytes, let digest = log.digest(at: index),
      let entryTerm = log.term(at: index)
    else { return nil }
    let members = rules.members(ofSnapshot: log.members(at: index), latest: latestMembers)
    // A server that joins does not know yet who takes part, and cannot say so in a snapshot.
    guard !members.members.all.isEmpty else { return nil }
    let lastIncluded = rules.lastIncludedTerm(ofEntry: entryTerm, current: term)
    return Snapshot(
      position: LogPosition(index: index, term: lastIncluded), members: members, logDigest: digest, bytes: bytes)
  }

  /// Takes note that a snapshot survives a crash: one of this node's own, or a leader's that had arrived.
  mutating func noteDurable(_ snapshot: Snapshot, into ready: inout Ready) {
    guard let arrived, arrived.position == snapshot.position else { return compact(behind: snapshot, into: &ready) }
    self.arrived = nil
    // While it was written the log may have caught up; then it is as one of its own.
    guard role != .leader, rules.installs(arrived.position, commitIndex: commitIndex) else {
      return compact(behind: arrived, into: &ready)
    }
    // A candidate has asked for votes with the log that a restart would replace by now, and asks no more.
    if role != .follower { becomeFollower(in: term, into: &ready) }
    install(arrived, into: &ready)
    guard let leader else { return }
    // No round is confirmed by it: it answers nothing that left of late.
    let reply = InstallSnapshotReply(term: term, round: 0, position: arrived.position, outcome: .installed)
    send(.installSnapshotReply(reply), to: leader, into: &ready)
  }

  /// Lets go of the entries that a durable snapshot stands for, save those that trail.
  private mutating func compact(behind snapshot: Snapshot, into ready: inout Ready) {
    let index = snapshot.position.index
    guard index <= handedOut, index > self.snapshot?.position.index ?? .zero,
      snapshot.bytes.count <= RaftConfiguration.maxSnapshotBytes
    else { return }
    self.snapshot = snapshot
    let last = rules.compactionIndex(
      snapshot: index, trailing: UInt64(configuration.trailingEntries), lastIndex: log.lastIndex,
      beingSent: snapshotBeingSent(before: index))
    guard last > log.start.index else { return }
    // A wrong rule can point behind what the host has got, which it must still be able to read.
    log.compact(through: min(last, handedOut))
    ready.compactedThrough = log.start.index
  }

  /// Where the earliest snapshot ends that is getting to a peer, if what lies between it and a newer one is not too much
  /// to keep until the peer has installed it.
  private func snapshotBeingSent(before newer: LogIndex) -> LogIndex? {
    guard role == .leader, let progress = lastLeadership?.progress else { return nil }
    var earliest: LogIndex?
    for member in progress.tracked {
      guard let index = progress[member].transfer?.snapshot.position.index, index < earliest ?? newer,
        !isStalled(member), !isSilent(member), mayKeepEntries(after: index, through: newer)
      else { continue }
      earliest = index
    }
    return earliest
  }

  private func mayKeepEntries(after first: LogIndex, through last: LogIndex) -> Bool {
    // A wrong rule can have cut what was handed out.
    guard first >= log.start.index, last <= log.lastIndex,
      last.rawValue - first.rawValue <= RaftConfiguration.maxEntriesBehindTransfer
    else { return false }
    var (bytes, index) = (0, first)
    while index < last, bytes <= RaftConfiguration.maxBytesBehindTransfer {
      index = index.next
      bytes += log[index].commandBytes
    }
    return bytes <= RaftConfiguration.maxBytesBehindTransfer
  }
}

/// Sending snapshots (Raft Figure 13).
extension RaftNode {
  /// The log does not reach back to where a peer is: the snapshot must, unless nobody would hear it.
  mutating func beginSnapshot(to peer: NodeID, into ready: inout Ready) {
    let now = now
    guard let snapshot, !isSilent(peer) else {
      // Without a snapshot only a wrong rule has let go of entries.
      if snapshot == nil { lastLeadership?.progress[peer].isAwaiting = true }
      return sendPresence(to: peer, into: &ready)
    }
    lastLeadership?.progress[peer].begin(snapshot, at: now)
    sendPieces(to: peer, into: &ready)
  }

  /// Sends what a peer lacks of its snapshot, as far as the window allows.
  mutating func sendPieces(to peer: NodeID, into ready: inout Ready) {
    guard role == .leader, lastLeadership?.progress[peer].mode == .snapshot, !isSilent(peer) else { return }
    lastLeadership?.progress[peer].loseOvertakenPieces()
    while let leadership = lastLeadership, let transfer = leadership.progress[peer].transfer,
      let piece = transfer.nextPiece(under: configuration)
    {
      let (snapshot, round) = (transfer.snapshot, leadership.round)
      lastLeadership?.progress[peer].transfer?.send(piece, inRound: round)
      let request = InstallSnapshot(
        term: term, round: round, position: snapshot.position, members: snapshot.members,
        logDigest: snapshot.logDigest, size: UInt64(snapshot.bytes.count), offset: UInt64(piece.lowerBound),
        bytes: Array(snapshot.bytes[piece]), isDone: piece.upperBound == snapshot.bytes.count)
      send(.installSnapshot(request), to: peer, into: &ready)
    }
  }

  mutating func handle(_ reply: InstallSnapshotReply, from sender: NodeID, into ready: inout Ready) {
    guard hear(.nothing, from: sender, term: reply.term, round: reply.round) != nil else { return }
    switch reply.outcome {
    case .installed:
      acknowledge(rules.matchIndex(acknowledging: reply.position, newest: snapshot?.position), by: sender)
      goOnAfterInstallation(at: sender, into: &ready)
    case .received(let count): resume(from: count, of: reply.position, to: sender)
    }
    makeProgress(because: sender, into: &ready)
  }

  /// Sends the newest snapshot if, while an older one was on its way, the log has let go of what comes behind that.
  private mutating func goOnAfterInstallation(at peer: NodeID, into ready: inout Ready) {
    guard role == .leader, let progress = lastLeadership?.progress[peer],
      let transfer = progress.transfer, transfer.snapshot.position.index <= progress.match
    else { return }
    beginSnapshot(to: peer, into: &ready)
  }

  /// Takes note of where the follower says that it is.
  private mutating func resume(from count: UInt64, of position: LogPosition, to peer: NodeID) {
    let now = now
    guard role == .leader, let transfer = lastLeadership?.progress[peer].transfer,
      transfer.snapshot.position == position, count <= UInt64(transfer.snapshot.bytes.count)
    else { return }
    lastLeadership?.progress[peer].receive(count, at: now)
  }
}

/// Installing a leader's snapshot (Raft Figure 13, InstallSnapshot RPC).
extension RaftNode {
  mutating func handle(_ request: InstallSnapshot, isCurrent: Bool, from sender: NodeID, into ready: inout Ready) {
    guard isCurrent else { return reply(.received(0), to: request, round: 0, from: sender, into: &ready) }
    guard follow(sender, because: .installSnapshot, into: &ready) else { return }
    guard rules.installs(request.position, commitIndex: commitIndex) else {
      if let incoming, incoming.position.index <= commitIndex { self.incoming = nil }
      return reply(.installed, to: request, from: sender, into: &ready)
    }
    // One at a time is written: that of which the leader asks again, or another one that has to wait.
    if let arrived {
      let held = arrived.position == request.position ? UInt64(arrived.bytes.count) : 0
      return reply(.received(held), to: request, from: sender, into: &ready)
    }
    guard request.size <= UInt64(RaftConfiguration.maxSnapshotBytes),
      request.position.index <= RaftConfiguration.maxSnapshotIndex, collect(request)
    else {
      return reply(.received(held(of: request)), to: request, from: sender, into: &ready)
    }
    guard request.isDone, let whole = incoming else {
      return reply(.received(held(of: request)), to: request, from: sender, into: &ready)
    }
    incoming = nil
    // A last piece that leaves a gap at the end belongs to another snapshot than the first ones: begin again.
    guard UInt64(whole.bytes.count) == request.size else {
      return reply(.received(0), to: request, from: sender, into: &ready)
    }
    arrived = whole
    ready.arrived = whole
    reply(.received(request.size), to: request, from: sender, into: &ready)
  }

  /// How many bytes of the request's snapshot have arrived.
  private func held(of request: InstallSnapshot) -> UInt64 {
    incoming?.position == request.position ? UInt64(incoming?.bytes.count ?? 0) : 0
  }

  /// Adds a piece to what has arrived.
  ///
  /// - Returns: whether it fits there.
  private mutating func collect(_ request: InstallSnapshot) -> Bool {
    if let incoming, incoming.position.index > request.position.index { return false }
    if incoming?.position != request.position || incoming?.logDigest != request.logDigest {
      // The first piece, or that of a newer snapshot.
      incoming = Snapshot(
        position: request.position, members: request.members, logDigest: request.logDigest, bytes: [])
    }
    let received = held(of: request)
    guard rules.continues(offset: request.offset, received: received),
      received + UInt64(request.bytes.count) <= request.size
    else { return false }
    incoming?.bytes += request.bytes
    return true
  }

  private mutating func install(_ snapshot: Snapshot, into ready: inout Ready) {
    let position = snapshot.position
    if rules.keepsSuffix(of: position, termAtPosition: log.term(at: position.index)), position.index <= log.lastIndex {
      log.compact(through: position.index, members: snapshot.members)
    } else {
      log = RaftLog(after: position, digest: snapshot.logDigest, members: snapshot.members)
    }
    noteInstalledMembers()
    hardState.term = rules.term(afterInstalling: position, current: term)
    // On the disk too the log now begins behind the snapshot, with what is left of it.
    firstChanged = log.firstIndex
    self.snapshot = snapshot
    ready.snapshot = snapshot
    ready.compactedThrough = log.start.index
    commitIndex = position.index
    handedOut = max(handedOut, position.index)
    enterMembers()
    releaseForwardedReads(into: &ready)
  }

  private func reply(
    _ outcome: InstallSnapshotReply.Outcome, to request: InstallSnapshot, round: UInt64? = nil, from sender: NodeID,
    into ready: inout Ready
  ) {
    let reply = InstallSnapshotReply(
      term: term, round: round ?? request.round, position: request.position, outcome: outcome)
    send(.installSnapshotReply(reply), to: sender, into: &ready)
  }
}
