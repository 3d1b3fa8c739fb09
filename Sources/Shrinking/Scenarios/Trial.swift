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

  /// A run of the same scenario on the correct rules.
  package struct CorrectRun: Sendable {
    package var verdict: Verdict
    /// The faults that took hold there, by their identities, in order.
    package var faults: [Int]

    package init(verdict: Verdict, faults: [Int]) {
      (self.verdict, self.faults) = (verdict, faults)
    }
  }

  package init(verdict: Verdict, outcome: RunOutcome?, onCorrectRules: CorrectRun? = nil) {
    (self.verdict, self.outcome, self.onCorrectRules) = (verdict, outcome, onCorrectRules)
  }
}

/// Tries scenarios: a pure function of each of them, in any order and on any number of threads.
package struct TrialBench: Sendable {
  /// How many scenarios it tries at once; more than that in one call gains nothing.
  package let width: Int
  private let trial: @Sendable ([Scenario]) -> [Trial]

  /// - Parameter trial: gives one trial for each scenario, in their order, and refuses what `Scenario.validate` does.
  package init(width: Int, trial: @escaping @Sendable ([Scenario]) -> [Trial]) {
    (self.width, self.trial) = (width, trial)
  }

  package func callAsFunction(_ scenarios: [Scenario]) -> [Trial] { trial(scenarios) }
}
