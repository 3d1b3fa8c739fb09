import Determinism

/// What becomes of a node when the storm ends and only a quorum heals.
package enum CalmFate: String, CodedAsWord, Hashable, Sendable {
  /// It is healed, and progress is demanded of it.
  case member
  /// It is healed; nothing is demanded of it, as long as it is down.
  case free
  /// It is down.
  case down
  /// It and the others do not hear each other.
  case cut
  /// It does not hear the others, and goes on talking to them.
  case deaf
  /// It hears the others, and nobody hears it.
  case mute
  /// It is healed, but for its disk, which has room for votes and none for entries.
  case full

  /// Whether it hears the healed nodes.
  package var hears: Bool { self == .member || self == .free || self == .mute || self == .full }
  /// Whether the healed nodes hear it.
  package var isHeard: Bool { self == .member || self == .free || self == .deaf || self == .full }
}

/// The calm behind the storm (ARCHITECTURE.md, "The storm and the calm"): who heals at first, and how soon the cluster must get on with its work.
///
/// Nothing promises progress to a cluster whose messages take as long as its election timeouts (Raft §5.6), so no
/// fault hits messages in the calm, and ordinary delays are cut to what the limits here say.
package struct CalmPlan: Codable, Hashable, Sendable {
  /// One for each node, a quorum of them members.
  package var fates: [CalmFate]
  /// How many election timeouts, of the longest kind, the quorum has to settle: one leader, and all that is committed
  /// applied by all. The same again when everything heals.
  package var settleTimeouts: Int
  /// How many the leader must then last at least.
  package var steadyTimeouts: Int
  /// The most that a message takes.
  package var longestDelay: Duration
  /// The most that a sync takes.
  package var longestSync: Duration
  /// The least that a message between servers takes, if links are slow.
  package var leastDelay: Duration? = nil
  /// What clients go on doing while the cluster heals, if anything. Then every follower must get on (`FollowerProgress`).
  package var work: CalmWork? = nil
  /// If the quorum's disks are nearly full once it has settled, until everything heals: how many bytes they still have room
  /// for. Only those are of which a snapshot would free at least half, and that write as fast as most, so that writes must
  /// go on.
  package var diskRoom: Int? = nil
}

/// What clients go on doing while the cluster heals: a follower that is never caught up is noticed only while the log moves
/// on.
package struct CalmWork: Codable, Hashable, Sendable {
  /// For how many election timeouts of settling, and as many of rejoining, clients begin operations.
  package var timeouts: Int
  /// How long a client waits between two of them.
  package var pause: Duration
  /// How many bytes the values have that they write.
  package var valueBytes: Int

  package init(timeouts: Int, pause: Duration, valueBytes: Int) {
    (self.timeouts, self.pause, self.valueBytes) = (timeouts, pause, valueBytes)
  }
}

extension CalmPlan {
  /// The room that a full disk has: votes and snapshots fit there, and entries do not, for servers keep more free of those.
  package static let roomWithoutEntries = 32 << 20

  /// Three times what the slowest of 2,000 seeds took on the correct rules (Sources/ARCHITECTURE.md).
  private static var standardSettleTimeouts: Int { 200 }
  private static var standardSteadyTimeouts: Int { 6 }

  /// - Parameter weak: a minority of which no progress can be demanded.
  init(drawnFrom dice: Dice, cluster: ClusterPlan, protocols: ProtocolPlan, weak: [NodeID]) {
    var draws = dice.sequence(.calmPlan)
    let nodes = NodeID.first(cluster.nodes)
    let majority = nodes.count / 2 + 1
    let more = draws.next().within(majority...nodes.count)
    let size = draws.pick(weighted: [(majority, 3), (more, 1), (nodes.count, 1)])
    let members = draws.permute(nodes).filter { !weak.contains($0) }.prefix(size)
    // Without pre-vote a node that talks and does not hear campaigns again and again, and where timeouts hardly differ it
    // takes the votes of every term before anybody else asks for them. Without check-quorum, if it leads, it goes on
    // keeping the others from electing another leader.
    let timeoutsDiffer = cluster.electionTimeoutMax - cluster.electionTimeoutMin >= cluster.electionTimeoutMin / 2
    let isProtected = protocols.checksQuorum && (protocols.usesPreVote || timeoutsDiffer)
    fates = nodes.map { node in
      let fate = draws.pick(weighted: [
        (CalmFate.down, 3), (.cut, 2), (.deaf, isProtected ? 4 : 0), (.mute, 3), (.free, 1),
      ])
      return members.contains(node) ? .member : fate
    }
    settleTimeouts = Self.standardSettleTimeouts
    steadyTimeouts = Self.standardSteadyTimeouts
    // Where timeouts differ by less than a request for a vote takes, the votes split again and again.
    let spread = cluster.electionTimeoutMax - cluster.electionTimeoutMin
    longestDelay = min(cluster.electionTimeoutMin / 20, spread / 4)
    longestSync = longestDelay / 2
    drawWork(from: dice, cluster: cluster, protocols: protocols)
    drawRoom(from: dice, weak: weak)
  }

  /// Lets whoever is not needed be away in plain ways: who is needed is not known yet where members change.
  mutating func leaveMembersOpen(drawnFrom dice: Dice) {
    var draws = dice.sequence(.calmPlan, 3)
    fates = fates.map { _ in draws.pick(weighted: [(CalmFate.down, 2), (.cut, 2), (.free, 2)]) }
  }

  /// Draws whose disks have no room, by dice of their own. A leader's may be among them: then another one must lead.
  private mutating func drawRoom(from dice: Dice, weak: [NodeID]) {
    var draws = dice.sequence(.calmPlan, 2)
    let areNearlyFull = draws.next().below(4) == 0
    let room = draws.next().within(0...400)
    if areNearlyFull { diskRoom = room }
    for node in weak where draws.next().below(3) == 0 { fates[node.offset] = .full }
  }

  /// Draws how slow links are, and what clients do meanwhile, by dice of their own.
  private mutating func drawWork(from dice: Dice, cluster: ClusterPlan, protocols: ProtocolPlan) {
    var draws = dice.sequence(.calmPlan, 1)
    let heartbeat = cluster.heartbeatInterval
    // There and back takes longer than a heartbeat interval, and far less than an election timeout.
    let slow = draws.next().within((heartbeat * 6 / 10)...(heartbeat * 95 / 100))
    let isSlow = draws.next().below(4) > 0
    let spread = cluster.electionTimeoutMax - cluster.electionTimeoutMin
    if isSlow, slow <= cluster.electionTimeoutMin / 5, slow <= spread / 3 {
      leastDelay = slow
      longestDelay = slow + longestDelay
    }
    // Now and then nobody writes: what a newer snapshot would mend then stays as it is.
    let few = draws.pick(weighted: [(0, 2), (draws.next().within(3...6), 2)])
    let many = draws.next().within(16...24)
    // Where links are slow all takes longer.
    let timeouts = leastDelay == nil ? few : many
    // A snapshot is under way for longer then, and newer ones must come meanwhile.
    let least = cluster.electionTimeoutMax / (leastDelay == nil ? 20 : 200)
    let pause = draws.logarithmic(least...(least * 10))
    let large = draws.next().within(200...4_096)
    // Where links are slow, a snapshot of one piece would be there before the next one.
    let valueBytes = draws.pick(weighted: leastDelay == nil ? [(16, 4), (large, 1)] : [(16, 1), (large, 2)])
    // A state of so many pieces takes more events than all the rest.
    work = CalmWork(timeouts: timeouts, pause: pause, valueBytes: min(valueBytes, protocols.snapshotChunkBytes * 16))
  }

  /// The members of the quorum that heals first.
  package var members: [NodeID] { fates.nodes(where: { $0 == .member }) }
}

extension [CalmFate] {
  /// The nodes of such a fate.
  package func nodes(where isWanted: (CalmFate) -> Bool) -> [NodeID] {
    indices.compactMap { isWanted(self[$0]) ? NodeID(UInt8($0 + 1)) : nil }
  }
}

extension Scenario {
  /// Checks the plan for the calm.
  func validateCalm() throws(ScenarioError) {
    func require(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws(ScenarioError) {
      guard range.contains(value) else {
        throw ScenarioError("calm.\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
      }
    }
    try require(calm.fates.count, in: cluster.nodes...cluster.nodes, "fates' length")
    // Where members change, who heals first follows from what is in force then.
    let fewest = membership == nil ? cluster.nodes / 2 + 1 : 0
    try require(calm.members.count, in: fewest...cluster.nodes, "fates' count of members")
    if let node = calm.members.first(where: disk.weak.contains) {
      throw ScenarioError("calm.fates has \(node) for a member; expected none whose disk is weak")
    }
    // Whoever leads must be heard in time, or nothing promises that it lasts.
    guard overrides?.leavesOutCalm ?? false || cluster.heartbeatInterval <= cluster.electionTimeoutMin / 2 else {
      throw ScenarioError(
        "cluster.heartbeatInterval is \(cluster.heartbeatInterval); expected at most half of electionTimeoutMin, "
          + "\(cluster.electionTimeoutMin / 2), unless overrides.leavesOutCalm is true")
    }
    try require(calm.settleTimeouts, in: 1...ScenarioLimits.maxCalmTimeouts, "settleTimeouts")
    try require(calm.steadyTimeouts, in: 0...ScenarioLimits.maxCalmTimeouts, "steadyTimeouts")
    if let leastDelay = calm.leastDelay {
      try self.require(leastDelay, from: .microseconds(1), "calm.leastDelay")
      guard leastDelay <= calm.longestDelay else {
        throw ScenarioError("calm.leastDelay is \(leastDelay); expected at most longestDelay, \(calm.longestDelay)")
      }
    }
    if let room = calm.diskRoom { try require(room, in: 0...ScenarioLimits.maxCalmRoomBytes, "diskRoom") }
    if let work = calm.work {
      try require(work.timeouts, in: 0...ScenarioLimits.maxCalmTimeouts, "work.timeouts")
      try self.require(work.pause, from: .microseconds(1), "calm.work.pause")
      try require(work.valueBytes, in: 0...ScenarioLimits.maxValueBytes, "work.valueBytes")
    }
    for (name, value) in [("longestDelay", calm.longestDelay), ("longestSync", calm.longestSync)]
    where value < .microseconds(1) || value > ScenarioLimits.maxDuration {
      throw ScenarioError(
        "calm.\(name) is \(value); expected \(Duration.microseconds(1)) to \(ScenarioLimits.maxDuration)")
    }
  }
}
