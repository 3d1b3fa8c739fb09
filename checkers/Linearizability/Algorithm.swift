/// Which engine decides.
public enum Algorithm: String, Hashable, Sendable, CaseIterable {
  /// The zones, and where they do not apply the slots.
  case auto
  /// The chain zones (Gibbons & Korach 1997, extended): linear, but only where each value came about in one way.
  case zones
  /// Configurations as wide as the concurrency.
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
    case .slots: return decideByEverySlotMode(specification, within: budget, shouldStop: shouldStop)
    case .wingGong: return decideBySearch(specification, within: budget, shouldStop: shouldStop)
    case .auto:
      let decision = decideByZones(specification, within: budget, shouldStop: shouldStop)
      if decision.answer != nil { return (decision, 0) }
      return decideByEverySlotMode(specification, within: budget, shouldStop: shouldStop)
    }
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

  /// What the search of one way at a time may cost for each operation: an order is found soon or late.
  private static var depthFirstExpansions: Int { 8 }

  /// First what proves soon that there is no order, then what soon finds one, each within a part of the budget, and last
  /// what decides. Where nothing is unknown the first decides.
  private func decideByEverySlotMode(
    _ specification: SequentialSpecification, within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    var expansions = 0
    var last = Decision.notApplicable
    for mode in SlotMode.allCases {
      var share = budget
      switch mode {
      case .endless: share.expansions = budget.expansions / 4
      case .depthFirst: share.expansions = min(budget.expansions / 4, Self.depthFirstExpansions * operations.count)
      case .breadthFirst: share.expansions = budget.expansions - expansions
      }
      let found = decideBySlots(specification, mode, within: share, shouldStop: shouldStop)
      expansions += found.expansions
      last = found.decision
      if last.answer != nil { break }
      if case .unknown(.stopped) = last { break }
    }
    if case .unknown(.expansions) = last { last = .unknown(.expansions(budget.expansions)) }
    return (last, expansions)
  }
}
