import Determinism
import Scenarios
import Traces

// When faults begin, how many there are, and how simple they are.
extension ShrinkSession {
  /// Lets faults begin when they did and hit whom they did, whatever else happens.
  mutating func pinFaults() {
    pass = "fixing when faults begin"
    let begun = best.outcome.faults
    func pinned(_ scenario: Scenario, _ places: Range<Int>, after delay: Duration) -> Scenario {
      var scenario = scenario
      for place in places {
        guard let begun = begun.first(where: { $0.id == scenario.faults[place].id }) else { continue }
        scenario.faults[place] = scenario.faults[place].pinned(to: begun, after: delay)
      }
      return scenario
    }
    let scenario = best.scenario
    if takeFirst(of: Self.pinDelays.map { pinned(scenario, scenario.faults.indices, after: $0) }) { return }
    simplifyEach({ $0.scenario.faults.count }) { best, place in
      guard !best.scenario.faults[place].isPinned else { return [] }
      return Self.pinDelays.map { pinned(best.scenario, place..<place + 1, after: $0) }
    }
  }

  /// What follows from a moment comes right behind it.
  static var pinDelays: [Duration] { [.nanoseconds(1), .microseconds(1), .zero] }

  /// Takes away whole kinds of faults, then as many as can be.
  mutating func dropFaults() {
    pass = "taking away faults"
    let nodes = best.scenario.cluster.nodes
    func kind(_ fault: Fault) -> FaultKind { fault.action.kind(hitting: 1, of: nodes) }
    let scenario = best.scenario
    let kinds = FaultKind.allCases.filter { candidate in scenario.faults.contains { kind($0) == candidate } }
    var next = 0
    while scenario.faults.count > 2 * kinds.count, next < kinds.count {
      let scenario = best.scenario
      let from = next
      let taken = takeFirst(of: kinds.count - from) { number in
        scenario.keepingFaults { kind($0) != kinds[from + number] }
      }
      guard let taken else { break }
      next = from + taken + 1
    }
    takeAway({ $0.scenario.faults.count }) { $0.scenario.withoutFaults($1) }
  }

  /// Makes each fault as simple as it can be.
  mutating func simplifyFaults() {
    pass = "simplifying faults"
    simplifyEach({ $0.scenario.faults.count }) { best, place in
      let fault = best.scenario.faults[place]
      let begun = best.outcome.faults.first { $0.id == fault.id }
      let pinned = begun.map { begun in Self.pinDelays.map { fault.pinned(to: begun, after: $0) } } ?? []
      return (pinned + fault.simpler(in: best.scenario)).map { simpler in
        best.scenario.changingFault(at: place) { $0 = simpler }
      }
    }
  }
}

extension Fault {
  var isPinned: Bool {
    if case .moment = trigger { return false }
    switch action.target {
    case .leader?, .subject?: return false
    case .nodes?, nil: return true
    }
  }

  /// The same at the time at which it began, hitting whom it hit.
  ///
  /// - Parameter delay: how long after that, for what sprang it comes first.
  func pinned(to begun: BegunFault, after delay: Duration) -> Fault {
    var fault = self
    if case .moment = trigger { fault.trigger = .time(at: begun.at + delay) }
    switch action.target {
    case .leader?, .subject?: fault.action = action.aiming(at: .nodes(begun.nodes))
    case .nodes?, nil: break
    }
    return fault
  }

  /// What does less, or is easier to tell, roughly from the greatest step to the least.
  fileprivate func simpler(in scenario: Scenario) -> [Fault] {
    let members = NodeID.first(scenario.cluster.nodes)
    var actions = action.simpler(members)
    if case .nodes(let nodes)? = action.target, nodes.count > 1, action.isOverNodes {
      actions += nodes.map { action.aiming(at: .nodes([$0])) }
      actions += nodes.map { left in action.aiming(at: .nodes(nodes.filter { $0 != left })) }
    }
    var faults = actions.map { action in
      var fault = self
      fault.action = action
      return fault
    }
    if case .time(let at) = trigger, at + duration < scenario.stormEnd {
      var fault = self
      // To the end of the run, and a little longer: then nothing happens when it ends.
      fault.duration = (scenario.stormEnd - at + .milliseconds(20)).roundedUp(to: .milliseconds(10))
      faults.append(fault)
    }
    if case .crashLoop(let target, let every, let tearing) = action {
      for duration in [every, duration] {
        var fault = self
        (fault.duration, fault.action) = (duration, .kill(target: target, tearing: tearing))
        faults.append(fault)
      }
    }
    return faults
  }
}

extension FaultAction {
  /// Whether it hits each of its nodes by itself, so that fewer may do.
  fileprivate var isOverNodes: Bool { if case .partition = self { false } else { true } }

  /// Actions that do less, or are easier to tell.
  fileprivate func simpler(_ members: [NodeID]) -> [FaultAction] {
    switch self {
    case .partition(let shape, .nodes(let side), let direction):
      return Self.simplerPartitions(shape, side, direction, members)
    case .clog(let side, let direction):
      return [.partition(shape: .one, side: side, direction: .both)]
        + (direction == .both
          ? []
          : [
            .partition(shape: .one, side: side, direction: direction),
            .clog(side: side, direction: .both),
          ])
    case .loss(let chance):
      return Self.partitionsOfOne(members) + (chance == Ratio(1, 1) ? [] : [.loss(chance: Ratio(1, 1))])
    case .duplicate(let chance): return chance == Ratio(1, 1) ? [] : [.duplicate(chance: Ratio(1, 1))]
    case .reorder(let chance, let hold):
      return [.delay(mean: hold, shape: .constant), .delay(mean: hold / 2, shape: .constant)]
        + (chance == Ratio(1, 1) ? [] : [.reorder(chance: Ratio(1, 1), hold: hold)])
    case .replay(let chance, let after):
      return [.duplicate(chance: Ratio(1, 1))]
        + (chance == Ratio(1, 1) ? [] : [.replay(chance: Ratio(1, 1), after: after)])
    case .delay(let mean, let shape):
      return Self.partitionsOfOne(members) + (shape == .constant ? [] : [.delay(mean: mean, shape: .constant)])
    case .slowNode(let target, _): return [.partition(shape: .one, side: target, direction: .both)]
    case .kill(let target, let tearing): return tearing ? [.kill(target: target, tearing: false)] : []
    case .powerLoss(let tearing):
      return members.map { .kill(target: .nodes([$0]), tearing: tearing) } + [
        .kill(target: .nodes(members), tearing: tearing)
      ] + (tearing ? [.powerLoss(tearing: false)] : [])
    case .crashLoop(let target, let every, let tearing):
      return tearing ? [.crashLoop(target: target, every: every, tearing: false)] : []
    case .unreadableSector(let target): return [.bitFlip(target: target)]
    case .clockStrobe(let target, let span, _): return [.clockJump(target: target, by: span)]
    case .clockFreeze(let target): return [.pause(target: target)]
    case .partition, .pause, .snapshot, .syncError, .writeError, .diskFull, .slowDisk, .bitFlip, .clockDrift,
      .clockJump,
      .clockLeap:
      return []
    }
  }

  private static func partitionsOfOne(_ members: [NodeID]) -> [FaultAction] {
    members.map { .partition(shape: .one, side: .nodes([$0]), direction: .both) }
  }

  /// One node alone, then two parts of any size, both ways.
  private static func simplerPartitions(
    _ shape: PartitionShape, _ side: [NodeID], _ direction: LinkDirection, _ members: [NodeID]
  ) -> [FaultAction] {
    let others = members.filter { !side.contains($0) }
    let smaller = side.count <= others.count || others.isEmpty ? side : others
    let natural: PartitionShape = smaller.count == 1 ? .one : smaller.count * 2 == members.count ? .halves : .majority
    let turned: LinkDirection =
      smaller == side || direction == .both ? direction : direction == .inbound ? .outbound : .inbound
    var actions: [FaultAction] = []
    if direction != .both { actions.append(.partition(shape: natural, side: .nodes(smaller), direction: .both)) }
    if shape != natural || smaller != side {
      actions.append(.partition(shape: natural, side: .nodes(smaller), direction: turned))
    }
    if smaller.count > 1 || shape == .bridge || shape == .majoritiesRing { actions += partitionsOfOne(members) }
    return actions
  }
}

extension Duration {
  /// The least multiple of a unit that is not less.
  func roundedUp(to unit: Duration) -> Duration {
    .nanoseconds((nanoseconds + unit.nanoseconds - 1) / unit.nanoseconds * unit.nanoseconds)
  }
}
