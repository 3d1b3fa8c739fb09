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
  /// Which engine decides.
  public let algorithm: Algorithm

  /// A checker for histories of this model.
  public init(model: Model, budget: Budget = Budget(), algorithm: Algorithm = .auto) {
    self.model = model
    self.budget = budget
    self.algorithm = algorithm
  }

  /// Checks every key. The verdict is that of the worst: one key without an order outweighs all that is unknown, and
  /// one unknown key all those that are linearizable.
  ///
  /// - Parameters:
  ///   - history: of any number of keys.
  ///   - shouldStop: asked now and then; `true` ends the check as unknown.
  public func check(_ history: History, shouldStop: () -> Bool = { false }) -> Verdict {
    guard let parts = Subhistories(of: history, shouldStop: shouldStop) else { return .unknown(.stopped) }
    var order: [Int32] = []
    var limit: Limit?
    for place in parts.indices {
      let part = parts[place]
      let found =
        givenOrder(of: part, shouldStop: shouldStop).map { (decision: .linearizable($0), expansions: 0) }
        ?? decide(part, within: budget, shouldStop: shouldStop)
      if case .linearizable(let offsets) = found.decision {
        let start = Int32(parts.range(of: place).lowerBound)
        for offset in offsets { order.append(start + offset) }
        continue
      }
      let told = tell(found.decision, of: part, within: budget, spent: found.expansions, shouldStop: shouldStop)
      switch told.verdict {
      case .linearizable: break
      case .notLinearizable(let counterexample): return .notLinearizable(counterexample)
      case .unknown(let reached): limit = limit ?? reached
      }
    }
    if let limit { return .unknown(limit) }
    return .linearizable(Witness(of: parts.operations, order: order))
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
    let found =
      givenOrder(of: part).map { (decision: .linearizable($0), expansions: 0) }
      ?? decide(part, within: budget, shouldStop: shouldStop)
    let told = tell(found.decision, of: part, within: budget, spent: found.expansions, shouldStop: shouldStop)
    return PartVerdict(verdict: told.verdict, expansions: found.expansions + told.expansions)
  }

  /// The order that came with the history, if it holds for this key and the engine is left open: whoever names an engine
  /// wants to hear that one. Cheaper than any engine, so that it is asked for first.
  package func givenOrder(of part: Subhistory, shouldStop: () -> Bool = { false }) -> [Int32]? {
    // Objects do not follow a given order yet.
    guard algorithm == .auto, model.name.isCell else { return nil }
    return part.confirmedGivenOrder(model.specification, shouldStop: shouldStop)
  }

  /// Decides one key and explains nothing yet. An order is believed once it was replayed.
  package func decide(
    _ part: Subhistory, within budget: Budget, shouldStop: () -> Bool = { false }
  ) -> (decision: Decision, expansions: Int) {
    guard model.name.isCell else {
      guard algorithm == .auto || algorithm == .wingGong else {
        let misfit = ModelMisfit(
          line: nil, expected: "auto or wing-gong, which decide \(model.name.rawValue)", found: algorithm.rawValue)
        return (.unknown(.misfit(misfit)), 0)
      }
      return ObjectChecker(model, asksFastWays: algorithm == .auto).decide(part, within: budget, shouldStop: shouldStop)
    }
    let found = part.decide(model.specification, by: algorithm, within: budget, shouldStop: shouldStop)
    if case .linearizable(let order) = found.decision, !part.isConfirmed(by: order, model.specification) {
      return (.unknown(.contradiction), found.expansions)
    }
    return found
  }

  /// Puts into words what was decided of a key.
  ///
  /// - Parameter spent: the configurations that were looked at to decide it.
  package func tell(
    _ decision: Decision, of part: Subhistory, within budget: Budget, spent: Int, shouldStop: () -> Bool = { false }
  ) -> PartVerdict {
    switch decision {
    case .linearizable(let order):
      return PartVerdict(verdict: .linearizable(Witness(of: part.operations, order: order)), expansions: 0)
    case .notLinearizable(.object(let ground)):
      var explanation = ObjectExplanation(part, model, within: budget)
      let counterexample = explanation.counterexample(ground, shouldStop: shouldStop)
      return PartVerdict(verdict: .notLinearizable(counterexample), expansions: explanation.expansions)
    case .notLinearizable(let ground):
      var explanation = Explanation(part, model, within: budget, spent: spent)
      let counterexample = explanation.counterexample(ground, shouldStop: shouldStop)
      return PartVerdict(verdict: .notLinearizable(counterexample), expansions: explanation.expansions)
    case .notApplicable: return PartVerdict(verdict: .unknown(.notApplicable), expansions: 0)
    case .unknown(let limit): return PartVerdict(verdict: .unknown(limit), expansions: 0)
    }
  }
}
