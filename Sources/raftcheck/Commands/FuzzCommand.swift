import Campaigns
import Determinism
import Reporting
import Runs
import Terminal

/// `raftcheck fuzz`.
enum FuzzCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "fuzz", summary: "run many seeds and add them up",
    options: [
      Option("--seeds", "A..<B", "these seeds"),
      Option("--count", "K", "so many seeds"),
      Option("--time", "TIME", "seeds for so long, as in 50m"),
      Option("--start", "N", "with --count or --time: the first seed; 0 unless given"),
      Option("--stop-after", "K", "stop after K failing seeds"),
    ] + Syntax.knobs + [
      Option("--out", "DIR", "save each failing seed N in DIR/N"),
      Option("--check-determinism", nil, "run every seed twice and compare, not only failing ones"),
      Syntax.maxExpansions,
      Option("--hashes", nil, "print `seed eventHash` for each seed, the summary on standard error"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck fuzz --seeds '0..<2000'", "two thousand seeds"),
      ("raftcheck fuzz --time 50m --start 7000000 --out out", "as many as fit into fifty minutes; failures in out/"),
      ("raftcheck fuzz --count 500 --bug ack-before-sync --stop-after 1", "how soon a known bug is caught"),
      ("raftcheck fuzz --seeds '0..<50' --hashes > hashes.txt", "to compare two machines or two versions"),
    ],
    note: """
      Ctrl-C ends it after the present seed, with the summary of what was done. The exit code is then 130, also if a
      violation was found: the summary says so. If a failing seed cannot be saved or run a second time, it ends in the
      same way with 74.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let campaign = Campaign(try plan(arguments))
    let printsHashes = arguments.has("--hashes")
    guard !(printsHashes && arguments.has("--json")) else {
      throw UsageError("--json and the hashes cannot both go to standard output; give one of them.")
    }
    let isQuiet = arguments.has("--json") || printsHashes
    var progress = ProgressLine(plan: campaign.plan)
    Interruption.watch()
    let showSeed = { (result: SeedResult, summary: CampaignSummary) in
      if result.severity > .pass {
        console.showProgress("")
        let lines = CampaignOutput.lines(for: result, in: isQuiet ? console.errorLayout : console.layout)
        if isQuiet { console.complain(lines) } else { console.print(lines) }
      }
      if printsHashes { console.print("\(result.seed) \(result.eventHash.hexadecimal)") }
      if let line = progress.line(for: summary) { console.showProgress(line) }
    }
    let summary = try campaign.run(
      afterEach: showSeed, shouldStop: { Interruption.isRequested || console.isOutputLost })
    console.showProgress("")

    let output = CampaignOutput(plan: campaign.plan, summary: summary)
    if arguments.has("--json") {
      console.print(output.json)
    } else if printsHashes {
      // Whoever has no hashes has nothing to compare, whatever held.
      if !console.isOutputLost { console.complain(output.lines(in: console.errorLayout)) }
    } else {
      console.print(output.lines(in: console.layout))
    }
    if let problem = summary.problem { console.complain("\(problem)") }
    return .campaign(summary)
  }

  private static func plan(_ arguments: Arguments) throws(UsageError) -> CampaignPlan {
    let range = try arguments.seeds("--seeds")
    let count = try arguments.number("--count", in: 0...Int.max)
    let start = try arguments.seed("--start")
    var plan: CampaignPlan
    if let range {
      guard count == nil, start == nil else {
        throw UsageError("--seeds says where to start and how many; --start and --count cannot stand beside it.")
      }
      plan = CampaignPlan(firstSeed: range.lowerBound, count: range.upperBound - range.lowerBound)
    } else {
      plan = CampaignPlan(firstSeed: start ?? 0, count: count.map(UInt64.init))
      if let count, count > 0, UInt64(count - 1) > UInt64.max - plan.firstSeed {
        throw UsageError("--start \(plan.firstSeed) --count \(count) goes beyond the last seed, 2^64 - 1.")
      }
    }
    plan.timeLimit = try arguments.duration("--time")
    guard range != nil || count != nil || plan.timeLimit != nil else {
      throw UsageError("`raftcheck fuzz` needs --seeds A..<B, --count K or --time TIME.")
    }
    plan.knobs = try arguments.knobs()
    plan.bug = try arguments.bug()
    plan.checks = try arguments.checks()
    plan.checksDeterminism = arguments.has("--check-determinism")
    plan.secondRuns = .otherProcess
    plan.maxExpansions = try arguments.maxExpansions()
    plan.failureLimit = try arguments.number("--stop-after", in: 1...Int.max)
    plan.directory = arguments.value("--out")
    return plan
  }
}

/// The line at the bottom of the terminal.
private struct ProgressLine {
  let plan: CampaignPlan
  private var throttle = ProgressThrottle()

  init(plan: CampaignPlan) {
    self.plan = plan
  }

  /// The line to show now; `nil` while the last one is fresh.
  mutating func line(for summary: CampaignSummary) -> String? {
    let now = summary.wallTime
    guard throttle.isDue(at: now) else { return nil }
    let rate = Double(summary.seeds) / now.seconds
    let total = plan.count.map { " of \(Int(clamping: $0).grouped)" } ?? ""
    var parts = [
      "\(summary.seeds.grouped)\(total) seeds", "\(Figures.fixed(rate, 0))/s",
      "\(summary.operations.grouped) operations", Words.count(summary.failures, "failure"),
    ]
    if let left = timeLeft(summary, rate: rate) { parts.append("\(Figures.time(.seconds(left))) left") }
    return parts.joined(separator: "   ")
  }

  private func timeLeft(_ summary: CampaignSummary, rate: Double) -> Int64? {
    let forSeeds = plan.count.map { (Double($0) - Double(summary.seeds)) / rate }
    let forTime = plan.timeLimit.map { ($0 - summary.wallTime).seconds }
    guard let left = [forSeeds, forTime].compactMap({ $0 }).min(), left.isFinite, left < 1e9 else { return nil }
    return max(0, Int64(left.rounded()))
  }
}
