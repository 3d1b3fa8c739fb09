import Determinism
import Reporting
import Runs
import Scenarios
import Traces

/// What a campaign tells: people, in a browser or on the page of a step, and the services that show results of tests and
/// of code scanning. All of it follows from the record.
///
/// What lies in the campaign's folder names other files from there, so it is right wherever the folder is taken.
package struct CampaignReport: Sendable {
  /// Where the results are shown in a repository unless somebody says where: what is found has no place in its sources.
  package static let defaultAnchor = ".github/workflows/nightly.yml"

  /// What it tells of.
  package let record: CampaignRecord
  /// A file of the repository, from its top, at which results are shown.
  let anchor: String
  /// All that is wrong.
  let entries: [ReportEntry]

  /// - Parameter anchor: a file of the repository, from its top, at which results are shown.
  package init(_ record: CampaignRecord, anchor: String = defaultAnchor) {
    (self.record, self.anchor) = (record, anchor)
    entries = ReportEntry.all(of: record)
  }

  /// All that lies in a campaign's folder for others, by the names that it has there.
  package var files: [(name: String, bytes: [UInt8])] {
    [(Self.indexName, index), (Self.junitName, junit), (Self.sarifName, sarif)]
  }

  var plan: CampaignPlan { record.plan }
  var summary: CampaignSummary { record.summary }
  /// Seeds of which nothing is known.
  var undecided: Int { summary.verdicts[.unknown] + summary.killed }

  // MARK: In words

  /// The verdict in two words.
  var verdict: String {
    if record.canary?.isBlind ?? false { return "The tester is blind" }
    return switch record.severity {
    case .pass: summary.seeds == 0 ? "Nothing ran" : "All held"
    case .undecided: "Undecided"
    case .violation: "Violations"
    case .nondeterminism: "Nondeterminism"
    case .internalError: "Internal error"
    }
  }

  /// What came of it, in one sentence.
  var headline: String {
    let seeds = Words.count(summary.seeds, "seed")
    if let entry = entries.first(where: { $0.kind == .blindTester || $0.kind == .problem }), summary.failures == 0 {
      return entry.sentence
    }
    if summary.seeds == 0, record.uncounted.isEmpty { return "No seed was run." }
    if summary.failures > 0 {
      let buckets = entries.count { $0.isBucket }
      let place = buckets == 0 ? "; none is in a bucket yet" : ", in \(Words.count(buckets, "bucket"))"
      return "\(summary.failures.grouped) of \(seeds) failed\(place)."
    }
    if let entry = entries.first { return entry.sentence }
    guard undecided > 0, record.gaps.isEmpty else { return undecidedTexts.first ?? "\(seeds) held." }
    return "\(undecided.grouped) of \(seeds) \(undecided == 1 ? "is" : "are") undecided; the others held."
  }

  /// The seeds that were run, as options name them, and which shard of them.
  var range: String {
    guard let lowest = summary.lowestSeed, let highest = summary.highestSeed else { return "no seeds" }
    let seeds = highest == .max ? "\(lowest)...\(highest)" : "\(lowest)..<\(highest + 1)"
    return "seeds \(seeds)" + (plan.shard.total > 1 ? ", shard \(plan.shard.index) of \(plan.shard.total)" : "")
  }

  /// How many seeds a second, with one digit behind the point.
  var rate: String {
    let wall = summary.times.wall
    guard wall > .zero else { return "-" }
    let tenths = Int((Double(summary.seeds) * 10 / (Double(wall.nanoseconds) / 1e9)).rounded())
    return "\((tenths / 10).grouped).\(tenths % 10)"
  }

  /// What became of the known bug that was looked for besides; `nil` if there was none.
  var canaryText: String? {
    guard let canary = record.canary else { return nil }
    let seeds = Words.count(canary.seeds, "seed")
    if let seed = canary.caughtBy { return "\(canary.bug) was caught in \(seeds), by seed \(seed)." }
    let sentence = "\(canary.bug) was not caught in \(seeds)"
    return canary.isBlind ? "\(sentence): the tester is blind." : "\(sentence) so far."
  }

  /// Seeds and saved cases of which nothing is known, in sentences.
  var undecidedTexts: [String] {
    var texts = record.gaps.map { "\($0)." }
    let unknown = summary.verdicts[.unknown]
    if unknown > 0 {
      texts.append("A limit was reached before there was an answer, in \(Words.count(unknown, "seed")).")
    }
    if summary.killed > 0 {
      texts.append("Somebody else killed the processes of \(Words.count(summary.killed, "seed")), twice.")
    }
    for saved in record.failingCases where saved.severity == .undecided && !saved.isUnread {
      texts.append("The saved case \(saved.path): \(saved.sentence ?? "").")
    }
    return texts
  }

  /// How to go on, in sentences.
  var goingOn: [String] {
    var texts: [String] = []
    if record.wasInterrupted { texts.append("Somebody interrupted this campaign.") }
    let time = plan.count == nil ? " --time TIME" : ""
    if plan.isMerged {
      texts.append("It is made of shards: each of these is gone on with by itself, and merged again.")
    } else if record.isComplete {
      texts.append("All seeds of its plan were run.")
    } else {
      texts.append("In its folder, `\(Program.name) fuzz --resume .\(time)` goes on where it ended.")
    }
    if plan.shard.total > 1 {
      texts.append("To make one campaign of the folders of all shards: \(Program.name) merge DIR... --out WHOLE")
    }
    return texts
  }
}
