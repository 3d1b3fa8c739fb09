/// Which engine decides.
public enum Algorithm: String, Hashable, Sendable, CaseIterable {
  /// One engine after the other: the zones, for a short while the search, then the slots; the search again where too
  /// many operations are open at once for the slots.
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
    case .zones: return (decideByZones(specification), 0)
    case .slots: return decideByEverySlotMode(specification, within: budget, shouldStop: shouldStop)
    case .wingGong: return decideBySearch(specification, within: budget, shouldStop: shouldStop)
    case .auto:
      let decision = decideByZones(specification)
      if decision.answer != nil { return (decision, 0) }
      return decideInTurns(specification, within: budget, shouldStop: shouldStop)
    }
  }

  private func decideBySearch(
    _ specification: SequentialSpecification, within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    var search = Search(Preparation(self, specification))
    switch search.run(within: budget, shouldStop: shouldStop) {
    case .found(let order): return (.linearizable(order.map { Int32($0) }), search.expansions)
    case .exhausted: return (.notLinearizable(.exhausted), search.expansions)
    case .limited(let limit): return (.unknown(limit), search.expansions)
    }
  }

  /// The keys that the search is tried on first have at most so many operations, and it may spend so much on each.
  private static var firstSearchOperations: Int { 5_000 }
  private static var firstSearchExpansions: Int { 20_000 }
  /// With more operations open at once, sets of configurations grow beyond what their comparison is worth.
  private static var widestSlots: Int { 64 }

  /// What the zones cannot decide.
  private func decideInTurns(
    _ specification: SequentialSpecification, within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    if mostOpen() > Self.widestSlots { return decideBySearch(specification, within: budget, shouldStop: shouldStop) }
    var spent = 0
    if operations.count <= Self.firstSearchOperations {
      var share = budget
      share.expansions = min(budget.expansions, Self.firstSearchExpansions)
      let first = decideBySearch(specification, within: share, shouldStop: shouldStop)
      if first.decision.answer != nil || share.expansions == budget.expansions { return first }
      spent = first.expansions
    }
    let last = decideByEverySlotMode(specification, within: budget, shouldStop: shouldStop)
    return (last.decision, spent + last.expansions)
  }

  /// First what proves soon that there is no order, then what soon finds one, each within a part of the budget, and last
  /// what decides.
  private func decideByEverySlotMode(
    _ specification: SequentialSpecification, within budget: Budget, shouldStop: () -> Bool
  ) -> (decision: Decision, expansions: Int) {
    let hasUnknown = operations.contains { $0.isUnknown && $0.function != .get }
    let depthFirstLimit = (hasUnknown ? 8 : expansionsPerOperation(mostOpen())) * operations.count
    var expansions = 0
    for mode in SlotMode.allCases where mode != .endless || hasUnknown {
      var share = budget
      switch mode {
      case .endless: share.expansions = budget.expansions / 4
      case .depthFirst: share.expansions = min(budget.expansions / 4, depthFirstLimit)
      case .breadthFirst: share.expansions = max(0, budget.expansions - expansions)
      }
      let found = decideBySlots(specification, mode, within: share, shouldStop: shouldStop)
      expansions += found.expansions
      switch found.decision {
      case .unknown(.stopped): return (found.decision, expansions)
      case .unknown(.expansions) where mode == .breadthFirst:
        return (.unknown(.expansions(budget.expansions)), expansions)
      case .unknown where mode != .breadthFirst, .notApplicable: continue
      default: return (found.decision, expansions)
      }
    }
    return (.notApplicable, expansions)
  }

  /// How much the search of one configuration at a time may cost where nothing is unknown. That of all of them costs
  /// hardly more if few operations are open at once, and far more if many are.
  private func expansionsPerOperation(_ mostOpen: Int) -> Int { 1 + min(mostOpen * mostOpen / 128, 100) }

  /// How many completed operations are open at once, at most.
  ///
  /// - Complexity: O(n).
  private func mostOpen() -> Int {
    var ends = FlatBuffer<Int32>(capacity: operations.count)
    for operation in operations where operation.kind == .ok { ends.append(Int32(operation.end ?? operation.call)) }
    let order = PositionOrder.sorted(ends)
    var (open, most, ended) = (0, 0, 0)
    for operation in operations where operation.kind == .ok {
      while ended < order.count, ends[Int(order[ended])] < operation.call {
        ended += 1
        open -= 1
      }
      open += 1
      most = max(most, open)
    }
    return most
  }
}
