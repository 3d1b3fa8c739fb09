import Histories
import Linearizability

extension Judge {
  /// Judges a history without an order once more, each time with something taken otherwise that others do take otherwise,
  /// and tells what gives it one.
  ///
  /// The work is bounded by the size of the history: nothing is found out that would take long. First the keys without an
  /// order are decided anew, and only if all of them have one, the whole history.
  ///
  /// - Parameters:
  ///   - judgement: what was found out about `history`.
  ///   - limits: of memory and time; configurations are bounded besides.
  ///   - shouldStop: asked now and then.
  /// - Returns: those ways to take it that give it an order.
  package static func assumptions(
    behind judgement: Judgement, of history: History, _ limits: JudgingLimits,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> [AssumptionTrial] {
    // They are about what a cell holds.
    guard judgement.model.name.isCell, judgement.model.name != .mutex, !judgement.counterexamples.isEmpty,
      let trials = AssumptionTrials(history, judgement, limits, shouldStop)
    else { return [] }
    return trials.suggestions.compactMap(trials.trial)
  }

  /// What the judge says if events happened in the order of their times; `nil` if they have none.
  package static func orderOfTimes(
    insteadOf judgement: Judgement, of history: History, _ limits: JudgingLimits,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> AssumptionTrial? {
    guard let other = Assumption.orderOfTimes.applied(to: history, taking: [], judgement.model) else { return nil }
    var limits = limits
    limits.expansions = min(limits.expansions, AssumptionTrials.expansions(for: history))
    let verdict = Judge(model: other.model, limits: limits).judge(other.history, shouldStop: shouldStop).verdict
    let answer: Bool? =
      switch verdict {
      case .linearizable: true
      case .notLinearizable: false
      case .unknown: nil
      }
    return AssumptionTrial(assumption: .orderOfTimes, operations: [], isLinearizable: answer)
  }
}

/// Decides a history under other assumptions.
private struct AssumptionTrials {
  private let history: History
  private let model: Model
  private let limits: JudgingLimits
  private let shouldStop: @Sendable () -> Bool
  private let start = ContinuousClock.now
  /// Why the first keys without an order have none.
  private let counterexamples: [Counterexample]
  /// The keys of these.
  private let keys: [[UInt8]?]
  private let keyCount: Int
  let suggestions: [AssumptionReader.Suggestion]

  /// `nil` if it was stopped before.
  init?(
    _ history: History, _ judgement: Judgement, _ limits: JudgingLimits, _ shouldStop: @escaping @Sendable () -> Bool
  ) {
    guard let parts = Subhistories(of: history, shouldStop: shouldStop) else { return nil }
    (self.history, model, self.shouldStop) = (history, judgement.model, shouldStop)
    var limits = limits
    limits.expansions = min(limits.expansions, Self.expansions(for: history))
    self.limits = limits
    counterexamples = judgement.counterexamples
    keys = counterexamples.map(\.key)
    keyCount = judgement.keys.count
    let broken = keys.compactMap { key in parts.place(of: key).map { parts[$0] } }
    suggestions = AssumptionReader(broken, judgement.model).suggestions
  }

  /// So much, and so much more for each event, may deciding cost.
  static func expansions(for history: History) -> Int { 20_000 + 8 * history.events.count }

  /// `nil` if it gives no order, or nobody knows.
  func trial(_ suggestion: AssumptionReader.Suggestion) -> AssumptionTrial? {
    guard isLinearizable(suggestion.assumption, suggestion.operations) else { return nil }
    return AssumptionTrial(
      assumption: suggestion.assumption, operations: fewest(suggestion), isLinearizable: true)
  }

  /// So many other choices of operations are judged to find a small one; of a long history fewer, for each is judged anew.
  private var choices: Int { history.events.count > Self.longHistory ? 4 : 32 }
  private static let longHistory = 20_000

  /// The fewest that are found to be enough: a single one that leaves what the culprit found, or what is left when as many
  /// as possible are taken as before.
  private func fewest(_ suggestion: AssumptionReader.Suggestion) -> [Operation] {
    switch suggestion.assumption {
    case .mismatchNeverHappened, .failureIsUnknown: break
    case .initial, .nothingIsUnknown, .typesAreOne, .orderOfTimes: return suggestion.operations
    }
    var left = choices
    for operation in singles(suggestion.operations).prefix(left / 2) {
      left -= 1
      if isLinearizable(suggestion.assumption, [operation]) { return [operation] }
    }
    var operations = suggestion.operations
    var size = (operations.count + 1) / 2
    while size > 0 {
      var start = 0
      while start < operations.count, operations.count > 1, left > 0 {
        left -= 1
        let fewer = Array(operations[..<start] + operations[min(start + size, operations.count)...])
        if !fewer.isEmpty, isLinearizable(suggestion.assumption, fewer) {
          operations = fewer
        } else {
          start += size
        }
      }
      size = size == 1 ? 0 : (size + 1) / 2
    }
    return operations
  }

  /// Those of which one may be enough, the last ones first: the culprit of the only key without an order, or what leaves the
  /// value that this found.
  private func singles(_ operations: [Operation]) -> [Operation] {
    guard operations.count > 1, counterexamples.count == 1, keys.count == 1 else { return [] }
    let culprit = counterexamples[0].culprit
    return operations.reversed().filter { operation in
      if operation.call == culprit.call { return true }
      guard operation.kind == .fail, operation.call < culprit.end ?? .max, let found = culprit.foundValue else {
        return false
      }
      return switch operation.function {
      case .put: operation.argument == found
      case .compareAndSet: operation.replacement == found
      case .delete: found == .absent
      case .get, .append, .object: false
      }
    }
  }

  private var timeLeft: Swift.Duration? { limits.time.map { max(.zero, $0 - (ContinuousClock.now - start)) } }

  private func isLinearizable(_ assumption: Assumption, _ operations: [Operation]) -> Bool {
    guard !shouldStop(), timeLeft != .zero,
      let other = assumption.applied(to: history, taking: operations, model),
      let parts = Subhistories(of: other.history, shouldStop: shouldStop)
    else { return false }
    var limits = limits
    limits.time = timeLeft
    let checker = LinearizabilityChecker(model: other.model)
    let budget = Budget(expansions: limits.expansions, bytes: min(limits.bytes, Budget().bytes))
    let watch = Watch(limits, shouldStop: shouldStop)
    for key in keys {
      guard let place = parts.place(of: key) else { return false }
      let found = checker.decide(parts[place], within: budget, shouldStop: watch.isOver).decision
      guard found.answer == true else { return false }
    }
    // The other keys are taken otherwise, too.
    if keyCount == keys.count { return true }
    guard
      case .linearizable = Judge(model: other.model, limits: limits).judge(other.history, shouldStop: shouldStop)
        .verdict
    else { return false }
    return true
  }
}
