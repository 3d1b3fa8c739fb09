import Determinism
import Histories
import KnownBugs
import Runs
import Traces

/// How a known bug was caught, or was not.
package struct BugFigures: Sendable {
  /// One kind of failure.
  package struct Bucket: Sendable {
    package internal(set) var seeds = 0
    package internal(set) var firstSeed: UInt64
  }

  /// The first seed that caught it.
  package struct FirstCatch: Hashable, Sendable {
    package let seed: UInt64
    package let signature: FailureSignature
  }

  /// What one seed told.
  struct SeedOutcome: Sendable {
    var seed: UInt64
    var signature: FailureSignature?
    var isCaught: Bool
    var severity: Severity
    var processorTime: Duration
    /// If it was caught, and catches are shrunk.
    var shrunk: ShrunkSeed?
  }

  package let bug: KnownBug
  /// How many seeds were run.
  package private(set) var seeds = 0
  /// How many of them caught it.
  package private(set) var catches = 0
  package private(set) var first: FirstCatch?
  /// Everything that failed, by signature: what caught it, and what its row does not name.
  package private(set) var caughtBy = SortedTable<FailureSignature, Bucket>()
  package private(set) var failedOtherwise = SortedTable<FailureSignature, Bucket>()
  /// How many seeds did not fail and were not decided either.
  package private(set) var undecided = 0
  /// Seeds in which the program contradicted itself.
  package private(set) var internalErrors = 0
  /// Of all its seeds.
  package private(set) var processorTime = Duration.zero
  /// What the seeds that caught it were shrunk to, if that was asked for.
  package var shrinking: ShrinkFigures { ShrinkFigures(bug, shrunk) }
  private var shrunk: [ShrunkSeed] = []

  init(_ bug: KnownBug) {
    self.bug = bug
  }

  /// The seeds that caught it, of those run.
  package var proportion: Proportion { Proportion(catches, of: seeds) }

  mutating func add(_ outcome: SeedOutcome) {
    seeds += 1
    processorTime = processorTime + outcome.processorTime
    if outcome.severity == .undecided { undecided += 1 }
    if outcome.severity == .internalError { internalErrors += 1 }
    guard let signature = outcome.signature else { return }
    if outcome.isCaught {
      catches += 1
      if let one = outcome.shrunk { shrunk.append(one) }
      if first == nil { first = FirstCatch(seed: outcome.seed, signature: signature) }
      Self.count(signature, of: outcome.seed, in: &caughtBy)
    } else {
      Self.count(signature, of: outcome.seed, in: &failedOtherwise)
    }
  }

  private static func count(
    _ signature: FailureSignature, of seed: UInt64, in buckets: inout SortedTable<FailureSignature, Bucket>
  ) {
    var bucket = buckets[signature] ?? Bucket(firstSeed: seed)
    bucket.seeds += 1
    buckets[signature] = bucket
  }
}
