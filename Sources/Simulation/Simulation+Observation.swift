import Determinism
import Histories
import Invariants
import Raft
import Replica
import Scenarios
import Traces

/// What an observer sees of the nodes: protocol moments, figures, broken invariants.
extension Simulation {
  /// Looks at a node from outside after its step.
  ///
  /// - Parameter isStart: whether it has only just started.
  mutating func observe(_ node: NodeID, isStart: Bool = false) {
    // Most steps leave a node where it was, and then there is nothing to be seen; but time passes for leases.
    let moves = cluster.replicas[node.offset].moves.count
    let isUnmoved = hosts[node.offset].seenMoves == moves && !isStart
    if !isUnmoved {
      hosts[node.offset].seenMoves = moves
      noteMove(of: node, isStart: isStart)
    }
    if calm.phase == .steady { watchLeader(by: node) }
    if !isUnmoved || showsEveryStep { show(stepOf: node, hasMoved: !isUnmoved) }
  }

  private mutating func noteMove(of node: NodeID, isStart: Bool) {
    count(at: node)
    let role = cluster.replicas[node.offset].status.role
    if role != hosts[node.offset].seenRole {
      hosts[node.offset].seenRole = role
      if role == .leader {
        statistics.leaderChanges += 1
        if clients.contains(where: { $0.open != nil }) { statistics.leaderChangesWithOpenOperations += 1 }
        if isMemberChangeOpen { statistics.leaderChangesAmidChange += 1 }
        note(.leadership, at: node)
      }
    }
    noteMembers(of: node)
    let commitIndex = cluster.replicas[node.offset].status.commitIndex
    if commitIndex > hosts[node.offset].seenCommitIndex {
      hosts[node.offset].seenCommitIndex = commitIndex
      note(.commitAdvance, at: node)
      // A snapshot of its own ends at or before what was committed earlier.
      let snapshotIndex = cluster.replicas[node.offset].status.snapshotIndex
      if !isStart, snapshotIndex == commitIndex { note(.snapshotInstalled, at: node) }
    }
  }

  /// Takes note of whether another configuration is in force at a node.
  private mutating func noteMembers(of node: NodeID) {
    let status = cluster.replicas[node.offset].status
    if status.membersIndex > .zero, status.role == .leader { noteFollowers(of: node) }
    guard hosts[node.offset].seenMembers != status.membersIndex else { return }
    hosts[node.offset].seenMembers = status.membersIndex
    if status.role == .leader, status.membersIndex > status.commitIndex { note(.configuration, at: node) }
    noteSplit()
  }

  /// Takes note of to whom a leader begins to replicate.
  mutating func noteFollowers(of leader: NodeID) {
    let tracked = cluster.replicas[leader.offset].raft.leadership?.progress.tracked ?? NodeSet()
    for node in tracked.subtracting(hosts[leader.offset].seenFollowers) where node.offset < members.count {
      silentPeers?.noteMember(node, of: leader, at: hosts[leader.offset].clock.local(at: now))
    }
    hosts[leader.offset].seenFollowers = tracked
  }

  /// Lets a message arrive. A leader that then hears a follower again knows little of it: a moment for faults.
  mutating func hear(_ message: RaftMessage, from sender: NodeID, at node: NodeID) {
    if case .installSnapshotReply = message { return hearOfTransfer(message, from: sender, at: node) }
    let isReturn = if case .appendEntriesReply = message { isSilent(sender, for: node) } else { false }
    switch message {
    case .preVoteReply, .requestVoteReply:
      if cluster.running.contains(node) { show(arrivalOf: message, from: sender, at: node) }
    default: break
    }
    step(node, .peerMessage(message, from: sender))
    switch message {
    case .appendEntries, .installSnapshot: show(arrivalOf: message, from: sender, at: node)
    case .appendEntriesReply: observe(creditOf: sender, by: node)
    default: break
    }
    guard case .appendEntriesReply(let reply) = message, cluster.running.contains(node) else { return }
    let status = cluster.replicas[node.offset].status
    guard status.role == .leader, status.term == reply.term else { return }
    if isReturn { note(.followerReturn, at: sender) }
    lookAtAnswer(reply, of: sender, to: node)
  }

  /// Lets an answer about pieces of a snapshot arrive.
  private mutating func hearOfTransfer(_ message: RaftMessage, from sender: NodeID, at node: NodeID) {
    let wasHalfDone = isHalfDone(transferTo: sender, by: node)
    step(node, .peerMessage(message, from: sender))
    observe(creditOf: sender, by: node)
    guard cluster.running.contains(node) else { return }
    if wasHalfDone == false, isHalfDone(transferTo: sender, by: node) == true { note(.transferHalfDone, at: node) }
  }

  /// Whether half of a snapshot on its way is known to have arrived; `nil` if none is under way, or all of it has arrived.
  private func isHalfDone(transferTo peer: NodeID, by leader: NodeID) -> Bool? {
    guard cluster.replicas[leader.offset].raft.role == .leader,
      cluster.replicas[leader.offset].raft.lastLeadership?.progress.tracked.contains(peer) ?? false,
      let transfer = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[peer.offset].transfer
    else { return nil }
    let size = UInt64(transfer.snapshot.bytes.count)
    return transfer.received < size ? transfer.received * 2 >= size : nil
  }

  private mutating func lookAtAnswer(_ reply: AppendEntriesReply, of follower: NodeID, to leader: NodeID) {
    // Field by field: a copy of a leadership, or of what it knows of one follower, for every answer is dear.
    guard cluster.replicas[leader.offset].raft.lastLeadership?.progress.tracked.contains(follower) ?? false,
      let mode = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[follower.offset].mode,
      let match = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[follower.offset].match,
      let next = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[follower.offset].next,
      let begun = cluster.replicas[leader.offset].raft.lastLeadership?.round
    else { return }
    let asked = if case .probe = mode { next } else { LogIndex.zero }
    look(forUnsentTo: follower, by: leader, in: reply.term)
    let refused: UInt64? = if case .conflict = reply.outcome { reply.round } else { nil }
    let canWrite = refused != nil && canWrite(follower)
    let finding = progressMoves?.look(
      atMatch: match, asking: asked, of: follower, by: leader, in: reply.term, refused: refused, begun: begun,
      canWrite: canWrite, at: hosts[leader.offset].clock.local(at: now))
    if let finding { fail(finding, accounts: accounts) }
  }

  /// Looks for what a follower lacks and might have been sent by now.
  private mutating func look(forUnsentTo follower: NodeID, by leader: NodeID, in term: Term) {
    let last = cluster.replicas[leader.offset].status.lastIndex
    guard let next = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[follower.offset].next,
      next <= last,
      let progress = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[follower.offset],
      let finding = NothingWaitsUnsent.look(
        at: progress, of: follower, by: leader, in: term, last: last,
        under: cluster.replicas[leader.offset].raft.configuration)
    else { return }
    fail(finding)
  }

  /// Whether a server's disk has room for entries, and nothing to do for its log.
  private func canWrite(_ node: NodeID) -> Bool {
    guard hosts[node.offset].disk.busyLanes & SimulatedDisk.bit(of: .log) == 0 else { return false }
    let room = StorageConfiguration().reserveBytes + RaftConfiguration.maxBytesPerAppend
    return hosts[node.offset].disk.freeBytes >= room
  }

  /// Whether a leader has not heard a peer for an election timeout by its own clock.
  private func isSilent(_ peer: NodeID, for leader: NodeID) -> Bool {
    guard cluster.replicas[leader.offset].raft.role == .leader,
      cluster.replicas[leader.offset].raft.lastLeadership?.progress.tracked.contains(peer) ?? false,
      let heardAt = cluster.replicas[leader.offset].raft.lastLeadership?.progress.slots[peer.offset].heardAt
    else { return false }
    return hosts[leader.offset].clock.local(at: now) - heardAt > scenario.cluster.electionTimeoutMax
  }

  func isStorm(at instant: VirtualInstant) -> Bool { instant - .start < scenario.stormEnd }

  /// Counts a protocol moment and springs the faults that waited for it.
  mutating func note(_ moment: Moment, at node: NodeID) {
    for (fault, after) in nemesis.count(moment) where isStorm(at: now + after) {
      schedule(.faultBegins(fault, subject: node), at: now + after)
    }
  }

  // MARK: Invariants

  // Whoever checks invariants is called by name here, one way for each sight: this is done for every step and message.

  /// Shows a step.
  ///
  /// - Parameter hasMoved: whether it may have left the node elsewhere than the step before.
  private mutating func show(stepOf node: NodeID, hasMoved: Bool) {
    if restsOnClocks {
      for host in hosts.indices { cluster.clocks[host] = hosts[host].clock.local(at: now) }
    }
    cluster.changed = node
    do throws(InvariantViolation) {
      if hasMoved { try invariants?.check(cluster) } else { try invariants?.checkLeases(cluster) }
      try otherWatch?.check(cluster)
    } catch { fail(error.finding) }
  }

  /// Shows a message as it leaves.
  mutating func observe(_ label: MessageLabel, from node: NodeID, to recipient: NodeID) {
    cluster.changed = node
    let message = SentMessage(label, from: node, to: recipient)
    do throws(InvariantViolation) {
      try invariants?.check(message, in: cluster)
      try otherWatch?.check(message, in: cluster)
    } catch { fail(error.finding) }
  }

  /// Shows that a client is told what became of a command.
  mutating func observe(answerAbout position: LogPosition, by node: NodeID) {
    cluster.changed = node
    do throws(InvariantViolation) {
      try invariants?.check(answerAbout: position, in: cluster)
      try otherWatch?.check(answerAbout: position, in: cluster)
    } catch { fail(error.finding) }
  }

  /// Shows that a message has come to a server that takes note of it.
  private mutating func show(arrivalOf message: RaftMessage, from sender: NodeID, at node: NodeID) {
    cluster.changed = node
    invariants?.noteArrival(of: message, from: sender, in: cluster)
    otherWatch?.noteArrival(of: message, from: sender, in: cluster)
  }

  /// Shows that a server took note of a peer's answer.
  mutating func observe(creditOf peer: NodeID, by node: NodeID) {
    guard cluster.running.contains(node) else { return }
    cluster.changed = node
    do throws(InvariantViolation) {
      try invariants?.check(creditOf: peer, in: cluster)
      try otherWatch?.check(creditOf: peer, in: cluster)
    } catch { fail(error.finding) }
  }

  /// Shows that a client begins an operation.
  mutating func observe(callBy client: Int) {
    invariants?.noteCall(by: client)
    otherWatch?.noteCall(by: client)
  }

  /// Shows that a client's operation returns, answered by a server that speaks of its log up to an index.
  mutating func observe(returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID) {
    do throws(InvariantViolation) {
      try invariants?.check(returnTo: client, isRead: isRead, upTo: index, from: node)
      try otherWatch?.check(returnTo: client, isRead: isRead, upTo: index, from: node)
    } catch { fail(error.finding) }
  }

  /// Shows that a disk has finished a sync of a file or, with an empty name, of the names.
  mutating func observe(syncOf file: String, by node: NodeID) {
    cluster.changed = node
    let (hosts, offset) = (hosts, node.offset)
    let bytes = hosts[offset].disk.durableBytes(of: file)
    do throws(InvariantViolation) {
      try invariants?.check(syncOf: file, bytes: bytes, in: cluster) { hosts[offset].disk.durable }
      try otherWatch?.check(syncOf: file, bytes: bytes, in: cluster) { hosts[offset].disk.durable }
    } catch { fail(error.finding) }
  }

  /// Shows a crash, and what it has left unless that is everything.
  mutating func observe(crashOf node: NodeID, keepsDisk: Bool) {
    cluster.changed = node
    let files = keepsDisk ? nil : hosts[node.offset].disk.durable
    do throws(InvariantViolation) {
      try invariants?.check(crashLeaving: files, in: cluster)
      try otherWatch?.check(crashLeaving: files, in: cluster)
    } catch { fail(error.finding) }
  }

  /// Shows the names that a disk has taken away from files.
  mutating func observe(removals: [(change: Int, name: String)], by node: NodeID) {
    cluster.changed = node
    let disk = hosts[node.offset].disk
    for (change, name) in removals {
      do throws(InvariantViolation) {
        try invariants?.check(
          removalOf: name, as: change, isDamaged: disk.isDamaged, in: cluster, files: disk.durable(with:))
        try otherWatch?.check(
          removalOf: name, as: change, isDamaged: disk.isDamaged, in: cluster, files: disk.durable(with:))
      } catch { fail(error.finding) }
    }
  }

  /// Shows what a server has made of its files.
  mutating func observe(recoveryOf node: NodeID) {
    cluster.changed = node
    let disk = hosts[node.offset].disk
    let isKnown = disk.isDurable && !disk.isDamaged
    do throws(InvariantViolation) {
      if options.checks == .all, hosts[node.offset].hasOtherDisk { try RecoversWhatIsThere.check(otherDiskIn: cluster) }
      try invariants?.check(recoveryIn: cluster, isKnown: isKnown, isDamaged: disk.isDamaged) { disk.visible }
      try otherWatch?.check(recoveryIn: cluster, isKnown: isKnown, isDamaged: disk.isDamaged) { disk.visible }
    } catch { fail(error.finding) }
  }

  /// Looks at how much room a server takes to be left on its disk, of which it has just heard.
  ///
  /// - Parameter isKnown: whether it must know exactly.
  mutating func observe(roomAt node: NodeID, isKnown: Bool = false) {
    guard hosts[node.offset].disk.capacity != .max, options.checks == .all, cluster.running.contains(node),
      let finding = RoomIsCounted.look(
        at: node, counted: cluster.replicas[node.offset].freeBytes, room: hosts[node.offset].disk.freeBytesWhenDone,
        isAtRest: isKnown)
    else { return }
    fail(finding)
  }

  /// Looks at what a server makes of its disk, which has told it that something is done.
  mutating func observe(flushBy node: NodeID, of lane: FileLane) {
    let offset = node.offset
    let isAtRest = hosts[offset].disk.busyLanes == 0 && !cluster.replicas[offset].status.isWritingSnapshot
    observe(roomAt: node, isKnown: isAtRest && lane == .log)
    guard isAtRest else { return }
    cluster.changed = node
    let files = hosts[offset].disk.fileCount
    do throws(InvariantViolation) {
      try invariants?.check(restWith: files, in: cluster)
      try otherWatch?.check(restWith: files, in: cluster)
    } catch { fail(error.finding) }
  }
}
