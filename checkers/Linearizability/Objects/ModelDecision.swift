/// What the search says of the calls of an object.
enum ModelDecision {
  /// There is this order of those that took effect: places among the calls.
  case linearizable([Int32])
  /// There is none, not even of these calls alone, which are one part of all.
  case notLinearizable([Int32])
  /// The search gave up.
  case unknown(Limit)
}

/// Decides the calls of an object, part by part.
///
/// The parts take turns: each round lets every undecided part go on where it paused, with a share of work eight times as
/// large, so that a hard part does not hide an easy one that has no order.
struct ModelDecider<Model: SequentialModel, Rules: ModelRules> {
  let model: Model
  let calls: [ModelCall<Model.Operation>]
  /// The configurations looked at.
  private(set) var expansions = 0

  /// The first round's share of each part.
  private static var firstShare: Int { 20_000 }
  private static var growth: Int { 8 }

  init(_ model: Model, _ calls: [ModelCall<Model.Operation>], _ rules: Rules.Type) {
    (self.model, self.calls) = (model, calls)
  }

  /// Decides, as far as the budget allows. The answer depends on nothing but the calls, the model and the budget, unless
  /// `shouldStop` ends it.
  mutating func decide(within budget: Budget, shouldStop: () -> Bool) -> ModelDecision {
    if shouldStop() { return .unknown(.stopped) }
    guard ModelProblem<Model>.bytes(forCalls: calls.count) <= budget.bytes else {
      return .unknown(.bytes(budget.bytes))
    }
    let parts = ModelParts(model, calls).places
    var orders = [[Int32]](repeating: [], count: parts.count)
    var paused = [ModelSearch<Model, Rules>?](repeating: nil, count: parts.count)
    var open = Array(parts.indices)
    var share = Self.firstShare
    var pausedBytes = 0
    while !open.isEmpty {
      var left: [Int] = []
      for part in open {
        if shouldStop() { return .unknown(.stopped) }
        var search =
          paused[part].take()
          ?? ModelSearch(model, ModelProblem(model, calls, places: parts[part]), Rules.self)
        let (before, bytesBefore) = (search.expansions, share == Self.firstShare ? 0 : search.bytes)
        pausedBytes -= bytesBefore
        let most = min(share, budget.expansions - (expansions - before))
        let result = search.run(
          within: Budget(expansions: most, bytes: budget.bytes - pausedBytes), shouldStop: shouldStop)
        expansions += search.expansions - before
        switch result {
        case .found(let order): orders[part] = order
        case .exhausted: return .notLinearizable(parts[part])
        case .limited(.expansions):
          if expansions > budget.expansions { return .unknown(.expansions(budget.expansions)) }
          pausedBytes += search.bytes
          paused[part] = search
          left.append(part)
        case .limited(.bytes): return .unknown(.bytes(budget.bytes))
        case .limited(let limit): return .unknown(limit)
        }
      }
      open = left
      share = share.multipliedReportingOverflow(by: Self.growth).overflow ? .max : share * Self.growth
    }
    return .linearizable(ModelParts.merged(orders, calls))
  }
}

extension SequentialModel {
  /// Decides these calls, and replays an order before it is believed.
  ///
  /// - Returns: what was found out and how many configurations were looked at.
  func decide<Rules: ModelRules>(
    _ calls: [ModelCall<Operation>], within budget: Budget, _ rules: Rules.Type, shouldStop: () -> Bool = { false }
  ) -> (decision: ModelDecision, expansions: Int) {
    var decider = ModelDecider(self, calls, rules)
    let decision = decider.decide(within: budget, shouldStop: shouldStop)
    if case .linearizable(let order) = decision, !ModelReplay(model: self, calls: calls).confirms(order) {
      return (.unknown(.contradiction), decider.expansions)
    }
    return (decision, decider.expansions)
  }
}
