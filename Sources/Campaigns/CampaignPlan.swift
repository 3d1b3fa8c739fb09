import Determinism
import KnownBugs
import Runs
import Scenarios
import Traces

/// Which seeds are run, how, and when to stop.
package struct CampaignPlan: Sendable {
  /// The first seed.
  package var firstSeed: UInt64
  /// How many seeds at most; `nil` goes on until something else says stop.
  package var count: UInt64?
  /// What is fixed in every scenario.
  package var knobs = ScenarioKnobs()
  /// The known bug that is switched on.
  package var bug: KnownBug?
  /// Whether a broken invariant ends a run.
  package var checks = RunChecks.all
  /// Whether each seed is run twice and compared, and not only those that fail.
  package var checksDeterminism = false
  /// Where second runs are made.
  package var secondRuns = DeterminismCheck.Place.thisProcess
  /// The configurations that the judge may look at for each key; `nil` for what each scenario's size allows.
  package var maxExpansions: Int?
  /// Stops after so many failing seeds.
  package var failureLimit: Int?
  /// Starts no further seed after so much wall time.
  package var timeLimit: Duration?
  /// Where each failing seed is kept, in a folder of its own.
  package var directory: String?

  /// All seeds from `firstSeed` on, or `count` of them.
  package init(firstSeed: UInt64 = 0, count: UInt64? = nil) {
    self.firstSeed = firstSeed
    self.count = count
  }

  /// The seed at this place, or `nil` after the last one.
  package func seed(at place: UInt64) -> UInt64? {
    if let count, place >= count { return nil }
    let (seed, overflows) = firstSeed.addingReportingOverflow(place)
    return overflows ? nil : seed
  }
}
