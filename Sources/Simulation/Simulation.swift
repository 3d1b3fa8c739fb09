import Determinism
import Histories
import Invariants
import KeyValue
import Raft
import Replica
import Scenarios
import Traces

/// What an observer wants of a run. No option changes what happens before a violation.
package struct SimulationOptions: Hashable, Sendable {
  /// What ends a run.
  package var checks: RunChecks
  /// Whether invariants look at everything at every step, which takes far longer and finds the same.
  package var isExhaustive: Bool
  /// The events that the outcome tells one by one. The run is cut behind them.
  package var window: TraceWindow?
  /// Whether the outcome tells which messages arrived.
  package var tellsDeliveries: Bool
  /// Whether messages travel as bytes; as the seed has it, if `nil`.
  package var sendsBytes: Bool?

  package init(
    checks: RunChecks = .all, isExhaustive: Bool = false, tracing window: TraceWindow? = nil,
    tellsDeliveries: Bool = false, sendsBytes: Bool? = nil
  ) {
    self.checks = checks
    self.isExhaustive = isExhaustive
    self.window = window
    self.tellsDeliveries = tellsDeliveries
    self.sendsBytes = sendsBytes
  }
}

/// A cluster of real replicas, its clients and its nemesis, on simulated networks, disks and clocks.
///
/// A run is a pure function of the scenario and the rules. There is one of it: a copy, which is easily made unseen where
/// something is asked of it, would cost more than all that an event does.
package struct Simulation: ~Copyable {
  /// When the timers of one node run out, by its clock.
  struct Deadlines: Sendable {
    private var election: LocalInstant?
    private var heartbeat: LocalInstant?

    subscript(timer: RaftTimer) -> LocalInstant? {
      get {
        switch timer {
        case .election: election
        case .heartbeat: heartbeat
        }
      }
      set {
        switch timer {
        case .election: election = newValue
        case .heartbeat: heartbeat = newValue
        }
      }
    }
  }

  /// What surrounds the replica of one node.
  struct Host: Sendable {
    var clock: SimulatedClock
    var disk = SimulatedDisk()
    /// Counts the starts after crashes.
    var incarnation = 0
    /// How many faults keep it down.
    var holds = 0
    /// Whether one of these is that it stopped for what its disk did.
    var isStoppedForDisk = false
    /// Whether its disk has lost what was synced since it last started: a refusal to start is then as it should be.
    var isDamaged = false
    /// Whether its disk is another one than that on which it ran.
    var hasOtherDisk = false
    /// By how much its syncs take longer, in the mean.
    var diskSlowness = Duration.zero
    /// How many faults make it stand still.
    var pauses = 0
    /// What arrived while it stood still, in order, and the place of the event that had brought it about.
    var inbox: [(event: SimulationEvent, cause: Int?)] = []
    /// When each timer runs out by the node's clock.
    var deadlines = Deadlines()
    /// When the election timer ran out while the node stood still.
    var keptElection: VirtualInstant?
    /// Within what the election timer was set last.
    var electionRange: ClosedRange<Duration>?
    /// How many election timeouts were drawn in the present term.
    var timeoutTerm = Term.zero
    var timeoutsInTerm: UInt64 = 0
    /// How often it had moved when an observer looked last (`MoveCount`), and what that saw.
    var seenMoves: UInt64?
    var seenRole = Role.follower
    var seenCommitIndex = LogIndex.zero
    /// Where the configuration stood that was in force at it.
    var seenMembers = LogIndex.zero
    /// To whom it was replicating when that changed.
    var seenFollowers = NodeSet()
    /// How many reads waited there while it led.
    var seenReads = 0
    /// The term in which it sent or received a snapshot that is not installed yet.
    var seenSnapshotTerm: Term?

    /// Lets a timer run out in so much time by the node's clock.
    ///
    /// - Parameter range: within what that was drawn.
    mutating func set(
      _ timer: RaftTimer, to span: Duration, within range: ClosedRange<Duration>, at now: VirtualInstant
    ) {
      deadlines[timer] = clock.local(at: now) + span
      if case .election = timer { (keptElection, electionRange) = (nil, range) }
    }

    /// Counts one more election timeout drawn in a term. - Returns: how many there were before.
    mutating func countTimeout(in term: Term) -> UInt64 {
      if timeoutTerm != term { (timeoutTerm, timeoutsInTerm) = (term, 0) }
      defer { timeoutsInTerm += 1 }
      return timeoutsInTerm
    }
  }

  /// How much a node that stands still can keep for later; further messages are lost.
  static let maxInbox = 10_000

  let scenario: Scenario
  let rules: RuleSet
  let options: SimulationOptions
  let dice: Dice
  let members: [NodeID]
  let carrier: Carrier
  /// Kept, for whoever asks for all cases makes an array.
  private let timersPerNode = RaftTimer.allCases.count
  /// Whether every event is written down: asked all the time, where to look at a whole recorder is dear.
  let isTraced: Bool

  var now = VirtualInstant.start
  var queue: EventQueue<SimulationEvent>
  var digest: StableDigest
  var network: SimulatedNetwork
  var clientLinks: ClientLinks
  var nemesis: Nemesis
  /// The replicas, with the last state of those that are down, as those see them who check invariants.
  var cluster: ClusterView
  /// The nodes that have ever started: others join later, or never.
  var arrived = NodeSet()
  /// By position of the fault: what an operator asks for, if it is one; behind them what is asked for in the end.
  var operators: [OperatorRequest?]
  /// Since when two servers that run have had different configurations in force.
  var splitSince: VirtualInstant?
  /// The nodes whose disks lost so much that they stay down for good.
  var ruined = NodeSet()
  var hosts: [Host]
  /// How many faults make nodes stand still: mostly none, and then nobody looks which.
  var pauses = 0
  var clients: [SimulatedClient]
  var recorder: HistoryRecorder
  /// By event of the history: the number of the run's event in which it was recorded.
  var historyEvents: [Int] = []
  /// In which order operations took effect.
  var effects = EffectOrder()
  /// Whoever checks invariants: mostly the one, which is asked all the time.
  var invariants: ClusterInvariants?
  var otherWatch: (any ClusterWatch)?
  /// Whether steps are shown that have left a node where it was, too: to ask for the other watch would copy it.
  let showsEveryStep: Bool
  /// Whether the servers may rely on their clocks.
  let restsOnClocks: Bool
  var statistics = RunStatistics()
  private(set) var failure: RunFailure?
  /// Whether there is a failure that ends the run, and whether there is one with which it goes on: asked at every event,
  /// where to look at the whole of one is dear.
  private var hasFailed = false
  private var goesOnFailed = false
  /// How far the run has come since the storm.
  var calm: CalmProgress
  /// Whoever looks at what leaders send to peers that are silent, if anyone does.
  var silentPeers: SilentPeersGetLittle?
  /// Whoever looks at where refusals lead leaders, if anyone does.
  var progressMoves: ProgressMoves?
  var littleIsSentAgain: LittleIsSentAgain?
  /// When election timers run out, if the scenario says so.
  var forcedElections: ForcedElections?
  /// Those that have run out, and the faults that have begun.
  var elections: [ForcedElection] = []
  var begunFaults: [BegunFault] = []
  /// The messages that were sent and those that arrived, if somebody wants to know of the latter.
  var sentMessages: [MessageKey] = []
  var deliveries: [MessageKey] = []
  /// What the last step asked for, until it is carried out: before the next begins.
  var commands: [ReplicaCommand] = []
  /// Whoever writes down every event, if somebody wants to know.
  var tracer: TraceRecorder?

  /// - Parameter scenario: a valid one.
  package init(
    _ scenario: Scenario, rules: RuleSet = .paper, options: SimulationOptions = SimulationOptions(),
    header: HistoryHeader? = nil
  ) {
    let nodes = scenario.cluster.nodes
    self.scenario = scenario
    self.rules = options.window == nil ? rules : rules.recorded
    self.options = options
    // A closure, be it the right side of an operator, must not reach for fields while there are others without a value.
    let dice = scenario.dice
    self.dice = dice
    members = NodeID.first(nodes)
    let name = ClusterID(dice.draw(.clusterName, 0).bits)
    carrier = Carrier(
      cluster: name, rules: self.rules.wire,
      sendsBytes: options.sendsBytes ?? dice.draw(.encoding, 0).happens(Ratio(1, 16)))
    isTraced = options.window != nil
    digest = StableDigest(start: scenario.seed)
    network = SimulatedNetwork(scenario: scenario)
    clientLinks = ClientLinks(nodes: nodes, clients: scenario.workload.clients.count)
    nemesis = Nemesis(faults: scenario.faults)
    operators = Array(repeating: nil, count: scenario.faults.count)
    calm = CalmProgress(fates: scenario.calm.fates, followers: FollowerProgress(nodes: nodes))
    if options.checks == .all {
      silentPeers = SilentPeersGetLittle(
        nodes: nodes, electionTimeout: scenario.cluster.electionTimeoutMax,
        heartbeatInterval: scenario.cluster.heartbeatInterval)
      littleIsSentAgain = LittleIsSentAgain(nodes: nodes, heartbeatInterval: scenario.cluster.heartbeatInterval)
      progressMoves = ProgressMoves(nodes: nodes, electionTimeout: scenario.cluster.electionTimeoutMax)
    }
    forcedElections = scenario.overrides?.elections.map { ForcedElections($0, nodes: nodes) }
    let sessions = SessionSettings(scenario.sessions)
    let replicas = members.map {
      Replica(Self.configuration(of: $0, scenario, options), of: name, sessions: sessions, rules: rules)
    }
    restsOnClocks = scenario.protocols.reads == .lease && !scenario.driftsBeyondBound
    cluster = ClusterView(
      replicas: replicas, running: NodeSet(), changed: members[0],
      clocks: Array(repeating: LocalInstant(nanoseconds: 0), count: restsOnClocks ? nodes : 0))
    hosts = (0..<nodes).map { node in
      Host(
        clock: SimulatedClock(
          driftPartsPerMillion: scenario.clocks.driftPartsPerMillion[node],
          wallOffset: scenario.clocks.wallOffset[node]))
    }
    let plans = scenario.workload.clients
    clients = plans.enumerated().map { number, plan in
      SimulatedClient(
        number: number, plan: plan, keys: scenario.workload.keys, identities: plans.count, nodes: nodes)
    }
    let timers = members.flatMap { node in RaftTimer.allCases.map { SimulationEvent.timer($0, of: node) } }
    queue = EventQueue(alarms: timers + clients.indices.map { .clientTimer(client: $0) })
    if let window = options.window {
      tracer = TraceRecorder(
        window: window, replicas: replicas, clients: clients.count, alarms: timers.count + clients.count)
    }
    for node in hosts.indices { hosts[node].disk.sectorBytes = scenario.disk.sectorBytes }
    recorder = HistoryRecorder(
      header: header ?? HistoryHeader(model: .keyValue, seed: scenario.seed, nodes: nodes, origin: "raftcheck"))
    let (reads, voters) = (scenario.protocols.reads, scenario.cluster.founding)
    switch options.checks {
    case .all where options.isExhaustive:
      otherWatch = ExhaustiveChecker(nodes: nodes, voters: voters, sessions: sessions, reads: reads)
    case .all: invariants = ClusterInvariants(nodes: nodes, voters: voters, sessions: sessions, reads: reads)
    case .damage: otherWatch = DamageWatch(nodes: nodes, voters: voters, sessions: sessions)
    case .outside, .none: break
    }
    showsEveryStep = reads == .lease || otherWatch != nil
  }

  static func configuration(
    of node: NodeID, _ scenario: Scenario, _ options: SimulationOptions
  ) -> RaftConfiguration {
    let (cluster, protocols) = (scenario.cluster, scenario.protocols)
    return RaftConfiguration(
      id: node, voters: cluster.founding.contains(node) ? cluster.founding : NodeSet(),
      electionTimeout: cluster.electionTimeoutMin...cluster.electionTimeoutMax,
      heartbeatInterval: cluster.heartbeatInterval, maxEntriesPerAppend: cluster.maxEntriesPerAppend,
      maxInflightEntries: cluster.maxEntriesPerAppend * protocols.appendsInFlight,
      maxSnapshotChunkBytes: protocols.snapshotChunkBytes, trailingEntries: protocols.trailingEntries,
      reads: protocols.reads, clockRateBound: Ratio(UInt32(protocols.assumedDriftPartsPerMillion), 1_000_000),
      usesPreVote: protocols.usesPreVote, checksQuorum: protocols.checksQuorum, checksItself: options.checks != .none)
  }

  /// Runs the scenario to its end, to a violation, or to the limit of events.
  ///
  /// - Parameter shouldStop: asked now and then; `true` cuts the run where it is.
  package mutating func run(shouldStop: () -> Bool = { false }) -> RunOutcome {
    guard let tracer else { return runToItsEnd(shouldStop) }
    return DecisionLog.$current.withValue(tracer.log) { runToItsEnd(shouldStop) }
  }

  /// How many events pass between two questions whether to stop: some milliseconds.
  private static let pollInterval = 4_096

  private mutating func runToItsEnd(_ shouldStop: () -> Bool) -> RunOutcome {
    for node in scenario.cluster.founding { start(node) }
    for client in clients.indices { awaitTurn(client) }
    for (position, fault) in scenario.faults.enumerated() {
      if case .time(let at) = fault.trigger {
        schedule(.faultBegins(position, subject: nil), at: .start + at)
      }
    }
    schedule(.stormEnds, at: .start + scenario.stormEnd)

    let maxEvents = min(scenario.maxEvents, tracer?.window.last ?? .max)
    while !hasFailed, calm.phase != .over, statistics.events < maxEvents,
      let (instant, event) = queue.next()
    {
      if statistics.events % Self.pollInterval == Self.pollInterval - 1, shouldStop() { break }
      now = instant
      statistics.events += 1
      digest.combine(UInt64(bitPattern: instant.nanoseconds))
      event.fold(into: &digest)
      if isTraced { handleTraced(event) } else { handle(consume event) }
      if goesOnFailed, !hasFailed { noteExtentOfFailure() }
    }
    return outcome()
  }

  /// Takes note of what the run has come to, if the event before is its failure.
  private mutating func noteExtentOfFailure() {
    guard failure?.event == statistics.events else { return }
    // Those that are open are counted only once they have ended.
    let open = clients.count { $0.open != nil }
    failure?.extent = RunFailure.Extent(
      operations: statistics.operations + open, faults: begunFaults.count, deliveries: statistics.messagesDelivered)
  }

  private mutating func outcome() -> RunOutcome {
    for client in clients where client.open != nil { statistics.operationsUnknown += 1 }
    for replica in cluster.replicas { digest.combine(replica.raft.digest) }
    statistics.virtualTime = now - .start
    return RunOutcome(
      eventHash: digest.value, history: recorder.finish(), statistics: statistics, failure: failure,
      isCut: !hasFailed && calm.phase != .over, elections: elections.sorted(), faults: begunFaults,
      requests: begunRequests, fates: calm.fates, deliveries: deliveries, trace: tracer?.events ?? [],
      historyEvents: historyEvents)
  }

  mutating func handle(_ event: consuming SimulationEvent) {
    if pauses > 0, let node = event.recipient, isStandingStill(node) { return keep(event, for: node) }
    switch consume event {
    case .peerUnreachable(let peer, let node): step(node, .peerUnreachable(peer))
    case .peerMessage(let message, let sender, let node, let number):
      guard cluster.running.contains(node) else {
        // A closed port answers, if the answer comes through.
        if !network.isCut(from: node, to: sender) {
          schedule(.peerUnreachable(node, to: sender), at: now + scenario.network.delayMin)
        }
        return lose(number, at: node)
      }
      if !network.isCut(from: sender, to: node) {
        statistics.messagesDelivered += 1
        silentPeers?.noteArrival(at: node, from: sender, at: hosts[node.offset].clock.local(at: now))
        if options.tellsDeliveries { deliveries.append(sentMessages[Int(number)]) }
        hear(message, from: sender, at: node)
      } else {
        lose(number, at: node)
      }
    case .frame(let bytes, let sender, let node, let number, let isStray):
      deliver(bytes, from: sender, to: node, number: number, isStray: isStray)
    case .clientRequest(let request, let client, let node): deliver(request, from: client, to: node)
    case .damagedRequest(let bytes, _, let client, let node): deliver(bytes, from: client, to: node)
    case .clientReply(let reply, let node, let client, let end):
      receive(reply, from: node, to: client, upTo: end)
    case .connectionRefused(let node, let client, let attempt): refuse(by: node, to: client, attempt: attempt)
    case .timer(let timer, let node): runOut(timer, of: node)
    case .synced(let node, let lane, let incarnation): finishSync(of: node, lane, incarnation: incarnation)
    case .clientTimer(let client): wake(client)
    case .faultBegins(let position, let subject): begin(position, subject: subject)
    case .faultGoesOn(let position): turn(position)
    case .faultEnds(let position): end(position)
    case .snapshotRequested(let node): requestSnapshot(of: node)
    case .roomChanged(let node): tellRoom(to: node)
    case .operatorRequest(let position, let node, let attempt): deliver(position, to: node, attempt: attempt)
    case .operatorReply(let position, let reply, let node, let attempt):
      receive(reply, position: position, from: node, attempt: attempt)
    case .operatorTurn(let position, let attempt): takeTurn(position, attempt: attempt)
    case .stormEnds: endStorm()
    case .calmLook: lookAtCalm()
    }
  }

  /// The alarm of a node's timer.
  func alarm(of timer: RaftTimer, _ node: NodeID) -> Int {
    node.offset * timersPerNode + Int(timer.rawValue)
  }

  /// The alarm of a client.
  func alarm(of client: Int) -> Int { members.count * timersPerNode + client }

  /// Takes note of what must not be, and ends the run unless it may go on. What ends it counts before what does not.
  mutating func fail(_ finding: Finding, accounts: [NodeAccount] = []) {
    guard !hasFailed, options.checks.includes(finding) else { return }
    let goesOn = finding.signature.letsRunGoOn
    guard !goesOn || failure == nil else { return }
    failure = RunFailure(finding, accounts: accounts, at: now - .start, event: statistics.events)
    (hasFailed, goesOnFailed) = (!goesOn, goesOn)
  }
}

extension SessionSettings {
  /// A scenario's.
  init(_ plan: SessionPlan) {
    self.init(lifetime: plan.lifetime, maxOpen: plan.maxOpen)
  }
}
