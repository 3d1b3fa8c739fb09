import Determinism
import Runs

/// `raftcheck replay`.
enum ReplayCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "replay", summary: "run a saved case again, exactly", operands: "CASE",
    options: [Syntax.json, Syntax.help],
    examples: [
      ("raftcheck replay out/42/case.json", "the run that `raftcheck run --seed 42 --out out` saved")
    ])

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    guard arguments.operands.count == 1, let path = arguments.operands.first else {
      throw UsageError("`raftcheck replay` needs one case file, as in `raftcheck replay out/42/case.json`.")
    }
    let watch = Stopwatch()
    let saved = try CaseFile(reading: Files.read(path, limit: Files.caseLimit), path: path)
    let report = saved.run.simulate().judged()
    let isSame = report.outcome.eventHash.hexadecimal == saved.expected.eventHash
    // Another version of the program may well run the same scenario another way.
    let isPromised = saved.program == Program.version
    let story = RunStory(
      report: report, replayLine: "raftcheck replay \(path)", casePath: path, wallTime: watch.elapsed,
      secondRun: !isPromised || saved.isEdited
        ? .none : isSame ? .same : .differed("the case was saved with another event hash, \(saved.expected.eventHash)"))
    console.print(arguments.has("--json") ? story.json : story.text(on: console))
    if saved.isEdited {
      console.complain("\(path): the case was edited since it was saved; its event hash was not compared")
    } else if !isSame {
      let origin = isPromised ? "the same version" : "version \(saved.program)"
      console.complain("\(path): the event hash is not the \(saved.expected.eventHash) that \(origin) saved")
    }
    return ExitCode(isSame || !isPromised || saved.isEdited ? report.severity : max(report.severity, .nondeterminism))
  }
}
