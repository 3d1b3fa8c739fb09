import Determinism
import Runs
import Terminal

/// `raftcheck replay`.
enum ReplayCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "replay", summary: "run a saved case again, exactly", operands: "CASE",
    options: [
      Option("--step", nil, "walk through it event by event, with every server's role, term, log and commit index")
    ] + Syntax.runLimits + [Syntax.json, Syntax.help],
    examples: [
      ("raftcheck replay out/42/case.json", "the run that `raftcheck run --seed 42 --out out` saved"),
      ("raftcheck replay out/42/case.json --step", "the same, an event at a time: Return shows the next, q ends"),
    ],
    note: """
      With --step on a terminal each Return shows one more event; elsewhere all are printed. What has changed stands out,
      and a * marks its server. Events are counted from 1, all of the run; a history's events are its lines. A log is told by the index and the term of its last entry. With --json each event is an
      object in a line of its own, and the last line is the object that is printed without --step.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard arguments.operands.count == 1, let operand = arguments.operands.first else {
      throw UsageError("`raftcheck replay` needs one case file, as in `raftcheck replay out/42/case.json`.")
    }
    let path = try CaseOperand.path(operand, for: "replay")
    let watch = Stopwatch()
    let watchdog = try Watchdog(arguments.runLimits(), over: path, on: console)
    let saved = try CaseFile(at: path)
    var run = saved.run
    run.maxExpansions = try arguments.maxExpansions()
    let report = arguments.has("--step") ? run.traced() : run.simulate().judged()
    watchdog.stop()
    let secondRun: SecondRun =
      switch saved.comparison(with: report.outcome) {
      case .same: saved.program == Program.version ? .same : .none
      case .differs: .differed("the case was saved with another event hash, \(saved.expected.eventHash ?? "none")")
      case .edited, .otherVersion, .unproved: .none
      }
    let output = RunOutput(
      report: report, replayLine: CaseFile.replayCommand(for: path), casePath: path, wallTime: watch.elapsed,
      secondRun: secondRun)
    if arguments.has("--step"),
      let last = StepWalk.show(
        report, asJSON: arguments.has("--json"), on: console, isLimitReached: watchdog.isLimitReached)
    {
      console.complain("\(path): no event behind \(last) is shown: a limit was reached")
    }
    output.print(asJSON: arguments.has("--json"), on: console)
    if let sentence = CaseWarning.sentence(of: saved, report.outcome) { console.complain("\(path): \(sentence)") }
    return .run(report, output.secondRun)
  }
}
