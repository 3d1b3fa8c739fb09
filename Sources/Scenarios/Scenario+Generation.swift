import Determinism

/// What a seed means.
extension Scenario {
  /// The scenario of a seed.
  ///
  /// Each part draws from dice of its own, so that fixing one leaves the others as they were.
  ///
  /// - Parameter knobs: valid ones.
  package init(seed: UInt64, knobs: ScenarioKnobs = ScenarioKnobs()) {
    let dice = Dice(seed: seed)
    let cluster = ClusterPlan(drawnFrom: dice, nodes: knobs.nodes)
    var shape = dice.sequence(.workloadPlan)
    let storm = knobs.duration ?? shape.next().within(.seconds(4)...(.seconds(9)))
    self.seed = seed
    self.cluster = cluster
    network = NetworkPlan(drawnFrom: dice, cluster: cluster)
    disk = DiskPlan(drawnFrom: dice)
    clocks = ClockPlan(drawnFrom: dice, nodes: cluster.nodes, isBeyondBound: knobs.driftsBeyondBound ?? false)
    protocols = ProtocolPlan(drawnFrom: dice, clocks: clocks, knobs: knobs)
    sessions = SessionPlan(drawnFrom: dice)
    workload = WorkloadPlan(drawnFrom: dice, knobs: knobs, storm: storm, cluster: cluster)
    faults = FaultGenerator(
      dice: dice, cluster: cluster, clocks: clocks, isBeyondBound: knobs.driftsBeyondBound ?? false, storm: storm,
      kinds: knobs.faults
    ).faults()
    stormEnd = storm
    calm = CalmPlan(drawnFrom: dice, cluster: cluster, protocols: protocols, mayBelongToQuorum: { _ in true })
  }
}

extension ClusterPlan {
  fileprivate init(drawnFrom dice: Dice, nodes: Int?) {
    var draws = dice.sequence(.clusterPlan)
    let size = draws.pick(weighted: [(2, 8), (3, 40), (4, 22), (5, 20), (6, 5), (7, 5)])
    self.nodes = nodes ?? size
    electionTimeoutMin = draws.next().within(.milliseconds(60)...(.milliseconds(250)))
    // A narrow range makes split votes likely, a wide one makes elections slow.
    electionTimeoutMax =
      electionTimeoutMin + draws.logarithmic((electionTimeoutMin / 32)...(electionTimeoutMin * 3 / 2))
    heartbeatInterval = electionTimeoutMin / Int64(draws.next().within(3...9))
    maxEntriesPerAppend = draws.pick(weighted: [(1, 2), (2, 2), (4, 1), (16, 1), (4_096, 4)])
  }
}

extension NetworkPlan {
  fileprivate init(drawnFrom dice: Dice, cluster: ClusterPlan) {
    var draws = dice.sequence(.networkPlan)
    let timeout = cluster.electionTimeoutMin
    delayMin = draws.logarithmic((timeout / 1_000)...(timeout / 40))
    // Where delays come close to timeouts, candidates compete and leaders are deposed for nothing.
    delayMean = draws.logarithmic((timeout / 150)...(timeout / 5))
    clientDelayMin = draws.logarithmic(.microseconds(100)...(.milliseconds(2)))
    clientDelayMean = draws.logarithmic(.microseconds(100)...(.milliseconds(4)))
    clientLoss = draws.pick([.zero, Ratio(1, 200), Ratio(1, 50), Ratio(1, 20)])
  }
}

extension DiskPlan {
  fileprivate init(drawnFrom dice: Dice) {
    var draws = dice.sequence(.diskPlan)
    syncMin = draws.logarithmic(.microseconds(50)...(.milliseconds(2)))
    syncMean = draws.logarithmic(.microseconds(100)...(.milliseconds(40)))
  }
}

extension ClockPlan {
  /// Far beyond any bound that servers assume, in parts per million.
  private static var farDrift: Int { 500_000 }

  fileprivate init(drawnFrom dice: Dice, nodes: Int, isBeyondBound: Bool) {
    var draws = dice.sequence(.clockPlan)
    let drawn = draws.pick([0, 200, 10_000, 50_000])
    let bound = isBeyondBound ? Self.farDrift : drawn
    driftBoundPartsPerMillion = bound
    driftPartsPerMillion = (0..<nodes).map { _ in
      let drift = draws.next().within(-bound...bound)
      // Beyond the bound clocks differ as much as they can, most of them fast.
      return isBeyondBound ? (drift < -bound / 2 ? -bound : bound) : drift
    }
    wallOffset = (0..<nodes).map { _ in draws.next().within(.milliseconds(-500)...(.milliseconds(500))) }
  }
}

extension ProtocolPlan {
  /// What servers assume of clocks that run beyond it, in parts per million.
  private static var modestDrift: Int { 10_000 }

  fileprivate init(drawnFrom dice: Dice, clocks: ClockPlan, knobs: ScenarioKnobs) {
    var draws = dice.sequence(.protocolPlan)
    let drawnReads = draws.pick(weighted: [(ReadPlan.readIndex, 4), (.lease, 2), (.log, 1), (.follower, 2)])
    reads = knobs.reads ?? drawnReads
    let isBeyondBound = knobs.driftsBeyondBound ?? false
    assumedDriftPartsPerMillion = isBeyondBound ? Self.modestDrift : clocks.driftBoundPartsPerMillion
    usesPreVote = draws.next().below(3) > 0
    let drawnCheck = draws.next().below(3) > 0
    checksQuorum = drawnCheck || reads == .lease
    let few = draws.pick([2, 3, 5, 8, 13, 21, 34, 55])
    let drawnEntries = draws.pick(weighted: [(few, 3), (100_000, 1)])
    snapshotEntries = knobs.snapshotEntries ?? drawnEntries
    let little = draws.next().within(64...2_048)
    snapshotBytes = draws.pick(weighted: [(64 << 20, 3), (little, 1)])
    trailingEntries = draws.pick(weighted: [(0, 3), (1, 1), (5, 1), (100, 1)])
    snapshotChunkBytes = draws.pick(weighted: [(16, 1), (100, 2), (1_000, 2), (256 << 10, 2)])
    appendsInFlight = draws.pick(weighted: [(1, 1), (2, 1), (4, 2), (16, 1)])
    segmentBytes = draws.pick(weighted: [(200, 1), (2_000, 2), (64 << 20, 2)])
  }
}

extension SessionPlan {
  fileprivate init(drawnFrom dice: Dice) {
    var draws = dice.sequence(.sessionPlan)
    // Mostly nobody is forgotten, or a retry that went wrong could not be told from one that was refused.
    let short = draws.logarithmic(.milliseconds(200)...(.seconds(4)))
    lifetime = draws.pick(weighted: [(.seconds(3_600), 6), (short, 1)])
    let few = draws.next().within(2...8)
    maxOpen = draws.pick(weighted: [(ScenarioLimits.maxSessions, 6), (few, 1)])
    outlastDoubt = draws.pick(weighted: [(true, 4), (false, 1)])
  }
}

extension WorkloadPlan {
  fileprivate init(drawnFrom dice: Dice, knobs: ScenarioKnobs, storm: Duration, cluster: ClusterPlan) {
    var draws = dice.sequence(.workloadPlan, 1)
    let clientCount = draws.next().within(3...8)
    let keyCount = draws.next().within(1...4)
    let operationCount = draws.next().within(120...320)
    attemptTimeout = draws.logarithmic(.milliseconds(60)...(.milliseconds(600)))
    operationTimeout = attemptTimeout * Int64(draws.next().within(2...8))
    retryPause = draws.logarithmic(.milliseconds(5)...(.milliseconds(80)))
    let mix = OperationMix(drawnFrom: &draws, isBeyondBound: knobs.driftsBeyondBound ?? false)

    let keys = (0..<(knobs.keys ?? keyCount)).map { "k\($0)" }
    let total = knobs.operations ?? operationCount
    let clients = knobs.clients ?? clientCount
    var nextID = 0
    self.keys = keys
    self.clients = (0..<clients).map { client in
      var generator = ClientGenerator(
        draws: dice.sequence(.clientPlan, UInt64(client)), client: client, keys: keys, mix: mix,
        nodes: NodeID.first(cluster.nodes))
      let count = total / clients + (client < total % clients ? 1 : 0)
      defer { nextID += count }
      return ClientPlan(operations: generator.operations(count, firstID: nextID, until: storm))
    }
  }
}

/// How likely each kind of operation is.
private struct OperationMix {
  let weights: [(element: OperationKind, weight: Int)]

  enum OperationKind { case get, put, append, delete, cas }

  init(drawnFrom draws: inout DiceSequence, isBeyondBound: Bool) {
    // Where nearly everything is read, somebody reads on at a leader that was cut off.
    let reads = draws.next().within(3...8)
    let manyReads = draws.next().within(20...80)
    let share = draws.pick(weighted: [(reads, isBeyondBound ? 0 : 3), (manyReads, 1)])
    weights = [
      (.get, share), (.put, draws.next().within(2...5)), (.append, draws.next().within(0...3)),
      (.delete, draws.next().within(0...1)), (.cas, draws.next().within(1...4)),
    ]
  }
}

/// Draws one client's operations.
private struct ClientGenerator {
  var draws: DiceSequence
  let client: Int
  let keys: [String]
  let mix: OperationMix
  let nodes: [NodeID]

  /// Operations spread over the storm by chance, so that now and then a client hurries.
  mutating func operations(_ count: Int, firstID: Int, until storm: Duration) -> [PlannedOperation] {
    let gap = storm / Int64(max(1, count))
    var at = Duration.zero
    return (0..<count).map { number in
      defer { at = at + draws.next().exponential(mean: gap) }
      return PlannedOperation(
        id: firstID + number, at: at, think: draws.next().within(.zero...(.milliseconds(10))),
        key: draws.pick(keys), request: request(number), firstNode: firstNode())
    }
  }

  /// Now and then any server, so that those that do not lead are asked too.
  private mutating func firstNode() -> NodeID? {
    draws.next().below(4) == 0 ? draws.pick(nodes) : nil
  }

  /// Every value written is unique, and a string of appended ones can be taken apart.
  private mutating func request(_ number: Int) -> PlannedRequest {
    let value = "\(client).\(number)"
    switch draws.pick(weighted: mix.weights) {
    case .get: return .get
    case .put: return .put(value: value)
    case .append: return .append(value: ",\(value)")
    case .delete: return .delete
    case .cas: return .cas(new: value, guess: draws.next().below(5) == 0 ? "?\(value)" : nil)
    }
  }
}
