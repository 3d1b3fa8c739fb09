import Determinism
import Scenarios

/// One thing of a minimal scenario, and what happens without it.
package struct Certified: Hashable, Sendable {
  /// What could be left out.
  package enum Thing: Hashable, Sendable {
    case node(NodeID)
    case fault(Fault)
    /// Of a client, by its number.
    case operation(PlannedOperation, client: Int)
    case election(ForcedElection)
    /// A setting that is not plain, by its name.
    case setting(String)
    /// A message that arrives.
    case delivery(MessageKey)
  }

  package let thing: Thing
  /// How the run ends without it.
  package let without: Trial.Verdict
  /// Where that is the same failure: how it ends on the correct rules, where it must hold.
  package let onCorrectRules: Trial.Verdict?
  /// Whether the scenario without it does not fail as this one does, or is no smaller: a message that is lost may be sent
  /// again, or make a fault needless, and a setting that is made plain may make for more messages.
  package let isNeeded: Bool
}

extension ShrinkSession {
  /// Shows for each thing that is left what happens without it. What turns out to be needless is left out, and the
  /// shrinking goes on from there.
  mutating func certify() -> [Certified] {
    while !isInterrupted {
      pass = "certifying"
      let certified = best
      var lines: [Certified] = []
      for (thing, scenario) in certified.things {
        var found: ShrinkSession.Finding?
        spend(.necessary) { found = $0.finding(of: scenario) }
        guard let finding = found, best.scenario == certified.scenario else { break }
        lines.append(
          Certified(
            thing: thing, without: finding.verdict,
            onCorrectRules: finding.verdict == .failed(signature) ? finding.onCorrectRules : nil,
            isNeeded: finding.takesFaultsPlace || finding.measure.map { $0 >= certified.measure } ?? true))
      }
      if best.scenario == certified.scenario, !isInterrupted { return lines }
      shrinkFurther()
    }
    return []
  }
}

extension ShrinkSession.Best {
  /// Each thing that is left, and the scenario without it.
  fileprivate var things: [(thing: Certified.Thing, without: Scenario)] {
    var things: [(thing: Certified.Thing, without: Scenario)] = []
    for node in NodeID.first(scenario.cluster.nodes) {
      if let without = scenario.withoutNodes([node]) { things.append((.node(node), without)) }
    }
    for (place, fault) in scenario.faults.enumerated() {
      things.append((.fault(fault), scenario.withoutFaults(place..<place + 1)))
    }
    for (number, place) in scenario.operationPlaces.enumerated() {
      let operation = Certified.Thing.operation(scenario[place], client: place.client)
      things.append((operation, scenario.withoutOperations(number..<number + 1)))
    }
    for (place, election) in (scenario.overrides?.elections ?? []).enumerated() {
      things.append((.election(election), scenario.withoutElections(place..<place + 1)))
    }
    for knob in Knob.all where knob.cost(scenario) > 0 {
      if let without = knob.plainer(scenario).first { things.append((.setting(knob.name), without)) }
    }
    if !scenario.keepsCalm {
      for message in messages { things.append((.delivery(message), scenario.losing([message]))) }
    }
    return things
  }
}
