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
    count(at: node)
    let role = replicas[node.offset].status.role
    if role != hosts[node.offset].seenRole {
      hosts[node.offset].seenRole = role
      if role == .leader {
        statistics.leaderChanges += 1
        if clients.contains(where: { $0.open != nil }) { statistics.leaderChangesWithOpenOperations += 1 }
        note(.leadership, at: node)
      }
    }
    let commitIndex = replicas[node.offset].status.commitIndex
    if commitIndex > hosts[node.offset].seenCommitIndex {
      hosts[node.offset].seenCommitIndex = commitIndex
      note(.commitAdvance, at: node)
      // A snapshot of its own ends at or before what was committed earlier.
      if !isStart, replicas[node.offset].status.snapshotIndex == commitIndex { note(.snapshotInstalled, at: node) }
    }
    if calm.phase == .steady { watchLeader(by: node) }
    show(node, .step)
  }

  /// Lets a message arrive. A leader that then hears a follower again knows little of it: a moment for faults.
  mutating func hear(_ message: RaftMessage, from sender: NodeID, at node: NodeID) {
    if case .installSnapshotReply = message { return hearOfTransfer(message, from: sender, at: node) }
    let isReturn = message.kind == .appendEntriesReply && isSilent(sender, for: node)
    if message.kind == .preVoteReply, running.contains(node) { show(node, .arrival(of: message, from: sender)) }
    step(node, .peerMessage(message, from: sender))
    switch message.kind {
    case .appendEntries, .installSnapshot: show(node, .arrival(of: message, from: sender))
    case .appendEntriesReply, .installSnapshotReply: observe(creditOf: sender, by: node)
    default: break
    }
    guard case .appendEntriesReply(let reply) = message, running.contains(node) else { return }
    let status = replicas[node.offset].status
    guard status.role == .leader, status.term == reply.term else { return }
    if isReturn { note(.followerReturn, at: sender) }
    lookAtAnswer(reply, of: sender, to: node)
  }

  /// Lets an answer about pieces of a snapshot arrive.
  private mutating func hearOfTransfer(_ message: RaftMessage, from sender: NodeID, at node: NodeID) {
    let wasHalfDone = isHalfDone(transferTo: sender, by: node)
    step(node, .peerMessage(message, from: sender))
    guard running.contains(node) else { return }
    if wasHalfDone == false, isHalfDone(transferTo: sender, by: node) == true { note(.transferHalfDone, at: node) }
  }

  /// Whether half of a snapshot on its way is known to have arrived; `nil` if none is under way, or all of it has arrived.
  private func isHalfDone(transferTo peer: NodeID, by leader: NodeID) -> Bool? {
    guard replicas[leader.offset].raft.role == .leader,
      let transfer = replicas[leader.offset].raft.lastLeadership?.progress[peer.offset].transfer
    else { return nil }
    let size = UInt64(transfer.snapshot.bytes.count)
    return transfer.received < size ? transfer.received * 2 >= size : nil
  }

  private mutating func lookAtAnswer(_ reply: AppendEntriesReply, of follower: NodeID, to leader: NodeID) {
    // Looked at where it stands: a copy of a leadership for every answer is dear.
    guard let progress = replicas[leader.offset].raft.lastLeadership?.progress[follower.offset],
      let begun = replicas[leader.offset].raft.lastLeadership?.round
    else { return }
    let refused: UInt64? = if case .conflict = reply.outcome { reply.round } else { nil }
    let canWrite = refused != nil && canWrite(follower)
    let finding = progressMoves?.look(
      at: progress, of: follower, by: leader, in: reply.term, refused: refused, begun: begun, canWrite: canWrite,
      at: hosts[leader.offset].clock.local(at: now))
    if let finding { fail(finding, accounts: accounts) }
  }

  /// Whether a server's disk has room for entries, and nothing to do for its log.
  private func canWrite(_ node: NodeID) -> Bool {
    let room = StorageConfiguration().reserveBytes + RaftConfiguration.maxBytesPerAppend
    return !hosts[node.offset].disk.isBusy(.log) && hosts[node.offset].disk.freeBytes >= room
  }

  /// Whether a leader has not heard a peer for an election timeout by its own clock.
  private func isSilent(_ peer: NodeID, for leader: NodeID) -> Bool {
    guard replicas[leader.offset].raft.role == .leader,
      let heardAt = replicas[leader.offset].raft.lastLeadership?.progress[peer.offset].heardAt
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

  /// Shows a message as it leaves.
  mutating func observe(_ label: MessageLabel, from node: NodeID, to recipient: NodeID) {
    show(node, .message(SentMessage(label, from: node, to: recipient)))
  }

  /// Shows that a client is told what became of a command.
  mutating func observe(answerAbout position: LogPosition, by node: NodeID) { show(node, .answer(about: position)) }

  /// Shows that a server took note of a peer's answer.
  mutating func observe(creditOf peer: NodeID, by node: NodeID) {
    if running.contains(node) { show(node, .credit(of: peer)) }
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
    } catch {
      fail(error.finding)
    }
  }

  /// Shows that a disk has finished a sync of a file or, with an empty name, of the names.
  mutating func observe(syncOf file: String, by node: NodeID) { show(node, .sync(of: file)) }

  /// Shows a crash, and what it has left unless that is everything.
  mutating func observe(crashOf node: NodeID, keepsDisk: Bool) { show(node, .crash(keepsDisk: keepsDisk)) }

  /// Lets whoever checks invariants look, if anyone does; what is broken ends the run.
  private mutating func show(_ node: NodeID, _ sight: Sight) {
    if restsOnClocks {
      for host in hosts.indices { clockReadings[host] = hosts[host].clock.local(at: now) }
    }
    let cluster = ClusterView(replicas: replicas, running: running, changed: node, clocks: clockReadings)
    do throws(InvariantViolation) {
      try invariants?.look(at: sight, in: cluster, hosts)
      try otherWatch?.look(at: sight, in: cluster, hosts)
    } catch {
      fail(error.finding)
    }
  }
}

/// What there is to see at a node.
private enum Sight {
  case step
  case message(SentMessage)
  case answer(about: LogPosition)
  case arrival(of: RaftMessage, from: NodeID)
  case credit(of: NodeID)
  case sync(of: String)
  case crash(keepsDisk: Bool)
}

extension ClusterWatch {
  fileprivate mutating func look(
    at sight: Sight, in cluster: ClusterView, _ hosts: [Simulation.Host]
  ) throws(InvariantViolation) {
    switch sight {
    case .step: try check(cluster)
    case .message(let message): try check(message, in: cluster)
    case .answer(let position): try check(answerAbout: position, in: cluster)
    case .arrival(let message, let sender): noteArrival(of: message, from: sender, in: cluster)
    case .credit(let peer): try check(creditOf: peer, in: cluster)
    case .sync(let file): try check(syncOf: file, on: hosts[cluster.changed.offset].disk, in: cluster)
    case .crash(let keepsDisk):
      try check(crashLeaving: keepsDisk ? nil : hosts[cluster.changed.offset].disk, in: cluster)
    }
  }
}

extension SimulatedDisk: DurableFiles {}
