import Determinism
import Histories
import Judging
import Linearizability
import Scenarios
import Simulation
import Traces

/// Whole runs of a size at which one can compare: five servers under the faults of an ordinary seed for half a minute of
/// virtual time, and so many operations that a thousand are done on average, their history judged.
package enum SimulationLoad {
  /// What is the same in every seed.
  package static var knobs: ScenarioKnobs {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.duration) = (5, .seconds(30))
    (knobs.clients, knobs.keys, knobs.operations) = (16, 8, 1_500)
    return knobs
  }

  /// Runs and judges seeds, on the rules as published.
  ///
  /// - Parameter clock: the processor time used so far.
  package static func run(
    seeds: Range<UInt64>, checksInvariants: Bool, clock: () -> Duration
  ) -> SimulationFigures {
    var figures = SimulationFigures(checksInvariants: checksInvariants)
    for seed in seeds {
      let start = clock()
      var simulation = Simulation(
        Scenario(seed: seed, knobs: knobs), options: SimulationOptions(checks: checksInvariants ? .all : .none))
      let outcome = simulation.run()
      let simulated = clock()
      let judgement = Judge(limits: JudgingLimits()).judge(outcome.history)
      figures.add(outcome, judgement.verdict, simulating: simulated - start, judging: clock() - simulated)
    }
    return figures
  }
}

/// What simulating and judging some seeds has cost, and what it was.
package struct SimulationFigures: Hashable, Sendable {
  package let checksInvariants: Bool
  package private(set) var seeds = 0
  /// Seeds with a failure, or whose history is not known to be linearizable.
  package private(set) var unsound = 0
  package private(set) var events = 0
  package private(set) var virtualNanoseconds: Int64 = 0
  /// Operations that were called, of all seeds and of the seed with the fewest.
  package private(set) var operations = 0
  package private(set) var leastOperations = Int.max
  package private(set) var faults = 0
  /// Processor time.
  package private(set) var simulatingNanoseconds: Int64 = 0
  package private(set) var judgingNanoseconds: Int64 = 0

  init(checksInvariants: Bool) {
    self.checksInvariants = checksInvariants
  }

  mutating func add(_ outcome: RunOutcome, _ verdict: Verdict, simulating: Duration, judging: Duration) {
    seeds += 1
    if case .linearizable = verdict, outcome.failure == nil, !outcome.isCut {} else { unsound += 1 }
    events += outcome.statistics.events
    virtualNanoseconds += outcome.statistics.virtualTime.nanoseconds
    operations += outcome.statistics.operations
    leastOperations = min(leastOperations, outcome.statistics.operations)
    faults += FaultKind.allCases.reduce(0) { $0 + outcome.statistics[kind: $1] }
    simulatingNanoseconds += simulating.nanoseconds
    judgingNanoseconds += judging.nanoseconds
  }

  private var seconds: Double { Double(max(1, simulatingNanoseconds + judgingNanoseconds)) / 1e9 }

  /// All of them of simulating and judging together.
  package var seedsPerMinute: Double { Double(seeds) * 60 / seconds }
  package var eventsPerSecond: Double { Double(events) / seconds }
  package var virtualSecondsPerSecond: Double { Double(virtualNanoseconds) / 1e9 / seconds }
}
