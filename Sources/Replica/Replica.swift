import Determinism
import KeyValue
import Raft

/// One server of the replicated key-value store, without I/O: consensus, state machine, write-ahead log and wire format
/// behind events and commands. The simulator and a live server run this very type.
package struct Replica: Sendable {
  package let rules: RuleSet
  package private(set) var raft: RaftNode
  package private(set) var stateMachine: StateMachine
  /// The last index whose entry the state machine has seen.
  package private(set) var appliedIndex = LogIndex.zero

  /// Where it stands since its last step.
  package private(set) var status = ReplicaStatus()

  private var disk: DiskProgress
  /// What the node told itself and need not wait for the disk.
  private var handedBack: [Ready.Envelope] = []
  private var waiting = WaitingClients()
  private var ready = Ready()
  /// What the last step asked for so far.
  private var commands: [ReplicaCommand] = []
  private var wall = WallInstant(nanoseconds: 0)

  /// A server that has never run.
  ///
  /// - Parameter sessions: the same at every server.
  package init(_ configuration: RaftConfiguration, sessions: SessionSettings = .standard, rules: RuleSet = .paper) {
    self.rules = rules
    stateMachine = StateMachine(sessions: sessions)
    raft = RaftNode(configuration, rules: rules.raft)
    disk = DiskProgress(log: WriteAheadLog())
  }

  /// The server that a log file holds.
  ///
  /// - Parameters:
  ///   - logFile: the file's bytes; empty for a server that has never run.
  ///   - sessions: the same at every server.
  /// - Throws: if the file is damaged where no crash could have damaged it.
  package init(
    recovering logFile: [UInt8], configuration: RaftConfiguration, sessions: SessionSettings = .standard,
    rules: RuleSet = .paper
  ) throws(WALDamage) {
    let recovered = try WriteAheadLog.recover(logFile, rules: rules.storage)
    self.rules = rules
    stateMachine = StateMachine(sessions: sessions)
    raft = RaftNode(
      configuration, recovering: recovered.hardState, entries: recovered.entries, rules: rules.raft)
    disk = DiskProgress(log: recovered.log)
    if recovered.keptBytes < logFile.count { commands.append(.truncate(to: recovered.keptBytes)) }
  }

  /// Starts the server. Called once, before any event.
  ///
  /// - Parameter output: what the host must do is added here.
  package mutating func start(at now: LocalInstant, into output: inout [ReplicaCommand]) {
    raft.start(at: now, into: &ready)
    carryOut()
    settle(at: now)
    finishStep(into: &output)
  }

  /// Lets one event happen.
  ///
  /// - Parameters:
  ///   - now: the monotonic clock.
  ///   - wall: the wall clock, which by the rules as published only stamps commands.
  ///   - output: what the host must do is added here.
  package mutating func handle(
    _ event: ReplicaEvent, at now: LocalInstant, wall: WallInstant, into output: inout [ReplicaCommand]
  ) {
    guard raft.stopReason == nil else { return }
    self.wall = wall
    switch event {
    case .peerBytes(let bytes, let sender):
      guard let message = try? Wire.decodeRaftMessage(bytes), sender != raft.id else { return }
      step(.message(message, from: sender), at: now)
    case .clientBytes(let bytes, let client):
      guard let request = try? Wire.decodeClientRequest(bytes) else { return }
      take(request, from: client, at: now)
    case .timer(let timer): step(.timer(timer), at: now)
    case .synced: disk.syncFinished()
    }
    settle(at: now)
    finishStep(into: &output)
  }

  private mutating func finishStep(into output: inout [ReplicaCommand]) {
    let lastIndex = raft.log.lastIndex
    status = ReplicaStatus(
      role: raft.role, term: raft.term, commitIndex: raft.commitIndex, appliedIndex: appliedIndex,
      lastIndex: lastIndex, logDigest: raft.log.digest(at: lastIndex) ?? 0, stateDigest: stateMachine.digest)
    output += commands
    commands.removeAll(keepingCapacity: true)
  }

  private mutating func step(_ event: RaftEvent, at now: LocalInstant) {
    raft.step(event, at: now, into: &ready)
    carryOut()
  }

  /// Releases what waited for the disk, feeds the node what it told itself, and starts the next sync.
  private mutating func settle(at now: LocalInstant) {
    while raft.stopReason == nil, let envelope = nextHandedBack() ?? disk.nextDeparture() {
      if envelope.to == raft.id {
        step(.message(envelope.message, from: raft.id), at: now)
      } else {
        send(envelope)
      }
    }
    if disk.startSync() { commands.append(.sync) }
  }

  private mutating func nextHandedBack() -> Ready.Envelope? {
    handedBack.isEmpty ? nil : handedBack.removeFirst()
  }
}

// MARK: - Carrying out a step

extension Replica {
  private mutating func carryOut() {
    if let reason = ready.stopped { return commands.append(.stop(reason)) }
    persist()
    for envelope in ready.messages {
      if envelope.to == raft.id { handedBack.append(envelope) } else { send(envelope) }
    }
    for envelope in ready.messagesAfterSync { disk.hold(envelope, isForSelf: envelope.to == raft.id) }
    for request in ready.timers { commands.append(.setTimer(request.timer, request.range)) }
    if let committed = ready.committed { apply(committed) }
    for read in ready.confirmedReads {
      guard let waiting = waiting.takeRead(read.id) else { continue }
      answer(.value(stateMachine.value(of: waiting.key)), to: waiting.client, sequence: waiting.sequence)
    }
    for read in ready.abandonedReads {
      guard let waiting = waiting.takeRead(read) else { continue }
      answer(.notLeader(hint: raft.leader), to: waiting.client, sequence: waiting.sequence)
    }
    if raft.role != .leader {
      for write in waiting.takeAllWrites() { answer(.unknown, to: write.client, sequence: write.sequence) }
    }
  }

  private mutating func persist() {
    var bytes: [UInt8] = []
    if let hardState = ready.hardState { bytes += disk.log.append(.hardState(hardState)) }
    if let changed = ready.entries { bytes += disk.log.append(.entries(first: changed.first, changed.entries)) }
    if !bytes.isEmpty { commands.append(.append(bytes)) }
  }

  private mutating func send(_ envelope: Ready.Envelope) {
    let message = envelope.message
    commands.append(.send(Wire.encode(message), to: envelope.to, MessageLabel(message)))
  }

  private mutating func apply(_ indices: ClosedRange<LogIndex>) {
    var index = indices.lowerBound
    while index <= indices.upperBound {
      let entry = raft.log[index]
      var outcome: CommandOutcome?
      if case .command(let bytes) = entry.payload, let command = try? Command(decoding: bytes) {
        outcome = stateMachine.apply(command, at: index.rawValue, clock: wall, rules: rules.session)
      }
      appliedIndex = index
      if rules.server.mayAnswer(index, appliedIndex: appliedIndex, lastIndex: raft.log.lastIndex),
        let write = waiting.takeWrite(at: index)
      {
        // Another term's entry stands where the client's would have stood.
        let isItsOwn = write.term == entry.term
        let body = isItsOwn ? outcome.map(ClientReply.Body.init) : nil
        answer(body ?? .unknown, to: write.client, sequence: write.sequence)
      }
      index = index.next
    }
  }
}

// MARK: - Clients

extension Replica {
  private mutating func take(_ request: ClientRequest, from client: ClientID, at now: LocalInstant) {
    if let violation = request.violation {
      return answer(.refused(violation), to: client, sequence: request.sequence)
    }
    switch request.body {
    case .openSession: propose(.openSession, sequence: request.sequence, from: client, at: now)
    case .read(let key): read(key, sequence: request.sequence, from: client, at: now)
    case .write(let operation, let session):
      let body = Command.Body.change(operation, session: session, sequence: request.sequence)
      propose(body, sequence: request.sequence, from: client, at: now)
    }
  }

  private mutating func read(
    _ key: [UInt8], sequence: SequenceNumber, from client: ClientID, at now: LocalInstant
  ) {
    switch rules.server.readPath(role: raft.role) {
    case .ownState: answer(.value(stateMachine.value(of: key)), to: client, sequence: sequence)
    case .redirection: answer(.notLeader(hint: raft.leader), to: client, sequence: sequence)
    case .confirmedLeadership:
      let id = waiting.add(WaitingClients.Read(client: client, sequence: sequence, key: key))
      step(.read(id), at: now)
    }
  }

  private mutating func propose(
    _ body: Command.Body, sequence: SequenceNumber, from client: ClientID, at now: LocalInstant
  ) {
    let command = Command(stamp: wall, body: body)
    step(.propose(command.encoded()), at: now)
    guard case .appended(let position) = ready.proposal else {
      let hint = raft.leader == raft.id ? nil : raft.leader
      return answer(.notLeader(hint: hint), to: client, sequence: sequence)
    }
    if rules.server.mayAnswer(position.index, appliedIndex: appliedIndex, lastIndex: raft.log.lastIndex) {
      let outcome = stateMachine.preview(command, at: position.index.rawValue, rules: rules.session)
      answer(ClientReply.Body(outcome), to: client, sequence: sequence)
    } else {
      waiting.add(WaitingClients.Write(client: client, sequence: sequence, term: position.term), at: position.index)
    }
  }

  private mutating func answer(_ body: ClientReply.Body, to client: ClientID, sequence: SequenceNumber) {
    commands.append(.answer(Wire.encode(ClientReply(sequence: sequence, body: body)), to: client))
  }
}
