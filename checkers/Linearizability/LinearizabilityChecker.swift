import Histories

/// Decides whether some order of a history's operations, one that respects real time, explains every answer.
///
///     let checker = LinearizabilityChecker(model: Model(of: history))
///     switch checker.check(history) {
///     case .linearizable(let witness): print(witness.order.count)
///     case .notLinearizable(let counterexample): print(counterexample)
///     case .unknown(let limit): print("undecided: \(limit)")
///     }
public struct LinearizabilityChecker: Sendable {
  /// What the operations mean.
  public let model: Model
  /// What may be spent on each key.
  public let budget: Budget

  /// A checker for histories of this model.
  public init(model: Model, budget: Budget = Budget()) {
    self.model = model
    self.budget = budget
  }

  /// Checks every key. The verdict is that of the worst: one key without an order outweighs all that is unknown, and
  /// one unknown key all those that are linearizable.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends the check as unknown.
  public func check(_ history: History, shouldStop: () -> Bool = { false }) -> Verdict {
    var order: [Operation] = []
    var limit: Limit?
    for part in Subhistory.parts(of: history) {
      switch check(part, shouldStop: shouldStop).verdict {
      case .linearizable(let witness): order += witness.order
      case .notLinearizable(let counterexample): return .notLinearizable(counterexample)
      case .unknown(let reached): limit = limit ?? reached
      }
    }
    if let limit { return .unknown(limit) }
    return .linearizable(Witness(order: order))
  }

  /// What was found out about one key, and the configurations looked at for it.
  package struct PartVerdict: Sendable {
    package let verdict: Verdict
    package let expansions: Int
  }

  /// Checks one key.
  ///
  /// - Parameter budget: instead of the checker's own.
  package func check(
    _ part: Subhistory, within budget: Budget? = nil, shouldStop: () -> Bool = { false }
  ) -> PartVerdict {
    let budget = budget ?? self.budget
    var search = Search(Preparation(part, model.specification))
    let result = search.run(within: budget, shouldStop: shouldStop)
    switch result {
    case .found(let offsets):
      let order = offsets.map { part.operations[$0] }
      let replay = Replay(part: part, specification: model.specification)
      let verdict: Verdict =
        replay.confirms(order) ? .linearizable(Witness(order: order)) : .unknown(.contradiction)
      return PartVerdict(verdict: verdict, expansions: search.expansions)
    case .exhausted:
      var explanation = Explanation(part, model, within: budget)
      let counterexample = explanation.counterexample(shouldStop: shouldStop)
      return PartVerdict(
        verdict: .notLinearizable(counterexample), expansions: search.expansions + explanation.expansions)
    case .limited(let limit):
      return PartVerdict(verdict: .unknown(limit), expansions: search.expansions)
    }
  }
}
