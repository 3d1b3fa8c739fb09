import Determinism
import Scenarios
import Traces

// When faults begin, how many there are, and how simple they are.
extension ShrinkSession {
  /// Lets faults begin when they did and hit whom they did, whatever else happens: all of them, or as many at once as can
  /// be; where there are many, single ones wait until some have gone.
  mutating func pinFaults() {
    pass = "fixing when faults begin"
    let all = best.unpinnedFaults
    guard !takeFirst(of: Self.pinDelays.map { best.pinning(all[...], after: $0) }) else { return }
    let areFew = all.count <= Self.fewFaults
    takeAway({ $0.unpinnedFaults }, downTo: areFew ? 1 : 4) { $0.pinning($1, after: Self.pinDelays[0]) }
    guard areFew else { return }
    simplifyEach({ $0.scenario.faults.count }) { best, place in
      guard best.unpinnedFaults.contains(place) else { return [] }
      return Self.pinDelays.map { best.pinning([place], after: $0) }
    }
  }

  /// Only so many are looked at one by one before any is taken away.
  private static var fewFaults: Int { 32 }

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
    takeAway({ $0.scenario.faults.indices }) { $0.scenario.withoutFaults($1) }
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

extension ShrinkSession.Best {
  /// The places of faults that took hold, and would do so at another time or of others if something else changed.
  fileprivate var unpinnedFaults: [Int] {
    scenario.faults.indices.filter { place in
      !scenario.faults[place].isPinned && outcome.faults.contains { $0.id == scenario.faults[place].id }
    }
  }

  /// The scenario with some faults, which took hold, as they did.
  fileprivate func pinning(_ places: ArraySlice<Int>, after delay: Duration) -> Scenario {
    var scenario = scenario
    for place in places {
      guard let begun = outcome.faults.first(where: { $0.id == scenario.faults[place].id }) else { continue }
      scenario.faults[place] = scenario.faults[place].pinned(to: begun, after: delay)
    }
    return scenario
  }
}

extension Fault {
  fileprivate var isPinned: Bool {
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
    let specification = action.specification
    var actions = specification.simpler(members)
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
    if let turn = specification.turn {
      for duration in [turn.lasts, duration] {
        var fault = self
        (fault.duration, fault.action) = (duration, turn.action)
        faults.append(fault)
      }
    }
    return faults
  }
}

extension FaultAction {
  /// Whether it hits each of its nodes by itself, so that fewer may do.
  fileprivate var isOverNodes: Bool { if case .partition = self { false } else { true } }
}

extension Duration {
  /// The least multiple of a unit that is not less.
  func roundedUp(to unit: Duration) -> Duration {
    .nanoseconds((nanoseconds + unit.nanoseconds - 1) / unit.nanoseconds * unit.nanoseconds)
  }
}
