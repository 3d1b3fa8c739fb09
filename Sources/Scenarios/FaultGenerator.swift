import Determinism

/// Draws the faults of a scenario, blind to any bug.
///
/// A seed has a temper: a few kinds of faults that it is fond of, how often they come, and how long they last. Mixing
/// all kinds in every run would hide what only some of them together bring about. The odds stand in `FaultKind.odds`.
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

  /// The faults, in the order of their identities.
  func faults() -> [Fault] {
    var draws = dice.sequence(.faultPlan)
    let temper = temper(&draws)
    let gap = draws.logarithmic((cluster.electionTimeoutMin / 3)...(cluster.electionTimeoutMin * 5 / 3))
    let momentShare = draws.next().within(3...9)
    let moments = moments(&draws)
    guard !temper.isEmpty else { return [] }
    let count = min(ScenarioLimits.maxFaults, Int(storm.nanoseconds / gap.nanoseconds) + 1)
    return (0..<count).map { id in
      // Each fault has dice of its own: removing one changes no other.
      var draws = dice.sequence(.fault, UInt64(id))
      var kind = draws.pick(weighted: temper)
      let trigger = trigger(&draws, number: id, of: count, momentShare: momentShare, moments)
      if case .moment = trigger { kind = crashInstead(of: kind, temper, &draws) }
      return Fault(
        id: id, trigger: trigger, duration: duration(of: kind, &draws), action: action(kind, trigger, &draws))
    }
  }

  /// The kinds that this seed is fond of, with weights.
  private func temper(_ draws: inout DiceSequence) -> [(element: FaultKind, weight: Int)] {
    let allowed = kinds ?? FaultKind.allCases
    let plannable = FaultKind.allCases.filter(\.isPlannable)
    // Every kind's draws are made, allowed or not, so that `--faults` does not change the others.
    let weighted = plannable.map { kind in
      let isOn = draws.next().below(100) < kind.odds.seeds
      let weight = draws.next().within(1...4) * kind.odds.weight
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
    of kind: FaultKind, _ temper: [(element: FaultKind, weight: Int)], _ draws: inout DiceSequence
  ) -> FaultKind {
    let crash = draws.pick(weighted: [(FaultKind.kill, 4), (.killMajority, 4), (.powerLoss, 1)])
    let isOn = temper.contains { $0.element == crash && $0.weight > 0 }
    return draws.next().below(3) > 0 && isOn && !seeksDrift ? crash : kind
  }

  /// The protocol moments that this seed is fond of, with weights.
  private func moments(_ draws: inout DiceSequence) -> [(element: Moment, weight: Int)] {
    // Elections are few and decide much.
    let weighted = Moment.allCases.map {
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
      case .appendBeforeSync, .appendAfterSync, .commitAdvance: spread.within(1...240)
      }
    let isPrompt = draws.next().below(4) > 0
    let after = draws.logarithmic(.microseconds(50)...(.milliseconds(100)))
    return .moment(kind: moment, ordinal: ordinal, after: isPrompt ? .zero : after)
  }

  private func duration(of kind: FaultKind, _ draws: inout DiceSequence) -> Duration {
    kind.odds.lasts.map { draw($0, &draws) } ?? .zero
  }

  /// A time from a range of the table.
  private func draw(_ thousandths: ClosedRange<Int>, _ draws: inout DiceSequence) -> Duration {
    let unit = cluster.electionTimeoutMax
    let low = unit * Int64(thousandths.lowerBound) / 1_000
    return draws.logarithmic(low...(unit * Int64(thousandths.upperBound) / 1_000))
  }

  private func action(_ kind: FaultKind, _ trigger: FaultTrigger, _ draws: inout DiceSequence) -> FaultAction {
    let nodes = draws.permute(NodeID.first(cluster.nodes))
    let target = kind.needsWeakDisk ? weakTarget(trigger, nodes, &draws) : target(trigger, nodes, &draws)
    let odds = kind.odds
    let chance = Ratio(UInt32(draws.next().within(odds.percent)), 100)
    let span = draw(odds.span, &draws)
    let every = draw(odds.every, &draws)
    let tearing = draws.next().below(2) == 0
    switch kind {
    case .one: return partition(.one, nodes, &draws)
    case .halves: return partition(.halves, nodes, &draws)
    case .majority: return partition(.majority, nodes, &draws)
    case .minorityThird: return partition(.minorityThird, nodes, &draws)
    case .majoritiesRing: return partition(.majoritiesRing, nodes, &draws)
    case .bridge: return partition(.bridge, nodes, &draws)
    case .primaries: return partition(.primaries, nodes, &draws)
    case .oneWay: return oneWay(target, nodes, &draws)
    case .clog: return .clog(side: target, direction: draws.pick(LinkDirection.allCases))
    case .loss: return .loss(chance: chance)
    case .delay: return .delay(mean: span, shape: draws.pick(DelayShape.allCases))
    case .duplicate: return .duplicate(chance: chance)
    case .reorder: return .reorder(chance: chance, hold: span)
    case .replay: return .replay(chance: chance, after: span)
    case .slowNode: return .slowNode(target: target, mean: span)
    case .kill, .tornWrite, .lostWrite: return .kill(target: target, tearing: tearing)
    case .killMajority:
      let count = draws.next().within((nodes.count / 2 + 1)...nodes.count)
      return .kill(target: side(nodes.prefix(count)), tearing: tearing)
    case .powerLoss: return .powerLoss(tearing: tearing)
    case .crashLoop: return .crashLoop(target: target, every: every, tearing: tearing)
    case .pause: return .pause(target: target)
    case .snapshot: return .snapshot(target: target)
    case .syncError: return .syncError(target: target)
    case .writeError: return .writeError(target: target)
    case .diskFull:
      // With a few bytes left a server stops amid a write; with some megabytes it refuses entries first.
      let unit = draws.next().below(2) == 0 ? 1 : 4_096
      return .diskFull(target: target, room: draws.next().within(odds.room) * unit)
    case .slowDisk: return .slowDisk(target: target, mean: span)
    case .bitFlip: return .bitFlip(target: target)
    case .unreadableSector: return .unreadableSector(target: target)
    case .clockDrift: return drift(target, &draws)
    case .clockJump: return .clockJump(target: target, by: draws.next().below(2) == 0 ? span : .zero - span)
    case .clockStrobe: return .clockStrobe(target: target, by: span, every: every)
    case .clockFreeze: return .clockFreeze(target: seeksDrift ? .leader : target)
    case .clockLeap: return .clockLeap(target: target, by: span)
    }
  }

  /// A partition that holds both ways.
  private func partition(_ shape: PartitionShape, _ nodes: [NodeID], _ draws: inout DiceSequence) -> FaultAction {
    let half = nodes.count / 2
    let side: FaultTarget =
      switch shape {
      case .one: side(nodes.prefix(1))
      case .halves: side(nodes.prefix(half))
      case .majority: side(nodes.prefix(draws.next().within(1...max(1, (nodes.count - 1) / 2))))
      case .minorityThird: side(nodes.prefix(max(1, (nodes.count - 1) / 3)))
      case .majoritiesRing: .nodes(nodes)
      case .bridge: .nodes(Array(nodes.prefix(1 + (nodes.count - 1) / 2)))
      case .primaries: .leader
      }
    return .partition(shape: shape, side: side, direction: .both)
  }

  /// A partition that holds in one direction: half of them make one node deaf or mute, the others are of any shape.
  private func oneWay(_ target: FaultTarget, _ nodes: [NodeID], _ draws: inout DiceSequence) -> FaultAction {
    let direction = draws.pick([LinkDirection.outbound, .inbound])
    let shape = draws.pick(PartitionShape.allCases.filter { FaultKind($0).fewestNodes <= nodes.count })
    guard draws.next().below(2) == 0, case .partition(_, let side, _) = partition(shape, nodes, &draws) else {
      return .partition(shape: .one, side: target, direction: direction)
    }
    return .partition(shape: shape, side: side, direction: direction)
  }

  private func drift(_ target: FaultTarget, _ draws: inout DiceSequence) -> FaultAction {
    let bound = clocks.driftBoundPartsPerMillion
    let drift = draws.next().within(-bound...bound)
    guard seeksDrift else { return .clockDrift(target: target, partsPerMillion: drift) }
    // A lease is too long where the leader's clock is slow and the others' are fast.
    return drift < bound / 2
      ? .clockDrift(target: .leader, partsPerMillion: -bound) : .clockDrift(target: target, partsPerMillion: bound)
  }

  private func side(_ nodes: ArraySlice<NodeID>) -> FaultTarget { .nodes(nodes.sorted()) }

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
