import Determinism
import Histories
import Scenarios
import Traces

/// One thing of a minimal scenario, and what happens without it.
package struct Certified: Hashable, Sendable {
  /// What could be left out.
  package enum Thing: Hashable, Sendable {
    case node(NodeID)
    case fault(Fault)
    /// Of a client, by its number.
    case operation(PlannedOperation, client: Int)
    case election(ForcedElection)
    /// A setting that is not plain: its name, and what it is.
    case setting(String, value: String)
    /// A message that arrives. Where there are many, nothing is said of single ones.
    case delivery(MessageKey)
    /// That a message does not arrive, which the scenario says. Others that do not are not named: with or without them the
    /// run fails.
    case loss(MessageKey)
  }

  /// What is known of the scenario without it.
  package enum Need: Hashable, Sendable {
    /// It does not fail in the same way, or fails on the correct rules as well, or is outside the fault model.
    case needed
    /// It fails all the same, and some fault takes hold only because of the bug: on the correct rules it shows nothing.
    case neededByFault
    /// It fails all the same, and only because a message that is lost takes the place of a fault.
    case neededByLoss
    /// It fails all the same, and is no smaller: a message that is lost may be sent again, or make a fault needless, and
    /// a setting that is made plain may make for more messages.
    case replaceable
    /// Nobody can say.
    case unknown
  }

  package let thing: Thing
  /// How the run ends without it.
  package let without: Trial.Verdict
  /// Where that is the same failure: how it ends on the correct rules, where it must hold.
  package let onCorrectRules: Trial.Verdict?
  package let need: Need

  /// Whether the scenario may be called minimal with it: nodes, faults, operations and elections must be needed.
  package var isProper: Bool {
    switch thing {
    case .node, .fault, .operation, .election: need != .replaceable && need != .unknown
    case .setting, .delivery, .loss: true
    }
  }

  /// Whether it is a thing that lost messages keep from being left out.
  fileprivate var hangsOnLoss: Bool {
    switch thing {
    case .delivery, .loss: false
    case .node, .fault, .operation, .election, .setting: need == .neededByLoss
    }
  }

  /// Whether it is a loss with or without which the run fails.
  fileprivate var isNoise: Bool { if case .loss = thing { need != .needed && need != .unknown } else { false } }
}

extension ShrinkSession {
  /// Shows for each thing that is left what happens without it. What turns out to be needless is left out, and the
  /// shrinking goes on from there.
  ///
  /// - Returns: `nil` if that did not come to an end.
  mutating func certify() -> [Certified]? {
    while !isOver {
      pass = "certifying"
      retry { $0.leaveOutSingly() }
      let certified = best
      let things = certified.things
      var lines: [Certified] = []
      for (place, (thing, fewer)) in things.enumerated() {
        retry { $0.lookAhead(at: things[place...].lazy.compactMap { $0.without.first }) }
        guard let finding = firstFinding(of: fewer) else { return nil }
        guard best.scenario == certified.scenario else { break }
        // A setting for which there is no plainer one is none that could be left out.
        if case (.setting, .refused) = (thing, finding.verdict) { continue }
        let line = certified.line(about: thing, finding, signature)
        // With those messages that are lost already it may yet be needless.
        if line.hangsOnLoss, isTaken(fewer.map { $0.fixing { $0.messages = [] } }) { break }
        if !line.isNoise { lines.append(line) }
      }
      if best.scenario == certified.scenario { return lines }
      shrinkFurther()
    }
    return nil
  }
}

extension ShrinkSession {
  private mutating func isTaken(_ candidates: [Scenario]) -> Bool {
    var isTaken = false
    retry { isTaken = $0.takeFirst(of: candidates) }
    return isTaken
  }

  /// Leaves out what is needless, one thing at a time.
  private mutating func leaveOutSingly() {
    takeAway({ $0.scenario.faults.indices }, atOnce: 1) { $0.scenario.withoutFaults($1) }
    takeAway({ $0.scenario.operationPlaces.indices }, atOnce: 1) { $0.scenario.withoutOperations($1) }
    takeAway({ 0..<($0.scenario.overrides?.elections?.count ?? 0) }, atOnce: 1) { $0.scenario.withoutElections($1) }
    if best.hasFewMessages { dropMessages() }
  }

  /// What is known of the first of some scenarios that can be run; of the last one, if none can.
  private mutating func firstFinding(of scenarios: [Scenario]) -> Finding? {
    var found: Finding?
    for scenario in scenarios {
      retry { found = $0.finding(of: scenario) }
      if case .refused = found?.verdict { continue }
      break
    }
    return found
  }
}

extension ShrinkSession.Best {
  fileprivate func line(
    about thing: Certified.Thing, _ finding: ShrinkSession.Finding, _ signature: FailureSignature
  ) -> Certified {
    let isSame = finding.verdict == .failed(signature)
    return Certified(
      thing: thing, without: finding.verdict, onCorrectRules: isSame ? finding.onCorrectRules : nil,
      need: need(of: finding, isSame: isSame))
  }

  private func need(of finding: ShrinkSession.Finding, isSame: Bool) -> Certified.Need {
    guard finding.measure != nil else {
      return finding.verdict == .undecided || isSame && finding.onCorrectRules == .undecided ? .unknown : .needed
    }
    if finding.idleFaults > trial.idleFaults { return .neededByFault }
    return finding.takesFaultsPlace ? .neededByLoss : .replaceable
  }

  /// Where there are more, nothing is said of single ones.
  private static var mostLosses: Int { 1_000 }

  /// Each thing that is left, and the scenario without it, or several of them in the order of preference.
  fileprivate var things: [(thing: Certified.Thing, without: [Scenario])] {
    var things: [(thing: Certified.Thing, without: [Scenario])] = []
    for node in NodeID.first(scenario.cluster.nodes) {
      if let without = scenario.withoutNodes([node]) { things.append((.node(node), [without])) }
    }
    for (place, fault) in scenario.faults.enumerated() {
      things.append((.fault(fault), [scenario.withoutFaults(place..<place + 1)]))
    }
    for (number, place) in scenario.operationPlaces.enumerated() {
      let operation = Certified.Thing.operation(scenario[place], client: place.client)
      things.append((operation, [scenario.withoutOperations(number..<number + 1)]))
    }
    for (place, election) in (scenario.overrides?.elections ?? []).enumerated() {
      things.append((.election(election), [scenario.withoutElections(place..<place + 1)]))
    }
    for knob in Knob.all where knob.cost(scenario) > 0 {
      let plainer = knob.plainer(scenario)
      if !plainer.isEmpty { things.append((.setting(knob.name, value: knob.value(scenario)), plainer)) }
    }
    if !scenario.keepsCalm, hasFewMessages {
      for message in arrivals { things.append((.delivery(message), [scenario.fixing([message][...], as: .lost)])) }
    }
    let losses = (scenario.overrides?.messages ?? []).filter { $0.fate == .lost }
    for message in losses where losses.count <= Self.mostLosses {
      things.append((.loss(message.message), [scenario.fixing { $0.messages.removeAll { $0 == message } }]))
    }
    return things
  }
}
