import Determinism

/// Draws the faults of a scenario, blind to any bug.
///
/// A seed prefers a few kinds of faults; how often they come and how long they last is drawn, too. Mixing
/// all kinds in every run would hide what only some of them together bring about. The odds stand in
/// `FaultKind.specification`.
struct FaultGenerator {
  let dice: Dice
  let cluster: ClusterPlan
  let clocks: ClockPlan
  /// The nodes with a weak disk.
  let weak: [NodeID]
  /// Whether clocks run beyond what the servers assume.
  let isBeyondBound: Bool
  /// Whether that was asked for: then drifts are extreme, and hit the leader more often.
  let seeksDrift: Bool
  let storm: Duration
  /// The kinds that may occur; all of them if `nil`.
  let kinds: [FaultKind]?
  /// Whether some begin at moments of the protocol, which only an observer of the servers sees.
  var usesMoments = true
  /// How many times farther apart they are.
  var slowness: Int64 = 1
  /// How far apart they are on average, if somebody says so.
  var fixedGap: Duration?

  /// The faults, in the order of their identities.
  func faults() -> [Fault] {
    var draws = dice.sequence(.faultPlan)
    let preference = preference(&draws)
    let drawnGap = draws.logarithmic((cluster.electionTimeoutMin / 3)...(cluster.electionTimeoutMin * 5 / 3)) * slowness
    let gap = fixedGap ?? drawnGap
    let momentShare = draws.next().within(3...9) * (usesMoments ? 1 : 0)
    let moments = moments(&draws)
    guard !preference.isEmpty else { return [] }
    let count = min(ScenarioLimits.maxFaults, Int(storm.nanoseconds / gap.nanoseconds) + 1)
    return (0..<count).map { id in
      // Each fault has dice of its own: removing one changes no other.
      var draws = dice.sequence(.fault, UInt64(id))
      var kind = draws.pick(weighted: preference)
      let trigger = trigger(&draws, number: id, of: count, momentShare: momentShare, moments)
      if case .moment = trigger { kind = crashInstead(of: kind, preference, &draws) }
      return Fault(
        id: id, trigger: trigger, duration: duration(of: kind, &draws), action: action(kind, trigger, &draws))
    }
  }

  /// The kinds that this seed prefers, with weights.
  private func preference(_ draws: inout DiceSequence) -> [(element: FaultKind, weight: Int)] {
    let allowed = kinds ?? FaultKind.allCases
    let plannable = FaultKind.allCases.filter(\.isPlannable)
    // These came later, and have draws of their own, so that seeds without them stayed as they were.
    var frameDraws = dice.sequence(.framePlan)
    var lateDraws = dice.sequence(.lateKindsPlan)
    // Every kind's draws are made, allowed or not, so that `--faults` does not change the others.
    let weighted = plannable.map { kind in
      func draw() -> Draw {
        kind.isOfFrames ? frameDraws.next() : kind.cameLate ? lateDraws.next() : draws.next()
      }
      let isOn = draw().below(100) < kind.specification.seeds
      let weight = draw().within(1...4) * kind.specification.weight
      let isTelling = seeksDrift && [.clockDrift, .clockFreeze, .primaries].contains(kind)
      return (element: kind, weight: (isOn ? weight : 0) + (isTelling ? Self.tellingWeight : 0))
    }
    let chosen = weighted.filter { allowed.contains($0.element) && isPossible($0.element) }
    guard chosen.allSatisfy({ $0.weight == 0 }) else { return chosen }
    return chosen.map { (element: $0.element, weight: 1) }
  }

  /// Beyond the clocks' bound a leader that is cut off while its clock is slow, or stands still, tells more than anything
  /// else.
  private static var tellingWeight: Int { 30 }

  /// At a protocol moment nothing tells more than a crash: where the seed has them, two faults in three there are crashes.
  private func crashInstead(
    of kind: FaultKind, _ preference: [(element: FaultKind, weight: Int)], _ draws: inout DiceSequence
  ) -> FaultKind {
    let crash = draws.pick(weighted: [(FaultKind.kill, 4), (.killMajority, 4), (.powerLoss, 1)])
    let isOn = preference.contains { $0.element == crash && $0.weight > 0 }
    return draws.next().below(3) > 0 && isOn && !seeksDrift ? crash : kind
  }

  /// The protocol moments that this seed prefers, with weights.
  private func moments(_ draws: inout DiceSequence) -> [(element: Moment, weight: Int)] {
    // Elections are few and decide much.
    let weighted = Moment.common.map {
      (element: $0, weight: draws.next().below(2) * ($0 == .voteReply || $0 == .leadership ? 2 : 1))
    }
    guard weighted.allSatisfy({ $0.weight == 0 }) else { return weighted }
    return weighted.map { (element: $0.element, weight: 1) }
  }

  private func isPossible(_ kind: FaultKind) -> Bool {
    cluster.nodes >= kind.fewestNodes && (isBeyondBound || !kind.isBeyondBound)
      && (!weak.isEmpty || !kind.needsWeakDisk)
  }

  private func trigger(
    _ draws: inout DiceSequence, number: Int, of count: Int, momentShare: Int,
    _ moments: [(element: Moment, weight: Int)]
  ) -> FaultTrigger {
    let isMoment = draws.next().below(10) < momentShare
    let spread = draws.next()
    guard isMoment else {
      let slot = storm / Int64(count)
      return .time(at: slot * Int64(number) + spread.within(.zero...slot))
    }
    let moment = draws.pick(weighted: moments)
    let ordinal =
      switch moment {
      case .leadership: spread.within(1...8)
      case .voteReply: spread.within(1...20)
      case .appendBeforeSync, .appendAfterSync, .commitAdvance, .followerReturn: spread.within(1...240)
      case .fileBegun: spread.within(1...60)
      case .fileRenamed, .fileRemoved, .recovery: spread.within(1...30)
      case .snapshotInstalled, .configuration: spread.within(1...6)
      case .transferHalfDone: spread.within(1...4)
      }
    let isPrompt = draws.next().below(4) > 0
    let after = draws.logarithmic(.microseconds(50)...(.milliseconds(100)))
    return .moment(kind: moment, ordinal: ordinal, after: isPrompt ? .zero : after)
  }

  private func duration(of kind: FaultKind, _ draws: inout DiceSequence) -> Duration {
    kind.specification.lasts.map { draw($0, &draws) } ?? .zero
  }

  /// A time from a range of the table.
  private func draw(_ thousandths: ClosedRange<Int>, _ draws: inout DiceSequence) -> Duration {
    let unit = cluster.electionTimeoutMax
    let low = unit * Int64(thousandths.lowerBound) / 1_000
    return draws.logarithmic(low...(unit * Int64(thousandths.upperBound) / 1_000))
  }

  private func action(_ kind: FaultKind, _ trigger: FaultTrigger, _ dice: inout DiceSequence) -> FaultAction {
    let specification = kind.specification
    let nodes = dice.permute(NodeID.first(cluster.nodes))
    let target = kind.needsWeakDisk ? weakTarget(trigger, nodes, &dice) : target(trigger, nodes, &dice)
    let chance = Ratio(UInt32(dice.next().within(specification.percent)), 100)
    let span = draw(specification.span, &dice)
    let every = draw(specification.every, &dice)
    let tearing = dice.next().below(2) == 0
    var draws = FaultDraws(
      target: target, nodes: nodes, chance: chance, span: span, every: every, tearing: tearing,
      driftBound: clocks.driftBoundPartsPerMillion, seeksDrift: seeksDrift, dice: dice)
    return specification.action(&draws)
  }

  /// One node by name, the leader, or the node at which the moment happens.
  private func target(_ trigger: FaultTrigger, _ nodes: [NodeID], _ draws: inout DiceSequence) -> FaultTarget {
    let die = draws.next().below(4)
    if case .moment = trigger, die < 3 { return .subject }
    return die < 2 ? .leader : .nodes([nodes[0]])
  }

  /// Mostly a node that can be hit, for another one is not.
  private func weakTarget(_ trigger: FaultTrigger, _ nodes: [NodeID], _ draws: inout DiceSequence) -> FaultTarget {
    let target = target(trigger, nodes, &draws)
    return draws.next().below(4) > 0 ? .nodes([draws.pick(weak)]) : target
  }
}

/// What was drawn for one fault, whatever its kind, and the dice for what only its kind asks for.
struct FaultDraws {
  let target: FaultTarget
  /// All nodes, in an order that was drawn.
  let nodes: [NodeID]
  let chance: Ratio
  let span: Duration
  let every: Duration
  let tearing: Bool
  /// In parts per million.
  let driftBound: Int
  /// Whether drifts are extreme, and hit the leader more often.
  let seeksDrift: Bool
  var dice: DiceSequence

  /// A partition that holds both ways.
  mutating func partition(_ shape: PartitionShape) -> FaultAction {
    let side: FaultTarget =
      switch shape {
      case .one: first(1)
      case .halves: first(nodes.count / 2)
      case .majority: first(dice.next().within(1...max(1, (nodes.count - 1) / 2)))
      case .minorityThird: first(max(1, (nodes.count - 1) / 3))
      case .majoritiesRing: .nodes(nodes)
      case .bridge: .nodes(Array(nodes.prefix(1 + (nodes.count - 1) / 2)))
      case .primaries: .leader
      }
    return .partition(shape: shape, side: side, direction: .both)
  }

  /// A partition that holds in one direction: half of them make one node deaf or mute, the others are of any shape.
  mutating func oneWayPartition() -> FaultAction {
    let direction = dice.pick([LinkDirection.outbound, .inbound])
    let shape = dice.pick(PartitionShape.allCases.filter { FaultKind($0).fewestNodes <= nodes.count })
    guard dice.next().below(2) == 0, case .partition(_, let side, _) = partition(shape) else {
      return .partition(shape: .one, side: target, direction: direction)
    }
    return .partition(shape: shape, side: side, direction: direction)
  }

  /// The servers that clients do not reach: mostly one, or some of them, or all.
  mutating func clientsServers() -> FaultTarget {
    dice.next().below(3) > 0 ? target : first(dice.next().within(1...nodes.count))
  }

  /// A majority of the nodes, or more.
  mutating func majority() -> FaultTarget { first(dice.next().within((nodes.count / 2 + 1)...nodes.count)) }

  /// A clock's drift within the bound.
  mutating func drift() -> FaultAction {
    let drift = dice.next().within(-driftBound...driftBound)
    guard seeksDrift else { return .clockDrift(target: target, partsPerMillion: drift) }
    // A lease is too long where the leader's clock is slow and the others' are fast.
    return drift < driftBound / 2
      ? .clockDrift(target: .leader, partsPerMillion: -driftBound)
      : .clockDrift(target: target, partsPerMillion: driftBound)
  }

  /// How far another cluster's terms are ahead: not at all, a little, or so that adding to them may go wrong.
  mutating func termsAhead() -> Int {
    switch dice.next().below(4) {
    case 0: 0
    case 1: dice.next().within(1...8)
    case 2: dice.next().within(1...1_000)
    default: 1 << 62
    }
  }

  /// The span, or as much backwards.
  mutating func spanEitherWay() -> Duration { dice.next().below(2) == 0 ? span : .zero - span }

  private func first(_ count: Int) -> FaultTarget { .nodes(nodes.prefix(count).sorted()) }
}
