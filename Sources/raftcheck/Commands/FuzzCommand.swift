import Campaigns
import Determinism
import Judging
import Reporting
import Runs
import System
import Terminal

/// `raftcheck fuzz`.
enum FuzzCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "fuzz", summary: "run many seeds, make the failing ones minimal and add all up", operands: "[A..<B]",
    options: [
      Option("--seeds", "A..<B", "these seeds; the range alone means the same, and A..B and A-B include their end"),
      Option("--count", "K", "so many seeds"),
      Option("--time", "TIME", "seeds for so long, as in 50m"),
      Option("--start", "N", "with --count or --time: the first seed; unless given one of today's"), Syntax.seedFrom,
      Syntax.shard,
      Option("--stop-after", "K", "stop after K failing seeds"),
      Option("--jobs", "N", "seeds at once, each in a process of its own; one a core unless given"),
    ] + Syntax.knobs + [
      Option("--out", "DIR", "keep all that is found in DIR; one of the same plan goes on with what is there"),
      Option("--resume", "DIR", "go on with the campaign in DIR, by its own plan"),
      Option("--log-seeds", nil, "with --out: a line for each seed in DIR/seeds.ndjson"),
      Option(
        "--corpus", "DIR", "replay the saved cases in DIR first; \(Corpus.standardFolder), if it is there, unless given"
      ),
      Option("--no-shrink", nil, "leave failing seeds as they are"),
      Option("--no-canary", nil, "do not look for a known bug besides, in a campaign of a minute or more"),
      Option("--seed-timeout", "TIME", "processor time of one seed; 60s unless given"),
      Option("--seed-memory", "SIZE", "memory of one seed's process; 2G unless given"),
      Option("--sarif-anchor", "FILE", "the file of the repository at which code scanning shows what is found"),
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
      Of each kind of failure the first five seeds are made minimal, and those that fail in yet another way; all fall into
      buckets, of which each is taken for one bug. DIR/failures/BUCKET holds the run as it was found (case.json) and, where it
      was made minimal, that one (minimal.json), its history, its story (report.txt, report.html) and repro.sh. Ctrl-C ends it, with the summary of
      what was done; the exit code is then 130, or 1 if something was found. If something cannot be saved or run a second
      time, it ends in the same way with 74.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let (plan, path) = try planned(arguments)
    let printsHashes = arguments.has("--hashes")
    guard !(printsHashes && arguments.has("--json")) else {
      throw UsageError("--json and the hashes cannot both go to standard output; give one of them.")
    }
    let anchor = arguments.value("--sarif-anchor") ?? CampaignReport.defaultAnchor
    let folder = try path.map { path throws(FileProblem) in
      try CampaignFolder(path, for: plan, logsSeeds: arguments.has("--log-seeds"), anchor: anchor)
    }
    for note in try notes(arguments, plan) { console.complain(note) }
    let isQuiet = arguments.has("--json") || printsHashes
    let progress = CampaignProgress(plan, after: folder?.earlier?.summary, on: console)
    var observer = Campaign.Observer()
    observer.counted = { end, summary in
      if end.severity > .pass {
        console.showProgress("")
        let lines = CampaignOutput.lines(for: end, in: isQuiet ? console.errorLayout : console.layout)
        if isQuiet { console.complain(lines) } else { console.print(lines) }
      }
      if printsHashes, case .ran(let result) = end { console.print("\(result.seed) \(result.eventHash.hexadecimal)") }
    }
    observer.replayed = { result in
      console.showProgress("")
      console.complain("\(result.isUnread ? "" : "\(result.path): ")\(result.sentence ?? "")")
    }
    observer.progress = { progress.show($0) }
    Signals.heedChildren()
    OpenFileLimit.raise()
    Interruption.watch(heedsTermination: true)
    let record = Campaign(plan).run(
      in: folder, telling: observer, shouldStop: { Interruption.isRequested || console.isOutputLost })
    console.showProgress("")

    let output = CampaignOutput(record: record, folder: folder?.path)
    if arguments.has("--json") {
      console.print(output.json)
    } else if printsHashes {
      // Whoever has no hashes has nothing to compare, whatever held.
      if !console.isOutputLost { console.complain(output.lines(in: console.errorLayout)) }
    } else {
      console.print(output.lines(in: console.layout))
    }
    if let problem = record.problem { console.complain("\(problem)") }
    try tellGitHub(CampaignReport(record, anchor: anchor), isQuiet: isQuiet, on: console)
    return .campaign(record)
  }

  /// What a runner of GitHub shows beside a step and on its page, if this is one.
  private static func tellGitHub(_ report: CampaignReport, isQuiet: Bool, on console: Console) throws {
    guard GitHubRunner.isThis else { return }
    for line in report.annotations { if isQuiet { console.complain(line) } else { console.print(line) } }
    if let path = GitHubRunner.stepSummary { try report.appendStepSummary(to: path) }
  }

  /// What is to be done, and the folder in which it is kept, if it is.
  private static func planned(_ arguments: Arguments) throws -> (CampaignPlan, String?) {
    var plan: CampaignPlan
    let path = arguments.value("--resume") ?? arguments.value("--out")
    if let path = arguments.value("--resume") {
      let fixed = syntax.options.map(\.name).filter { !free.contains($0) }
      if let name = fixed.first(where: { arguments.has($0) || arguments.value($0) != nil }) {
        throw UsageError("--resume goes on with the plan of its campaign; \(name) cannot stand beside it.")
      }
      guard arguments.operands.isEmpty else {
        throw UsageError("--resume goes on with the plan of its campaign; a range cannot stand beside it.")
      }
      plan = try CampaignFolder.plan(in: path)
    } else {
      plan = try self.plan(arguments)
    }
    plan.timeLimit = try arguments.duration("--time")
    if arguments.value("--resume") != nil, plan.count == nil, plan.timeLimit == nil {
      throw UsageError("this campaign has no last seed; give --time TIME, too, as in --time 50m.")
    }
    guard plan.count != nil || plan.timeLimit != nil else {
      throw UsageError(
        "`raftcheck fuzz` needs --seeds A..<B, --count K or --time TIME, as in `raftcheck fuzz --seeds '0..<2000'`.")
    }
    if let time = try arguments.duration("--seed-timeout") { plan.setup.limits.time = time }
    if let bytes = try arguments.size("--seed-memory") { plan.setup.limits.bytes = bytes }
    plan.failureLimit = try arguments.number("--stop-after", in: 1...Int.max)
    plan.jobs = try arguments.number("--jobs", in: 1...maxJobs) ?? Workers.cores
    plan.hasCanary = !arguments.has("--no-canary")
    plan.cases = try cases(arguments, plan)
    if arguments.findsShard { try Shard.acknowledge { EnvironmentVariables[$0] } }
    guard path != nil || !arguments.has("--log-seeds") else {
      throw UsageError("--log-seeds needs --out DIR: it writes DIR/seeds.ndjson.")
    }
    return (plan, path)
  }

  /// The options that are no part of a campaign's plan.
  private static let free = [
    "--resume", "--time", "--seed-timeout", "--seed-memory", "--stop-after", "--jobs", "--no-canary", "--log-seeds",
    "--sarif-anchor",
    "--corpus",
    "--hashes", "--json", "--help",
  ]

  private static func plan(_ arguments: Arguments) throws -> CampaignPlan {
    var plan = try seeds(arguments)
    if let shard = try arguments.shard() { plan.shard = shard }
    plan.setup.knobs = try arguments.knobs()
    plan.setup.bugs = try arguments.bug().map { [$0.name] } ?? []
    plan.setup.checks = try arguments.checks()
    plan.setup.checksDeterminism = arguments.has("--check-determinism")
    plan.setup.maxExpansions = try arguments.maxExpansions()
    plan.options = arguments.scenarioWords(besides: [Syntax.bug])
    plan.shrinks = !arguments.has("--no-shrink")
    return plan
  }

  private static let maxJobs = 512

  /// The saved cases that are replayed first. They are about the published rules, and not about a known bug.
  private static func cases(_ arguments: Arguments, _ plan: CampaignPlan) throws -> [String] {
    let isNamed = arguments.has("--corpus")
    guard isNamed || plan.setup.bugs.isEmpty && Files.isFolder(Corpus.standardFolder) else { return [] }
    let corpus = try CorpusCommand.corpus(arguments)
    return try corpus.names().enumerated().filter { plan.shard.contains(UInt64($0.offset)) }
      .map { "\(corpus.folder)/\($0.element)" }
  }

  private static func seeds(_ arguments: Arguments) throws(UsageError) -> CampaignPlan {
    let count = try arguments.number("--count", in: 0...Int.max)
    if let range = try range(arguments) {
      guard count == nil, !arguments.has("--start"), !arguments.has("--seed-from") else {
        throw UsageError(
          "the range says where to start and how many; --start, --seed-from and --count cannot stand beside it.")
      }
      return CampaignPlan(firstSeed: range.first, count: range.count)
    }
    let plan = CampaignPlan(firstSeed: try arguments.seedOrigin().firstSeed, count: count.map(UInt64.init))
    if let count, count > 0, UInt64(count - 1) > UInt64.max - plan.firstSeed {
      throw UsageError("--start \(plan.firstSeed) --count \(count) goes beyond the last seed, 2^64 - 1.")
    }
    return plan
  }

  /// The seeds that are named one by one, by `--seeds` or without it.
  private static func range(_ arguments: Arguments) throws(UsageError) -> SeedRange? {
    guard let text = arguments.operands.first else { return try arguments.seedRange("--seeds") }
    guard arguments.operands.count == 1, !arguments.has("--seeds") else {
      throw UsageError("`raftcheck fuzz` takes one range of seeds, as in `raftcheck fuzz '0..<2000'`.")
    }
    return try Arguments.seedRange(text, named: "the range")
  }

  /// What there is to say of the seeds before any is run.
  private static func notes(_ arguments: Arguments, _ plan: CampaignPlan) throws(UsageError) -> [String] {
    guard arguments.value("--resume") == nil else { return [] }
    if let text = arguments.operands.first, let range = try range(arguments) {
      return Arguments.note(on: range, typed: text, named: "the range").map { [$0] } ?? []
    }
    if let note = try arguments.seedsNote("--seeds") { return [note] }
    guard !arguments.has("--seeds"), !arguments.has("--start") else { return [] }
    return ["The first seed is \(plan.firstSeed): \(try arguments.seedOrigin().reason)."]
  }
}
