/// Where the calls of an object that have no order go wrong.
struct ModelViolation<State: Hashable & Sendable> {
  /// The call whose return is the first after which no order is left, by its place.
  let culprit: Int32
  /// Whether every search for it came to an end; else an earlier one may be to blame.
  let isCertain: Bool
  /// The longest order found of the calls up to that return, by place, and a state that it leaves.
  let prefix: [Int32]
  let state: State
  /// The completed calls none of which can come next, by place, and those of unknown result that do not help.
  let blocked: [Int32]
  let unhelpful: [Int32]
}

/// Finds out where calls without an order go wrong.
struct ModelViolationFinder<Model: SequentialModel> {
  let model: Model
  /// All calls, and the places of those that have no order.
  let calls: [ModelCall<Model.Operation>]
  let places: [Int32]
  /// What each of the searches below may spend: an explanation is not worth more than the verdict.
  let budget: Budget
  /// The configurations looked at.
  private(set) var expansions = 0

  private static var expansionLimit: Int { 20_000 }

  init(_ model: Model, _ calls: [ModelCall<Model.Operation>], _ places: [Int32], within budget: Budget) {
    (self.model, self.calls, self.places) = (model, calls, places)
    self.budget = Budget(expansions: min(budget.expansions, Self.expansionLimit), bytes: budget.bytes)
  }

  /// The place where it goes wrong; some completed call is there, for without one there is always an order.
  mutating func find(shouldStop: () -> Bool) -> ModelViolation<Model.State> {
    let (culprit, isCertain) = firstImpossibleEnd(shouldStop: shouldStop)
    let cut = cut(behind: calls[Int(culprit)].end ?? .max)
    var search = self.search(over: cut)
    search.recordsLongest = true
    _ = search.run(within: budget, shouldStop: shouldStop)
    expansions += search.expansions
    let prefix = search.longest.map { search.problem.sources[Int($0)] }
    var isPlaced = [Bool](repeating: false, count: calls.count)
    for place in prefix { isPlaced[Int(place)] = true }
    let left = places.filter { !isPlaced[Int($0)] }
    let earliest = left.compactMap { cut[Int($0)]?.end }.min() ?? .max
    let blocked = left.filter { place in cut[Int(place)].map { $0.end != nil && $0.call < earliest } ?? false }
    let unhelpful = left.filter { place in
      cut[Int(place)].map { $0.end == nil && !model.onlyLooks($0.operation, from: model.initial) } ?? false
    }
    return ModelViolation(
      culprit: culprit, isCertain: isCertain, prefix: prefix, state: search.states[Int(search.longestState)],
      blocked: blocked, unhelpful: unhelpful)
  }

  /// What is left if the clients' knowledge ends behind the event at `position`: later calls never were, and what was open
  /// then may or may not have happened. By place; `nil` for what is not there.
  private func cut(behind position: Int) -> [ModelCall<Model.Operation>?] {
    var cut = [ModelCall<Model.Operation>?](repeating: nil, count: calls.count)
    for place in places where calls[Int(place)].call < position {
      let call = calls[Int(place)]
      let isOpen = call.end.map { $0 > position } ?? true
      cut[Int(place)] =
        isOpen && call.end != nil
        ? ModelCall(call: call.call, end: nil, model.forgettingAnswer(of: call.operation)) : call
    }
    return cut
  }

  private func search(over cut: [ModelCall<Model.Operation>?]) -> ModelSearch<Model, ProvenModelRules> {
    let kept = places.filter { cut[Int($0)] != nil }
    let known = cut.enumerated().map { place, call in call ?? calls[place] }
    var search = ModelSearch(model, ModelProblem(model, known, places: kept), ProvenModelRules.self)
    search.asksOutlook = false
    return search
  }

  /// The completed call with the earliest return after which no order is left.
  ///
  /// What has an order has one at each earlier time, so the point can be found by halving.
  private mutating func firstImpossibleEnd(shouldStop: () -> Bool) -> (culprit: Int32, isCertain: Bool) {
    let ended = places.filter { calls[Int($0)].end != nil }
      .sorted { calls[Int($0)].end ?? 0 < calls[Int($1)].end ?? 0 }
    var isCertain = true
    var low = 0
    var high = ended.count - 1
    while low < high {
      if shouldStop() { return (ended[high], false) }
      let middle = (low + high) / 2
      var search = search(over: cut(behind: calls[Int(ended[middle])].end ?? .max))
      search.asksOutlook = true
      switch search.run(within: budget, shouldStop: shouldStop) {
      case .exhausted: high = middle
      case .found: low = middle + 1
      case .limited:
        isCertain = false
        low = middle + 1
      }
      expansions += search.expansions
    }
    return (ended[high], isCertain)
  }
}
