/// Decides whether some order of calls, one that respects real time, explains every answer, for any `SequentialModel`.
///
///     let checker = ModelChecker(Counter())
///     let verdict = checker.check([
///       ModelCall(call: 0, end: 3, .add(2)),
///       ModelCall(call: 1, end: 2, .read(2)),
///       ModelCall(call: 4, end: 5, .read(0)),
///     ])
///     switch verdict {
///     case .linearizable(let order): print(order)
///     case .notLinearizable(let counterexample): print(counterexample.explanation)
///     case .unknown(let limit): print("undecided: \(limit)")
///     }
///
/// Calls of one object only: where several objects have nothing to do with each other, check each by itself.
public struct ModelChecker<Model: SequentialModel>: Sendable {
  /// What the operations mean.
  public let model: Model
  /// What may be spent.
  public let budget: Budget

  /// A checker for calls of this model.
  public init(_ model: Model, budget: Budget = Budget()) {
    (self.model, self.budget) = (model, budget)
  }

  /// What was found out.
  public enum Verdict: Sendable {
    /// There is this order of the calls that took effect, by their places among those given. It was replayed.
    case linearizable([Int])
    /// There is none.
    case notLinearizable(Counterexample)
    /// Not known. Never to be taken for a pass.
    case unknown(Limit)
  }

  /// Where it goes wrong.
  public struct Counterexample: Sendable {
    /// The call whose return is the first after which no order is left, by place.
    public let culprit: Int
    /// Whether it is known to be the first.
    public let isCertain: Bool
    /// The longest order found of the calls up to that return, by place.
    public let prefix: [Int]
    /// A state that this order leaves.
    public let state: Model.State
    /// The calls none of which can come next, by place.
    public let blocked: [Int]
    /// All of it in plain sentences, a line each.
    public let explanation: String
  }

  /// Checks the calls, in whatever order they are given.
  ///
  /// - Parameters:
  ///   - calls: their positions are all different.
  ///   - shouldStop: asked now and then; `true` ends the check as unknown.
  /// - Complexity: exponential in how many calls overlap and in those of unknown result, at worst; as long as little
  ///   overlaps, linear.
  public func check(_ calls: [ModelCall<Model.Operation>], shouldStop: () -> Bool = { false }) -> Verdict {
    switch model.decide(calls, within: budget, ProvenModelRules.self, shouldStop: shouldStop).decision {
    case .linearizable(let order): return .linearizable(order.map { Int($0) })
    case .unknown(let limit): return .unknown(limit)
    case .notLinearizable(let places):
      var finder = ModelViolationFinder(model, calls, places, within: budget)
      let violation = finder.find(shouldStop: shouldStop)
      return .notLinearizable(
        Counterexample(
          culprit: Int(violation.culprit), isCertain: violation.isCertain, prefix: violation.prefix.map { Int($0) },
          state: violation.state, blocked: violation.blocked.map { Int($0) },
          explanation: explanation(of: violation, calls)))
    }
  }

  private func explanation(
    of violation: ModelViolation<Model.State>, _ calls: [ModelCall<Model.Operation>]
  ) -> String {
    let state = model.description(of: violation.state)
    var lines = ["No order of the calls explains every answer."]
    lines.append(
      "\(violation.isCertain ? "The end" : "At the latest the end") of \(name(violation.culprit, calls)) leaves none.")
    lines.append(
      violation.prefix.last.map { last in
        "The longest order found holds \(violation.prefix.count) of them and ends with \(name(last, calls)); then \(state)."
      } ?? "None can come first, while \(state).")
    for place in violation.blocked.prefix(8) {
      let operation = calls[Int(place)].operation
      let reason =
        model.successors(of: violation.state, by: operation).isEmpty
        ? "but \(state)" : "but every order that goes on with it ends sooner"
      lines.append(
        "  \(name(place, calls)) comes next of what was answered: it \(model.description(of: operation)), \(reason).")
    }
    if violation.blocked.count > 8 { lines.append("  and \(violation.blocked.count - 8) more.") }
    return lines.joined(separator: "\n")
  }

  private func name(_ place: Int32, _ calls: [ModelCall<Model.Operation>]) -> String {
    "call \(place) (\(calls[Int(place)].call)-\(calls[Int(place)].end.map { "\($0)" } ?? "?"))"
  }
}
