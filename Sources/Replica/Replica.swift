import Determinism
import KeyValue
import Raft

/// One server of the replicated key-value store, without I/O: consensus, state machine, storage and wire format behind
/// events and commands. The simulator and a live server run this very type.
package struct Replica: Sendable {
  package let rules: RuleSet
  /// The cluster to which it belongs.
  package let cluster: ClusterID
  package private(set) var raft: RaftNode
  package private(set) var stateMachine: StateMachine {
    didSet { moves.note(stateMachine.digest, as: &status.stateDigest) }
  }
  /// The last index whose entry the state machine has seen.
  package private(set) var appliedIndex = LogIndex.zero

  /// Where it stands since its last step.
  package private(set) var status = ReplicaStatus()

  /// How often that has changed, for whoever looks only then.
  package private(set) var moves = MoveCount()

  /// The room that it took to be left on its disk after its last step, once everything asked for has been written; `Int.max`
  /// where nobody counts.
  package private(set) var freeBytes = Int.max

  /// The changes that it has applied in its last step, in the order of the log.
  package private(set) var appliedChanges: [AppliedChange] = []

  /// What it has promised and was promised by then, where reads rest on leases.
  package private(set) var promises = Promises()

  /// The frames that it has dropped since it started.
  package private(set) var refusedFrames = RefusedFrames()

  /// Set once the server has stopped for good.
  package private(set) var stopReason: ServerStopReason?

  /// This server's name, by way of fields alone: to ask the node for it would copy the node.
  var id: NodeID { raft.configuration.id }

  /// When it takes a snapshot.
  package let snapshots: SnapshotThresholds
  /// Those of the next snapshot.
  private var thresholds: SnapshotThresholds
  /// What was applied since the last snapshot.
  private var appliedSinceSnapshot = (entries: 0, bytes: 0)
  /// The entry with which enough of it was applied for the next one; which one that is, only a wrong rule asks.
  private var snapshotDue: LogIndex?
  /// The snapshots on their way to the disk, in order: at most one of its own and one of a leader's.
  private var saving: [SavedSnapshot] = []
  var disk: DiskProgress
  /// When the flush of the log under way began.
  private(set) var flushBegan: LocalInstant?
  /// What the node told itself and need not wait for the disk.
  private var handedBack: [Ready.Envelope] = []
  var gathered = GatheredProposals()
  var waiting = WaitingClients()
  private(set) var ready = Ready()
  /// What the last step asked for so far.
  var commands: [ReplicaCommand] = []
  private(set) var wall = WallInstant(nanoseconds: 0)

  /// A server that has never run.
  ///
  /// - Parameters:
  ///   - cluster: the cluster to which it belongs.
  ///   - sessions: the same at every server.
  ///   - storage: the settings of its files.
  ///   - snapshots: when it makes one.
  package init(
    _ configuration: RaftConfiguration, of cluster: ClusterID, sessions: SessionSettings = .standard,
    storage: StorageConfiguration = StorageConfiguration(), snapshots: SnapshotThresholds = SnapshotThresholds(),
    rules: RuleSet = .paper
  ) {
    self.cluster = cluster
    self.snapshots = snapshots
    thresholds = snapshots.first(in: configuration)
    self.rules = rules
    stateMachine = StateMachine(sessions: sessions)
    status.stateDigest = stateMachine.digest
    raft = RaftNode(configuration, rules: rules.raft)
    disk = DiskProgress(storage: Storage(storage, of: FileOwner(configuration, of: cluster), rules: rules.storage))
  }

  /// The server that a folder holds.
  ///
  /// - Parameters:
  ///   - files: every file in it, in any order; none for a server that has never run.
  ///   - onReplacedDisk: whether the disk is another one than that on which the server ran, as its operator must say: a
  ///     new one and one from a backup look like those of a server that has promised nothing since.
  ///   - freeBytes: the room left on the disk. The others are as for a server that has never run.
  /// - Throws: if a file is damaged where no crash could have damaged it.
  package init(
    recovering files: [FileImage], onReplacedDisk: Bool = false, freeBytes: Int = .max,
    configuration: RaftConfiguration, of cluster: ClusterID,
    sessions: SessionSettings = .standard, storage: StorageConfiguration = StorageConfiguration(),
    snapshots: SnapshotThresholds = SnapshotThresholds(), rules: RuleSet = .paper
  ) throws(StorageDamage) {
    let recovered = try Storage.recover(
      files, of: FileOwner(configuration, of: cluster), onReplacedDisk: onReplacedDisk, freeBytes: freeBytes,
      configuration: storage, rules: rules.storage)
    self.cluster = cluster
    self.snapshots = snapshots
    thresholds = snapshots.first(in: configuration)
    self.rules = rules
    stateMachine = StateMachine(sessions: sessions)
    if let snapshot = recovered.snapshot {
      do { stateMachine = try StateMachine(snapshot: snapshot.bytes, sessions: sessions) } catch {
        let name = SnapshotFile(index: snapshot.position.index).name
        throw StorageDamage(file: name, offset: 0, reason: .undecodable(error))
      }
      appliedIndex = snapshot.position.index
    }
    status.stateDigest = stateMachine.digest
    raft = RaftNode(
      configuration, recovering: recovered.hardState, snapshot: recovered.snapshot, entries: recovered.entries,
      rules: rules.raft)
    disk = DiskProgress(storage: recovered.storage)
    catchUp(with: recovered.covered, after: recovered.coveredBase)
  }

  /// Starts the server. Called once, before any event.
  ///
  /// - Parameter output: what the host must do is added here.
  package mutating func start(at now: LocalInstant, into output: inout [ReplicaCommand]) {
    appliedChanges.removeAll()
    raft.start(at: now, into: &ready)
    carryOut()
    settle(at: now)
    finishStep(into: &output)
  }

  /// Lets one event happen.
  ///
  /// What the host owes:
  /// - It reads `now` after it has taken the event from wherever that waited, and hands in events in the order of these
  ///   readings. A follower that hears its leader promises from `now` on to vote for nobody else; at a reading from before
  ///   the message was sent the promise would end before the leader's lease. A leader answers a read if its lease holds at
  ///   `now`; when the host has waited since that reading another leader may have been elected, and its writes are missed.
  /// - It carries out `output` after the call and in order; a message that leaves late only makes a lease shorter.
  /// - It reports the end of a connection (`clientDisconnected`) before it gives that client's name to another one.
  ///
  /// - Parameters:
  ///   - now: the monotonic clock's reading, which never goes back.
  ///   - wall: the wall clock, which by the rules as published only stamps commands.
  ///   - output: what the host must do is added here.
  package mutating func handle(
    _ event: ReplicaEvent, at now: LocalInstant, wall: WallInstant, into output: inout [ReplicaCommand]
  ) {
    guard stopReason == nil else { return }
    appliedChanges.clear()
    self.wall = wall
    switch event {
    case .frame(let bytes): open(bytes, at: now)
    case .peerMessage(let message, let sender): hear(message, from: sender, at: now)
    case .peerUnreachable(let peer): step(.unreachable(peer), at: now)
    case .clientRequest(let request, let client): take(request, from: client, at: now)
    case .clientDisconnected(let client):
      gathered.forget(client)
      waiting.forget(client)
    case .timer(let timer): step(.timer(timer), at: now)
    case .flushed(let lane, let outcome):
      if lane == .log { flushBegan = nil }
      if let failure = disk.storage.finishFlush(of: lane, outcome) { stop(.disk(failure)) }
    case .snapshotRequested:
      if saving.isEmpty, appliedSinceSnapshot.entries > 0 { snapshotDue = snapshotDue ?? appliedIndex }
    case .roomChanged(let freeBytes): disk.storage.noteRoom(freeBytes: freeBytes)
    }
    settle(at: now)
    finishStep(into: &output)
  }

  private mutating func open(_ bytes: [UInt8], at now: LocalInstant) {
    do throws(FrameRefusal) {
      let frame = try Wire.open(bytes, as: .server(raft.id), of: cluster, rules: rules.wire)
      switch (frame.content, frame.address.sender) {
      case (.message(let message), .server(let sender)): hear(message, from: sender, at: now)
      case (.request(let request), .client(let client)): take(request, from: client, at: now)
      // An answer is for clients, and so for somebody else.
      default: refusedFrames.count(.foreign(frame.address))
      }
    } catch {
      refusedFrames.count(error)
    }
  }

  private mutating func hear(_ message: RaftMessage, from sender: NodeID, at now: LocalInstant) {
    guard sender != id else { return }
    if !message.bringsBytes || disk.storage.hasRoom(for: message) {
      step(.message(message, from: sender), at: now)
    } else if let rest = fitting(message) {
      step(.message(rest, from: sender), at: now)
    }
  }

  /// What of a message for which there is no room can be taken on, for all else must be written; `nil` if nothing is heard
  /// of it.
  private mutating func fitting(_ message: RaftMessage) -> RaftMessage? {
    disk.storage.noteRefusal(ofBytes: message.entryBytes)
    guard rules.replica.hears(message.kind, hasRoom: false) else { return nil }
    switch message {
    case .appendEntries(let request):
      let agrees = raft.log.term(at: request.previous.index) == request.previous.term
      return .appendEntries(request.withoutEntries(agrees: agrees))
    case .installSnapshot(let request):
      return .appendEntries(.presence(term: request.term, round: request.round))
    default: return message
    }
  }

  private mutating func finishStep(into output: inout [ReplicaCommand]) {
    let summary = raft.summary
    moves.note(raft.role, as: &status.role)
    moves.note(raft.hardState.term, as: &status.term)
    moves.note(raft.commitIndex, as: &status.commitIndex)
    moves.note(appliedIndex, as: &status.appliedIndex)
    moves.note(summary.lastIndex, as: &status.lastIndex)
    moves.note(raft.log.start, as: &status.logStart)
    moves.note(summary.logDigest, as: &status.logDigest)
    moves.note(summary.snapshotIndex, as: &status.snapshotIndex)
    moves.note(summary.membersIndex, as: &status.membersIndex)
    moves.note(summary.matchDigest, as: &status.matchDigest)
    // Whoever's command is still to be appended waits for an entry behind the last.
    let isGathering = waiting.firstWrite == .zero && !gathered.isEmpty
    let firstWrite = isGathering ? summary.lastIndex.next : waiting.firstWrite
    moves.note(firstWrite, as: &status.firstWaitingWrite)
    moves.note(waiting.waitingReads, as: &status.waitingReads)
    moves.note(waiting.waitingReads > 0 ? raft.openReads : 0, as: &status.openReads)
    moves.note(!saving.isEmpty, as: &status.isWritingSnapshot)
    moves.note(summary.isTransferringSnapshot, as: &status.isTransferringSnapshot)
    moves.note(summary.isTransferringLeadership, as: &status.isTransferringLeadership)
    moves.endStep()
    freeBytes = disk.storage.freeBytes
    promises = Promises(leaseEnd: summary.leaseEnd, promiseEnd: summary.promiseEnd)
    // To hand over the memory is cheaper than to copy every command.
    if output.isEmpty {
      swap(&output, &commands)
    } else {
      output += commands
      commands.clear()
    }
  }

  mutating func step(_ event: RaftEvent, at now: LocalInstant) {
    raft.step(event, at: now, into: &ready)
    carryOut()
  }

  /// Releases what waited for the disk, feeds the node what it told itself, and starts the next flushes.
  private mutating func settle(at now: LocalInstant) {
    while stopReason == nil, let first = saving.first, first.isWritten, disk.storage.isDurable(first.snapshot) {
      let snapshot = first.snapshot
      saving.removeFirst()
      step(.snapshotDurable(snapshot), at: now)
      // What the protocol keeps for its followers it holds in memory: on the disk nobody would read it again.
      if disk.storage.lacksRoom, snapshot.position.index <= appliedIndex {
        disk.storage.compact(through: snapshot.position.index)
      }
    }
    if !handedBack.isEmpty || disk.hasDeparture { letGo(at: now) }
    if !gathered.isEmpty, !gathers {
      proposeGathered(at: now)
      letGo(at: now)
    }
    guard stopReason == nil else { return }
    if disk.storage.lacksRoom { noteDueSnapshot() }
    if snapshotDue != nil { takeSnapshot() }
    if !saving.isEmpty { writeSnapshot() }
    if flushBegan != nil || disk.storage.lacksRoom || !raft.canWrite { tellWhetherItWrites(at: now) }
    guard disk.storage.hasWork else { return }
    if flush(.log) { flushBegan = now }
    flush(.snapshots)
  }

  /// Sends what no longer waits for the disk; what the node told itself it hears.
  private mutating func letGo(at now: LocalInstant) {
    while stopReason == nil {
      guard let envelope = handedBack.isEmpty ? disk.nextDeparture() : handedBack.removeFirst() else { return }
      if envelope.to == id {
        step(.message(envelope.message, from: id), at: now)
      } else {
        commands.append(.send(envelope.message, to: envelope.to))
      }
    }
  }

  /// Hands out what is to be done in a queue, and asks for a flush behind it if there is anything to make durable.
  ///
  /// - Returns: whether there is.
  @discardableResult
  private mutating func flush(_ lane: FileLane) -> Bool {
    let isFlushing = disk.storage.startFlush(of: lane)
    handCommands(of: lane)
    if isFlushing { commands.append(.flush(lane)) }
    return isFlushing
  }

  /// Tells the node whether the disk takes writes: not while it has no room and none is being made, nor while a flush of the
  /// log takes longer than anybody waits for a leader. One of a snapshot may: nothing that others wait for hangs on it.
  /// Entries that are not applied yet keep their file: once they are, which may take this very server to lead, a snapshot
  /// can make room. None is made where it would never be enough.
  private mutating func tellWhetherItWrites(at now: LocalInstant) {
    let isStuck = flushBegan.map { now - $0 > raft.configuration.electionTimeout.upperBound } ?? false
    let canWrite = !isStuck && (!disk.storage.lacksRoom || isMakingRoom)
    if stopReason == nil, canWrite != raft.canWrite { step(.disk(canWrite: canWrite), at: now) }
  }

  /// Inlined, for a call would copy the server.
  @inline(__always)
  private var isMakingRoom: Bool {
    disk.storage.couldHaveRoom && (!saving.isEmpty || disk.storage.isMakingRoom || isOpenToSnapshot)
  }

  private var mayFitSnapshot: Bool {
    disk.storage.hasRoom(forState: UInt64(stateMachine.leastSnapshotBytes))
  }

  private var isOpenToSnapshot: Bool {
    let last = raft.log.lastIndex
    return appliedIndex < last && disk.storage.logBytes(through: last) > stateMachine.leastSnapshotBytes
  }
}

// MARK: - Carrying out a step

extension Replica {
  private mutating func carryOut() {
    if let reason = ready.stopped { return stop(.selfCheck(reason)) }
    if let arrived = ready.arrived {
      if let failure = disk.storage.save(arrived, stateBytes: arrived.bytes.count) { return stop(.disk(failure)) }
      saving.append(SavedSnapshot(arrived))
    }
    if let snapshot = ready.snapshot, !install(snapshot) { return }
    if ready.hardState != nil || ready.entries != nil,
      let failure = disk.storage.persist(hardState: ready.hardState, entries: ready.entries)
    {
      return stop(.disk(failure))
    }
    // At once, for messages may leave before the next flush begins.
    handCommands(of: .log)
    ready.messages.turnAround()
    while let envelope = ready.messages.popLast() {
      if envelope.to == id {
        handedBack.append(envelope)
      } else {
        commands.append(.send(envelope.message, to: envelope.to))
      }
    }
    ready.messagesAfterSync.turnAround()
    while let envelope = ready.messagesAfterSync.popLast() { disk.hold(envelope, isForSelf: envelope.to == id) }
    if let index = ready.compactedThrough { disk.storage.compact(through: index) }
    for request in ready.timers { commands.append(.setTimer(request.timer, request.range)) }
    if let committed = ready.committed { apply(committed) }
    for read in ready.confirmedReads {
      guard let waiting = waiting.takeRead(read.id) else { continue }
      answerRead(of: waiting.key, to: waiting.client, sequence: waiting.sequence)
    }
    for read in ready.abandonedReads {
      guard let waiting = waiting.takeRead(read) else { continue }
      answer(.notLeader(hint: raft.leader), to: waiting.client, sequence: waiting.sequence)
    }
    if raft.role != .leader {
      for position in waiting.writePositions { settleWrite(at: position.index, applied: nil, outcome: nil) }
      // Nothing of these was appended.
      if !gathered.isEmpty { for proposal in gathered.take() { refuse(proposal, hint: raft.leader) } }
    }
    if waiting.isAnyOperator { settleRequests() }
  }

  private mutating func handCommands(of lane: FileLane) {
    if disk.storage.hasCommands(of: lane) { disk.storage.handCommands(of: lane, into: &commands) }
  }

  private mutating func stop(_ reason: ServerStopReason) {
    stopReason = reason
    commands.append(.stop(reason))
  }

  /// Goes on from a leader's snapshot, which is durable.
  ///
  /// - Returns: whether that was possible.
  private mutating func install(_ snapshot: Snapshot) -> Bool {
    disk.storage.discardLog(through: snapshot.position.index, lastIndex: raft.log.lastIndex)
    do { try stateMachine.replace(with: snapshot.bytes, rules: rules.session) } catch {
      stop(.unreadableSnapshot(snapshot.position.index))
      return false
    }
    appliedIndex = snapshot.position.index
    appliedSinceSnapshot = (0, 0)
    snapshotDue = nil
    thresholds = snapshots.first(in: raft.configuration)
    return true
  }

  /// Takes a snapshot if enough was applied since the last one, or one was asked for, and there is room.
  private mutating func takeSnapshot() {
    guard saving.isEmpty, let due = snapshotDue else { return }
    // Room was lacking only because the last one took it while it was written.
    if appliedSinceSnapshot.entries == 0, !disk.storage.lacksRoom { return snapshotDue = nil }
    // Where there is no room for one now, there may be as many entries later: to make one at every event is too dear.
    appliedSinceSnapshot = (0, 0)
    snapshotDue = nil
    thresholds = snapshots
    let index = rules.replica.snapshotIndex(applied: appliedIndex, due: due)
    let state = stateMachine.frozen(rules: rules.session)
    guard state.byteCount <= RaftConfiguration.maxSnapshotBytes,
      let snapshot = raft.describeSnapshot(at: index, bytes: []),
      disk.storage.hasRoom(forState: UInt64(state.byteCount))
    else { return }
    if let failure = disk.storage.save(snapshot, stateBytes: state.byteCount, endsFile: disk.storage.lacksRoom) {
      return stop(.disk(failure))
    }
    saving.append(SavedSnapshot(of: state, snapshot))
  }

  /// Writes one part of the first snapshot that is not written yet, if the one before it is on the disk: a step makes and
  /// hands out no more, however large the state is.
  private mutating func writeSnapshot() {
    guard disk.storage.takesPart, let place = saving.firstIndex(where: { !$0.isWritten }) else { return }
    disk.storage.write(part: saving[place].nextPart(limit: disk.storage.configuration.snapshotPartBytes))
  }

  /// Takes note that enough was applied for a snapshot. Where there is no room, one more of the same state may make some:
  /// the last one did not end the file of the log. It is not made where it cannot fit: that is dear, and asked at every event.
  private mutating func noteDueSnapshot() {
    let since = appliedSinceSnapshot
    guard snapshotDue == nil, since.entries > 0 || disk.storage.lacksRoom && mayFitSnapshot,
      rules.replica.wantsSnapshot(
        entries: since.entries, bytes: since.bytes, thresholds: thresholds, lacksRoom: disk.storage.lacksRoom,
        logBytes: disk.storage.logBytes(through: appliedIndex), stateBytes: stateMachine.leastSnapshotBytes)
    else { return }
    snapshotDue = appliedIndex
  }

  /// Brings a restored state to where its snapshot ends, with the entries that the state has not seen.
  ///
  /// - Parameters:
  ///   - entries: those that the snapshot stands for and the log still holds.
  ///   - base: the index after which they begin.
  private mutating func catchUp(with entries: [Entry], after base: LogIndex) {
    let seen = rules.replica.appliedIndex(restoring: appliedIndex, logBase: base)
    var index = base
    for entry in entries {
      index = index.next
      if index > seen, case .command(let bytes) = entry.payload { _ = apply(bytes, at: index) }
    }
  }

  /// - Returns: what the command came to; `nil` if it is none.
  private mutating func apply(_ bytes: [UInt8], at index: LogIndex) -> CommandOutcome? {
    guard let command = try? Command(decoding: bytes) else { return nil }
    let outcome = stateMachine.apply(
      command, at: index.rawValue, clock: wall, isLeader: raft.role == .leader, rules: rules.session)
    if case .change(_, let session, let sequence) = command.body, case .result(let result) = outcome, result != .refused
    {
      appliedChanges.append(AppliedChange(index: index, session: session, sequence: sequence))
    }
    return outcome
  }

  private mutating func apply(_ indices: ClosedRange<LogIndex>) {
    var index = indices.lowerBound
    while index <= indices.upperBound {
      let entry = raft.log[index]
      var outcome: CommandOutcome?
      if case .command(let bytes) = entry.payload {
        outcome = apply(bytes, at: index)
        appliedSinceSnapshot.bytes += bytes.count
      }
      appliedIndex = index
      appliedSinceSnapshot.entries += 1
      noteDueSnapshot()
      if rules.server.mayAnswer(index, appliedIndex: appliedIndex, lastIndex: raft.log.lastIndex) {
        settleWrite(at: index, applied: LogPosition(index: index, term: entry.term), outcome: outcome)
      }
      index = index.next
    }
  }
}
