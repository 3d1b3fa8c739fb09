import Determinism
import KeyValue
import Raft

/// One server of the replicated key-value store, without I/O: consensus, state machine, storage and wire format behind
/// events and commands. The simulator and a live server run this very type.
package struct Replica: Sendable {
  package let rules: RuleSet
  package private(set) var raft: RaftNode
  package private(set) var stateMachine = StateMachine()
  /// The last index whose entry the state machine has seen.
  package private(set) var appliedIndex = LogIndex.zero

  /// Where it stands since its last step.
  package private(set) var status = ReplicaStatus()

  /// Set once the server has stopped for good.
  package private(set) var stopReason: ServerStopReason?

  private var disk: DiskProgress
  /// What the node told itself and need not wait for the disk.
  private var handedBack: [Ready.Envelope] = []
  private var waiting = WaitingClients()
  private var ready = Ready()
  /// What the last step asked for so far.
  private var commands: [ReplicaCommand] = []
  private var wall = WallInstant(nanoseconds: 0)

  /// A server that has never run.
  package init(
    _ configuration: RaftConfiguration, storage: StorageConfiguration = StorageConfiguration(), rules: RuleSet = .paper
  ) {
    self.rules = rules
    raft = RaftNode(configuration, rules: rules.raft)
    disk = DiskProgress(storage: Storage(storage, rules: rules.storage))
  }

  /// The server that a folder holds.
  ///
  /// - Parameters:
  ///   - files: every file in it, in any order; none for a server that has never run.
  ///   - freeBytes: the room left on the disk.
  /// - Throws: if a file is damaged where no crash could have damaged it.
  package init(
    recovering files: [FileImage], freeBytes: Int = .max, configuration: RaftConfiguration,
    storage: StorageConfiguration = StorageConfiguration(), rules: RuleSet = .paper
  ) throws(StorageDamage) {
    let recovered = try Storage.recover(
      files, freeBytes: freeBytes, configuration: storage, rules: rules.storage)
    self.rules = rules
    raft = RaftNode(
      configuration, recovering: recovered.hardState, entries: recovered.entries, rules: rules.raft)
    disk = DiskProgress(storage: recovered.storage)
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
  ///   - wall: the wall clock, which only stamps commands.
  ///   - output: what the host must do is added here.
  package mutating func handle(
    _ event: ReplicaEvent, at now: LocalInstant, wall: WallInstant, into output: inout [ReplicaCommand]
  ) {
    guard stopReason == nil else { return }
    self.wall = wall
    switch event {
    case .peerBytes(let bytes, let sender):
      guard let message = try? Wire.decodeRaftMessage(bytes), sender != raft.id else { return }
      // Lost, as a network may lose it: what is taken into the log must be written.
      guard MessageLabel(message).entryCount == 0 || disk.storage.hasRoom(forEntryBytes: bytes.count) else { return }
      step(.message(message, from: sender), at: now)
    case .clientBytes(let bytes, let client):
      guard let request = try? Wire.decodeClientRequest(bytes) else { return }
      take(request, from: client, at: now)
    case .timer(let timer): step(.timer(timer), at: now)
    case .flushed(let outcome): if let failure = disk.storage.finishFlush(outcome) { stop(.disk(failure)) }
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

  /// Releases what waited for the disk, feeds the node what it told itself, and starts the next flush.
  private mutating func settle(at now: LocalInstant) {
    while stopReason == nil, let envelope = nextHandedBack() ?? disk.nextDeparture() {
      if envelope.to == raft.id {
        step(.message(envelope.message, from: raft.id), at: now)
      } else {
        send(envelope)
      }
    }
    guard stopReason == nil else { return }
    let isFlushing = disk.storage.startFlush()
    hand(disk.storage.takeCommands())
    if isFlushing { commands.append(.flush) }
  }

  private mutating func nextHandedBack() -> Ready.Envelope? {
    handedBack.isEmpty ? nil : handedBack.removeFirst()
  }
}

// MARK: - Carrying out a step

extension Replica {
  private mutating func carryOut() {
    if let reason = ready.stopped { return stop(.selfCheck(reason)) }
    if let failure = disk.storage.persist(hardState: ready.hardState, entries: ready.entries) {
      return stop(.disk(failure))
    }
    // At once, for messages may leave before the next flush begins.
    hand(disk.storage.takeCommands())
    for envelope in ready.messages {
      if envelope.to == raft.id { handedBack.append(envelope) } else { send(envelope) }
    }
    for envelope in ready.messagesAfterSync { disk.hold(envelope, isForSelf: envelope.to == raft.id) }
    for request in ready.timers { commands.append(.setTimer(request.timer, request.range)) }
    if let committed = ready.committed { apply(committed) }
    for read in ready.confirmedReads {
      guard let (client, request) = waiting.takeRead(read.id) else { continue }
      answer(.value(stateMachine.value(of: request.key)), to: client, sequence: request.sequence)
    }
    for read in ready.abandonedReads {
      guard let (client, request) = waiting.takeRead(read) else { continue }
      answer(.notLeader(hint: raft.leader), to: client, sequence: request.sequence)
    }
    if raft.role != .leader {
      for write in waiting.takeAllWrites() { answer(.unknown, to: write.client, sequence: write.sequence) }
    }
  }

  private mutating func hand(_ fileCommands: [FileCommand]) {
    for command in fileCommands { commands.append(.file(command)) }
  }

  private mutating func stop(_ reason: ServerStopReason) {
    stopReason = reason
    commands.append(.stop(reason))
  }

  private mutating func send(_ envelope: Ready.Envelope) {
    let message = envelope.message
    commands.append(.send(Wire.encode(message), to: envelope.to, MessageLabel(message)))
  }

  private mutating func apply(_ indices: ClosedRange<LogIndex>) {
    var index = indices.lowerBound
    while index <= indices.upperBound {
      let entry = raft.log[index]
      var result: KeyValueResult?
      if case .command(let bytes) = entry.payload, let command = try? Command(decoding: bytes) {
        result = stateMachine.apply(command, rules: rules.session)
      }
      appliedIndex = index
      if rules.server.mayAnswer(index, appliedIndex: appliedIndex, lastIndex: raft.log.lastIndex),
        let write = waiting.takeWrite(at: index)
      {
        // Another term's entry stands where the client's would have stood.
        let isItsOwn = write.term == entry.term
        let body = isItsOwn ? result.map(ClientReply.Body.written) : nil
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
    case .read(let key): read(key, for: request, from: client, at: now)
    case .write(let operation): write(operation, for: request, from: client, at: now)
    }
  }

  private mutating func read(_ key: [UInt8], for request: ClientRequest, from client: ClientID, at now: LocalInstant) {
    switch rules.server.readPath(role: raft.role) {
    case .ownState: answer(.value(stateMachine.value(of: key)), to: client, sequence: request.sequence)
    case .redirection: answer(.notLeader(hint: raft.leader), to: client, sequence: request.sequence)
    case .confirmedLeadership: step(.read(waiting.add(request, from: client)), at: now)
    }
  }

  private mutating func write(
    _ operation: KeyValueOperation, for request: ClientRequest, from client: ClientID, at now: LocalInstant
  ) {
    let command = Command(session: request.session, sequence: request.sequence, stamp: wall, operation: operation)
    let bytes = command.encoded()
    // Another server may have room; nothing was appended here.
    guard raft.role != .leader || disk.storage.hasRoom(forEntryBytes: bytes.count) else {
      return answer(.notLeader(hint: nil), to: client, sequence: request.sequence)
    }
    step(.propose(bytes), at: now)
    guard case .appended(let position) = ready.proposal else {
      let hint = raft.leader == raft.id ? nil : raft.leader
      return answer(.notLeader(hint: hint), to: client, sequence: request.sequence)
    }
    if rules.server.mayAnswer(position.index, appliedIndex: appliedIndex, lastIndex: raft.log.lastIndex) {
      let result = stateMachine.preview(command, rules: rules.session)
      answer(result.map { .written($0) } ?? .unknown, to: client, sequence: request.sequence)
    } else {
      waiting.add(
        WaitingClients.Write(client: client, sequence: request.sequence, term: position.term), at: position.index)
    }
  }

  private mutating func answer(_ body: ClientReply.Body, to client: ClientID, sequence: SequenceNumber) {
    commands.append(.answer(Wire.encode(ClientReply(sequence: sequence, body: body)), to: client))
  }
}
