import Determinism
import Raft

/// What a seed means.
extension Scenario {
  /// The scenario of a seed.
  ///
  /// Each part draws from dice of its own, so that fixing one leaves the others as they were.
  ///
  /// - Parameter knobs: valid ones.
  package init(seed: UInt64, knobs: ScenarioKnobs = ScenarioKnobs()) {
    let dice = Dice(seed: seed)
    let drawnCluster = ClusterPlan(drawnFrom: dice, nodes: knobs.nodes)
    var shape = dice.sequence(.workloadPlan)
    let storm = knobs.duration ?? shape.next().within(.seconds(8)...(.seconds(18)))
    // Whoever asks for some kinds of faults, or for so many servers, wants to see these alone.
    let operators = MembershipWalk(
      drawnFrom: dice, cluster: drawnCluster, storm: storm, founders: knobs.nodes,
      isWanted: knobs.changesMembers ?? (knobs.faults == nil && knobs.nodes == nil ? nil : false))
    let grownCluster = operators?.cluster ?? drawnCluster
    let isAlone = operators?.isAlone ?? false
    let rivals = isAlone ? nil : RivalWalk(drawnFrom: dice, cluster: grownCluster, storm: storm)
    let cluster = rivals?.cluster ?? grownCluster
    let reads = knobs.reads ?? rivals?.reads ?? ReadMode(drawnFrom: dice)
    // Only leases rest on clocks: everybody else must get along with any.
    let isAstray = dice.draw(.clockPlan, 1).below(5) == 0 && reads != .lease
    let isBeyondBound = knobs.driftsBeyondBound ?? isAstray
    let seeksDrift = knobs.driftsBeyondBound ?? false
    self.seed = seed
    self.cluster = cluster
    network = NetworkPlan(drawnFrom: dice, cluster: cluster)
    disk = DiskPlan(drawnFrom: dice, cluster: cluster, faults: knobs.faults)
    if knobs.hasMeasuredSpeeds ?? rivals?.isQuick ?? false {
      network.takeMeasuredSpeeds()
      disk.takeMeasuredSpeeds()
    }
    // Who may stop for its disk is no voter on whom a small cluster hangs.
    if let operators { disk.weak = operators.lost.map { [$0] } ?? [] }
    clocks = ClockPlan(
      drawnFrom: dice, nodes: cluster.nodes, isBeyondBound: isBeyondBound, seeksDrift: seeksDrift)
    protocols = ProtocolPlan(
      drawnFrom: dice, reads: reads, clocks: clocks, isBeyondBound: isBeyondBound, knobs: knobs)
    rivals?.loosen(&protocols)
    // A removed server that was not told of it disturbs all others where neither protects them (Ongaro 2014 §4.2.3).
    if operators != nil, !protocols.checksQuorum { protocols.usesPreVote = true }
    sessions = SessionPlan(drawnFrom: dice)
    workload = WorkloadPlan(drawnFrom: dice, knobs: knobs, storm: storm, cluster: cluster)
    // Where bytes take pieces of their own, or time, a large value would be all that the run does; and of values at the
    // store's limit, a run's time would go into checksums.
    let mostBytes = min(ScenarioLimits.maxValueBytes, protocols.snapshotChunkBytes * 16) / 4
    workload.addSpecialValues(drawnFrom: dice, largest: disk.syncPerByte == .zero ? mostBytes : 0)
    workload.addReadsAfterWrites(drawnFrom: dice)
    let generator = FaultGenerator(
      dice: dice, cluster: cluster, clocks: clocks, weak: disk.weak, isBeyondBound: isBeyondBound,
      seeksDrift: seeksDrift, storm: storm, kinds: knobs.faults)
    let mayWalk = knobs.faults == nil && !isAlone
    // Whoever asks for kinds of faults gets them.
    let mayBeCalm = knobs.faults == nil && isAlone
    let walk = mayWalk ? FaultWalk(drawnFrom: dice, cluster: cluster, storm: storm) : nil
    let diskWalk = mayWalk ? DiskWalk(drawnFrom: dice, cluster: cluster, storm: storm) : nil
    let rivalry = rivals?.faults(driftBound: clocks.driftBoundPartsPerMillion, transfers: operators != nil)
    faults = walk?.faults() ?? diskWalk?.faults() ?? (mayWalk ? rivalry : nil) ?? (mayBeCalm ? [] : generator.faults())
    if let walk { workload.gather(at: walk.time) }
    if let rivals {
      workload.gather(at: rivals.time)
      rivals.divide(&workload)
    }
    workload.keepWithinLimits()
    stormEnd = storm
    calm = CalmPlan(drawnFrom: dice, cluster: cluster, protocols: protocols, weak: disk.weak)
    guard let operators else { return }
    membership = operators.plan()
    add(operators.faults())
    calm.leaveMembersOpen(drawnFrom: dice)
  }

  /// Adds faults; where that makes too many, of those that were there the last ones go.
  mutating func add(_ others: [Fault]) {
    faults = faults.prefix(max(0, ScenarioLimits.maxFaults - others.count)) + others
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
    let shape = draws.pick(
      weighted: [(DelayShape.exponential, 5), (.uniform, 2), (.bimodal, 2), (.constant, 1)])
    // Two servers whose timeouts hardly differ, and whose requests always take longer than that, split votes for ever.
    let isStuck = cluster.electionTimeoutMax - timeout < (delayMin + delayMean) * 2
    delayShape = shape == .constant && isStuck ? .uniform : shape
    clientDelayMin = draws.logarithmic(.microseconds(100)...(.milliseconds(2)))
    clientDelayMean = draws.logarithmic(.microseconds(100)...(.milliseconds(4)))
    clientLoss = draws.pick([.zero, Ratio(1, 200), Ratio(1, 50), Ratio(1, 20)])
  }
}

extension DiskPlan {
  fileprivate init(drawnFrom dice: Dice, cluster: ClusterPlan, faults: [FaultKind]?) {
    let nodes = cluster.nodes
    var draws = dice.sequence(.diskPlan)
    syncMin = draws.logarithmic(.microseconds(50)...(.milliseconds(2)))
    syncMean = draws.logarithmic(.microseconds(100)...(.milliseconds(40)))
    // From a word of persistent memory to a page; records are short, and few straddle the end of a sector of common size.
    sectorBytes = draws.pick(weighted: [(8, 6), (64, 2), (512, 1), (4_096, 1)])
    let minority = (nodes - 1) / 2
    let drawn = draws.next().below(minority + 1)
    // Whoever asks for what hits weak disks only wants to see it.
    let isAsked = faults?.contains(where: \.needsWeakDisk) ?? false
    // On a slow disk the sync of a snapshot of a kilobyte takes about as long as anybody waits for a leader.
    var speed = dice.sequence(.diskSpeed)
    let timeout = cluster.electionTimeoutMax
    let perKilobyte = speed.logarithmic((timeout / 4)...(timeout * 3))
    syncPerByte = speed.next().below(5) == 0 ? perKilobyte / 1_000 : .zero
    weak = draws.permute(NodeID.first(nodes)).prefix(isAsked ? max(drawn, min(1, minority)) : drawn).sorted()
  }
}

extension ClockPlan {
  /// Far beyond any bound that servers assume, in parts per million.
  private static var farDrift: Int { 500_000 }

  fileprivate init(drawnFrom dice: Dice, nodes: Int, isBeyondBound: Bool, seeksDrift: Bool) {
    var draws = dice.sequence(.clockPlan)
    let drawn = draws.pick(weighted: [(0, 1), (200, 1), (10_000, 2), (50_000, 2), (200_000, 3)])
    // What rests on clocks breaks first where one is as slow as can be and all others are as fast.
    let slowest = draws.next().below(2 * nodes)
    let isExtreme = slowest < nodes
    let bound = seeksDrift ? Self.farDrift : isBeyondBound ? Self.farDrift / 5 + 2 * drawn : drawn
    driftBoundPartsPerMillion = bound
    driftPartsPerMillion = (0..<nodes).map { node in
      let drift = draws.next().within(-bound...bound)
      // Where that is asked for, clocks differ as much as they can, most of them fast.
      if seeksDrift { return drift < -bound / 2 ? -bound : bound }
      return isExtreme ? (node == slowest ? -bound : bound) : drift
    }
    wallOffset = (0..<nodes).map { _ in draws.next().within(.milliseconds(-500)...(.milliseconds(500))) }
  }
}

extension ReadMode {
  fileprivate init(drawnFrom dice: Dice) {
    var draws = dice.sequence(.protocolPlan, 1)
    self = draws.pick(weighted: [(.readIndex, 4), (.lease, 2), (.log, 1), (.follower, 2)])
  }
}

extension ProtocolPlan {
  /// What servers assume of clocks that run beyond it, in parts per million.
  private static var modestDrift: Int { 10_000 }

  fileprivate init(
    drawnFrom dice: Dice, reads: ReadMode, clocks: ClockPlan, isBeyondBound: Bool, knobs: ScenarioKnobs
  ) {
    var draws = dice.sequence(.protocolPlan)
    self.reads = reads
    assumedDriftPartsPerMillion = isBeyondBound ? Self.modestDrift : clocks.driftBoundPartsPerMillion
    usesPreVote = draws.next().below(3) > 0
    let drawnCheck = draws.next().below(3) > 0
    checksQuorum = drawnCheck || reads == .lease
    let few = draws.pick([1, 2, 3, 5, 8, 13, 21, 55])
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
    maxOpen = draws.pick(weighted: [(ScenarioLimits.maxSessions, 4), (few, 1)])
    outlastDoubt = draws.pick(weighted: [(true, 4), (false, 1)])
  }
}
