import Determinism
import Histories
import Invariants
import KeyValue
import Raft
import Replica
import Scenarios
import Traces

/// Stepping the replicas and doing what they ask for.
extension Simulation {
  /// Starts a node, for the first time or again, from what its disk holds.
  mutating func start(_ node: NodeID) {
    if isTraced { traceDecisions(of: node) }
    do {
      cluster.replicas[node.offset] = try Replica(
        recovering: hosts[node.offset].disk.contents, onReplacedDisk: hosts[node.offset].hasOtherDisk,
        freeBytes: hosts[node.offset].disk.freeBytes, configuration: Self.configuration(of: node, scenario, options),
        of: carrier.cluster,
        sessions: SessionSettings(scenario.sessions),
        storage: StorageConfiguration(
          segmentBytes: scenario.protocols.segmentBytes,
          snapshotPartBytes: scenario.protocols.snapshotChunkBytes * Self.piecesInPart),
        snapshots: SnapshotThresholds(
          entries: scenario.protocols.snapshotEntries, bytes: scenario.protocols.snapshotBytes),
        rules: rules)
      cluster.running.insert(node)
      arrived.insert(node)
      observe(recoveryOf: node)
      // Recovery has read all that it keeps: nothing excuses the next refusal.
      hosts[node.offset].isDamaged = false
      invariants?.noteStart(of: node)
      otherWatch?.noteStart(of: node)
      cluster.replicas[node.offset].start(at: hosts[node.offset].clock.local(at: now), into: &commands)
      if isTraced { traceStart(of: node) }
      noteEffects(of: node)
      let syncsLog = commands.contains { if case .flush(.log) = $0 { true } else { false } }
      if hosts[node.offset].incarnation > 0, syncsLog { note(.recovery, at: node) }
      carryOutCommands(of: node)
      advanceDisks(of: node)
      observe(node, isStart: true)
      observe(roomAt: node)
    } catch {
      if isTraced { tracer?.note(.stopped(.damage(error)), at: node) }
      // What the disk itself has lost is not the server's fault: to refuse is all that it can do.
      let isRuined = hosts[node.offset].isDamaged && !couldRecover(node)
      guard !isRuined else { return ruined.insert(node) }
      fail(.cannotRecover(node, error))
    }
  }

  /// Whether a server that refuses a disk that has lost something could do without that.
  private func couldRecover(_ node: NodeID) -> Bool {
    options.checks == .all && !hosts[node.offset].hasOtherDisk
      && RecoversWhatIsThere.canRecover(from: hosts[node.offset].disk.visible)
  }

  /// A snapshot is written in parts of some pieces each, in which it is sent: small ones in some seeds. Each part takes a sync.
  private static let piecesInPart = 8

  mutating func step(_ node: NodeID, _ event: ReplicaEvent) {
    guard cluster.running.contains(node) else { return }
    let (local, wall) = hosts[node.offset].clock.readings(at: now)
    if isTraced { traceDecisions(of: node) }
    cluster.replicas[node.offset].handle(event, at: local, wall: wall, into: &commands)
    if isTraced { traceStep(of: node, asking: commands) }
    // Most steps bring one of these at the most.
    if !cluster.replicas[node.offset].appliedChanges.isEmpty { noteEffects(of: node) }
    if !commands.isEmpty { carryOutCommands(of: node) }
    if hosts[node.offset].disk.busyLanes & ~hosts[node.offset].disk.syncingLanes != 0 { advanceDisks(of: node) }
    // One that has stopped for its disk is nowhere any more: it may have been about to take on what was not written.
    if cluster.running.contains(node) { observe(node) }
  }

  /// Does what a replica asks for, in order.
  private mutating func carryOutCommands(of node: NodeID) {
    commands.turnAround()
    while let command = commands.popLast() {
      switch consume command {
      // A frame that was taken for whole though it is damaged can bring a configuration of servers that are nowhere.
      case .send(let message, let recipient):
        if recipient.offset < members.count { send(message, from: node, to: recipient) }
      case .answer(let reply, let client, let ground):
        if case .command(let position) = ground { observe(answerAbout: position, by: node) }
        answer(reply, about: ground, from: node, to: client)
      case .file(let command, let lane):
        let isAppend = if case .append = command { true } else { false }
        hosts[node.offset].disk.ask(command, in: lane)
        if isAppend { note(.appendBeforeSync, at: node) }
      case .flush(let lane): hosts[node.offset].disk.askForFlush(of: lane)
      case .setTimer(let timer, let range): set(timer, of: node, within: range)
      case .stop(.selfCheck(let reason)): fail(.stopped(node, reason))
      case .stop(.unreadableSnapshot(let index)):
        fail(.stoppedForSnapshot(node, through: index))
      case .stop(.disk(let failure)): stopForDisk(node, failure)
      }
    }
  }

  /// Lets the disk of a node go on with what it was asked for. Its server may take the next step meanwhile.
  private mutating func advanceDisks(of node: NodeID) {
    advanceDiskIfReady(of: node, .log)
    advanceDiskIfReady(of: node, .snapshots)
  }

  private mutating func advanceDiskIfReady(of node: NodeID, _ lane: FileLane) {
    let ready = hosts[node.offset].disk.busyLanes & ~hosts[node.offset].disk.syncingLanes
    if ready & SimulatedDisk.bit(of: lane) != 0, cluster.running.contains(node) { advanceDisk(of: node, lane) }
  }

  // MARK: Network

  private mutating func send(_ message: consuming RaftMessage, from node: NodeID, to recipient: NodeID) {
    statistics.messagesSent += 1
    let label = message.label
    if carrier.sendsBytes {
      guard let carried = carrier.carried(copy message, from: node, to: recipient) else { return }
      message = carried
    }
    observe(label, from: node, to: recipient)
    switch label.kind {
    case .appendEntries:
      progressMoves?.note(appendBehind: label.index, by: node, to: recipient)
      if let finding = littleIsSentAgain?.look(
        at: label, from: node, to: recipient, at: hosts[node.offset].clock.local(at: now))
      {
        fail(finding)
      }
      if label.entryCount > 0 { look(atBulk: copy message, label, from: node, to: recipient) }
    case .installSnapshot: look(atBulk: copy message, label, from: node, to: recipient)
    default: if label.grantsVote { note(.voteReply, at: node) }
    }
    let fate = network.fate(of: label, from: node, to: recipient)
    let isWritten = isTraced || options.tellsDeliveries
    let number = isWritten ? write(copy message, label, from: node, to: recipient, occurrence: fate.occurrence) : 0
    if network.strayFaults > 0 {
      sendStrays(beside: copy message, label, from: node, to: recipient, occurrence: fate.occurrence)
    }
    let arrival: SimulationEvent =
      if let damage = fate.damage {
        damagedArrival(of: copy message, from: node, to: recipient, by: damage, number: number)
      } else {
        .peerMessage(consume message, from: node, to: recipient, number: number)
      }
    if let replay = fate.replay, isStorm(at: now + replay) {
      statistics.messagesDuplicated += 1
      schedule(arrival, at: now + replay)
    }
    guard let delay = fate.delay, !network.isCut(from: node, to: recipient) else {
      return lose(number, at: node)
    }
    if network.isClogged(from: node, to: recipient) {
      let isHeld = network.hold(.init(arrival: arrival, sender: node, recipient: recipient))
      return isHeld ? statistics.messagesHeldBack += 1 : lose(number, at: node)
    }
    if fate.isHeldBack { statistics.messagesHeldBack += 1 }
    if delay > scenario.network.delayMin { statistics.messagesDelayed += 1 }
    guard let duplicate = fate.duplicate else { return schedule(arrival, at: now + delay) }
    schedule(arrival, at: now + delay)
    statistics.messagesDuplicated += 1
    schedule(arrival, at: now + duplicate)
  }

  /// Looks at a message with entries or a piece of a snapshot as it leaves.
  private mutating func look(
    atBulk message: RaftMessage, _ label: MessageLabel, from node: NodeID, to recipient: NodeID
  ) {
    // Of whom it has only now taken in it can have heard nothing.
    if scenario.membership != nil { noteFollowers(of: node) }
    let local = hosts[node.offset].clock.local(at: now)
    if let finding = silentPeers?.look(at: label, bytes: message.bulkBytes, from: node, to: recipient, at: local) {
      fail(finding)
    }
  }

  /// Takes note that a message does not arrive, at its sender or where it should have arrived.
  mutating func lose(_ number: UInt32, at node: NodeID) {
    statistics.messagesLost += 1
    if isTraced { tracer?.noteLost(number, at: node) }
  }

  // MARK: Timers

  private mutating func set(_ timer: RaftTimer, of node: NodeID, within range: ClosedRange<Duration>) {
    // A forced one runs out when it shall, once the least timeout has passed.
    let isElection = if case .election = timer { true } else { false }
    let isFixed = range.lowerBound == range.upperBound || isElection && forcedElections != nil
    let span = isFixed ? range.lowerBound : drawTimeout(of: node, within: range)
    hosts[node.offset].set(timer, to: span, within: range, at: now)
    let alarm = alarm(of: timer, node)
    if isTraced { tracer?.noteAlarm(alarm) }
    setAlarm(of: timer, node, at: hosts[node.offset].clock.instant(after: span, from: now))
  }

  /// Lets election timers run out by themselves from now on: each that is set is set anew.
  mutating func freeElections() {
    guard forcedElections != nil else { return }
    forcedElections = nil
    for node in members where hosts[node.offset].deadlines[.election] != nil {
      if let range = hosts[node.offset].electionRange { set(.election, of: node, within: range) }
    }
  }

  /// Draws by (node, term), so that a timeout depends on nothing else that happens.
  private mutating func drawTimeout(of node: NodeID, within range: ClosedRange<Duration>) -> Duration {
    let term = cluster.replicas[node.offset].raft.hardState.term
    let occurrence = hosts[node.offset].countTimeout(in: term)
    var key = StableDigest(start: UInt64(node.number))
    key.combine(term.rawValue)
    return dice.draw(.electionTimeout, key.value, occurrence: occurrence).within(range)
  }

  /// Looks for a deadline when the clock will have come to it; while the clock stands still none comes nearer.
  mutating func setAlarm(of timer: RaftTimer, _ node: NodeID) {
    guard let deadline = hosts[node.offset].deadlines[timer] else { return }
    setAlarm(of: timer, node, at: hosts[node.offset].clock.instant(of: deadline, from: now))
  }

  private mutating func setAlarm(of timer: RaftTimer, _ node: NodeID, at deadline: VirtualInstant?) {
    var instant = deadline
    if let forcedElections, case .election = timer {
      instant = instant.flatMap { soonest in forcedElections.next(of: node).map { max($0, soonest) } }
    }
    queue.setAlarm(alarm(of: timer, node), at: instant)
  }

  mutating func runOut(_ timer: RaftTimer, of node: NodeID) {
    let offset = node.offset
    guard let deadline = hosts[offset].deadlines[timer] else { return }
    // The clock's rate may have changed since, or the timer may have been set anew while the node stood still.
    guard hosts[offset].clock.local(at: now) >= deadline else { return setAlarm(of: timer, node) }
    if case .election = timer {
      let ranOut = hosts[offset].keptElection ?? now
      elections.append(ForcedElection(node: node, at: ranOut - .start))
      forcedElections?.takeNext(of: node)
    }
    hosts[offset].deadlines[timer] = nil
    step(node, .timer(timer))
    if scenario.membership != nil, case .heartbeat = timer { lookAtTransfer(by: node) }
  }

  // MARK: Disks

  /// Lets a disk go on with what it was asked for in a queue, until something takes time or the server must hear of it.
  private mutating func advanceDisk(of node: NodeID, _ lane: FileLane) {
    let offset = node.offset
    let stop = hosts[offset].disk.advance(lane)
    if hosts[offset].disk.hasNameChanges { noteNameChanges(of: node) }
    switch stop {
    case .sync(let name):
      var key = StableDigest(start: UInt64(node.number))
      key.combine(UInt64(hosts[offset].incarnation))
      key.combine(UInt64(hosts[offset].disk.usedBytes))
      key.combine(name)
      var latency = scenario.disk.syncMin + dice.draw(.syncLatency, key.value).exponential(mean: scenario.disk.syncMean)
      let slowness = hosts[offset].diskSlowness
      if slowness > .zero { latency = latency + dice.draw(.diskDelay, key.value).exponential(mean: slowness) }
      let bytes = scenario.disk.syncPerByte == .zero ? 0 : hosts[offset].disk.unsyncedBytes(of: name)
      let cost = scenario.disk.syncPerByte * Int64(bytes)
      let isSmall = cost == .zero || name.isEmpty || SimulatedDisk.isLog(name)
      if isSmall { latency = latency + cost }
      if calm.phase != .storm {
        // Of many files in a row each takes its share, for others wait for all of them.
        latency = min(latency, scenario.calm.longestSync / Int64(hosts[offset].disk.waitingSyncs(lane)))
      }
      // A snapshot's bytes take their time in the calm, too.
      if !isSmall { latency = latency + (calm.phase == .storm ? cost : min(cost, longestSnapshotSync)) }
      if isTraced { tracer?.noteSync(of: node, lane) }
      schedule(.synced(node, lane, incarnation: hosts[offset].incarnation), at: now + latency)
    case .flushed(let outcome):
      step(node, .flushed(lane, outcome))
      if cluster.running.contains(node) { observe(flushBy: node, of: lane) }
      note(.appendAfterSync, at: node)
    case nil: break
    }
  }

  private mutating func noteNameChanges(of node: NodeID) {
    let removals = hosts[node.offset].disk.newRemovals()
    if !removals.isEmpty { observe(removals: removals, by: node) }
    for change in hosts[node.offset].disk.takeNameChanges() {
      switch change {
      case .begun: note(.fileBegun, at: node)
      case .renamed: note(.fileRenamed, at: node)
      case .removed: note(.fileRemoved, at: node)
      }
    }
  }

  /// How long a snapshot's bytes take in the calm: longer than anybody waits for a leader, and no longer than servers that
  /// must catch up can wait for it.
  private var longestSnapshotSync: Duration { scenario.cluster.electionTimeoutMax * 3 }

  /// Ends a sync in a queue of a node's disk.
  mutating func finishSync(of node: NodeID, _ lane: FileLane, incarnation: Int) {
    guard hosts[node.offset].incarnation == incarnation, cluster.running.contains(node) else { return }
    if let file = hosts[node.offset].disk.finishSync(lane) { observe(syncOf: file, by: node) }
    advanceDisk(of: node, lane)
  }
}
