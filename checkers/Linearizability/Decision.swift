import Histories

/// What an engine says of one key, before anybody replays or explains it.
package enum Decision: Sendable {
  /// There is this order of the operations that took effect: offsets among those of the key.
  case linearizable([Int32])
  /// There is none.
  case notLinearizable(Ground)
  /// The engine is not made for this key.
  case notApplicable
  /// The engine gave up.
  case unknown(Limit)

  /// From what it follows that there is no order.
  package enum Ground: Sendable {
    /// A rule of the zones is broken.
    case zones(ZoneViolation)
    /// No configuration gets past a return.
    case deadEnd(DeadEnd)
    /// Every order was tried.
    case exhausted
    /// Every order of these operations on an object was tried.
    case object(ObjectGround)
  }

  /// Whether the key is linearizable; `nil` if that is not known.
  package var answer: Bool? {
    switch self {
    case .linearizable: true
    case .notLinearizable: false
    case .notApplicable, .unknown: nil
    }
  }
}

/// One key ready for the slots, or why it is not.
enum SlotPreparation<Rules: SlotRules>: ~Copyable {
  case ready(SlotProblem<Rules>)
  case refused(Limit)
}

extension Subhistory {
  /// What the zones say (algorithm A).
  package func decideByZones(
    _ specification: SequentialSpecification, within budget: Budget = Budget(), shouldStop: () -> Bool = { false }
  ) -> Decision {
    if shouldStop() { return .unknown(.stopped) }
    guard ZoneAnalysis<ProvenZoneRules>.bytes(for: self) <= budget.bytes else {
      return .unknown(.bytes(budget.bytes))
    }
    var analysis = ZoneAnalysis<ProvenZoneRules>(self, specification)
    return analysis.run(within: budget.bytes, shouldStop: shouldStop)
  }

  /// What the slots say (algorithm B).
  package func decideBySlots(
    _ specification: SequentialSpecification, _ mode: SlotMode, within budget: Budget = Budget(),
    shouldStop: () -> Bool = { false }
  ) -> (decision: Decision, expansions: Int) {
    decideBySlots(specification, mode, within: budget, ProvenSlotRules.self, shouldStop: shouldStop)
  }

  /// The same under other rules, which a test may have weakened.
  func decideBySlots<Rules: SlotRules>(
    _ specification: SequentialSpecification, _ mode: SlotMode, within budget: Budget, _ rules: Rules.Type,
    shouldStop: () -> Bool = { false }
  ) -> (decision: Decision, expansions: Int) {
    if mode == .windows {
      guard var windows = SlotWindows<Rules>(self, specification) else { return (.notApplicable, 0) }
      let decision = windows.run(within: budget, shouldStop: shouldStop)
      return (decision, windows.expansions)
    }
    switch prepareSlots(specification, within: budget.bytes, rules, shouldStop: shouldStop) {
    case .refused(let limit): return (.unknown(limit), 0)
    case .ready(let problem):
      var search = SlotSearch(problem, isEndless: mode == .endless)
      let decision =
        mode == .depthFirst
        ? search.runDepthFirst(within: budget, shouldStop: shouldStop)
        : search.runBreadthFirst(within: budget, shouldStop: shouldStop)
      return (decision, search.expansions)
    }
  }

  /// The operations as the slots see them, if there is memory for that.
  func prepareSlots<Rules: SlotRules>(
    _ specification: SequentialSpecification, within bytes: Int, _ rules: Rules.Type, shouldStop: () -> Bool
  ) -> SlotPreparation<Rules> {
    let hasAppend = operations.contains { $0.isAppend }
    guard SlotProblem<Rules>.bytes(forOperations: operations.count, hasAppend: hasAppend) <= bytes else {
      return .refused(.bytes(bytes))
    }
    guard let problem = SlotProblem<Rules>(self, specification, shouldStop: shouldStop) else {
      return .refused(.stopped)
    }
    guard problem.bytes + problem.maskBytes <= bytes else { return .refused(.bytes(bytes)) }
    return .ready(problem)
  }

  /// Some of the operations, as if there were no others.
  package func keeping(_ offsets: [Int32]) -> Subhistory { with(offsets.map { operations[Int($0)] }) }

  /// Whether these operations, in this order, explain every answer and leave out none that took effect.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends it as not confirmed.
  package func isConfirmed(
    by order: [Int32], _ specification: SequentialSpecification, shouldStop: () -> Bool = { false }
  ) -> Bool {
    Replay(part: self, specification: specification).confirms(order, shouldStop: shouldStop)
  }
}
