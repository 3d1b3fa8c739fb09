import Determinism
import KnownBugs
import Runs
import Scenarios
import Shrinking
import Traces

/// What all seeds of a campaign have in common: what a worker is told first.
package struct WorkerSetup: Codable, Hashable, Sendable {
  /// What one seed may take before its worker is ended.
  package struct Limits: Codable, Hashable, Sendable {
    /// Processor time.
    package var time = Duration.seconds(60)
    /// So many times that on the wall is too long, too, whatever the processor does.
    package var wallFactor: Int64 = 10
    /// Resident memory of the worker, in bytes.
    package var bytes = 2 << 30

    /// A seed is run a thousand times and more while it is shrunk.
    package static let shrinkFactor: Int64 = 20

    package init() {}

    /// What `raftcheck run` is to be told so that it ends at the latest where a worker would be ended.
    func words(for stop: WorkerStop) -> [String] {
      switch stop {
      case .trap, .killed: []
      case .seedTimeout: ["--timeout \(max(1, time.nanoseconds / 1_000_000 * wallFactor))ms"]
      case .seedMemory: bytes < 1 << 20 ? ["--memory \(max(1, bytes >> 10))K"] : ["--memory \(bytes >> 20)M"]
      }
    }
  }

  /// What a test lets happen to a worker.
  package enum Mishap: String, Codable, Sendable {
    case trap, hang, sleep, allocate
    /// It is killed each time, or only the first time that it gets the seed.
    case killed
    case killedOnce = "killed-once"
  }

  /// A mishap and the seed at which it happens.
  package struct PlannedMishap: Codable, Hashable, Sendable {
    package var seed: UInt64
    package var mishap: Mishap

    package init(seed: UInt64, mishap: Mishap) { (self.seed, self.mishap) = (seed, mishap) }
  }

  /// What is fixed in every scenario.
  package var knobs = ScenarioKnobs()
  /// The known bugs that are switched on, one for each seed by its remainder; none for the correct rules.
  package var bugs: [String] = []
  /// What ends a run.
  package var checks = RunChecks.all
  /// Whether each seed is run twice and compared, and not only those that fail.
  package var checksDeterminism = false
  /// The configurations that the judge may look at for each key; `nil` for what each scenario's size allows.
  package var maxExpansions: Int?
  /// Where failing runs are kept as they are found, each in a folder of its seed's; `nil` for nowhere.
  package var directory: String?
  package var limits = Limits()
  /// How much work it may be to make one failing seed minimal, in events.
  package var shrinkEvents = ShrinkingBudget.usual.events
  package var mishaps: [PlannedMishap] = []

  package init() {}

  /// The known bug that is on in a seed.
  package func bug(of seed: UInt64) -> KnownBug? {
    guard !bugs.isEmpty else { return nil }
    return KnownBug.named(bugs[Int(seed % UInt64(bugs.count))])
  }

  /// The run of a seed.
  package func run(of seed: UInt64) -> Run {
    var run = Run(seed: seed, knobs: knobs, bug: bug(of: seed), checks: checks)
    run.maxExpansions = maxExpansions
    return run
  }
}
