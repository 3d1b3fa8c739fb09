import Determinism
import KeyValue
import Raft
import Replica
import Scenarios
import Traces

/// What is written down for whoever wants to be told of single messages, or of every event.
extension Simulation {
  /// Lets an event happen at an instant.
  ///
  /// - Parameter cause: the place of the event that brings it about, if that is not the one that happens now.
  mutating func schedule(
    _ event: consuming SimulationEvent, at instant: VirtualInstant, because cause: Int? = nil
  ) {
    let slot = queue.schedule(event, at: instant)
    if isTraced { tracer?.noteSchedule(in: slot, because: cause) }
  }

  /// Writes down a message as it is sent. - Returns: its place; zero if nobody wants to know.
  mutating func write(
    _ message: RaftMessage, _ label: MessageLabel, from node: NodeID, to recipient: NodeID, occurrence: UInt64
  ) -> UInt32 {
    guard isTraced || options.tellsDeliveries else { return 0 }
    let key = MessageKey(
      from: node, to: recipient, label.kind, term: label.term.rawValue, index: label.index.rawValue,
      occurrence: occurrence)
    if options.tellsDeliveries { sentMessages.append(key) }
    return tracer?.noteSent(key, message, at: now - .start) ?? UInt32(sentMessages.count - 1)
  }

  /// Writes down a damaged frame that will arrive: with what its recipient reads in it if it does not look at the checksum,
  /// or else with what was sent.
  ///
  /// - Parameter sent: the number of the message that was sent.
  /// - Returns: its own place among the messages.
  mutating func write(damaged frame: [UInt8], at recipient: NodeID, _ sent: UInt32) -> UInt32 {
    guard isTraced || options.tellsDeliveries else { return 0 }
    if options.tellsDeliveries { sentMessages.append(sentMessages[Int(sent)]) }
    guard let tracer else { return UInt32(sentMessages.count - 1) }
    var message = tracer.message(sent)
    message.flaw = .damaged
    let read = try? Wire.open(
      frame, as: .server(recipient), of: carrier.cluster, rules: WithoutChecksum.self)
    if let read, case (.message(let content), .server(let sender)) = (read.content, read.address.sender),
      members.contains(sender)
    {
      message.content = content
      // Nobody hears what was sent in another's name.
      if sender != message.key.sender { self.tracer?.noteLost(sent, at: message.key.sender) }
      message.key.sender = sender
    }
    return self.tracer?.noteArriving(message) ?? 0
  }

  /// Writes down a frame that comes to a server for whom it is not.
  mutating func write(
    stray message: RaftMessage, _ flaw: FrameFlaw, from node: NodeID, to recipient: NodeID, occurrence: UInt64
  ) -> UInt32 {
    guard isTraced || options.tellsDeliveries else { return 0 }
    let label = MessageLabel(message)
    let key = MessageKey(
      from: node, to: recipient, label.kind, term: label.term.rawValue, index: label.index.rawValue,
      occurrence: occurrence)
    if options.tellsDeliveries { sentMessages.append(key) }
    guard let tracer else { return UInt32(sentMessages.count - 1) }
    // What another cluster says no event of this run has brought about.
    let sentIn = flaw == .ofAnotherCluster ? nil : tracer.place
    return self.tracer?.noteArriving(
      TracedMessage(key: key, sentIn: sentIn, sentAt: now - .start, content: message, flaw: flaw)) ?? 0
  }

  // MARK: Tracing

  /// Lets an event of a traced run happen.
  mutating func handleTraced(_ event: SimulationEvent) {
    if tracer?.beginsLate(with: statistics.events) ?? false { beginLateTrace() }
    if tracer?.isRecording ?? false {
      beginTrace(of: event)
      handle(event)
      endTrace()
    } else {
      handle(event)
      if tracer?.wantsSifting ?? false { siftMessages() }
    }
  }

  /// Begins to trace a run that has been going on.
  private mutating func beginLateTrace() {
    tracer?.begin(behind: statistics.events - 1, hash: digest.value, at: now - .start, cluster.replicas)
    endTrace()
  }

  /// Forgets all messages but those that may still arrive.
  private mutating func siftMessages() {
    let waiting = hosts.flatMap { $0.inbox.compactMap(\.event.number) }
    tracer?.keepMessages(queue.scheduledEvents.compactMap(\.number) + network.heldNumbers + waiting)
  }

  private mutating func beginTrace(of event: SimulationEvent) {
    let traced = TracedEvent(
      hash: digest.value, at: now - .start, kind: kind(of: event), node: event.recipient, cause: cause(of: event))
    tracer?.begin(traced)
  }

  private mutating func endTrace() {
    let (network, members, cluster) = (network, members, cluster)
    tracer?.look(at: network, members: members)
    tracer?.end(members: members) { node in
      let replica = cluster.replicas[node.offset]
      return NodeState(
        node: node, isRunning: cluster.running.contains(node) && replica.stopReason == nil, role: replica.status.role,
        term: replica.status.term, vote: replica.raft.hardState.votedFor, last: replica.raft.log.lastPosition,
        commitIndex: replica.status.commitIndex, appliedIndex: replica.status.appliedIndex)
    }
  }

  /// What a server decides from now on is its own; nobody's, without one.
  func traceDecisions(of node: NodeID?) {
    tracer?.log.node = tracer?.isRecording ?? false ? node : nil
  }

  /// Looks at a server after its step, before what it asks for is done.
  mutating func traceStep(of node: NodeID, asking commands: [ReplicaCommand]) {
    guard tracer?.isRecording ?? false else { return }
    let replica = cluster.replicas[node.offset]
    tracer?.look(at: replica)
    for command in commands {
      switch command {
      case .stop(let reason): tracer?.note(.stopped(.server(reason)), at: node)
      case .file(.remove(let name), _): tracer?.note(.removedFile(name), at: node)
      default: break
      }
    }
  }

  /// Looks at a server that has started, before what it asks for is done.
  mutating func traceStart(of node: NodeID) {
    guard tracer?.isRecording ?? false else { return }
    let replica = cluster.replicas[node.offset]
    tracer?.lookAtStart(of: replica)
  }

  /// Looks at a server that is about to crash.
  mutating func traceCrash(of node: NodeID, _ damage: SimulatedDisk.CrashDamage) {
    guard cluster.running.contains(node) else { return }
    tracer?.note(.crashed(lossy: damage.isLossy), at: node)
    tracer?.touch(node)
    for number in hosts[node.offset].inbox.compactMap(\.event.number) { tracer?.noteLost(number, at: node) }
  }

  private func cause(of event: SimulationEvent) -> Int? {
    switch event {
    case .peerMessage(_, _, _, let number), .frame(_, _, _, let number, _): tracer?.message(number).sentIn
    case .timer(let timer, let node): tracer?.alarmCauses[alarm(of: timer, node)]
    case .clientTimer(let client): tracer?.alarmCauses[alarm(of: client)]
    case .synced(let node, let lane, _): tracer?.causeOfSync(of: node, lane)
    default: tracer?.origin(of: queue.lastSlot)
    }
  }

  private func kind(of event: SimulationEvent) -> TracedEvent.Kind {
    let kind = plainKind(of: event)
    // What comes to a server that stands still waits, and comes once more when that goes on.
    if let node = event.recipient, isStandingStill(node) { return .held(kind) }
    return kind
  }

  private func plainKind(of event: SimulationEvent) -> TracedEvent.Kind {
    switch event {
    case .peerMessage(_, _, _, let number), .frame(_, _, _, let number, _):
      guard let tracer else { preconditionFailure("a run without a trace has no kinds of events") }
      return .message(tracer.message(number))
    case .peerUnreachable(let peer, _): return .unreachable(peer)
    case .clientRequest(let request, let id, _):
      return .clientRequest(request, by: caller(id, request.sequence))
    case .damagedRequest(let frame, let sent, let id, let node):
      var caller = caller(id, sent.sequence)
      caller.flaw = .damaged
      let read = try? Wire.open(frame, as: .server(node), of: carrier.cluster, rules: WithoutChecksum.self)
      if case .request(let request)? = read?.content { return .clientRequest(request, by: caller) }
      return .clientRequest(sent, by: caller)
    case .clientReply(let reply, let node, let id, _):
      return .clientReply(reply, to: caller(id, reply.sequence), from: node)
    case .connectionRefused(let node, let id, let attempt):
      let attempts = clients[number(of: id)].attempts
      return .connectionRefused(by: node, to: caller(id, attempts.count == attempt ? attempts.sequence : nil))
    case .timer(.election, _): return .electionTimer
    case .timer(.heartbeat, _): return .heartbeatTimer
    case .synced(let node, let lane, let incarnation):
      let host = hosts[node.offset]
      guard host.incarnation == incarnation else { return .abandonedSync }
      return .diskSync(file: host.disk.fileInSync(lane) ?? "", fails: host.disk.failsSyncs)
    case .clientTimer(let client):
      let attempts = clients[client].attempts
      let wait: ClientWait =
        switch clients[client].waiting {
        case .turn, .change: .turn
        case .answer: .answer(from: attempts.target)
        case .retry: .retry
        case .nothing: .nothing
        }
      return .clientTimer(caller(clients[client].id, attempts.sequence), wait)
    case .faultBegins(let position, let subject): return .faultBegins(scenario.faults[position].id, subject: subject)
    case .faultGoesOn(let position): return .faultGoesOn(scenario.faults[position].id)
    case .faultEnds(let position): return .faultEnds(scenario.faults[position].id)
    case .operatorRequest(let position, _, _):
      return .operatorRequest(operators[position]?.body ?? .openSession, fault: fault(ofOperator: position))
    case .operatorReply(let position, let reply, let node, _):
      return .operatorReply(reply, fault: fault(ofOperator: position), from: node)
    case .operatorTurn(let position, _): return .operatorTimer(fault: fault(ofOperator: position))
    case .stormEnds: return .stormEnds
    case .snapshotRequested: return .snapshotRequest
    case .roomChanged: return .diskRoom
    case .calmLook: return .calmLook
    }
  }

  /// Each operation of a client has two numbers: of the session that it may need first, and of itself.
  private func caller(_ client: ClientID, _ sequence: SequenceNumber?) -> TracedCaller {
    let number = number(of: client)
    let operation = sequence.flatMap { tracer?.operation($0.rawValue / 2 + $0.rawValue % 2, of: number) }
    return TracedCaller(client: number, process: Int(client.rawValue), operation: operation)
  }
}

/// Reads a damaged frame as if it were none.
private enum WithoutChecksum: WireRules {
  static func isIntact(expected: UInt32, actual: UInt32) -> Bool { true }
}
