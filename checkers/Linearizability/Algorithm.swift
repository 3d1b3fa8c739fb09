/// Which engine decides.
public enum Algorithm: String, Hashable, Sendable, CaseIterable {
  /// The zones, and where they do not apply the slots and the search of Wing & Gong in turns.
  case auto
  /// The chain zones (Gibbons & Korach 1997, extended): linear, but only where each value came about in one way.
  case zones
  /// Configurations as wide as the concurrency, in each way in turns.
  case slots
  /// The search of Wing & Gong (1993) with the memory of Lowe (2017), kept for comparison.
  case wingGong = "wing-gong"
}

extension Subhistory {
  /// Decides by one algorithm.
  ///
  /// The answer depends on nothing but the key, the algorithm and the budget, unless `shouldStop` ends it.
  ///
  /// - Returns: what was found out and how many configurations were looked at.
  package func decide(
    _ specification: SequentialSpecification, by algorithm: Algorithm = .auto, within budget: Budget = Budget(),
    shouldStop: () -> Bool = { false }
  ) -> (decision: Decision, expansions: Int) {
    if shouldStop() { return (.unknown(.stopped), 0) }
    switch algorithm {
    case .zones: return (decideByZones(specification, within: budget, shouldStop: shouldStop), 0)
    case .slots: return decideInTurns(specification, ContenderKind.slots, within: budget, shouldStop: shouldStop)
    case .wingGong: return decideBySearch(specification, within: budget, shouldStop: shouldStop)
    case .auto:
      return decideByZonesAndTurns(specification, ContenderKind.allCases, within: budget, shouldStop: shouldStop)
    }
  }

  /// Decides as `auto` does, where there most likely is an order: those that find one have the first turns.
  func decideExpectingOrder(
    _ specification: SequentialSpecification, within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    decideByZonesAndTurns(specification, ContenderKind.findersFirst, within: budget, shouldStop: shouldStop)
  }

  private func decideByZonesAndTurns(
    _ specification: SequentialSpecification, _ kinds: [ContenderKind], within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    let decision = decideByZones(specification, within: budget, shouldStop: shouldStop)
    if decision.answer != nil { return (decision, 0) }
    return decideInTurns(specification, kinds, within: budget, shouldStop: shouldStop)
  }

  private func decideBySearch(
    _ specification: SequentialSpecification, within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    var search = Search(Preparation(self, specification, shouldStop: shouldStop))
    switch search.run(within: budget, shouldStop: shouldStop) {
    case .found(let order): return (.linearizable(order.map { Int32($0) }), search.expansions)
    case .exhausted: return (.notLinearizable(.exhausted), search.expansions)
    case .limited(let limit): return (.unknown(limit), search.expansions)
    }
  }

  private func decideInTurns(
    _ specification: SequentialSpecification, _ kinds: [ContenderKind], within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    var turns = Turns(self, specification, kinds, within: budget)
    return turns.decide(shouldStop: shouldStop)
  }
}
