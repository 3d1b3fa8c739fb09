import Runs
import Terminal

// `raftcheck shrink` of a case.
extension ShrinkCommand {
  /// Shrinks the case at this path.
  static func shrinkCase(_ path: String, _ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let out = arguments.value("--out")
    if out == "-" {
      throw UsageError("--out is \"-\"; expected the folder for what comes of a case.")
    }
    let watch = Stopwatch()
    let watchdog = try Watchdog(arguments.runLimits(), over: path, on: console)
    let saved = try CaseFile(at: path)
    let report = saved.run.simulate().judged()
    let runTime = watch.elapsed
    let origin = CaseShrinking.Origin(of: saved, report, at: path)
    watchdog.stop()
    // Before a folder is made, that none is left without a word.
    Interruption.watch()
    CaseWarning.tell(of: saved, report.outcome, path, on: console)
    guard report.severity == .violation else {
      console.complain("\(path): nothing broke, so that there is nothing to shrink: \(report.verdict.rawValue)")
      return .nothingBroke(report)
    }
    var unsaved: FileProblem?
    // Told before it takes its time.
    let folder = unsaved.noting(on: console) { () throws(FileProblem) in
      let folder = out.map { CaseFolder($0) } ?? CaseFolder(forShrinking: path)
      try Files.prepareFolder(folder.path)
      return folder
    }
    let replay = CaseFile.replayCommand(for: path)
    let shrinking = CaseShrinking(
      report: report, origin: origin, folder: folder, replay: replay)
    let output = RunOutput(
      report: report, replayLine: replay, casePath: path, wallTime: watch.elapsed, secondRun: .none)
    return shrinking.runAndPrint(
      output, unsaved: out == nil ? nil : unsaved, asJSON: arguments.has("--json"), on: console, under: watchdog,
      runTime: runTime)
  }
}
