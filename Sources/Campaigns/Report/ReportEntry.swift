import Determinism
import Reporting
import Runs
import System
import Traces

/// One thing that is wrong, as all reports tell it.
struct ReportEntry: Hashable, Sendable {
  let kind: ReportKind
  /// What it is called: the same in every campaign that finds it. That of a bucket is also its folder's.
  let name: String
  /// What went wrong, in one sentence.
  let sentence: String
  /// How many seeds show it, and the first of them.
  var seeds = 0
  var firstSeed: UInt64?
  /// The known bugs that were on.
  var bugs: [String] = []
  /// The failing seed that tells it best, if one is kept.
  var best: FailureRecord?
  /// What to type to see it again, wherever that is.
  var command: String?
  /// Where that lies in the campaign's folder, with a slash at its end, if it does.
  var folder: String?
  /// Whether it is a bucket.
  var isBucket = false

  /// A bucket.
  init(_ bucket: Bucket) {
    let best = bucket.best
    isBucket = true
    kind = .failure(bucket.failure)
    name = bucket.name
    sentence = best?.minimal?.sentence ?? best?.detail ?? kind.demand.sentence
    (seeds, firstSeed, bugs, self.best) = (bucket.seeds, bucket.lowestSeed, bucket.bugs, best)
    command = best?.command
    let first = bucket.kept.first?.seed
    folder = best.map { "failures/\(bucket.name)/\($0.seed == first ? "" : "\($0.seed)/")" }
  }

  /// Failing seeds of one kind that are in no bucket yet, for the campaign ended before they were shrunk.
  init(unfiled failure: SeedFailure, first: FailureRecord) {
    kind = .failure(failure)
    name = "\(ReportText.name(failure.description))-not-shrunk"
    sentence = first.detail ?? kind.demand.sentence
    (seeds, firstSeed, bugs, best) = (1, first.seed, [first.bug].compactMap(\.self), first)
    command = first.command
    folder = "found/\(first.seed)/"
  }

  /// A saved case that is not as it must be, or cannot be read.
  init(_ saved: SavedCaseResult, _ sentence: String) {
    kind = saved.isUnread ? .problem : .savedCase
    name = "saved-case-\(ReportText.name(saved.path.folderAndName.name))"
    self.sentence = saved.isUnread ? "\(sentence)." : "The saved case \(saved.path): \(sentence)."
    command = CaseFile.replayCommand(for: saved.path)
  }

  /// Something about the campaign as a whole.
  init(_ kind: ReportKind, seeds: Int = 0, _ sentence: String) {
    (self.kind, self.seeds, self.sentence) = (kind, seeds, sentence)
    name = ReportText.name(kind.name)
  }

  /// All that is wrong with a campaign.
  static func all(of record: CampaignRecord) -> [ReportEntry] {
    var entries = record.ledger.buckets.map { ReportEntry($0) }
    var unfiled = SortedTable<SeedFailure, ReportEntry>()
    for place in record.ledger.records.indices where record.ledger.bucket(of: place) == nil {
      let failure = record.ledger.records[place]
      if unfiled[failure.failure] == nil {
        unfiled[failure.failure] = ReportEntry(unfiled: failure.failure, first: failure)
      } else {
        unfiled[failure.failure]?.seeds += 1
      }
    }
    entries += unfiled.values
    for saved in record.failingCases where saved.severity >= .violation || saved.isUnread {
      entries.append(ReportEntry(saved, saved.sentence ?? ""))
    }
    let summary = record.summary
    if summary.nondeterministic > 0 {
      let seeds = Words.count(summary.nondeterministic, "seed")
      entries.append(
        ReportEntry(.nondeterminism, seeds: summary.nondeterministic, "A second run of \(seeds) was another one."))
    }
    if summary.internalErrors > 0 {
      let seeds = Words.count(summary.internalErrors, "seed")
      entries.append(
        ReportEntry(.internalError, seeds: summary.internalErrors, "The program contradicted itself in \(seeds)."))
    }
    if !record.uncounted.isEmpty {
      entries.append(ReportEntry(.uncounted, seeds: record.uncounted.count, "\(record.uncountedText)."))
    }
    if let canary = record.canary, canary.isBlind {
      let seeds = Words.count(canary.seeds, "seed")
      entries.append(ReportEntry(.blindTester, "The known bug \(canary.bug) was not caught in \(seeds)."))
    }
    if let problem = record.problem { entries.append(ReportEntry(.problem, problem.description)) }
    if summary.seeds == 0, record.uncounted.isEmpty { entries.append(ReportEntry(.nothingRan, "No seed was run.")) }
    return entries
  }

  /// How often, how small, and with which known bug.
  var facts: [String] {
    var facts: [String] = []
    if seeds > 0 { facts.append(Words.count(seeds, "seed")) }
    if let firstSeed { facts.append("first \(firstSeed)") }
    if let size = best?.minimal?.size { facts.append(size.text) }
    if !bugs.isEmpty { facts.append("bug \(bugs.joined(separator: ", "))") }
    return facts
  }

  /// What happens in the run that tells it best, a line each: the story, or what its process wrote last.
  var story: [String] { best.map { $0.minimal?.story ?? $0.errorLines ?? [] } ?? [] }

  /// Why that run was not made smaller, if it was to be.
  var refusal: String? { best?.refusal.map { "It was not made minimal: \($0)." } }

  /// What to type in the campaign's folder to see the minimal run.
  var replay: String? {
    guard best?.minimal != nil, let folder else { return nil }
    return CaseFile.replayCommand(for: "\(folder)minimal.json")
  }
}
