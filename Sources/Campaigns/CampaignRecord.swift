import Determinism
import Reporting
import Runs
import Scenarios
import Traces

/// What a campaign has found so far: all that is written and printed of it.
package struct CampaignRecord: Sendable {
  package let plan: CampaignPlan
  package internal(set) var summary = CampaignSummary()
  package internal(set) var ledger = FailureLedger()
  /// What became of the known bug that was looked for besides; `nil` if there was none.
  package internal(set) var canary: Canary.Outcome?
  /// Whether somebody interrupted it.
  package internal(set) var wasInterrupted = false
  /// Why it ended early, if something went wrong with files or workers.
  package internal(set) var problem: FileProblem?

  /// Of a campaign that has not begun.
  package init(_ plan: CampaignPlan) { self.plan = plan }

  /// The worst that was found. One that does not see a known bug has shown nothing.
  package var severity: Severity {
    canary?.isBlind ?? false ? max(summary.severity, .internalError) : summary.severity
  }

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
    (shrinks, options) = (plan.shrinks, plan.options)
  }

  /// The plan that it is of, as far as it says.
  package var plan: CampaignPlan? {
    guard let checks = RunChecks(rawValue: checks), shard.index < shard.total else { return nil }
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
    if (firstSeed, count) != (other.firstSeed, other.count) {
      return "from seed \(firstSeed) on\(count.map { ", \($0) of them" } ?? "")"
    }
    if shard != other.shard { return "shard \(shard.index)/\(shard.total)" }
    if bugs != other.bugs {
      return bugs.isEmpty ? "on the correct rules" : "with the bug \(bugs.joined(separator: ", "))"
    }
    if knobs != other.knobs { return "with other options for its scenarios" }
    return "whose seeds are checked in another way"
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

  private var format = Self.format
  package var version = Program.version
  package var scenarioVersion = Scenario.currentVersion
  package var firstSeed: UInt64
  package var count: UInt64?
  package var isComplete: Bool
  package var verdict: String
  package var buckets: [BucketSummary]
  package var figures: CampaignSummary
  package var times: CampaignSummary.Times

  package init(_ record: CampaignRecord) {
    (firstSeed, count) = (record.plan.firstSeed, record.plan.count)
    isComplete = record.isComplete
    verdict = record.summary.seeds == 0 ? "nothing-ran" : record.summary.severity.campaignWord
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
    self = try CanonicalJSON.decode(Self.self, from: bytes, path: path)
    guard format == Self.format else {
      throw FileProblem(.content, "\(path): format: expected \"\(Self.format)\", found \"\(format)\"")
    }
    figures.times = times
  }

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
