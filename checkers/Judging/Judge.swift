import Histories
import Linearizability

/// What a check may cost.
package struct JudgingLimits: Hashable, Sendable {
  /// Configurations for each key.
  package var expansions: Int
  /// Memory for the configurations of one key, in bytes.
  package var bytes: Int
  /// Wall time, all keys together; `nil` for as long as it takes. A run that must end the same way every time has none.
  package var time: Swift.Duration?

  package init(expansions: Int = Budget().expansions, bytes: Int = Budget().bytes, time: Swift.Duration? = nil) {
    self.expansions = expansions
    self.bytes = bytes
    self.time = time
  }
}

/// Checks whole histories, key by key, within limits of work, memory and time.
package struct Judge: Sendable {
  private let model: Model?
  private let limits: JudgingLimits
  private let algorithm: Algorithm

  /// - Parameters:
  ///   - model: what the operations mean; `nil` believes each history's header.
  ///   - algorithm: which engine decides.
  package init(model: Model? = nil, limits: JudgingLimits = JudgingLimits(), algorithm: Algorithm = .auto) {
    self.model = model
    self.limits = limits
    self.algorithm = algorithm
  }

  /// Checks every key of `history`.
  ///
  /// The judgement is the same every time unless the clock or `shouldStop` ended it.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends the check, undecided keys as unknown.
  package func judge(_ history: History, shouldStop: () -> Bool = { false }) -> Judgement {
    let deadline = limits.time.map { ContinuousClock.now + $0 }
    let isOver = { shouldStop() || deadline.map { ContinuousClock.now >= $0 } ?? false }
    let model = model ?? Model(of: history)
    let parts = Subhistory.parts(of: history)
    let checker = LinearizabilityChecker(model: model, algorithm: algorithm)
    var keys: [KeyJudgement] = parts.map {
      KeyJudgement(
        key: history.values[$0.key], operations: $0.operations.count, verdict: .unknown(.stopped), expansions: 0)
    }
    // A small share for every key first, so that one hard key does not starve an easy one that is broken.
    for share in [max(1, limits.expansions / 64), limits.expansions] {
      for (place, part) in parts.enumerated() where keys[place].isUndecided {
        let budget = Budget(expansions: share, bytes: limits.bytes)
        let result = checker.check(part, within: budget, shouldStop: isOver)
        keys[place].verdict = result.verdict
        keys[place].expansions += result.expansions
      }
    }
    return Judgement(model: model, keys: keys, operations: parts.reduce(0) { $0 + $1.operations.count })
  }
}
