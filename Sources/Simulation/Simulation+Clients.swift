import Determinism
import Histories
import KeyValue
import Raft
import Replica
import Scenarios

/// The clients: what they ask, how long they wait, and what they make of the answers.
extension Simulation {
  // MARK: Turns

  /// Lets a client wait for its next operation, or for what the calm brings when it has none left. What it cannot begin
  /// before the storm ends, it leaves.
  mutating func awaitTurn(_ client: Int) {
    if let next = clients[client].planned.last {
      let start = max(.start + next.at, now + next.think)
      if isStorm(at: start) { return wait(client, for: .turn, until: start) }
    }
    if let pause = healingPause { return wait(client, for: .turn, until: now + pause) }
    rest(client)
    startCalmWork(client)
  }

  private mutating func wait(_ client: Int, for waiting: SimulatedClient.Waiting, until instant: VirtualInstant) {
    clients[client].waiting = waiting
    let alarm = alarm(of: client)
    queue.setAlarm(alarm, at: instant)
    if isTraced { tracer?.noteAlarm(alarm) }
  }

  /// Cancels the client's timer.
  private mutating func rest(_ client: Int) {
    clients[client].waiting = .nothing
    queue.setAlarm(alarm(of: client), at: nil)
  }

  mutating func wake(_ client: Int) {
    switch clients[client].waiting {
    case .turn:
      guard let patience = clients[client].planned.last?.awaitsChange, isStorm(at: now + patience) else {
        return takeTurn(client)
      }
      wait(client, for: .change, until: now + patience)
    case .change: takeTurn(client)
    case .retry: attempt(client)
    case .answer:
      lookAtService(of: client, instead: nil)
      // Whoever was asked may still do it.
      clients[client].doubt()
      retryLater(client, to: nextNode(after: clients[client].attempts.target))
    case .nothing: break
    }
  }

  private mutating func takeTurn(_ client: Int) {
    guard isStorm(at: now), let planned = clients[client].takePlanned() else {
      rest(client)
      return startCalmWork(client)
    }
    let timeout = scenario.workload.operationTimeout
    call(
      client, clients[client].action(of: planned), key: planned.key, plan: planned, in: .storm,
      until: now + min(timeout, planned.patience ?? timeout))
  }

  /// Lets a client begin an operation.
  ///
  /// - Parameters:
  ///   - plan: what the operation was planned as, if it was.
  ///   - node: whom it asks first; whoever answered it last unless given or planned.
  mutating func call(
    _ client: Int, _ action: Action, key: String, plan: PlannedOperation? = nil, of node: NodeID? = nil,
    in part: SimulatedClient.Part, until deadline: VirtualInstant
  ) {
    historyEvents.append(statistics.events)
    let place = recorder.invoke(process: clients[client].process, at: now.nanoseconds, key: Array(key.utf8), action)
    if isTraced { tracer?.noteCall(by: client) }
    observe(callBy: client)
    let request = clients[client].beginRequest(action, key: key)
    let operation = SimulatedClient.OpenOperation(
      action: action, key: key, call: place, request: request, start: now, leavesSession: plan?.leavesSession ?? false,
      part: part)
    effects.note(request, ofCallAt: place)
    clients[client].begin(operation, target: plan?.firstNode ?? node ?? clients[client].preferred, deadline: deadline)
    attempt(client)
  }

  // MARK: Attempts

  private mutating func attempt(_ client: Int) {
    clients[client].attempts.count += 1
    let attempts = clients[client].attempts
    let id = clients[client].id
    guard let sequence = attempts.sequence, let asked = clients[client].open?.request,
      let request = carrier.sendsBytes ? carrier.carried(asked, from: id, to: attempts.target) : asked
    else { return }
    noteAttempt(of: client, at: attempts.target)
    let content = sequence.rawValue << 16 | UInt64(attempts.count)
    let node = attempts.target
    if let arrival = network.arrival(at: now, client: id, node: node, content: content, isReply: false) {
      let damage = network.damagingFaults > 0 ? network.damage(ofRequest: content, from: id, to: node) : nil
      send(
        damage.map { damagedArrival(of: request, from: id, to: node, by: $0) }
          ?? .clientRequest(request, from: id, to: node), on: .init(client: id, node: node, isReply: false),
        arrivingAt: arrival)
    }
    wait(client, for: .answer, until: min(now + scenario.workload.attemptTimeout, attempts.deadline))
  }

  /// Lets those go on who wait for a change of a key to return.
  private mutating func wakeReaders(of key: String) {
    for client in clients.indices {
      guard case .change = clients[client].waiting, clients[client].planned.last?.key == key else { continue }
      wait(client, for: .change, until: now)
    }
  }

  /// Asks another server after a pause, unless the client's patience is at its end.
  private mutating func retryLater(_ client: Int, to node: NodeID) {
    let resumption = now + scenario.workload.retryPause
    guard resumption < clients[client].attempts.deadline else { return giveUp(client) }
    clients[client].attempts.target = node
    wait(client, for: .retry, until: resumption)
  }

  private func nextNode(after node: NodeID) -> NodeID {
    members[(node.offset + 1) % members.count]
  }

  private mutating func giveUp(_ client: Int) {
    guard let open = clients[client].open else { return }
    complete(client, open.isUncertain ? .info : .fail)
  }

  private mutating func complete(_ client: Int, _ outcome: Outcome) {
    historyEvents.append(statistics.events)
    recorder.complete(process: clients[client].process, at: now.nanoseconds, outcome)
    if isTraced { tracer?.noteReturn(to: client) }
    let ended = clients[client].end()
    if ended?.leavesSession ?? false { clients[client].session = nil }
    switch outcome {
    case .ok: statistics.operationsOK += 1
    case .fail: statistics.operationsFailed += 1
    case .info:
      statistics.operationsUnknown += 1
      clients[client].takeNewIdentity(keepsSession: scenario.sessions.outlastDoubt)
    }
    if let ended, ended.action != .get, case .ok = outcome { wakeReaders(of: ended.key) }
    if let ended, ended.part != .storm, ended.part != .healing { takeNote(ended, of: client, outcome) }
    awaitTurn(client)
  }

  // MARK: Messages

  mutating func deliver(_ request: ClientRequest, from client: ClientID, to node: NodeID) {
    guard cluster.running.contains(node) else { return refuseConnection(of: client, at: node) }
    step(node, .clientRequest(request, from: client))
  }

  /// The host answers for the process that does not run, the same way as for one that does.
  mutating func refuseConnection(of client: ClientID, at node: NodeID) {
    let attempts = clients[number(of: client)].attempts
    let attempt = attempts.sequence == nil ? 0 : attempts.count
    guard let arrival = network.arrival(at: now, client: client, node: node, content: 0, isReply: true) else { return }
    send(
      .connectionRefused(by: node, to: client, attempt: attempt), on: .init(client: client, node: node, isReply: true),
      arrivingAt: arrival)
  }

  mutating func answer(_ reply: ClientReply, about ground: AnswerGround?, from node: NodeID, to client: ClientID) {
    if isOperator(client) { return answer(reply, from: node, toOperator: client) }
    guard isKnown(client) else { return }
    var content = StableDigest()
    reply.fold(into: &content)
    if breaksConnection(of: client, answering: content.value) { return }
    guard let reply = carrier.sendsBytes ? carrier.carried(reply, from: node, to: client) : reply,
      let arrival = network.arrival(at: now, client: client, node: node, content: content.value, isReply: true)
    else { return }
    let end: LogIndex =
      switch ground {
      case .state(let index): index
      case .command(let position): position.index
      case nil: .zero
      }
    send(
      .clientReply(reply, from: node, to: client, upTo: end), on: .init(client: client, node: node, isReply: true),
      arrivingAt: arrival)
  }

  mutating func refuse(by node: NodeID, to client: ClientID, attempt: Int) {
    let number = number(of: client)
    let attempts = clients[number].attempts
    guard clients[number].id == client, attempts.count == attempt, attempts.target == node,
      case .answer = clients[number].waiting
    else { return }
    retryLater(number, to: nextNode(after: node))
  }

  /// - Parameter end: the last index of the state that a read was answered from, or the index of the command.
  mutating func receive(_ reply: ClientReply, from node: NodeID, to client: ClientID, upTo end: LogIndex) {
    let number = number(of: client)
    guard clients[number].id == client else { return }
    if case .opened(let session) = reply.body { return enter(number, session, at: node) }
    guard reply.sequence == clients[number].attempts.sequence else { return }
    switch reply.body {
    case .opened: break
    case .sessionExpired:
      statistics.sessionsExpired += 1
      clients[number].session = nil
      // This attempt did nothing, but an earlier one may have.
      giveUp(number)
    case .value(let value):
      if let open = clients[number].open { recorder.note(place: Int64(clamping: end.rawValue), ofCallAt: open.call) }
      succeed(number, with: .value(value), from: node, upTo: end)
    case .written(.done): succeed(number, with: .done, from: node, upTo: end)
    case .written(.swapped): succeed(number, with: .swapped, from: node, upTo: end)
    case .written(.mismatch(let seen)): succeed(number, with: .mismatch(seen: seen), from: node, upTo: end)
    case .written(.refused), .refused: giveUp(number)
    // Only operators are answered so.
    case .done, .turnedDown: break
    case .notLeader(let hint):
      guard isAwaited(number, from: node) else { return }
      lookAtService(of: number, instead: .sentTo(hint))
      let other = hint.flatMap { $0 != node && $0.offset < members.count ? $0 : nil }
      retryLater(number, to: other ?? nextNode(after: node))
    case .unknown:
      guard isAwaited(number, from: node) else { return }
      lookAtService(of: number, instead: .doubt)
      clients[number].doubt()
      retryLater(number, to: nextNode(after: node))
    }
  }

  /// Takes the first session that was opened for the client, though it may have been asked for some operations ago.
  private mutating func enter(_ client: Int, _ session: SessionID, at node: NodeID) {
    guard clients[client].session == nil else { return }
    clients[client].session = session
    guard let open = clients[client].open, open.isPreparing else { return }
    let request = clients[client].request(open.action, key: open.key)
    effects.note(request, ofCallAt: open.call)
    clients[client].ask(request)
    clients[client].attempts.target = node
    attempt(client)
  }

  /// Whether the client waits for this server's answer, and not for another one's by now.
  private func isAwaited(_ client: Int, from node: NodeID) -> Bool {
    guard case .answer = clients[client].waiting else { return false }
    return clients[client].attempts.target == node
  }

  private mutating func succeed(_ client: Int, with answer: Answer, from node: NodeID, upTo end: LogIndex) {
    guard let open = clients[client].open else { return }
    observe(returnTo: client, isRead: open.action == .get, upTo: end, from: node)
    clients[client].preferred = node
    // By wrong rules two clients may come to share a session, and one be told what the other's command answered.
    guard open.isAnswered(by: answer) else {
      fail(.answerUnfit(node, client: client))
      return complete(client, .info)
    }
    clients[client].learn(answer, to: open)
    complete(client, .ok(answer))
  }

  /// Whether a client has ever borne this name: a server that takes a damaged frame for whole may answer anybody.
  private func isKnown(_ client: ClientID) -> Bool {
    !clients.isEmpty && client.rawValue <= clients[number(of: client)].id.rawValue
  }

  func number(of client: ClientID) -> Int {
    Int(client.rawValue) % clients.count
  }
}
