import Determinism
import KnownBugs

/// A known bug that a campaign looks for besides: if it is not caught, the campaign's tester is blind, and that nothing
/// else was found means nothing.
package struct Canary: Sendable {
  /// What became of it.
  package struct Outcome: Codable, Hashable, Sendable {
    package var bug: String
    /// How many seeds were run for it.
    package var seeds = 0
    /// The seed that caught it; `nil` while none has.
    package var caughtBy: UInt64?

    /// Whether it was not caught where it should have been.
    package var isBlind: Bool { caughtBy == nil && seeds >= Canary.maxSeeds }
    /// Whether nothing more is to be done for it.
    package var isDecided: Bool { caughtBy != nil || seeds >= Canary.maxSeeds }
  }

  /// How many seeds it gets.
  package static let maxSeeds = 100
  /// A campaign that takes so long has one.
  package static let worthwhile = Duration.seconds(60)

  /// Those that at least a fifth of the seeds catch, by `raftcheck bugs run` (the table in checkers/README.md).
  package static let bugs = [
    "ack-before-sync", "acks-before-commit", "commit-regresses", "delete-applies-put", "quorum-rounds-down",
    "reads-any-node", "term-not-persisted", "vote-expires", "votes-counted-twice",
  ]

  private static let purpose = Purpose(rawValue: 0x4341_4E41)

  /// The bug.
  package let bug: String
  /// The first of its seeds.
  private let firstSeed: UInt64

  /// Drawn by a campaign's first seed.
  package init(of plan: CampaignPlan) {
    var draws = Dice(seed: plan.firstSeed).sequence(Self.purpose)
    bug = Self.bugs[draws.next().below(Self.bugs.count)]
    firstSeed = draws.next().bits >> 1
  }

  /// The seed at a place.
  func seed(at place: Int) -> UInt64 { firstSeed + UInt64(place) }
}
