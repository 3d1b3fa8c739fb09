import KnownBugs
import Traces

/// Which known bugs are looked for, where, and by what they count as caught.
package struct BugHuntPlan: Sendable {
  /// In the order in which they are looked for and reported.
  package var bugs: [KnownBug]
  /// The seeds that each of them gets, in order.
  package var seeds: Range<UInt64>
  /// What ends a run. Where that is not everything, whatever ends it or is wrong with the history catches a bug, which must
  /// be one that clients are to notice: as one tests somebody else's store.
  package var checks = RunChecks.all
  /// A bug that was caught in so many seeds is looked for no more.
  package var catches = 20
  /// Whether what caught a bug is shrunk.
  package var shrinksCatches = false
  /// Whether the story, the page and the steps of each minimal case are compared with its trace.
  package var checksStories = false
  /// Where minimal cases are saved, each in a folder of its bug's; `nil` for nowhere.
  package var directory: String?

  package init(bugs: [KnownBug], seeds: Range<UInt64>) {
    self.bugs = bugs
    self.seeds = seeds
  }

  /// How many seeds each bug gets at the most.
  package var seedCount: Int { Int(clamping: seeds.upperBound - seeds.lowerBound) }

  /// Whether a failure catches a bug.
  func isCaught(_ bug: KnownBug, by effect: KnownBug.Effect) -> Bool {
    switch checks {
    case .all, .damage: bug.allEffects.contains(effect)
    case .outside: effect != .invariant
    case .none: effect == .history
    }
  }
}
