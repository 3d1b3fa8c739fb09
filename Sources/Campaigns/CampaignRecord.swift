import Determinism
import KnownBugs
import Reporting
import Runs
import Scenarios
import Traces

/// What a campaign has found so far: all that is written and printed of it.
package struct CampaignRecord: Sendable {
  package let plan: CampaignPlan
  package internal(set) var summary = CampaignSummary()
  package internal(set) var ledger = FailureLedger()
  /// What became of the saved cases, in their order; `nil` for those that were not replayed.
  package internal(set) var cases: [SavedCaseResult?]
  /// Seeds that failed and are not counted, for one before them was under way when the campaign ended. One that goes on
  /// runs them again, and counts them then.
  package internal(set) var uncounted: [UInt64] = []
  /// What is missing, of shards that were merged: a clause each.
  package internal(set) var gaps: [String] = []
  /// What became of the known bug that was looked for besides; `nil` if there was none.
  package internal(set) var canary: Canary.Outcome?
  /// Whether somebody interrupted it.
  package internal(set) var wasInterrupted = false
  /// Why it ended early, if something went wrong with files or workers.
  package internal(set) var problem: FileProblem?

  /// Of a campaign that has not begun.
  package init(_ plan: CampaignPlan) {
    self.plan = plan
    cases = [SavedCaseResult?](repeating: nil, count: plan.cases.count)
  }

  /// The worst that was found. One that does not see a known bug has shown nothing.
  package var severity: Severity {
    let worst = max(severityOfSeeds, cases.compactMap(\.self).map(\.severity).max() ?? .pass)
    return canary?.isBlind ?? false ? max(worst, .internalError) : worst
  }

  private var severityOfSeeds: Severity {
    max(summary.severity, gaps.isEmpty ? .pass : .undecided, uncounted.isEmpty ? .pass : .violation)
  }

  /// The verdict in a word.
  package var verdictWord: String { word(severity) }

  /// The verdict as `summary.json` has it: of the seeds alone, so that it is the same for shards and for their merger.
  var verdictOfSeeds: String { word(severityOfSeeds) }

  private func word(_ worst: Severity) -> String {
    summary.seeds == 0 && worst == .pass ? "nothing-ran" : worst.campaignWord
  }

  /// Which seeds failed and are not counted, as a clause.
  package var uncountedText: String {
    let seeds = uncounted.prefix(5).map { "\($0)" } + (uncounted.count > 5 ? ["..."] : [])
    return "\(seeds.joined(separator: ", ")) failed, too, behind one that was under way"
  }

  /// The saved cases that are not as they must be.
  package var failingCases: [SavedCaseResult] { cases.compactMap(\.self).filter { $0.sentence != nil } }

  /// Whether all seeds of the plan were run, and all that is to be shrunk was.
  package var isComplete: Bool {
    guard let count = plan.seedCount else { return false }
    return UInt64(summary.seeds) >= count && ledger.open.isEmpty
  }
}

/// `manifest.json`: which seeds a folder is about, and how they are run. Campaigns of the same plan go on with each other.
package struct CampaignManifest: Codable, Hashable, Sendable {
  package static let format = "raftcheck-campaign/1"
  package static let name = "manifest.json"

  package struct Part: Codable, Hashable, Sendable {
    package var index: UInt64
    package var total: UInt64
  }

  private var format = Self.format
  package var version = Program.version
  package var scenarioVersion = Scenario.currentVersion
  package var firstSeed: UInt64
  package var count: UInt64?
  package var shard: Part
  /// Whether shards were merged; no campaign goes on with that.
  package var isMerged: Bool?
  package var knobs: ScenarioKnobs
  package var bugs: [String]
  package var checks: String
  package var checksDeterminism: Bool
  package var maxExpansions: Int?
  package var shrinks: Bool
  /// What the command line says of the scenarios.
  package var options: [String]

  package init(_ plan: CampaignPlan) {
    (firstSeed, count, shard) = (plan.firstSeed, plan.count, Part(index: plan.shard.index, total: plan.shard.total))
    (knobs, bugs, checks) = (plan.setup.knobs, plan.setup.bugs, plan.setup.checks.rawValue)
    (checksDeterminism, maxExpansions) = (plan.setup.checksDeterminism, plan.setup.maxExpansions)
    (shrinks, options, isMerged) = (plan.shrinks, plan.options, plan.isMerged ? true : nil)
  }

  /// The plan that it is of, as far as it says.
  package var plan: CampaignPlan? {
    guard let checks = RunChecks(rawValue: checks), shard.index < shard.total, (try? knobs.validate()) != nil,
      bugs.allSatisfy({ KnownBug.named($0) != nil || $0.isEmpty }), maxExpansions ?? 1 > 0
    else { return nil }
    var plan = CampaignPlan(firstSeed: firstSeed, count: count)
    plan.shard = Shard(index: shard.index, total: shard.total)
    (plan.setup.knobs, plan.setup.bugs, plan.setup.checks) = (knobs, bugs, checks)
    (plan.setup.checksDeterminism, plan.setup.maxExpansions) = (checksDeterminism, maxExpansions)
    (plan.shrinks, plan.options) = (shrinks, options)
    return plan
  }

  /// Reads one.
  package init(reading bytes: [UInt8], path: String) throws(FileProblem) {
    let heading = try CanonicalJSON.decode(Heading.self, from: bytes, path: path)
    guard heading.format == Self.format else {
      throw FileProblem(
        .content,
        "\(path): format: expected \"\(Self.format)\", that of a campaign, found \"\(heading.format ?? "none")\"")
    }
    self = try CanonicalJSON.decode(Self.self, from: bytes, path: path)
  }

  private struct Heading: Decodable {
    var format: String?
  }

  /// In what it differs from another one, in a few words.
  package func difference(from other: CampaignManifest) -> String {
    if version != other.version || scenarioVersion != other.scenarioVersion {
      return "of raftcheck \(version), scenario version \(scenarioVersion)"
    }
    if isMerged != nil { return "made of shards by `raftcheck merge`" }
    if (firstSeed, count) != (other.firstSeed, other.count) {
      return "from seed \(firstSeed) on\(count.map { ", \($0) of them" } ?? "")"
    }
    if shard != other.shard { return "shard \(shard.index)/\(shard.total)" }
    if bugs != other.bugs {
      return bugs.isEmpty ? "on the correct rules" : "with the bug \(bugs.joined(separator: ", "))"
    }
    if (knobs, options) != (other.knobs, other.options) {
      return options.isEmpty ? "without options for its scenarios" : "with \(options.joined(separator: " "))"
    }
    if shrinks != other.shrinks { return shrinks ? "which makes failing seeds minimal" : "with --no-shrink" }
    if checksDeterminism != other.checksDeterminism {
      return checksDeterminism ? "with --check-determinism" : "without --check-determinism"
    }
    return checks == RunChecks.none.rawValue
      ? "with --no-invariants"
      : checks == RunChecks.outside.rawValue ? "with --as-operator" : "that looks at invariants"
  }

  /// The file's content.
  package var encoded: [UInt8] { CanonicalJSON.encode(self, indented: true) + [0x0A] }
}

/// `summary.json`: what a campaign came to. Apart from `times` it is the same however the seeds were shared out.
package struct CampaignSummaryFile: Codable, Sendable {
  package static let format = "raftcheck-campaign-summary/1"
  package static let name = "summary.json"

  /// A bucket, and the failure that tells it best.
  package struct BucketSummary: Codable, Sendable {
    package var name: String
    package var failure: SeedFailure
    package var shape: FailureShape
    package var seeds: Int
    package var lowestSeed: UInt64
    package var highestSeed: UInt64
    package var bugs: [String]
    package var bestSeed: UInt64?
    package var bestSize: RunSize?
    package var sentence: String?
  }

  package struct UncountedSeed: Codable, Sendable {
    package var seed: UInt64
  }

  private var format = Self.format
  package var version = Program.version
  package var scenarioVersion = Scenario.currentVersion
  package var firstSeed: UInt64
  package var count: UInt64?
  package var isComplete: Bool
  package var verdict: String
  package var buckets: [BucketSummary]
  /// Seeds that failed and are not counted.
  package var uncounted: [UncountedSeed]?
  package var figures: CampaignSummary
  package var times: CampaignSummary.Times

  package init(_ record: CampaignRecord) {
    (firstSeed, count) = (record.plan.firstSeed, record.plan.count)
    isComplete = record.isComplete
    verdict = record.verdictOfSeeds
    uncounted = record.uncounted.isEmpty ? nil : record.uncounted.map { UncountedSeed(seed: $0) }
    buckets = record.ledger.buckets.map { bucket in
      let best = bucket.best
      return BucketSummary(
        name: bucket.name, failure: bucket.failure, shape: bucket.shape, seeds: bucket.seeds,
        lowestSeed: bucket.lowestSeed, highestSeed: bucket.highestSeed, bugs: bucket.bugs, bestSeed: best?.seed,
        bestSize: best?.minimal?.size, sentence: best?.minimal?.sentence ?? best?.detail)
    }
    (figures, times) = (record.summary, record.summary.times)
  }

  /// Reads one.
  package init(reading bytes: [UInt8], path: String) throws(FileProblem) {
    self = try CanonicalJSON.decodeCounts(Self.self, from: bytes, path: path, besides: CampaignFolder.seedKeys)
    guard format == Self.format else {
      throw FileProblem(.content, "\(path): format: expected \"\(Self.format)\", found \"\(format)\"")
    }
    let spans = [
      figures.virtualTime, times.wall, times.processor, times.busy, times.simulation, times.judging,
    ]
    guard spans.allSatisfy({ $0 >= .zero && $0 <= Self.longestSpan }) else {
      throw FileProblem(.content, "\(path): times: expected spans from 0 s to \(Self.longestSpan)")
    }
    figures.times = times
    guard Set(figures.failureCounts.map(\.failure)).count == figures.failureCounts.count else {
      throw FileProblem(.content, "\(path): figures.failures: expected each failure once")
    }
  }

  /// Longer than any campaign takes, all workers together.
  private static let longestSpan = Duration.seconds(500_000_000)

  /// The file's content.
  package var encoded: [UInt8] { CanonicalJSON.encode(self, indented: true) + [0x0A] }
}

extension Severity {
  /// As `summary.json` says it.
  package var campaignWord: String {
    switch self {
    case .pass: "held"
    case .undecided: "unknown"
    case .violation: "violation"
    case .nondeterminism: "nondeterminism"
    case .internalError: "internal-error"
    }
  }
}
