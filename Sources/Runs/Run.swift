import Determinism
import Histories
import Judging
import KnownBugs
import Linearizability
import Replica
import Scenarios
import Simulation
import Traces

/// One run to be made: a scenario, the rules that the servers follow and what the observer looks at.
package struct Run: Sendable {
  /// What happens.
  package var scenario: Scenario
  /// The known bug that is switched on.
  package var bug: KnownBug?
  /// What ends the run, besides its own end.
  package var checks: RunChecks
  /// The configurations that the judge may look at for each key; `nil` for what the size of the scenario allows.
  package var maxExpansions: Int?

  /// The run of a scenario that is already there.
  package init(scenario: Scenario, bug: KnownBug? = nil, checks: RunChecks = .all) {
    self.scenario = scenario
    self.bug = bug
    self.checks = checks
  }

  /// The run of a seed. The bug has no say in the scenario.
  ///
  /// - Parameter knobs: valid ones.
  package init(
    seed: UInt64, knobs: ScenarioKnobs = ScenarioKnobs(), bug: KnownBug? = nil, checks: RunChecks = .all
  ) {
    self.init(scenario: Scenario(seed: seed, knobs: knobs), bug: bug, checks: checks)
  }

  /// The configurations for each key unless told otherwise, and on top of them for each operation of the run. They are
  /// only needed where the order of effects does not hold.
  private static let expansions = Budget().expansions
  private static let expansionsPerOperation = 1_000

  /// What judging the run may cost: work and memory, never time, so that it ends the same way everywhere.
  package var judgingLimits: JudgingLimits {
    JudgingLimits(
      expansions: maxExpansions ?? Self.expansions + Self.expansionsPerOperation * scenario.operationCount)
  }

  /// What stands above what its clients saw.
  var historyHeader: HistoryHeader {
    HistoryHeader(
      model: .keyValue, seed: scenario.seed, bug: bug?.name, nodes: scenario.cluster.nodes,
      origin: "\(Program.name) \(Program.version)")
  }

  /// Runs the scenario and judges nothing yet.
  ///
  /// - Parameter window: the events that the outcome tells one by one; the run is cut behind them.
  package func simulate(tracing window: TraceWindow? = nil) -> SimulatedRun {
    let watch = Stopwatch()
    var simulation = Simulation(
      scenario, rules: bug?.rules ?? .paper,
      options: SimulationOptions(checks: checks, tracing: window), header: historyHeader)
    let outcome = simulation.run()
    return SimulatedRun(run: self, outcome: outcome, simulationTime: watch.elapsed)
  }
}

/// A run that has been made and not yet judged, so that its history can be saved first.
package struct SimulatedRun: Sendable {
  /// What was run.
  package let run: Run
  /// What came of it.
  package let outcome: RunOutcome
  /// Wall time of the simulation.
  package let simulationTime: Duration

  /// Judges what the clients saw. Work and memory limit it, never the clock, so that it ends the same way every time.
  ///
  /// - Parameter saved: the same history as it was read back from a file, whose lines the account then names.
  package func judged(reading saved: History? = nil) -> RunReport {
    let watch = Stopwatch()
    let judgement = Judge(limits: run.judgingLimits).judge(saved ?? outcome.history)
    var outcome = outcome
    if let failure = outcome.failure, failure.signature.letsRunGoOn {
      if case .notLinearizable = judgement.verdict {
        // Clients saw what it meant, and that says it better.
        outcome.failure = nil
      } else if let place = outcome.place(ofEvent: failure.event) {
        outcome.trace.removeSubrange((place + 1)...)
      }
    }
    return RunReport(
      run: run, outcome: outcome, judgement: judgement, simulationTime: simulationTime, judgingTime: watch.elapsed)
  }
}
