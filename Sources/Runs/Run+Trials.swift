import Determinism
import Histories
import Judging
import Linearizability
import Scenarios
import Shrinking
import Simulation
import Synchronization
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
    TrialBench(width: threads) { scenarios, isFound in
      let found = Found(scenarios.count)
      return Workers.map(Array(scenarios.indices), threads: threads) { place in
        // Those before it are under way already, or done.
        if place > found.place { return nil }
        var run = self
        run.scenario = scenarios[place]
        let trial = run.trial(for: signature, shouldStop)
        if isFound(run.scenario, trial) { found.note(place) }
        return trial
      }
    }
  }

  /// Where in a row of trials the first one is that shows what is looked for; their number until one does.
  private final class Found: Sendable {
    private let first: Atomic<Int>

    init(_ count: Int) { first = Atomic(count) }

    var place: Int { first.load(ordering: .relaxed) }

    func note(_ place: Int) { first.min(place, ordering: .relaxed) }
  }

  private func trial(for signature: FailureSignature, _ shouldStop: () -> Bool) -> Trial {
    do {
      try scenario.validate()
    } catch {
      return Trial(verdict: .refused(error.description), outcome: nil)
    }
    let outcome = trialOutcome(shouldStop)
    let found = judged(outcome, shouldStop)
    guard found.verdict == .failed(signature), bug != nil else {
      return Trial(verdict: found.verdict, outcome: outcome, work: found.work)
    }
    let correct = Run(scenario: scenario, checks: checks).trialOutcome(shouldStop)
    let holds = judged(correct, shouldStop)
    return Trial(
      verdict: found.verdict, outcome: outcome,
      onCorrectRules: Trial.CorrectRun(verdict: holds.verdict, faults: correct.faults.map(\.id)),
      work: found.work + holds.work)
  }

  private func trialOutcome(_ shouldStop: () -> Bool) -> RunOutcome {
    var simulation = Simulation(
      scenario, rules: bug?.rules ?? .paper,
      options: SimulationOptions(checks: checks, tellsDeliveries: true))
    return simulation.run(shouldStop: shouldStop)
  }

  /// What each run is counted beside its events: it has to be set up.
  private static let workOfAnyRun = 200

  /// As `RunReport.verdict` says it, with no more work than it takes to say so; and how much work all that was.
  private func judged(_ outcome: RunOutcome, _ shouldStop: () -> Bool) -> (verdict: Trial.Verdict, work: Int) {
    var work = Self.workOfAnyRun + outcome.statistics.events
    if let failure = outcome.failure, !failure.signature.letsRunGoOn { return (.failed(failure.signature), work) }
    let limits = judgingLimits
    let checker = LinearizabilityChecker(
      model: Model(of: outcome.history), budget: Budget(expansions: limits.expansions, bytes: limits.bytes))
    var isUndecided = outcome.isCut || outcome.hasNoFinalRead
    for part in Subhistory.parts(of: outcome.history)
    where checker.givenOrder(of: part, shouldStop: shouldStop) == nil {
      let found = checker.decide(part, within: checker.budget, shouldStop: shouldStop)
      work += found.expansions
      switch found.decision.answer {
      case true?: break
      case false?: return (.failed(.linearizability), work)
      case nil: isUndecided = true
      }
    }
    if let failure = outcome.failure { return (.failed(failure.signature), work) }
    return (isUndecided ? .undecided : .held, work)
  }
}
