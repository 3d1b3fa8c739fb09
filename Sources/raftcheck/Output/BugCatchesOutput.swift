import Campaigns
import Determinism
import Histories
import KnownBugs
import Reporting
import Runs
import Terminal
import Traces

extension KnownBug {
  /// What to type to switch it on where it can show.
  var options: String { "--bug \(name)" + (takesChanges ? " --members changing" : "") }
}

/// What is printed about a hunt for known bugs: how many seeds caught them.
struct BugCatchesOutput {
  /// What was asked for.
  let plan: BugHuntPlan
  /// What came of it.
  let result: BugHunt.Result

  private var caught: Int { result.figures.count { $0.catches > 0 } }
  private var seeds: String { "\(plan.seeds.lowerBound)..<\(plan.seeds.upperBound)" }

  /// The command that shows a bug at its first seed.
  private func reproduction(_ figures: BugFigures) -> String? {
    figures.first.map {
      "raftcheck --seed \($0.seed) \(figures.bug.options)" + plan.checks.options
    }
  }

  // MARK: For people

  /// A row for each bug, and what is left to say.
  func lines(in layout: Layout) -> [StoryLine] {
    var table = TextTable([
      .text("bug"), .number("caught"), .number("of seeds"), .number("share", goes: 5), .number("95%", goes: 2),
      .number("median", goes: 4), .number("first seed", goes: 3), .text("signature", wraps: true),
      .number("CPU", goes: 1),
    ])
    for figures in result.figures {
      let share = figures.proportion
      table.add(
        [
          figures.bug.name, figures.catches.grouped, figures.seeds.grouped, Self.percent(share.value),
          "\(Self.percent(share.interval.lowerBound)) to \(Self.percent(share.interval.upperBound))",
          share.medianTrials.map { Figures.fixed($0, 0) } ?? "-", figures.first.map { String($0.seed) } ?? "-",
          signatures(of: figures), Figures.time(figures.processorTime),
        ], tone: figures.catches > 0 ? .good : .bad)
    }
    return layout.wrapped(title, indent: 2) + [StoryLine()] + table.lines(in: layout) + [StoryLine()]
      + notes.flatMap { layout.wrapped(StoryLine($0), indent: 2) }
  }

  private var title: StoryLine {
    plan.title("\(caught) OF \(plan.bugs.count) CAUGHT", isGood: caught == plan.bugs.count, result)
  }

  /// What caught it, the most frequent first, and in parentheses what does not count.
  private func signatures(of figures: BugFigures) -> String {
    let counted = Self.byFrequency(figures.caughtBy).map { "\($0.signature) \($0.seeds)" }
    var others = Self.byFrequency(figures.failedOtherwise).map { "\($0.signature) \($0.seeds)" }
    if figures.undecided > 0 { others.append("undecided \(figures.undecided)") }
    if figures.internalErrors > 0 { others.append("internal error \(figures.internalErrors)") }
    return (counted + (others.isEmpty ? [] : ["(\(others.joined(separator: ", ")))"])).joined(separator: ", ")
  }

  private var notes: [String] {
    let medians = result.figures.compactMap(\.proportion.medianTrials)
    let time = result.figures.reduce(Duration.zero) { $0 + $1.processorTime }
    let soon = medians.count { $0 <= 20 }
    return [
      "a median of 20 seeds or fewer   \(soon) of \(plan.bugs.count)",
      "processor time   \(Figures.time(time))", "wall   \(Figures.time(result.wallTime))",
      "version   \(Program.identity)",
    ]
  }

  private static func percent(_ share: Double) -> String { "\(Figures.fixed(100 * share, share < 0.1 ? 2 : 0))%" }

  private static func byFrequency(
    _ buckets: SortedTable<FailureSignature, BugFigures.Bucket>
  ) -> [SignatureObject] {
    zip(buckets.keys, buckets.values).map {
      SignatureObject(firstSeed: $1.firstSeed, seeds: $1.seeds, signature: $0.description)
    }.sorted { ($1.seeds, $0.firstSeed) < ($0.seeds, $1.firstSeed) }
  }

  // MARK: For a document

  /// A table of the bugs caught, one of those not caught, and one of those left out. Nothing in it hangs on the machine.
  var markdown: String {
    let how = plan.checks.counted
    var parts = [
      """
      \(caught) of \(plan.bugs.count) caught \(how), seeds \(seeds), each until caught \
      \(Words.count(plan.catches, "time")). \(Program.identity).\(result.wasInterrupted ? " Interrupted." : "")
      """
    ]
    parts.append(
      Self.table(
        ["bug", "mistake", "seen in", "rule", "caught in", "signature", "reproduce"],
        result.figures.compactMap { figures in
          guard let command = reproduction(figures), let median = figures.proportion.medianTrials else { return nil }
          let bug = figures.bug
          let signatures = Self.byFrequency(figures.caughtBy).map { "`\($0.signature)`" }.joined(separator: ", ")
          return [
            "`\(bug.name)`", bug.mistake, bug.seenIn, "`\(bug.rule)`",
            "\(figures.catches) of \(figures.seeds) seeds, median \(Figures.fixed(median, 0))", signatures,
            "`\(command)`",
          ]
        }))
    let missed = result.figures.filter { $0.catches == 0 }
    if !missed.isEmpty {
      parts.append("Not caught:")
      parts.append(
        Self.table(
          ["bug", "mistake", "seen in", "rule", "seeds"],
          missed.map { ["`\($0.bug.name)`", $0.bug.mistake, $0.bug.seenIn, "`\($0.bug.rule)`", "\($0.seeds)"] }))
    }
    parts.append("Left out:")
    parts.append(
      Self.table(
        ["bug", "mistake", "seen in", "reason"],
        KnownBug.leftOut.map { ["`\($0.name)`", $0.mistake, $0.seenIn, $0.reason] }))
    return parts.joined(separator: "\n\n")
  }

  private static func table(_ titles: [String], _ rows: [[String]]) -> String {
    let lines = [titles, titles.map { _ in "---" }] + rows
    return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  // MARK: For programs

  /// One object, sorted keys.
  var json: String {
    JSONText.of(
      .hunt,
      HuntObject(
        asOperator: plan.checks == .outside,
        bugs: result.figures.map { CaughtBugObject($0, reproduction: reproduction($0)) }, catches: plan.catches,
        caught: caught, firstSeed: plan.seeds.lowerBound, isBlackBox: plan.checks != .all,
        isInterrupted: result.wasInterrupted, leftOut: KnownBug.leftOut.map { LeftOutObject($0) },
        seeds: plan.seedCount, wallNanoseconds: result.wallTime.nanoseconds))
  }

  /// What failed how often.
  fileprivate struct SignatureObject: Encodable {
    let firstSeed: UInt64
    let seeds: Int
    let signature: String
  }

  /// What `bugs run --json` prints.
  private struct HuntObject: Encodable {
    let asOperator: Bool
    let bugs: [CaughtBugObject]
    let catches: Int
    let caught: Int
    let firstSeed: UInt64
    let isBlackBox: Bool
    let isInterrupted: Bool
    let leftOut: [LeftOutObject]
    let seeds: Int
    let wallNanoseconds: Int64
  }

  private struct CaughtBugObject: Encodable {
    let catches: Int
    let caughtBy: [SignatureObject]
    let effect: String?
    let failedOtherwise: [SignatureObject]
    let firstSeed: UInt64?
    let internalErrors: Int
    let medianSeeds: Double?
    let name: String
    let processorNanoseconds: Int64
    let reproduce: String?
    let seeds: Int
    let share: Double
    let shareAtLeast: Double
    let shareAtMost: Double
    let signature: String?
    let undecided: Int

    init(_ figures: BugFigures, reproduction: String?) {
      catches = figures.catches
      caughtBy = byFrequency(figures.caughtBy)
      effect = figures.first.map { KnownBug.Effect($0.signature).rawValue }
      failedOtherwise = byFrequency(figures.failedOtherwise)
      firstSeed = figures.first?.seed
      internalErrors = figures.internalErrors
      medianSeeds = figures.proportion.medianTrials
      name = figures.bug.name
      processorNanoseconds = figures.processorTime.nanoseconds
      reproduce = reproduction
      seeds = figures.seeds
      share = figures.proportion.value
      shareAtLeast = figures.proportion.interval.lowerBound
      shareAtMost = figures.proportion.interval.upperBound
      signature = figures.first?.signature.description
      undecided = figures.undecided
    }
  }

  private struct LeftOutObject: Encodable {
    let name: String
    let reason: String

    init(_ bug: BugLeftOut) {
      name = bug.name
      reason = bug.reason
    }
  }
}

extension BugHuntPlan {
  /// The line above a table of bugs: what came of it, and what was asked for.
  func title(_ word: String, isGood: Bool, _ result: BugHunt.Result) -> StoryLine {
    var line = StoryLine(word, isGood ? .good : .doubtful)
    line.add("   \(Words.count(seedCount, "seed")) each (\(seeds.lowerBound)..<\(seeds.upperBound))")
    line.add("   until caught \(Words.count(catches, "time"))")
    line.add(checks.restriction)
    if result.wasInterrupted { line.add("   interrupted") }
    return line
  }
}
