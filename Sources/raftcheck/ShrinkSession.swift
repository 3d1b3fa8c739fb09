import Determinism
import Reporting
import Runs
import Shrinking

/// Makes a failing run minimal, keeps what comes of it in a folder, and tells it.
struct ShrinkSession {
  /// The run as it was found.
  let report: RunReport
  /// What it was made from itself, if it is no seed's.
  var earlier: CaseFile.Minimality?
  /// Where everything is kept.
  let folder: CaseFolder
  let console: Console

  /// What came of it.
  struct Result {
    let minimal: MinimalRun
    let failing: FailingRun
    /// What could not be saved, if anything.
    let problem: FileProblem?

    /// Whether Ctrl-C ended it before nothing more could be taken away.
    var wasInterrupted: Bool { !minimal.minimality.isComplete }
  }

  /// Shrinks, saves and tells.
  ///
  /// - Parameter story: of the run as it was found, which is told if it cannot be shrunk.
  func tell(_ story: RunStory, asJSON: Bool) -> ExitCode {
    let result: Result
    do {
      result = try shrink()
    } catch {
      console.print(asJSON ? story.json : story.text(on: console))
      console.complain("not shrunk: \(error)")
      return ExitCode(error)
    }
    var story = story
    story.minimal = result
    console.print(asJSON ? story.json : text(of: result))
    if let problem = result.problem {
      console.complain("\(problem)")
      return ExitCode(problem)
    }
    return result.wasInterrupted ? .interrupted : .violation
  }

  /// Shrinks and saves. Ctrl-C ends it with the smallest run so far.
  ///
  /// - Throws: if the run, made again, does not do the same.
  private func shrink() throws(ScenarioShrinker.Refusal) -> Result {
    Interruption.watch()
    let progress = CaseShrinkProgress(on: console)
    let minimal = try MinimalRun(
      of: report, continuing: earlier, shouldStop: { Interruption.isRequested || console.isOutputLost },
      afterEach: { progress.show($0) })
    console.showProgress("")
    guard
      let failing = FailingRun(
        minimal.report, minimality: minimal.minimality, time: minimal.time,
        replay: "raftcheck replay \(folder.casePath)", sequelPath: folder.sequelPath)
    else { preconditionFailure("the smallest failing run of seed \(report.run.scenario.seed) does not fail") }
    do {
      try save(minimal, failing)
    } catch {
      return Result(minimal: minimal, failing: failing, problem: error)
    }
    return Result(minimal: minimal, failing: failing, problem: nil)
  }

  /// The case as it was found stays beside the minimal one.
  private func save(_ minimal: MinimalRun, _ failing: FailingRun) throws(FileProblem) {
    try Files.makeFolder(folder.path)
    if earlier == nil {
      try Files.write(CaseFile(report).encoded(), to: folder.unshrunkPath)
      try Files.write(report.outcome.history.jsonLines(), to: folder.unshrunkHistoryPath)
    }
    try Files.write(minimal.caseFile.encoded(), to: folder.casePath)
    if let sequel = minimal.sequelFile { try Files.write(sequel.encoded(), to: folder.sequelPath) }
    try Files.write(minimal.report.outcome.history.jsonLines(), to: folder.historyPath)
    try Files.write(Array("\(Telling.text(of: failing))\n".utf8), to: folder.reportPath)
    try Files.write(Telling.page(of: failing, minimal.caseFile), to: folder.pagePath)
    for other in minimal.otherFailures {
      let saved = CaseFile(other.run, failingWith: other.signature, eventHash: other.eventHash)
      try Files.write(saved.encoded(), to: folder.path(of: other.signature))
    }
  }

  /// The story, and where more of it is.
  private func text(of result: Result) -> String {
    var lines = [Telling.text(of: result.failing, on: console)]
    guard result.problem == nil else { return lines[0] }
    lines.append(console.paint("report".padded(to: 9), .quiet) + folder.pagePath)
    for other in result.minimal.otherFailures {
      lines.append(
        console.paint("also".padded(to: 9), .quiet)
          + "\(other.signature), met on the way: raftcheck replay \(folder.path(of: other.signature))")
    }
    return lines.joined(separator: "\n")
  }
}

extension ExitCode {
  /// Why a failing run was not shrunk.
  fileprivate init(_ refusal: ScenarioShrinker.Refusal) {
    self =
      switch refusal {
      case .differs, .isAnotherRun: .nondeterminism
      case .notForTheBug: .violation
      }
  }
}

/// The line at the bottom of the terminal.
private final class CaseShrinkProgress {
  private let console: Console
  private let watch = Stopwatch()
  private var shownAt = Duration.zero

  init(on console: Console) {
    self.console = console
  }

  /// Shows the line: nothing in the first second, then five times a second.
  func show(_ progress: ScenarioShrinker.Progress) {
    let now = watch.elapsed
    guard console.hasProgress, now >= .seconds(1), now - shownAt >= .milliseconds(200) else { return }
    shownAt = now
    let size = [
      Figures.count(progress.size.nodes, "node"), Figures.count(progress.size.operations, "operation"),
      Figures.count(progress.size.faults, "fault"),
    ]
    console.showProgress(
      "shrinking   \(size.joined(separator: ", "))   \(Figures.grouped(progress.trials)) tried   \(progress.pass)")
  }
}
