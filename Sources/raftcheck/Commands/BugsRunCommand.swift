import Campaigns
import Determinism
import KnownBugs
import Reporting
import Runs
import Synchronization
import Terminal
import Traces

/// `raftcheck bugs run`.
enum BugsRunCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let defaultSeeds: Range<UInt64> = 0..<2_000

  private static let syntax = Syntax(
    name: "bugs run", summary: "count how many seeds catch the known bugs", operands: "[NAME...]",
    options: [
      Option("--seeds", "A..<B", "the seeds that each bug gets; 0..<2000 unless given"),
      Option("--black-box", nil, "by what the clients saw alone; without names, the bugs that clients are to notice"),
      Option(
        "--as-operator", nil, "as --black-box, and by a server that stops, an unfit answer or a cluster that gives none"
      ),
      Option("--catches", "K", "look no further for a bug that K seeds have caught; 20 unless given"),
      Option("--shrink", nil, "make each catch minimal, and say how small the bugs' scenarios get"),
      Option("--stories", nil, "with --shrink: compare each minimal case's story, page and steps with its trace"),
      Option("--out", "DIR", "with --shrink: save minimal cases, and what each was made from, in DIR/NAME/SEED"),
      Option("--markdown", nil, "print the table as checkers/README.md holds it"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bugs run", "the whole catalogue"),
      ("raftcheck bugs run ack-before-sync --catches 1", "how soon one of them is caught"),
      ("raftcheck bugs run commits-earlier-terms --catches 3 --shrink", "how small three of its scenarios get"),
      ("raftcheck bugs run --catches 3 --shrink --stories", "whether all that is told of them is so"),
      ("raftcheck bugs run --black-box --seeds '500000..<502000'", "as for a store whose inside nobody sees"),
    ],
    note: """
      A bug is caught by whatever its row of the catalogue names: `raftcheck bugs show NAME`; one of changing
      members is looked for with --members changing. The exit code is 0 if every
      bug was caught, and 2 if not; with --stories it is 1 if a story, a page or a step says anything else than the trace.
      The interval holds the true share with a confidence of 95%; half of all hunts take no
      more seeds than the median, ln 2 / share. Ctrl-C ends it after the present seeds, with what was done.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard !(arguments.has("--json") && arguments.has("--markdown")) else {
      throw UsageError("--json and --markdown are two ways to print one table; give one of them.")
    }
    guard !(arguments.has("--shrink") && arguments.has("--markdown")) else {
      throw UsageError("--markdown prints what caught the bugs, not what it shrinks to; leave out --shrink.")
    }
    guard arguments.has("--shrink") || arguments.value("--out") == nil else {
      throw UsageError("--out is where minimal cases are saved; give --shrink, too.")
    }
    guard arguments.has("--shrink") || !arguments.has("--stories") else {
      throw UsageError("--stories checks what is told of minimal cases; give --shrink, too.")
    }
    let hunt = BugHunt(try plan(arguments))
    if let note = try arguments.seedsNote("--seeds") { console.complain(note) }
    if let directory = hunt.plan.directory { try Files.prepareFolder(directory) }
    let progress = HuntProgress(on: console)
    Interruption.watch()
    let result = hunt.run(
      afterEach: { progress.show($0) }, shouldStop: { Interruption.isRequested || console.isOutputLost })
    console.showProgress("")
    let catches = BugCatchesOutput(plan: hunt.plan, result: result)
    let sizes = BugSizesOutput(plan: hunt.plan, result: result)
    if arguments.has("--json") {
      console.print(hunt.plan.shrinksCatches ? sizes.json : catches.json)
    } else if arguments.has("--markdown") {
      console.print(catches.markdown)
    } else {
      let layout = console.layout
      console.print(hunt.plan.shrinksCatches ? sizes.lines(in: layout) : catches.lines(in: layout))
    }
    if let problem = result.problem { console.complain("\(problem)") }
    return .hunt(result, isSound: !hunt.plan.shrinksCatches || sizes.isSound)
  }

  private static func plan(_ arguments: Arguments) throws(UsageError) -> BugHuntPlan {
    guard !(arguments.has("--black-box") && arguments.has("--as-operator")) else {
      throw UsageError("--as-operator sees all that --black-box sees, and more; give one of them.")
    }
    let checks: RunChecks = arguments.has("--black-box") ? .none : arguments.has("--as-operator") ? .outside : .all
    let isBlackBox = checks != .all
    var bugs: [KnownBug] = []
    for name in arguments.operands {
      let bug = try KnownBug.spelled(name)
      guard !isBlackBox || bug.isSeenByClients else {
        throw UsageError(
          "Clients are not expected to notice \(name), so \(checks == .outside ? "--as-operator" : "--black-box") cannot stand beside it."
        )
      }
      if !bugs.contains(where: { $0.name == name }) { bugs.append(bug) }
    }
    if bugs.isEmpty { bugs = KnownBug.catalogue.filter { !isBlackBox || $0.isSeenByClients } }
    var plan = BugHuntPlan(bugs: bugs, seeds: try arguments.seeds("--seeds") ?? defaultSeeds)
    plan.checks = checks
    plan.shrinksCatches = arguments.has("--shrink")
    plan.checksStories = arguments.has("--stories")
    plan.directory = arguments.value("--out")
    if let catches = try arguments.number("--catches", in: 1...Int.max) { plan.catches = catches }
    return plan
  }
}

/// The line at the bottom of the terminal. Whoever works calls it, on any thread.
private final class HuntProgress: Sendable {
  private let console: Console
  private let throttle = Mutex(ProgressThrottle())

  init(on console: Console) {
    self.console = console
  }

  /// Shows the line, if it is time.
  func show(_ progress: BugHunt.Progress) {
    guard console.hasProgress else { return }
    throttle.withLock { throttle in
      let now = progress.wallTime
      guard throttle.isDue(at: now) else { return }
      var parts = [
        "\(progress.done.grouped) of \(Words.count(progress.bugs, "bug"))", progress.name,
        Words.count(progress.seeds, "seed"), "\(progress.catches.grouped) caught",
      ]
      if progress.done > 0 {
        let left = now.seconds / Double(progress.done) * Double(progress.bugs - progress.done)
        parts.append("about \(Figures.time(.seconds(Int64(left.rounded())))) left")
      }
      console.showProgress(parts.joined(separator: "   "))
    }
  }
}
