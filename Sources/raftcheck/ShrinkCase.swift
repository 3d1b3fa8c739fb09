import Runs

/// `raftcheck shrink` of a case.
enum ShrinkCase {
  static func run(_ path: String, _ arguments: Arguments, on console: Console) throws -> ExitCode {
    let watch = Stopwatch()
    let saved = try CaseFile(reading: Files.read(path, limit: Files.caseLimit), path: path)
    let simulated = saved.run.simulate()
    let report = simulated.judged()
    guard report.severity == .violation else {
      console.complain("\(path): nothing broke, so that there is nothing to shrink: \(report.verdict.rawValue)")
      return ExitCode(report.severity)
    }
    let folder = arguments.value("--out").map { CaseFolder($0) } ?? CaseFolder(around: path)
    let session = CaseShrinking(report: report, earlier: saved.minimality, folder: folder, console: console)
    let story = RunStory(
      report: report, replayLine: "raftcheck replay \(path)", casePath: path, wallTime: watch.elapsed, secondRun: .none)
    return session.tell(story, asJSON: arguments.has("--json"))
  }
}
