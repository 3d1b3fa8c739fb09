import Determinism
import Histories
import Scenarios

// What comes after the failure, and what comes before all that matters.
extension ShrinkSession {
  /// Leaves out all that comes after the failure.
  ///
  /// Where progress is missing the calm stays, for nobody promises any before. Every other failure that shows only in
  /// the calm is brought about in the storm, if it can be: with faults that end when the storm did, and the calm's
  /// operations as planned ones.
  mutating func cutEnd() {
    pass = "leaving out what comes after"
    if isLiveness {
      cutIdlePlans()
      return endStormSooner()
    }
    let at = failedAt()
    let end = at + .microseconds(1)
    if at > best.scenario.stormEnd { return bringIntoStorm(end) }
    guard best.scenario.keepsCalm || end < best.scenario.stormEnd else { return cutIdlePlans() }
    let cut = ending(best.scenario, at: end)
    takeFirst(of: [withoutIdlePlans(cut), cut])
  }

  /// Leaves out what never came about: faults that took hold of nothing, and operations that nobody called.
  private mutating func cutIdlePlans() {
    takeFirst(of: [withoutIdlePlans(best.scenario)])
  }

  /// Lets the calm begin sooner. Where dice decide over elections, that would cast all of them anew.
  private mutating func endStormSooner() {
    guard let elections = best.scenario.overrides?.elections, !elections.isEmpty else { return }
    let scenario = best.scenario
    let parts: [Int64] = [1, 2, 3, 4, 5, 6, 7]
    takeFirst(of: parts.map { withoutIdlePlans(ending(scenario, at: scenario.stormEnd * $0 / 8)) })
  }

  private func ending(_ scenario: Scenario, at end: Duration) -> Scenario {
    var scenario = scenario
    scenario.stormEnd = end
    return scenario.fixing { overrides in
      overrides.leavesOutCalm = !isLiveness
      overrides.elections?.removeAll { $0.at > end }
    }
  }

  private func withoutIdlePlans(_ scenario: Scenario) -> Scenario {
    let begun = best.outcome.faults.filter { $0.at <= scenario.stormEnd }.map(\.id)
    let called = calls(before: scenario.stormEnd)
    return scenario.keepingFaults { begun.contains($0.id) }.keepingOperations { $1 < called[$0] }
  }

  /// How many operations each client has called before a time.
  private func calls(before end: Duration) -> [Int] {
    var calls = best.scenario.workload.clients.map { _ in 0 }
    for event in best.outcome.history.events
    where event.kind == .invoke && event.time <= end.nanoseconds && !calls.isEmpty {
      calls[Int(event.process) % calls.count] += 1
    }
    return calls
  }

  // MARK: From the calm into the storm

  private mutating func bringIntoStorm(_ end: Duration) {
    pass = "bringing the failure into the storm"
    let old = best.scenario
    var scenario = withoutIdlePlans(old)
    let begun = best.outcome.faults
    scenario.faults = scenario.faults.compactMap { fault in
      begun.first { $0.id == fault.id }.map { begun in
        var fault = fault.pinned(to: begun, after: .nanoseconds(1))
        fault.duration = min(fault.duration, old.stormEnd - begun.at)
        return fault
      }
    }
    planCallsOfCalm(in: &scenario)
    let elections = best.outcome.elections.filter { $0.at <= end }
    let away = scenario.addingOutsiders(from: old.stormEnd, until: end)
    let candidates = [away, scenario].flatMap { scenario -> [Scenario] in
      let cut = ending(scenario, at: end)
      let forced = cut.fixing { $0.elections = elections }
      return [forced, forced.withCalmNetwork, cut.withCalmNetwork, cut]
    }
    takeFirst(of: candidates)
  }

  private func planCallsOfCalm(in scenario: inout Scenario) {
    guard !scenario.workload.clients.isEmpty else { return }
    var id = (scenario.workload.clients.flatMap(\.operations).map(\.id).max() ?? -1) + 1
    let history = best.outcome.history
    for operation in history.operations() {
      let called = Duration.nanoseconds(history.events[operation.call].time)
      guard called > best.scenario.stormEnd, let key = history.values[operation.key] else { continue }
      scenario.workload.clients[operation.process % scenario.workload.clients.count].operations.append(
        PlannedOperation(
          id: id, at: called, think: .zero, key: String(decoding: key, as: UTF8.self),
          request: PlannedRequest(history.action(of: operation)), firstNode: nil))
      id += 1
    }
  }

  // MARK: The beginning

  /// Leaves out all that comes before some election, and lets what is left begin sooner.
  mutating func cutStart() {
    guard let elections = best.scenario.overrides?.elections, elections.count > 1 else { return }
    pass = "leaving out what comes before"
    // From the end: what is short takes no time to try.
    var steps: [Int] = []
    var step = 1
    while step < elections.count {
      steps.append(elections.count - step)
      step += max(1, step / 2)
    }
    let scenario = best.scenario
    _ = takeFirst(of: steps.count * 2) { number in
      let first = elections[steps[number / 2]].at
      return scenario.beginning(at: first, keepingOperations: number % 2 == 1)
    }
  }
}

extension PlannedRequest {
  /// What asks for this, whatever the client has seen.
  init(_ action: Action) {
    // A value that was filled up is a shorter one here.
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(ScenarioLimits.maxTextBytes), as: UTF8.self) }
    self =
      switch action {
      case .get: .get
      case .put(let value): .put(value: text(value))
      case .append(let value): .append(value: text(value))
      case .delete: .delete
      case .compareAndSet(let expected?, let new): .cas(new: text(new ?? []), guess: text(expected))
      case .compareAndSet(nil, let new): .create(value: text(new ?? []))
      }
  }
}

extension Scenario {
  /// The same on the calm's network from the start.
  fileprivate var withCalmNetwork: Scenario {
    var scenario = self
    scenario.network.delayMin = min(network.delayMin, calm.longestDelay)
    (scenario.network.delayMean, scenario.network.delayShape) = (.zero, .constant)
    scenario.network.clientLoss = .zero
    return scenario
  }

  /// The same with a fault for each node that stays away in the calm.
  fileprivate func addingOutsiders(from start: Duration, until end: Duration) -> Scenario {
    var scenario = self
    var id = (faults.map(\.id).max() ?? -1) + 1
    for node in NodeID.first(calm.fates.count) {
      let action: FaultAction
      switch calm.fates[node.offset] {
      case .member, .free: continue
      case .down: action = .kill(target: .nodes([node]), tearing: false)
      case .cut: action = .partition(shape: .one, side: .nodes([node]), direction: .both)
      case .deaf: action = .partition(shape: .one, side: .nodes([node]), direction: .inbound)
      case .mute: action = .partition(shape: .one, side: .nodes([node]), direction: .outbound)
      case .full: action = .diskFull(target: .nodes([node]), room: CalmPlan.roomWithoutEntries)
      }
      scenario.faults.append(Fault(id: id, trigger: .time(at: start), duration: end - start, action: action))
      id += 1
    }
    return scenario
  }

  /// The same from a little before some time on; operations of before are left out, or come at the new start.
  fileprivate func beginning(at time: Duration, keepingOperations: Bool) -> Scenario {
    let lead = cluster.electionTimeoutMax * 2
    guard time > lead, overrides?.elections != nil else { return self }
    let shift = time - lead
    var scenario = keepingFaults { if case .time(let at) = $0.trigger { at >= shift } else { true } }
    for place in scenario.faults.indices {
      if case .time(let at) = scenario.faults[place].trigger { scenario.faults[place].trigger = .time(at: at - shift) }
    }
    if !keepingOperations {
      let old = workload
      scenario = scenario.keepingOperations { old.clients[$0].operations[$1].at >= shift }
    }
    for place in scenario.operationPlaces { scenario[place].at = max(.zero, scenario[place].at - shift) }
    scenario.stormEnd = stormEnd - shift
    return scenario.fixing { overrides in
      overrides.elections = overrides.elections?.filter { $0.at >= shift }
        .map { ForcedElection(node: $0.node, at: $0.at - shift) }
    }
  }
}
