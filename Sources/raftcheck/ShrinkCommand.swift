import Runs

/// `raftcheck shrink`.
enum ShrinkCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "shrink", summary: "make a failing case as small as it gets", operands: "CASE",
    options: [
      Option("--out", "DIR", "keep the result in DIR; in the case's own folder unless given"), Syntax.json,
      Syntax.help,
    ],
    examples: [
      ("raftcheck shrink out/42/case.json", "what `raftcheck fuzz --out out` has saved")
    ],
    note: """
      DIR then holds case.json, history.jsonl, report.txt and report.html of the minimal run, and what it was made from
      as unshrunk.json and unshrunk.jsonl. Ctrl-C keeps the smallest so far, and ends with 130.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    guard arguments.operands.count == 1, let path = arguments.operands.first else {
      throw UsageError("`raftcheck shrink` needs one case file, as in `raftcheck shrink out/42/case.json`.")
    }
    let watch = Stopwatch()
    let saved = try CaseFile(reading: Files.read(path, limit: Files.caseLimit), path: path)
    let simulated = saved.run.simulate()
    let report = simulated.judged()
    guard report.severity == .violation else {
      console.complain("\(path): nothing broke, so that there is nothing to shrink: \(report.verdict.rawValue)")
      return ExitCode(report.severity)
    }
    let folder = arguments.value("--out").map { CaseFolder($0) } ?? CaseFolder(around: path)
    let session = ShrinkSession(report: report, earlier: saved.minimality, folder: folder, console: console)
    let story = RunStory(
      report: report, replayLine: "raftcheck replay \(path)", casePath: path, wallTime: watch.elapsed, secondRun: .none)
    return session.tell(story, asJSON: arguments.has("--json"))
  }
}
