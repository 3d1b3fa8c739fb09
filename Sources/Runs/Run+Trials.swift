import Determinism
import Histories
import Judging
import Linearizability
import Scenarios
import Shrinking
import Simulation
import Traces

extension Run {
  /// Tries scenarios in place of this run's, under its rules.
  ///
  /// - Parameters:
  ///   - signature: the failure that is looked for; only what fails so is run on the correct rules as well.
  ///   - threads: how many are tried at once.
  ///   - shouldStop: asked now and then, on any thread; `true` ends each trial as undecided.
  package func bench(
    for signature: FailureSignature, threads: Int = Workers.cores,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> TrialBench {
    TrialBench(width: threads) { scenarios in
      Workers.map(scenarios, threads: threads) { scenario in
        var run = self
        run.scenario = scenario
        return run.trial(for: signature, shouldStop)
      }
    }
  }

  private func trial(for signature: FailureSignature, _ shouldStop: () -> Bool) -> Trial {
    do {
      try scenario.validate()
    } catch {
      return Trial(verdict: .refused(error.description), outcome: nil)
    }
    let outcome = trialOutcome(shouldStop)
    let verdict = verdict(of: outcome, shouldStop)
    guard verdict == .failed(signature), bug != nil else { return Trial(verdict: verdict, outcome: outcome) }
    let correct = Run(scenario: scenario, checks: checks).trialOutcome(shouldStop)
    return Trial(
      verdict: verdict, outcome: outcome,
      onCorrectRules: Trial.CorrectRun(
        verdict: self.verdict(of: correct, shouldStop), faults: correct.faults.map(\.id)))
  }

  private func trialOutcome(_ shouldStop: () -> Bool) -> RunOutcome {
    var simulation = Simulation(
      scenario, rules: bug?.rules ?? .paper,
      options: SimulationOptions(checks: checks, tellsDeliveries: true))
    return simulation.run(shouldStop: shouldStop)
  }

  /// As `RunReport.verdict` says it, with no more work than it takes to say so.
  private func verdict(of outcome: RunOutcome, _ shouldStop: () -> Bool) -> Trial.Verdict {
    if let failure = outcome.failure, !failure.signature.letsRunGoOn { return .failed(failure.signature) }
    let limits = judgingLimits
    let checker = LinearizabilityChecker(
      model: Model(of: outcome.history), budget: Budget(expansions: limits.expansions, bytes: limits.bytes))
    var isUndecided = outcome.isCut || outcome.hasNoFinalRead
    for part in Subhistory.parts(of: outcome.history) where checker.givenOrder(of: part) == nil {
      switch checker.decide(part, within: checker.budget, shouldStop: shouldStop).decision.answer {
      case true?: break
      case false?: return .failed(.linearizability)
      case nil: isUndecided = true
      }
    }
    if let failure = outcome.failure { return .failed(failure.signature) }
    return isUndecided ? .undecided : .held
  }
}
