import Determinism
import Histories
import Scenarios
import Traces

/// Makes a failing scenario minimal: a scenario that fails in the same way, and without any one thing that is left does
/// not.
///
/// A candidate is taken if its run fails with the same signature, holds on the correct rules where a known bug is on, and
/// is smaller by `ScenarioMeasure`, where first of all no fault may come to take hold only because of the bug. What is
/// undecided does not fail, and what is outside the fault model is not run. So shrinking never slips from one failure to
/// another: whatever else fails on the way is kept apart.
///
/// The seed stays as it is, and with it all dice: they are keyed by what they decide, so that what is left behaves as it
/// did. Pass after pass takes something away or makes it simpler, until no pass finds anything: cut off what comes after
/// the failure; fix when elections and faults begin; then fewer faults, operations, nodes; plainer settings; simpler
/// faults and operations; fewer elections; rounder and shorter times; and last, single messages.
package struct ScenarioShrinker: Sendable {
  /// How far it has come.
  package struct Progress: Sendable {
    /// What is being done, in a few words.
    package let pass: String
    /// Of the smallest scenario so far.
    package let size: ScenarioSize
    /// How many scenarios were tried.
    package let trials: Int
  }

  /// Why a scenario is not shrunk.
  package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// It does not fail as it is said to.
    case differs(expected: FailureSignature, found: Trial.Verdict)
    /// It fails, and its run is another one.
    case isAnotherRun(expected: UInt64, found: UInt64)
    /// It fails without the bug, too.
    case notForTheBug(onCorrectRules: Trial.Verdict)

    package var description: String {
      switch self {
      case .differs(let expected, .undecided):
        "the scenario was to fail with \(expected), and whether it does, run again, is not decided within a trial's limits"
      case .differs(let expected, let found):
        "the scenario was to fail with \(expected), and run again it ends with: \(found.told)"
      case .isAnotherRun(let expected, let found):
        "the scenario was to run with event hash \(expected.hexadecimal), and run again it has"
          + " \(found.hexadecimal)"
      case .notForTheBug(let verdict): "on the correct rules the scenario ends with: \(verdict.told)"
      }
    }
  }

  private let bench: TrialBench
  private let budget: ShrinkingBudget

  /// - Parameters:
  ///   - bench: tries candidates.
  ///   - budget: how much work a shrinking may be.
  package init(bench: TrialBench, budget: ShrinkingBudget = .usual) {
    (self.bench, self.budget) = (bench, budget)
  }

  /// Shrinks.
  ///
  /// - Parameters:
  ///   - signature: how the scenario fails.
  ///   - eventHash: the identity of its run, if that is known.
  ///   - shouldStop: asked before every candidate; `true` ends the work with the smallest scenario so far.
  ///   - progress: called whenever there is a smaller one.
  /// - Throws: if the scenario, run again, does not do the same.
  package func shrink(
    _ scenario: Scenario, failingWith signature: FailureSignature, eventHash: UInt64? = nil,
    shouldStop: @escaping () -> Bool = { false }, progress: @escaping (Progress) -> Void = { _ in }
  ) throws(Refusal) -> ShrunkScenario {
    let trial = bench(scenario)
    // What was ended shows nothing against the scenario, which is the smallest so far.
    if shouldStop(), let outcome = trial.outcome, eventHash.map({ $0 == outcome.eventHash }) ?? true {
      let size = ScenarioSize(scenario, outcome)
      return ShrunkScenario(
        original: scenario, scenario: scenario, trial: trial, before: size, after: size, trials: 1, certificate: [],
        otherFailures: [], end: .stopped)
    }
    guard trial.verdict == .failed(signature), let outcome = trial.outcome else {
      throw .differs(expected: signature, found: trial.verdict)
    }
    if let eventHash, eventHash != outcome.eventHash {
      throw .isAnotherRun(expected: eventHash, found: outcome.eventHash)
    }
    // Where nobody can say, smaller ones will tell.
    if let correct = trial.onCorrectRules?.verdict, case .failed = correct {
      throw .notForTheBug(onCorrectRules: correct)
    }
    let start = ShrinkSession.Best(
      scenario: scenario, trial: trial, outcome: outcome, measure: ScenarioMeasure(scenario, trial, outcome))
    var session = ShrinkSession(
      start, signature: signature, bench: bench, budget: budget, shouldStop: shouldStop, progress: progress)
    session.shrink()
    let certificate = session.certify()
    // Asked once more: the last trial may have been ended, and then shows nothing.
    let end: ShrinkingEnd =
      if session.isStopped || shouldStop() { .stopped } else { certificate == nil ? .budgetUsedUp : .minimal }
    return ShrunkScenario(
      original: scenario, scenario: session.best.scenario, trial: session.best.trial,
      before: ScenarioSize(scenario, outcome), after: ScenarioSize(session.best.scenario, session.best.outcome),
      trials: session.trials, certificate: end == .minimal ? certificate ?? [] : [], otherFailures: session.others,
      end: end)
  }
}

/// What came of shrinking a scenario.
package struct ShrunkScenario: Sendable {
  /// Another failure that was met on the way.
  package struct OtherFailure: Sendable {
    package let signature: FailureSignature
    /// The first scenario that failed so.
    package let scenario: Scenario
    /// The identity of its run.
    package let eventHash: UInt64
  }

  /// What it was shrunk from.
  package let original: Scenario
  /// The smallest that was found.
  package let scenario: Scenario
  /// Its run.
  package let trial: Trial
  package let before: ScenarioSize
  package let after: ScenarioSize
  /// How many scenarios were run for it.
  package let trials: Int
  /// What happens without each thing that is left; none unless it came to its end.
  package let certificate: [Certified]
  package let otherFailures: [OtherFailure]
  /// Why it ended.
  package let end: ShrinkingEnd

  /// Whether there are more nodes, faults or operations than there were: some of what is taken away first makes room for
  /// other things, which go later.
  package var hasGrown: Bool {
    after.nodes > before.nodes || after.faults > before.faults || after.operations > before.operations
  }

  /// Whether nothing that is left can be left out, and every fault takes hold on the correct rules too.
  package var isCertified: Bool { end == .minimal && trial.idleFaults == 0 && certificate.allSatisfy(\.isProper) }
}

extension Trial.Verdict {
  /// In words.
  package var told: String {
    switch self {
    case .failed(let signature): "\(signature)"
    case .held: "holds"
    case .undecided: "undecided"
    case .refused(let reason): "refused: \(reason)"
    }
  }
}
