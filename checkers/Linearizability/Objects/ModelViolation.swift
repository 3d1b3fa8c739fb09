/// Where the calls of an object that have no order go wrong.
struct ModelViolation<State: Hashable & Sendable> {
  /// The call whose return is the first after which no order is left, by its place.
  let culprit: Int32
  /// Whether every search for it came to an end; else an earlier one may be to blame.
  let isCertain: Bool
  /// The longest order found of the calls up to that return, by place, and a state that it leaves.
  let prefix: [Int32]
  let state: State
  /// Whether the search for it came to its end; else there may be a longer one.
  let isLongest: Bool
  /// The completed calls none of which can come next, by place.
  let blocked: [Int32]
  /// Those that may change the state and were open then or of unknown result, by place, whether the order uses them or not.
  let open: [Int32]
}

/// Finds out where calls without an order go wrong.
struct ModelViolationFinder<Model: SequentialModel> {
  let model: Model
  let calls: [ModelCall<Model.Operation>]
  /// The places of those that have no order: one part of all.
  private var places: [Int32]
  /// What each of the searches below may spend: an explanation is not worth more than the verdict.
  private let budget: Budget
  /// The configurations looked at.
  private(set) var expansions = 0
  private var isCertain = true

  /// What the clients of one part knew at some time, and where its calls stand among all.
  private struct Cut {
    var calls: [ModelCall<Model.Operation>] = []
    var places: [Int32] = []
  }

  private static var expansionLimit: Int { 20_000 }
  private static var expansionsForCall: Int { 8 }
  /// What looking for an earlier fault in the other parts may spend in all.
  private static var otherPartsLimit: Int { 200_000 }

  init(_ model: Model, _ calls: [ModelCall<Model.Operation>], _ places: [Int32], within budget: Budget) {
    (self.model, self.calls, self.places) = (model, calls, places)
    let limit = Self.expansionLimit + Self.expansionsForCall * calls.count
    self.budget = Budget(expansions: min(budget.expansions, limit), bytes: budget.bytes)
  }

  /// The place where it goes wrong; some completed call is there, for without one there is always an order.
  mutating func find(shouldStop: () -> Bool) -> ModelViolation<Model.State> {
    var culprit = firstImpossibleEnd(shouldStop: shouldStop)
    let known = places
    for part in ModelParts(model, calls).places where part != known {
      if shouldStop() || expansions > Self.otherPartsLimit {
        isCertain = false
        break
      }
      guard let isBroken = isBroken(part, behind: (calls[Int(culprit)].end ?? 0) - 1, shouldStop) else {
        isCertain = false
        continue
      }
      guard isBroken else { continue }
      places = part
      culprit = firstImpossibleEnd(shouldStop: shouldStop)
    }
    return violation(culprit, shouldStop: shouldStop)
  }

  private mutating func violation(_ culprit: Int32, shouldStop: () -> Bool) -> ModelViolation<Model.State> {
    let cut = cut(places, behind: calls[Int(culprit)].end ?? .max)
    var search = search(over: cut)
    search.asksOutlook = false
    search.recordsLongest = true
    let result = search.run(within: budget, shouldStop: shouldStop)
    let isLongest = if case .limited = result { false } else { true }
    expansions += search.expansions
    let prefix = search.longest.map { search.problem.sources[Int($0)] }
    var isPlaced = [Bool](repeating: false, count: cut.calls.count)
    for place in prefix { isPlaced[Int(place)] = true }
    let left = cut.calls.indices.filter { !isPlaced[$0] }
    let earliest = left.compactMap { cut.calls[$0].end }.min() ?? .max
    let blocked = left.filter { cut.calls[$0].end != nil && cut.calls[$0].call < earliest }
    let open = cut.calls.indices.filter { place in
      cut.calls[place].end == nil && !model.onlyLooks(cut.calls[place].operation, from: model.initial)
    }
    return ModelViolation(
      culprit: culprit, isCertain: isCertain, prefix: prefix.map { cut.places[Int($0)] },
      state: search.states[Int(search.longestState)], isLongest: isLongest, blocked: blocked.map { cut.places[$0] },
      open: open.map { cut.places[$0] })
  }

  /// What is left of a part if the clients' knowledge ends behind the event at `position`: later calls never were, and what
  /// was open then may or may not have happened.
  private func cut(_ part: [Int32], behind position: Int) -> Cut {
    var cut = Cut()
    for place in part where calls[Int(place)].call < position {
      let call = calls[Int(place)]
      cut.places.append(place)
      if let end = call.end, end > position {
        cut.calls.append(ModelCall(call: call.call, end: nil, model.forgettingAnswer(of: call.operation)))
      } else {
        cut.calls.append(call)
      }
    }
    return cut
  }

  private func search(over cut: Cut) -> ModelSearch<Model, ProvenModelRules> {
    let all = Array(0..<Int32(cut.calls.count))
    return ModelSearch(model, ModelProblem(model, cut.calls, places: all), ProvenModelRules.self)
  }

  /// Whether a part has no order at this time; `nil` if that was not found out.
  private mutating func isBroken(_ part: [Int32], behind position: Int, _ shouldStop: () -> Bool) -> Bool? {
    let cut = cut(part, behind: position)
    if !cut.calls.contains(where: { $0.end != nil }) { return false }
    var search = search(over: cut)
    let result = search.run(within: budget, shouldStop: shouldStop)
    expansions += search.expansions
    return switch result {
    case .exhausted: true
    case .found: false
    case .limited: nil
    }
  }

  /// The completed call with the earliest return after which no order is left.
  ///
  /// What has an order has one at each earlier time, so the point can be found by halving.
  private mutating func firstImpossibleEnd(shouldStop: () -> Bool) -> Int32 {
    let ended = places.filter { calls[Int($0)].end != nil }
      .sorted { calls[Int($0)].end ?? 0 < calls[Int($1)].end ?? 0 }
    var low = 0
    var high = ended.count - 1
    while low < high {
      if shouldStop() {
        isCertain = false
        break
      }
      let middle = (low + high) / 2
      let found = isBroken(places, behind: calls[Int(ended[middle])].end ?? .max, shouldStop)
      if found == nil { isCertain = false }
      if found == true { high = middle } else { low = middle + 1 }
    }
    return ended[high]
  }
}
