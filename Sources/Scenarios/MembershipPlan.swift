import Determinism

/// What operators want of the members of a cluster.
package struct MembershipPlan: Codable, Hashable, Sendable {
  /// What was planned, in the order in which it begins.
  package var aims: [MembershipAim]
  /// All servers in an order: when the storm ends, the first of them heal that are a quorum of every configuration that
  /// may be in force.
  package var healing: [NodeID]
  /// Who is asked, when all has healed, to become a voter or, if it is one by then, to be removed; and who is to lead then.
  package var lastChange: NodeID
}

/// What an operator wants, as a rule in several changes one after the other.
package enum MembershipAim: String, CodedAsWord, Hashable, Sendable {
  /// Servers are added until there are five or all are voters.
  case grow
  /// Servers are removed until one or two are left.
  case shrink
  /// Each server is replaced by another one in its turn.
  case replaceOneByOne = "replace-one-by-one"
  case replaceAll = "replace-all"
  /// A server is added as a learner, and becomes a voter later.
  case promote
  /// A voter becomes a learner, and a voter again.
  case demote
  case removeLeader = "remove-leader"
  /// A server is removed while it is down.
  case removeDown = "remove-down"
  /// A server is added that never starts.
  case addAbsent = "add-absent"
  /// Members change while the network is parted.
  case changeParted = "change-parted"
  /// Two operators want something else at the same time.
  case twoOperators = "two-operators"
  case transferToBest = "transfer-to-best"
  case transferToSlowest = "transfer-to-slowest"
  /// Leadership is to go to a server that is cut off.
  case transferToCutOff = "transfer-to-cut-off"
  /// Leadership is to go to a learner.
  case transferToLearner = "transfer-to-learner"
  /// Leadership is to go to a server that becomes a learner meanwhile.
  case demoteSuccessor = "demote-successor"
  /// Each new leader is asked for a change at once, and now and then parted from half of the cluster.
  case changeAtElections = "change-at-elections"
  /// A server whose disk is lost is replaced by another one.
  case replaceLost = "replace-lost"
  /// A leader that is cut off, and the one that follows it among a few, are asked for a change each.
  case twoLeaders = "two-leaders"
}

/// Draws what operators do to the members, blind to any bug.
///
/// Each aim is a row of changes, some election timeouts apart; now and then the leader is struck at the moment at which it has
/// appended a configuration.
struct MembershipWalk {
  let dice: Dice
  let cluster: ClusterPlan
  let storm: Duration
  let aims: [MembershipAim]
  /// A server whose disk is lost, if that is an aim.
  let lost: NodeID?

  /// One seed of so many changes its members.
  private static let oneIn = 4
  /// Faults have names behind those of all others.
  private static let firstID = 100_000
  /// How long an operator tries, in thousandths of an election timeout.
  private static let patience = 4_000...40_000
  /// After how long something else happens, in thousandths of an election timeout.
  private static let pause = 2_000...12_000
  private static let mostAims = 3
  /// One of so many has two leaders that change members, and nothing else.
  private static let twoLeadersOneIn = 8
  /// How often they come at the most.
  private static let mostTurns = 64

  /// The walk of a seed, if it has one.
  ///
  /// - Parameters:
  ///   - founders: with how many servers the cluster begins, if somebody says so.
  ///   - isWanted: whether it shall have one, if somebody says so.
  init?(drawnFrom dice: Dice, cluster: ClusterPlan, storm: Duration, founders: Int?, isWanted: Bool?) {
    var draws = dice.sequence(.membershipPlan)
    let isDrawn = draws.next().below(Self.oneIn) == 0
    guard isWanted ?? isDrawn else { return nil }
    (self.dice, self.storm) = (dice, storm)
    let few = draws.pick(weighted: [(1, 2), (2, 2), (3, 6), (4, 5), (5, 3)])
    let hasTwoLeaders = dice.draw(.membershipPlan, 1_004).below(Self.twoLeadersOneIn) == 0
    // Of four, each half is a majority of what one change leaves.
    let begin = min(founders ?? (hasTwoLeaders ? 4 : few), ScenarioLimits.maxNodes - 1)
    let joiners = draws.next().within(1...min(4, ScenarioLimits.maxNodes - begin))
    var changed = cluster
    (changed.nodes, changed.founders) = (begin + joiners, begin)
    self.cluster = changed
    let possible = MembershipAim.allCases.filter { Self.isPossible($0, founders: begin, joiners: joiners) }
    let count = draws.next().within(1...Self.mostAims)
    let drawn = Array(draws.permute(possible).prefix(count))
    aims = hasTwoLeaders && begin > 3 ? [.twoLeaders] : drawn
    let victim = draws.pick(NodeID.first(begin))
    lost = aims.contains(.replaceLost) ? victim : nil
  }

  private static func isPossible(_ aim: MembershipAim, founders: Int, joiners: Int) -> Bool {
    switch aim {
    case .grow, .promote, .addAbsent, .replaceOneByOne, .transferToLearner, .changeAtElections: true
    case .shrink, .removeLeader, .removeDown, .demote, .transferToBest, .transferToSlowest: founders >= 2
    case .changeParted, .twoOperators, .transferToCutOff, .replaceLost, .demoteSuccessor: founders >= 3
    case .replaceAll: joiners >= founders
    // It comes alone, and is drawn apart.
    case .twoLeaders: false
    }
  }

  /// Whether nothing else goes wrong: what takes several steps of few servers hardly happens amid other faults.
  var isAlone: Bool { aims == [.twoLeaders] }

  /// The plan, but for its faults.
  func plan() -> MembershipPlan {
    var draws = dice.sequence(.membershipPlan, 1)
    let all = NodeID.first(cluster.nodes)
    return MembershipPlan(aims: aims, healing: draws.permute(all), lastChange: draws.pick(all))
  }

  /// The faults, in the order of their identities.
  func faults() -> [Fault] {
    var faults: [Fault] = []
    for (place, aim) in aims.enumerated() {
      var draws = dice.sequence(.membershipPlan, UInt64(place) + 2)
      var at = storm * Int64(draws.next().within(50...500)) / 1_000
      for step in steps(of: aim, &draws) {
        let pause = timeouts(draws.next().within(Self.pause))
        let patience = timeouts(draws.next().within(Self.patience))
        for action in step { faults.append(fault(.time(at: at), patience, action)) }
        at = at + pause
        guard at < storm else { break }
      }
    }
    if aims.contains(.changeAtElections) { faults += changesAtElections() }
    if let lost { faults += loss(ofDiskOf: lost) }
    if aims.contains(.replaceAll) { faults += partingsOfOldFromNew() }
    faults += isAlone ? changesByTwoLeaders() : strokes()
    return faults.enumerated().map { place, fault in
      Fault(id: Self.firstID + place, trigger: fault.trigger, duration: fault.duration, action: fault.action)
    }
  }

  /// What new leaders are asked for before they have committed anything.
  private func changesAtElections() -> [Fault] {
    var draws = dice.sequence(.membershipPlan, 1_001)
    let founders = Array(cluster.founding)
    return (0..<draws.next().within(2...6)).flatMap { number in
      let someone = draws.pick(founders)
      let action = draws.pick(weighted: [
        (change(removed: [someone]), 4), (change(learners: [someone]), 2), (change(voters: [someone]), 1),
      ])
      let after = draws.logarithmic(.microseconds(1)...(.milliseconds(2)))
      let patience = timeouts(draws.next().within(Self.patience))
      let asked = fault(.moment(kind: .leadership, ordinal: number + 1, after: after), patience, action)
      let half = FaultTarget.nodes(draws.permute(founders).prefix(founders.count / 2).sorted())
      let parting = fault(
        .moment(kind: .leadership, ordinal: number + 1, after: .zero), timeouts(draws.next().within(1_000...10_000)),
        .partition(shape: .halves, side: half, direction: .both))
      let isolation = fault(
        .moment(kind: .configuration, ordinal: number + 1, after: .zero),
        timeouts(draws.next().within(1_000...6_000)), .partition(shape: .one, side: .subject, direction: .both))
      let isParted = draws.next().below(2) == 0 && founders.count > 1
      let isIsolated = draws.next().below(2) == 0
      return (isParted ? [parting] : []) + [asked] + (isIsolated ? [isolation] : [])
    }
  }

  /// Again and again a leader is cut off and asked for a change, and whoever leads next, parted with half of the founders, is
  /// asked for another one at once. Between that all of them shall be voters.
  private func changesByTwoLeaders() -> [Fault] {
    var draws = dice.sequence(.membershipPlan, 1_005)
    let founders = Array(cluster.founding)
    let stride = min(timeouts(draws.next().within(10_000...16_000)), storm)
    let steps = min(Self.mostTurns, Int(storm.nanoseconds / stride.nanoseconds))
    let departure = min(timeouts(4_000), stride * 2 / 5)
    let first = (0..<steps).flatMap { step in
      let at = stride * Int64(step) + departure
      let absence = timeouts(draws.next().within(2_000...6_000))
      let patience = timeouts(draws.next().within(500...2_000))
      return [
        fault(.time(at: at), absence, .partition(shape: .one, side: .leader, direction: .both)),
        fault(.time(at: at), patience, oneFewer(of: founders, &draws)),
        fault(.time(at: stride * Int64(step + 1)), timeouts(4_000), change(voters: founders)),
      ]
    }
    let second = (0..<(2 * steps)).flatMap { place in
      let moment = FaultTrigger.moment(kind: .leadership, ordinal: place + 2, after: .zero)
      let half = FaultTarget.nodes(draws.permute(founders).prefix(founders.count / 2).sorted())
      let lasts = timeouts(draws.next().within(1_000...6_000))
      let patience = timeouts(draws.next().within(500...2_000))
      return [
        fault(moment, lasts, .partition(shape: .halves, side: half, direction: .both)),
        fault(moment, patience, oneFewer(of: founders, &draws)),
      ]
    }
    return first + second
  }

  /// One voter less.
  private func oneFewer(of founders: [NodeID], _ draws: inout DiceSequence) -> FaultAction {
    let someone = draws.pick(founders)
    return draws.next().below(3) > 0 ? change(removed: [someone]) : change(learners: [someone])
  }

  /// A server loses its disk while the leader is cut off, and others, who were away, lack what these two had.
  private func loss(ofDiskOf lost: NodeID) -> [Fault] {
    var draws = dice.sequence(.membershipPlan, 1_003)
    let founders = draws.permute(Array(cluster.founding))
    let joiner = draws.pick(NodeID.first(cluster.nodes).filter { !cluster.founding.contains($0) })
    let behind = founders.filter { $0 != lost }.prefix((founders.count - 1) / 2).sorted()
    let at = storm * Int64(draws.next().within(50...500)) / 1_000
    let loss = at + timeouts(draws.next().within(Self.pause))
    let back = loss + timeouts(draws.next().within(0...2_000))
    let restart = draws.logarithmic(timeouts(300)...timeouts(12_000))
    let absence = timeouts(draws.next().within(Self.pause))
    let replacement = loss + timeouts(draws.next().within(Self.pause))
    let patience = timeouts(draws.next().within(Self.patience))
    let steps: [(at: Duration, lasts: Duration, action: FaultAction)] = [
      (at, back - at, .partition(shape: .majority, side: .nodes(behind), direction: .both)),
      (loss, restart, .diskLost(target: .nodes([lost]))),
      (loss, absence, .partition(shape: .primaries, side: .leader, direction: .both)),
      (replacement, patience, change(voters: [joiner], removed: [lost])),
    ]
    return steps.filter { $0.at < storm }.map { fault(.time(at: $0.at), $0.lasts, $0.action) }
  }

  /// What parts all founders but one from the others as a configuration is appended.
  private func partingsOfOldFromNew() -> [Fault] {
    var draws = dice.sequence(.membershipPlan, 1_002)
    let founders = Array(cluster.founding)
    guard founders.count > 1 else { return [] }
    return (1...4).compactMap { ordinal in
      let old = draws.permute(founders).dropFirst().sorted()
      let lasts = timeouts(draws.next().within(1_000...10_000))
      guard draws.next().below(2) == 0 else { return nil }
      return fault(
        .moment(kind: .configuration, ordinal: ordinal, after: .zero), lasts,
        .partition(shape: .majority, side: .nodes(old), direction: .both))
    }
  }

  /// What hits leaders, or whoever is near, as a configuration is appended.
  private func strokes() -> [Fault] {
    var draws = dice.sequence(.membershipPlan, 1_000)
    return (0..<draws.next().within(0...4)).map { _ in
      let action: FaultAction = draws.pick(weighted: [
        (.partition(shape: .one, side: .subject, direction: .both), 4), (.kill(target: .subject, tearing: false), 2),
        (.kill(target: .subject, tearing: true), 2), (.pause(target: .subject), 1),
        (.partition(shape: .one, side: .subject, direction: .inbound), 1),
        (.partition(shape: .one, side: .subject, direction: .outbound), 1),
      ])
      let after = draws.logarithmic(.microseconds(50)...(.milliseconds(50)))
      let trigger = FaultTrigger.moment(
        kind: .configuration, ordinal: draws.next().within(1...10),
        after: draws.next().below(2) == 0 ? .zero : after)
      return fault(trigger, timeouts(draws.next().within(500...6_000)), action)
    }
  }

  private func fault(_ trigger: FaultTrigger, _ duration: Duration, _ action: FaultAction) -> Fault {
    Fault(id: 0, trigger: trigger, duration: duration, action: action)
  }

  // MARK: Aims

  private typealias Steps = [[FaultAction]]

  private func change(
    voters: [NodeID] = [], learners: [NodeID] = [], removed: [NodeID] = [], neverCome: Bool = false
  ) -> FaultAction {
    .changeMembers(voters: voters, learners: learners, removed: .nodes(removed), neverCome: neverCome)
  }

  private func steps(of aim: MembershipAim, _ draws: inout DiceSequence) -> Steps {
    let founders = draws.permute(Array(cluster.founding))
    let joiners = draws.permute(NodeID.first(cluster.nodes).filter { !cluster.founding.contains($0) })
    switch aim {
    case .grow: return joiners.prefix(max(1, 5 - founders.count)).map { [change(voters: [$0])] }
    case .shrink: return founders.dropLast(draws.next().within(1...2)).map { [change(removed: [$0])] }
    case .replaceOneByOne:
      return zip(founders, joiners).map { old, new in [change(voters: [new], removed: [old])] }
    case .replaceAll: return [[change(voters: Array(joiners.prefix(founders.count)), removed: founders)]]
    case .promote: return [[change(learners: [joiners[0]])], [change(voters: [joiners[0]])]]
    case .demote: return [[change(learners: [founders[0]])], [change(voters: [founders[0]])]]
    case .removeLeader:
      let removal = FaultAction.changeMembers(voters: [], learners: [], removed: .leader, neverCome: false)
      return draws.next().below(2) == 0 ? [[removal]] : [[removal], [removal]]
    case .removeDown:
      return [
        [.kill(target: .nodes([founders[0]]), tearing: false), change(removed: [founders[0]])],
        [change(voters: [founders[0]])],
      ]
    case .addAbsent: return [[change(voters: [joiners[0]], neverCome: true)]]
    case .changeParted, .twoOperators: return contended(aim, founders, joiners, &draws)
    case .changeAtElections, .replaceLost, .twoLeaders: return []
    case .transferToBest, .transferToSlowest, .transferToCutOff, .transferToLearner, .demoteSuccessor:
      return handedOn(aim, founders, joiners, &draws)
    }
  }

  private func contended(
    _ aim: MembershipAim, _ founders: [NodeID], _ joiners: [NodeID], _ draws: inout DiceSequence
  ) -> Steps {
    let one = change(voters: [joiners[0]], removed: draws.next().below(2) == 0 ? [founders[0]] : [])
    let other = draws.next().below(2) == 0 ? change(removed: [founders[1]]) : change(learners: [founders[1]])
    guard aim == .changeParted else { return [[one, other], [other, one]] }
    let shape = draws.pick([PartitionShape.primaries, .halves, .one])
    let side: FaultTarget =
      switch shape {
      case .primaries: .leader
      case .halves: .nodes(Array(founders.prefix(founders.count / 2)).sorted())
      default: .nodes([founders[0]])
      }
    return [[.partition(shape: shape, side: side, direction: .both), one], [other]]
  }

  private func handedOn(
    _ aim: MembershipAim, _ founders: [NodeID], _ joiners: [NodeID], _ draws: inout DiceSequence
  ) -> Steps {
    switch aim {
    case .transferToBest: return Array(repeating: [.transferLeadership(to: .best)], count: draws.next().within(1...4))
    case .transferToSlowest:
      return Array(repeating: [.transferLeadership(to: .slowest)], count: draws.next().within(1...4))
    case .transferToCutOff:
      return [
        [
          .partition(shape: .one, side: .nodes([founders[0]]), direction: draws.pick(LinkDirection.allCases)),
          .transferLeadership(to: .node(founders[0])),
        ]
      ]
    case .transferToLearner:
      return [[change(learners: [joiners[0]])], [.transferLeadership(to: .node(joiners[0]))]]
    default:
      let direction = draws.pick([LinkDirection.outbound, .both, .inbound])
      return [
        [
          .partition(shape: .one, side: .nodes([founders[0]]), direction: direction),
          change(voters: [joiners[0]], learners: [founders[0]]), .transferLeadership(to: .node(founders[0])),
        ]
      ]
    }
  }

  /// So many thousandths of the longest election timeout.
  private func timeouts(_ thousandths: Int) -> Duration { cluster.electionTimeoutMax * Int64(thousandths) / 1_000 }
}

extension Scenario {
  /// Checks what is said of members.
  ///
  /// - Parameter isLive: whether it is for real servers, whose leaders may be asked to hand over where members are fixed.
  func validateMembership(isLive: Bool) throws(ScenarioError) {
    if let founders = cluster.founders { try require(founders, in: 1...cluster.nodes, "cluster.founders") }
    guard let membership else {
      if cluster.founders != nil {
        throw ScenarioError("cluster.founders needs a membership; expected neither or both")
      }
      let requests = faults.filter(\.action.isOfOperators)
      guard let fault = requests.first(where: { !isLive || !$0.action.isTransfer }) else { return }
      throw ScenarioError("fault \(fault.id) is an operator's request; expected a membership in the scenario")
    }
    let most = MembershipAim.allCases.count
    try require(membership.aims.count, in: 0...most, "membership.aims' length")
    guard membership.healing.sorted() == NodeID.first(cluster.nodes) else {
      throw ScenarioError("membership.healing names \(membership.healing.count) nodes; expected each node once")
    }
    try require(membership.lastChange, "membership.lastChange")
  }
}
