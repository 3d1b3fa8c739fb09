import Determinism

/// Draws the faults of a scenario, blind to any bug.
///
/// A seed has a temper: a few kinds of faults that it is fond of, how often they come, and how long they last. Mixing
/// all kinds in every run would hide what only some of them together bring about.
struct FaultGenerator {
  let dice: Dice
  let cluster: ClusterPlan
  let clocks: ClockPlan
  /// Whether clocks run far beyond what the servers assume: then drifts are extreme, and hit the leader more often.
  let isBeyondBound: Bool
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
      if case .moment = trigger { kind = crashInstead(of: kind, &draws) }
      return Fault(
        id: id, trigger: trigger, duration: duration(of: kind, &draws), action: action(kind, trigger, &draws))
    }
  }

  /// The kinds that this seed is fond of, with weights.
  private func temper(_ draws: inout DiceSequence) -> [(element: FaultKind, weight: Int)] {
    let allowed = kinds ?? FaultKind.allCases
    let plannable = FaultKind.allCases.filter(\.isPlannable)
    // Every kind's draw is made, allowed or not, so that `--faults` does not change the others.
    let weighted = plannable.map { kind in
      let weight = draws.next().below(2) == 0 ? draws.next().within(1...4) * Self.weight(of: kind) : 0
      let isTelling = isBeyondBound && (kind == .clockDrift || kind == .primaries)
      return (element: kind, weight: isTelling ? weight + Self.tellingWeight : weight)
    }
    let chosen = weighted.filter { allowed.contains($0.element) && isPossible($0.element) }
    guard chosen.allSatisfy({ $0.weight == 0 }) else { return chosen }
    return chosen.map { (element: $0.element, weight: 1) }
  }

  /// Beyond the clocks' bound a leader that is cut off while its clock is slow tells more than anything else.
  private static var tellingWeight: Int { 30 }

  /// At a protocol moment nothing tells more than a crash: two faults in three there are crashes.
  private func crashInstead(of kind: FaultKind, _ draws: inout DiceSequence) -> FaultKind {
    let crash = draws.pick(weighted: [(FaultKind.kill, 1), (.killMajority, 1)])
    let isPossible = isPossible(crash) && (kinds?.contains(crash) ?? true)
    return draws.next().below(3) > 0 && isPossible && !isBeyondBound ? crash : kind
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

  /// What unseats leaders comes more often than what merely slows things down.
  private static func weight(of kind: FaultKind) -> Int {
    switch kind {
    case .kill: 6
    case .primaries, .killMajority: 4
    case .halves, .majority, .one, .oneWay, .pause, .reorder, .duplicate, .delay: 2
    case .loss, .clockDrift, .clockJump, .tornWrite, .lostWrite: 1
    }
  }

  private func isPossible(_ kind: FaultKind) -> Bool { cluster.nodes > 1 || !kind.needsSeveralNodes }

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
    let timeout = cluster.electionTimeoutMax
    switch kind {
    case .clockJump: return .zero
    case .kill, .killMajority:
      // After a blink a term goes on with a node that has forgotten; a long absence costs several elections.
      let isBlink = draws.next().below(3) > 0
      return draws.logarithmic(isBlink ? .microseconds(100)...(.milliseconds(20)) : .milliseconds(20)...(timeout * 5))
    case .pause: return draws.logarithmic(.milliseconds(1)...(timeout * 5))
    case .clockDrift, .loss, .delay, .duplicate, .reorder: return draws.logarithmic(timeout...(timeout * 12))
    default: return draws.logarithmic((timeout / 4)...(timeout * 6))
    }
  }

  private func action(_ kind: FaultKind, _ trigger: FaultTrigger, _ draws: inout DiceSequence) -> FaultAction {
    let nodes = draws.permute(NodeID.first(cluster.nodes))
    let half = nodes.count / 2
    let target = target(trigger, nodes, &draws)
    let timeout = cluster.electionTimeoutMax
    let chance = Ratio(UInt32(draws.next().within(2...50)), 100)
    switch kind {
    case .halves: return .partition(shape: .halves, side: side(nodes.prefix(half)))
    case .majority: return .partition(shape: .majority, side: side(nodes.prefix(draws.next().within(1...max(1, half)))))
    case .one: return .partition(shape: .one, side: side(nodes.prefix(1)))
    case .primaries: return .partition(shape: .primaries, side: .leader)
    case .oneWay: return .oneWay(side: target, inbound: chance.numerator % 2 == 0)
    case .killMajority:
      let count = draws.next().within((half + 1)...nodes.count)
      return .kill(target: side(nodes.prefix(count)), tearing: draws.next().below(2) == 0)
    case .kill, .tornWrite, .lostWrite: return .kill(target: target, tearing: draws.next().below(2) == 0)
    case .pause: return .pause(target: target)
    case .loss: return .loss(chance: chance)
    case .delay: return .delay(mean: draws.logarithmic((timeout / 50)...(timeout / 2)))
    case .duplicate: return .duplicate(chance: chance)
    case .reorder: return .reorder(chance: chance, hold: draws.logarithmic((timeout / 20)...(timeout * 2)))
    case .clockDrift:
      let bound = clocks.driftBoundPartsPerMillion
      let drift = draws.next().within(-bound...bound)
      guard isBeyondBound else { return .clockDrift(target: target, partsPerMillion: drift) }
      // A lease is too long where the leader's clock is slow and the others' are fast.
      return drift < bound / 2
        ? .clockDrift(target: .leader, partsPerMillion: -bound) : .clockDrift(target: target, partsPerMillion: bound)
    case .clockJump:
      return .clockJump(target: target, by: draws.next().within(.seconds(-30)...(.seconds(30))))
    }
  }

  private func side(_ nodes: ArraySlice<NodeID>) -> FaultTarget { .nodes(nodes.sorted()) }

  /// One node by name, the leader, or the node at which the moment happens.
  private func target(_ trigger: FaultTrigger, _ nodes: [NodeID], _ draws: inout DiceSequence) -> FaultTarget {
    let die = draws.next().below(4)
    if case .moment = trigger, die < 3 { return .subject }
    return die < 2 ? .leader : .nodes([nodes[0]])
  }
}
