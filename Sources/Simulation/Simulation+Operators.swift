import Determinism
import KeyValue
import Raft
import Replica
import Scenarios
import Traces

/// What an operator wants of the cluster, and how far that has come.
struct OperatorRequest: Sendable {
  var body: ClientRequest.Body
  /// Whom it asks.
  var target: NodeID
  let begunAt: VirtualInstant
  /// Counts what it does: what belongs to something earlier counts for nothing.
  var attempt = 0
  /// Whether it waits before it asks again, and not for an answer.
  var isPausing = false
  /// What it knows in the end, and since when.
  var outcome: ClientReply.Body?
  var endedAt: VirtualInstant?
  /// Why it was turned down last.
  var refusal: RequestRefusal?
  /// Whether some leader has taken it up.
  var isTakenUp = false
}

/// Operators, who change the members and transfer leadership: what they ask, and what they make of the answers.
extension Simulation {
  /// Operators bear numbers that no client comes to, and the place of their fault on top of it.
  static let firstOperator: UInt32 = 1 << 31
  /// Who asks for the last change and the last transfer, when all has healed.
  static let lastOperators = 2

  func isOperator(_ client: ClientID) -> Bool { client.rawValue >= Self.firstOperator }

  // MARK: Asking

  /// An operator begins to ask for what a fault says.
  mutating func beginRequest(_ position: Int, _ nodes: [NodeID]) {
    guard let body = request(of: scenario.faults[position].action, removing: nodes) else { return }
    if case .changeMembers(let voters, let learners, _, false) = scenario.faults[position].action {
      for node in voters + learners where !arrived.contains(node) && hosts[node.offset].holds == 0 { start(node) }
    }
    begin(position, body, at: firstTarget(of: position))
  }

  mutating func begin(_ position: Int, _ body: ClientRequest.Body, at node: NodeID) {
    operators[position] = OperatorRequest(body: body, target: node, begunAt: now)
    ask(position)
  }

  /// What is asked for; `nil` if that makes no sense now.
  private func request(of action: FaultAction, removing nodes: [NodeID]) -> ClientRequest.Body? {
    switch action {
    case .changeMembers(let voters, let learners, _, _):
      .change(MemberChange(voters: NodeSet(voters), learners: NodeSet(learners), removed: NodeSet(nodes)))
    case .transferLeadership(.best): .transfer(to: nil)
    case .transferLeadership(.node(let node)): .transfer(to: node)
    case .transferLeadership(.slowest): .transfer(to: slowestVoter())
    default: nil
    }
  }

  /// The voter that the leader knows to hold the least.
  private func slowestVoter() -> NodeID? {
    guard let leader = leader() else { return nil }
    let raft = cluster.replicas[leader.offset].raft
    return raft.inForce.members.voters.removing(leader)
      .min { cluster.match(of: $0, at: leader) < cluster.match(of: $1, at: leader) }
  }

  /// Mostly an operator knows who leads; now and then it asks anybody first.
  private func firstTarget(of position: Int) -> NodeID {
    let draw = dice.draw(.operatorTarget, UInt64(position))
    let running = members.filter(cluster.running.contains)
    let anybody = running.isEmpty ? members[0] : running[draw.below(running.count)]
    return draw.below(3) == 0 ? anybody : leader() ?? anybody
  }

  private mutating func ask(_ position: Int) {
    guard let asked = operators[position], asked.outcome == nil else { return }
    // Whoever runs a cluster does not let servers vote that may be gone for good, if the others could not do without them.
    if case .change(let change) = asked.body, !canStand(change) { return end(position, with: .unknown) }
    let attempt = asked.attempt + 1
    operators[position]?.attempt = attempt
    operators[position]?.isPausing = false
    schedule(.operatorRequest(position, to: asked.target, attempt: attempt), at: now + operatorDelay)
    schedule(.operatorTurn(position, attempt: attempt), at: now + scenario.workload.attemptTimeout)
  }

  private var operatorDelay: Duration { max(.microseconds(1), scenario.network.clientDelayMin) }

  /// An operator's request comes to a server.
  mutating func deliver(_ position: Int, to node: NodeID, attempt: Int) {
    guard let asked = operators[position], asked.attempt == attempt, cluster.running.contains(node) else { return }
    if cluster.replicas[node.offset].status.role == .leader { noteTakenUp(position) }
    let request = ClientRequest(sequence: SequenceNumber(UInt64(attempt)), body: asked.body)
    step(node, .clientRequest(request, from: ClientID(Self.firstOperator + UInt32(position))))
  }

  private mutating func noteTakenUp(_ position: Int) {
    guard operators[position]?.isTakenUp == false else { return }
    operators[position]?.isTakenUp = true
    if let action = scenario.faults.indices.contains(position) ? scenario.faults[position].action : nil {
      statistics[kind: action.specification.kind] += 1
    }
  }

  /// A server answers an operator.
  mutating func answer(_ reply: ClientReply, from node: NodeID, toOperator client: ClientID) {
    let position = Int(client.rawValue - Self.firstOperator)
    guard operators.indices.contains(position) else { return }
    schedule(
      .operatorReply(position, reply.body, from: node, attempt: Int(reply.sequence.rawValue)), at: now + operatorDelay)
  }

  // MARK: Answers

  mutating func receive(_ reply: ClientReply.Body, position: Int, from node: NodeID, attempt: Int) {
    guard let asked = operators[position], asked.attempt == attempt, asked.outcome == nil else { return }
    if case .turnedDown(let refusal) = reply { operators[position]?.refusal = refusal }
    switch reply {
    case .done, .turnedDown(.unknownServer), .turnedDown(.lastVoter): return end(position, with: reply)
    case .unknown:
      // A transfer may have come about; a change can be asked for again, for it says what shall be.
      if case .transfer = asked.body { return end(position, with: reply) }
    case .notLeader(let hint):
      let other = hint.flatMap { $0.offset < members.count ? $0 : nil } ?? next(after: node)
      operators[position]?.target = other
    default: break
    }
    askLater(position)
  }

  /// The time has come for which an operator waited.
  mutating func takeTurn(_ position: Int, attempt: Int) {
    guard let asked = operators[position], asked.attempt == attempt, asked.outcome == nil else { return }
    let other = next(after: asked.target)
    if !asked.isPausing { operators[position]?.target = other }
    ask(position)
  }

  private mutating func askLater(_ position: Int) {
    guard let asked = operators[position] else { return }
    operators[position]?.attempt = asked.attempt + 1
    operators[position]?.isPausing = true
    schedule(.operatorTurn(position, attempt: asked.attempt + 1), at: now + scenario.workload.retryPause)
  }

  private func next(after node: NodeID) -> NodeID { members[(node.offset + 1) % members.count] }

  /// An operator is at the end of its patience, or has got its answer.
  mutating func end(_ position: Int, with outcome: ClientReply.Body) {
    guard operators[position] != nil, operators[position]?.outcome == nil else { return }
    operators[position]?.outcome = outcome
    operators[position]?.endedAt = now
    noteLastRequest(position, outcome)
  }

  /// What was asked for, and what became of it.
  var begunRequests: [BegunRequest] {
    operators.indices.compactMap { position in
      guard let asked = operators[position], asked.attempt > 0 else { return nil }
      return BegunRequest(
        fault: fault(ofOperator: position), body: asked.body, at: asked.begunAt - .start,
        endedAt: asked.endedAt.map { $0 - .start }, outcome: asked.outcome, refusal: asked.refusal)
    }
  }

  /// The identity of the fault that says what an operator asks for.
  func fault(ofOperator position: Int) -> Int? {
    scenario.faults.indices.contains(position) ? scenario.faults[position].id : nil
  }
}
