import Determinism
import KnownBugs
import Live
import Runs
import Scenarios
import System
import Terminal

/// `raftcheck live`.
enum LiveCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "live", summary: "test real servers: raftkv, etcd, pysyncobj, or a store of your own",
    options: [
      Option("--system", "NAME", "\(LiveSystem.builtIn.joined(separator: ", ")), or a folder with a system.json"),
      Option("--seed", "N", "which run, 0 to 2^64 - 1"),
      Option("--runs", "K", "so many seeds from N on, one after the other; 1 unless given"),
      Option("--nodes", "N", "servers, \(LiveWish.standardNodes) unless given; 1 for a store of one server"),
      Option("--clients", "N", "clients, two for each server unless given"),
      Option("--rate", "N", "operations that all clients begin in a second, \(LiveWish.standardRate) unless given"),
      Option("--duration", "TIME", "how long faults come, 30s unless given"),
      Option("--faults", "LIST", "kinds that may occur, as in kill,pause; or none"),
      Option("--every", "TIME", "about so long from one fault to the next; the seed decides unless given"),
      Option("--members", "WHETHER", "of raftkv: fixed, or changing by operators; fixed unless given"),
      Option("--option", "NAME=VALUE", "a choice that the system offers; may be given several times", mayRepeat: true),
      Option("--bug", "NAME", "of raftkv: switch on a known bug (see `raftcheck bugs list`)"),
      Option("--plan", "FILE", "run the plan of an earlier run, plan.json, in place of a seed's"),
      Option("--reduce-budget", "TIME", "try a failing plan again and reduce it for so long; not at all unless given"),
      Option("--out", "DIR", "what is kept of seed N is in DIR/N; \(LiveWish.standardFolder) unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck live --system raftkv --seed 1 --runs 10", "ten times thirty seconds on five servers of our own"),
      ("raftcheck live --system etcd --seed 1 --option reads=serializable", "etcd, with reads that may be stale"),
      ("raftcheck live --system my-store --seed 1 --faults kill,pause", "the store that my-store/system.json is for"),
    ],
    note: """
      Servers are processes on this machine; clients ask them, faults strike them, all is let heal, every key is read, and
      what clients saw is judged. DIR/N holds the history, the plan, the report, and what each server printed. A seed means
      the same faults and the same questions each time; what real servers make of them differs. Nothing is left running,
      whatever becomes of this program; Ctrl-C ends a run early and saves it. Sources/Live/README.md tells how to test a
      store of your own.
      """)

  /// How long the judge may go on after Ctrl-C.
  private static let judgingPatience = Duration.seconds(5)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let wish = try LiveWish(arguments)
    Signals.heedChildren()
    do {
      let runs = try wish.runs(enteringBy: CommandLineProgram.words) { console.complain($0) }
      OpenFileLimit.raise()
      Interruption.watch(heedsTermination: true)
      return try carryOut(runs, wish, arguments, on: console)
    } catch let problem as LiveProblem {
      throw FileProblem(problem.kind == .content ? .content : .system, "\(problem)")
    }
  }

  private static func carryOut(
    _ runs: LiveRuns, _ wish: LiveWish, _ arguments: Arguments, on console: Console
  ) throws -> CommandOutcome {
    let progress = LiveProgressLine(on: console, of: wish.count)
    var output = LiveOutput(system: runs.system.description.name)
    for number in 0..<wish.count where !Interruption.isRequested {
      let report = try runs.run(
        number,
        report: { step in
          progress.show(step, of: number)
          // The history is saved and no server runs: what is left to wait for is the judge.
          if case .judging = step { Interruption.limit(to: judgingPatience) }
        }, shouldStop: { Interruption.isRequested })
      Interruption.limit(to: nil)
      progress.end()
      output.add(report)
      try output.save(report)
      if !arguments.has("--json") { console.print(output.lines(of: report, in: console.layout)) }
    }
    if let budget = wish.reduceBudget, let failing = output.firstFailing, !Interruption.isRequested {
      let reduction = try runs.reduce(
        failing, within: budget, report: { progress.show($0) }, shouldStop: { Interruption.isRequested })
      progress.end()
      output.reduction = reduction
    }
    if arguments.has("--json") {
      console.print(output.json)
    } else {
      console.print(output.summary(in: console.layout))
    }
    return .live(output.severity, ran: output.count, wasInterrupted: Interruption.isRequested)
  }
}
