import Benchmarks
import Determinism
import KnownBugs
import Runs
import Scenarios

/// Cases that were not shrunk, of every known bug and every size of cluster, made when they are asked for.
struct HostileSamples: Sendable {
  private let seed: UInt64
  private var made: [Int: CaseTrials.Sample] = [:]

  init(seed: UInt64) {
    self.seed = seed
  }

  private static let purpose = Purpose(rawValue: 0x5341_4D50)
  /// After so many seeds without a failure one that holds is taken.
  private static let attempts = 30

  /// The sample of this number.
  mutating func sample(_ number: Int) -> CaseTrials.Sample {
    if let sample = made[number] { return sample }
    let bug = KnownBug.catalogue[number % KnownBug.catalogue.count]
    var draws = Dice(seed: seed).sequence(Self.purpose, UInt64(number))
    var knobs = ScenarioKnobs()
    knobs.nodes = 1 + draws.next().below(ScenarioLimits.maxNodes)
    knobs.operations = draws.pick([nil, 20, 60])
    let milliseconds = draws.pick([nil, 500, 3_000])
    knobs.duration = milliseconds.map { .milliseconds(Int64($0)) }
    var report: RunReport
    var attempt = 0
    repeat {
      let run = Run(seed: UInt64(draws.next().below(1 << 30)), knobs: knobs, bug: bug)
      report = run.simulate().judged()
      attempt += 1
    } while report.severity != .violation && attempt < Self.attempts
    var origin = ["--seed", "\(report.run.scenario.seed)", "--bug", bug.name]
    if let nodes = knobs.nodes { origin += ["--nodes", "\(nodes)"] }
    if let operations = knobs.operations { origin += ["--operations", "\(operations)"] }
    if let milliseconds { origin += ["--duration", "\(milliseconds)ms"] }
    let sample = CaseTrials.Sample(
      bytes: CaseFile(report).encoded(), history: report.outcome.history.jsonLines(), origin: origin)
    made[number] = sample
    return sample
  }
}
