import Reporting
import Traces

/// A failing seed as a campaign keeps it: a line of `failures.ndjson`.
package struct FailureRecord: Codable, Hashable, Sendable {
  /// What a failing run was shrunk to.
  package struct Minimal: Codable, Hashable, Sendable {
    package var shape: FailureShape
    package var size: RunSize
    /// How many scenarios were run for it.
    package var trials: Int
    /// Whether nothing that is left can be left out.
    package var isCertified: Bool
    /// What went wrong, in one sentence, and what happens, a line each, as the story tells them.
    package var sentence: String
    package var story: [String]
  }

  package let seed: UInt64
  package let failure: SeedFailure
  /// The kind of wrong answer that clients saw, if it is called after that.
  package let anomaly: String?
  /// The known bug that was on.
  package let bug: String?
  /// What broke, in one line.
  package let detail: String?
  /// What the run is like, unshrunk.
  package let shape: FailureShape
  /// What to type to see it again.
  package let command: String
  /// The first and the last lines that its worker wrote to standard error, if that did not come to its end.
  package let errorLines: [String]?
  /// What it was shrunk to; `nil` if it was not.
  package var minimal: Minimal?
  /// Why it was to be shrunk and was not.
  package var refusal: String?
  /// The bucket into which it falls, once that is known.
  package var bucket: String?
}

/// Failing seeds that are taken for one bug.
package struct Bucket: Hashable, Sendable {
  /// Its name, which is also that of its folder: the failure, and digits that stand for the shape.
  package let name: String
  package let failure: SeedFailure
  package let shape: FailureShape
  /// How many seeds fell into it, and the lowest and the highest of them.
  package internal(set) var seeds = 0
  package internal(set) var lowestSeed: UInt64
  package internal(set) var highestSeed: UInt64
  /// The known bugs that were on, each once.
  package internal(set) var bugs: [String] = []
  /// Its records that were shrunk, or were to be, in the order of their seeds.
  package internal(set) var kept: [FailureRecord] = []

  /// The one that tells it best: the smallest, of several the one with the lowest seed.
  package var best: FailureRecord? { Self.smallest(of: kept) }

  static func smallest(of records: [FailureRecord]) -> FailureRecord? {
    records.min { one, other in
      Self.measure(one) == Self.measure(other)
        ? one.seed < other.seed : Self.measure(one).lexicographicallyPrecedes(Self.measure(other))
    }
  }

  private static func measure(_ record: FailureRecord) -> [Int] {
    record.minimal.map { [0, $0.size.faults, $0.size.operations, $0.size.nodes, $0.size.deliveries] } ?? [1]
  }

  /// What a bucket of this failure and shape is called.
  package static func name(of failure: SeedFailure, _ shape: FailureShape) -> String {
    "\(failure.description.replacing("/", with: "-"))-\(shape.digest)"
  }
}
