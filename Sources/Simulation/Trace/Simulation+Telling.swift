import Determinism
import KeyValue
import Raft
import Replica
import Scenarios

/// What is written down for whoever wants to be told of single messages, or of every event.
extension Simulation {
  /// Lets an event happen at an instant.
  ///
  /// - Parameter cause: the place of the event that brings it about, if that is not the one that happens now.
  mutating func schedule(_ event: SimulationEvent, at instant: VirtualInstant, because cause: Int? = nil) {
    let slot = queue.schedule(event, at: instant)
    if tracer != nil { tracer?.noteSchedule(in: slot, because: cause) }
  }

  /// Writes down a message as it is sent. - Returns: its place; zero if nobody wants to know.
  mutating func write(
    _ bytes: [UInt8], _ label: MessageLabel, from node: NodeID, to recipient: NodeID, occurrence: UInt64
  ) -> UInt32 {
    guard tracer != nil || options.tellsDeliveries else { return 0 }
    let key = MessageKey(
      from: node, to: recipient, MessageKind(label.kind), term: label.term.rawValue, index: label.index.rawValue,
      occurrence: occurrence)
    sentMessages.append(key)
    if tracer != nil {
      let text = (try? Wire.decodeRaftMessage(bytes)).map(MessageText.of) ?? "\(bytes.count) bytes"
      tracer?.noteSent(key, saying: text, at: now - .start)
    }
    return UInt32(sentMessages.count - 1)
  }

  // MARK: Tracing

  mutating func beginTrace(of event: SimulationEvent) {
    let traced = TracedEvent(
      hash: digest.value, at: now - .start, what: description(of: event), kind: kind(of: event), node: event.recipient,
      cause: cause(of: event))
    tracer?.begin(traced)
  }

  mutating func endTrace() {
    let (network, members, replicas, running) = (network, members, replicas, running)
    tracer?.look(at: network, members: members)
    tracer?.end(members: members) { node in
      let replica = replicas[node.offset]
      return NodeState(
        node: node, isRunning: running.contains(node) && replica.stopReason == nil, role: NodeRole(replica.status.role),
        term: replica.status.term.rawValue, vote: replica.raft.hardState.votedFor,
        lastIndex: replica.status.lastIndex.rawValue, lastTerm: replica.raft.log.lastPosition.term.rawValue,
        commitIndex: replica.status.commitIndex.rawValue, appliedIndex: replica.status.appliedIndex.rawValue)
    }
  }

  /// Looks at a server after its step, before what it asks for is done.
  mutating func traceStep(of node: NodeID, asking commands: [ReplicaCommand]) {
    let replica = replicas[node.offset]
    tracer?.look(at: replica)
    for case .stop(let reason) in commands { tracer?.note(.stopped(reason: "\(reason)"), at: node) }
  }

  /// Looks at a server that has started, before what it asks for is done.
  mutating func traceStart(of node: NodeID) {
    let replica = replicas[node.offset]
    tracer?.lookAtStart(of: replica)
  }

  /// Looks at a server that is about to crash.
  mutating func traceCrash(of node: NodeID, _ damage: SimulatedDisk.CrashDamage) {
    guard running.contains(node) else { return }
    tracer?.note(.crashed(lossy: damage.isLossy), at: node)
    tracer?.touch(node)
    for number in hosts[node.offset].inbox.compactMap(\.event.number) { tracer?.noteLost(number, at: node) }
  }

  private func cause(of event: SimulationEvent) -> Int? {
    switch event {
    case .peerMessage(_, _, _, let number): tracer?.sentMessages[Int(number)].sentIn
    case .timer(let timer, let node): tracer?.alarmCauses[alarm(of: timer, node)]
    case .clientTimer(let client): tracer?.alarmCauses[alarm(of: client)]
    case .synced(let node, _): tracer?.syncCauses[node.offset]
    default: tracer?.origin(of: queue.lastSlot)
    }
  }

  private func kind(of event: SimulationEvent) -> TracedEvent.Kind {
    // What comes to a server that stands still waits, and comes once more when that goes on.
    if let node = event.recipient, isStandingStill(node) { return .other }
    switch event {
    case .peerMessage(_, _, _, let number): return tracer.map { .message($0.sentMessages[Int(number)]) } ?? .other
    case .peerUnreachable(let peer, _): return .unreachable(peer)
    case .clientRequest(let bytes, let id, _):
      let sequence = (try? Wire.decodeClientRequest(bytes))?.sequence
      return .clientRequest(client: number(of: id), operation: operation(sequence, of: id))
    case .clientReply(let bytes, let node, let id):
      let sequence = (try? Wire.decodeClientReply(bytes))?.sequence
      return .clientReply(client: number(of: id), operation: operation(sequence, of: id), from: node)
    case .connectionRefused(let node, let id, let attempt):
      let attempts = clients[number(of: id)].attempts
      let sequence = attempts.count == attempt ? attempts.sequence : nil
      return .clientReply(client: number(of: id), operation: operation(sequence, of: id), from: node)
    case .timer(.election, _): return .electionTimer
    case .timer(.heartbeat, _): return .heartbeatTimer
    case .synced(let node, let incarnation):
      let host = hosts[node.offset]
      return .diskSync(fails: host.incarnation == incarnation && host.disk.failsSyncs)
    case .clientTimer(let client): return .clientTimer(client: client)
    case .faultBegins(let position, _): return .faultBegins(scenario.faults[position].id)
    case .faultGoesOn(let position): return .faultGoesOn(scenario.faults[position].id)
    case .faultEnds(let position): return .faultEnds(scenario.faults[position].id)
    case .stormEnds: return .stormEnds
    case .snapshotRequested, .roomChanged, .calmLook: return .other
    }
  }

  /// Each operation of a client has two numbers: of the session that it may need first, and of itself.
  private func operation(_ sequence: SequenceNumber?, of client: ClientID) -> Int? {
    sequence.flatMap { tracer?.operation($0.rawValue / 2 + $0.rawValue % 2, of: number(of: client)) }
  }
}
