import Determinism
import Histories
import Scenarios
import Traces

/// What a run of a candidate showed.
package struct Trial: Sendable {
  /// What it ended with.
  package enum Verdict: Hashable, Sendable {
    case failed(FailureSignature)
    case held
    /// A limit was reached. This is never a failure, and never a pass.
    case undecided
    /// The scenario is outside the fault model, and was not run; why, in a sentence.
    case refused(String)
  }

  package var verdict: Verdict
  /// What came of it; `nil` if it was refused.
  package var outcome: RunOutcome?
  /// With a known bug on, and if the run failed: what the same scenario does on the correct rules.
  package var onCorrectRules: CorrectRun?
  /// How much work it was: the events of its runs, and what the judge looked at.
  package var work: Int

  /// A run of the same scenario on the correct rules.
  package struct CorrectRun: Sendable {
    package var verdict: Verdict
    /// The faults that took hold there, by their identities, in order.
    package var faults: [Int]

    package init(verdict: Verdict, faults: [Int]) {
      (self.verdict, self.faults) = (verdict, faults)
    }
  }

  package init(verdict: Verdict, outcome: RunOutcome?, onCorrectRules: CorrectRun? = nil, work: Int = 0) {
    (self.verdict, self.outcome, self.onCorrectRules, self.work) = (verdict, outcome, onCorrectRules, work)
  }
}

/// Tries scenarios: a pure function of each of them, in any order and on any number of threads.
package struct TrialBench: Sendable {
  /// Whether a trial shows what is looked for, so that none is needed of the scenarios behind it.
  package typealias Question = @Sendable (Scenario, Trial) -> Bool

  /// How many scenarios it tries at once.
  package let width: Int
  private let trials: @Sendable ([Scenario], @escaping Question) -> [Trial?]

  /// - Parameter trials: gives one trial for each scenario, in their order, and refuses what `Scenario.validate` does. Those
  ///   behind one that shows what is looked for may be left out.
  package init(width: Int, trials: @escaping @Sendable ([Scenario], @escaping Question) -> [Trial?]) {
    (self.width, self.trials) = (width, trials)
  }

  /// One trial for each scenario, up to the first that shows what is looked for at least.
  package func callAsFunction(_ scenarios: [Scenario], until isFound: @escaping Question) -> [Trial?] {
    trials(scenarios, isFound)
  }

  /// The trial of one scenario.
  package func callAsFunction(_ scenario: Scenario) -> Trial {
    trials([scenario]) { _, _ in true }.first.flatMap(\.self) ?? Trial(verdict: .undecided, outcome: nil)
  }
}
