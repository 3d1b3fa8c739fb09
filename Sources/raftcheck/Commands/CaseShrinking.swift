import Determinism
import Reporting
import Runs
import Shrinking

/// Makes a failing run minimal, keeps what comes of it in a folder, and tells it.
///
/// Whoever uses it watches for Ctrl-C before, so that none is missed.
struct CaseShrinking {
  /// The run as it was found.
  let report: RunReport
  /// What it was made from itself, if it is no seed's.
  var origin: Origin?
  /// Where everything is kept; `nil` for nowhere.
  let folder: CaseFolder?
  let console: Console

  /// What a run that is minimal, or was on its way there, was made from.
  struct Origin {
    /// Of that run.
    let minimality: CaseFile.Minimality
    /// Where what it was made from is kept, if it still is.
    let folder: CaseFolder?
  }

  /// What came of it.
  struct Result {
    let minimal: MinimalRun
    let failing: FailingRun
    /// Where it was saved, if it was.
    let folder: CaseFolder?
    /// What could not be saved, if anything.
    let problem: FileProblem?

    /// Whether Ctrl-C ended it before nothing more could be taken away.
    var wasInterrupted: Bool { !minimal.minimality.isComplete }
  }

  /// Shrinks, saves and tells.
  ///
  /// - Parameter story: of the run as it was found, which is told if it cannot be shrunk.
  func tell(_ story: RunStory, asJSON: Bool) -> ExitCode {
    var story = story
    let result: Result
    do {
      guard let found = try shrink(orElse: story.replayLine) else {
        console.print(asJSON ? story.json : story.text(on: console))
        console.complain("interrupted: it is not yet smaller than it was found, and is kept as it was")
        return .interrupted
      }
      result = found
    } catch {
      console.showProgress("")
      console.print(asJSON ? story.json : story.text(on: console))
      console.complain("not shrunk: \(Interruption.isRequested ? "interrupted" : "\(error)")")
      return Interruption.isRequested ? .interrupted : ExitCode(error)
    }
    story.minimal = result
    if let folder = result.folder { (story.casePath, story.replayLine) = (folder.casePath, result.failing.replay) }
    console.print(asJSON ? story.json : text(of: result))
    if let problem = result.problem {
      console.complain("\(problem)")
      return ExitCode(problem)
    }
    return result.wasInterrupted ? .interrupted : .violation
  }

  /// Shrinks and saves. Ctrl-C ends it with the smallest run so far.
  ///
  /// - Parameter replay: what to type to see the run as it was found, if the minimal one is not saved.
  /// - Returns: `nil` if it was ended while there was nothing smaller yet.
  /// - Throws: if the run, made again, does not do the same.
  private func shrink(orElse replay: String) throws(ScenarioShrinker.Refusal) -> Result? {
    let progress = CaseShrinkProgress(on: console)
    let console = console
    let minimal = try MinimalRun(
      of: report, continuing: origin?.minimality,
      shouldStop: { Interruption.isRequested || console.isOutputLost }, afterEach: { progress.show($0) })
    console.showProgress("")
    // Some of what is taken away first makes room for other things, which go later.
    if !minimal.minimality.isComplete, minimal.hasGrown {
      do { try keepAsFound() } catch { console.complain("\(error)") }
      return nil
    }
    guard
      var failing = FailingRun(
        minimal.report, minimality: minimal.minimality, time: minimal.time,
        replay: folder.map { CaseFile.replayCommand(for: $0.casePath) } ?? replay, sequelPath: folder?.sequelPath)
    else { preconditionFailure("the smallest failing run of seed \(report.run.scenario.seed) does not fail") }
    guard let folder else { return Result(minimal: minimal, failing: failing, folder: nil, problem: nil) }
    do {
      try save(minimal, failing, in: folder)
    } catch {
      failing.replay = replay
      return Result(minimal: minimal, failing: failing, folder: nil, problem: error)
    }
    return Result(minimal: minimal, failing: failing, folder: folder, problem: nil)
  }

  /// Saves the run as it was found, unless it is in the folder already.
  private func keepAsFound() throws(FileProblem) {
    guard let folder, !Files.isFile(folder.casePath) else { return }
    try Files.makeFolder(folder.path)
    try Files.write(CaseFile(report, minimality: origin?.minimality).encoded(), to: folder.casePath)
    try Files.write(report.outcome.history.jsonLines(), to: folder.historyPath)
  }

  private func save(_ minimal: MinimalRun, _ failing: FailingRun, in folder: CaseFolder) throws(FileProblem) {
    try Files.makeFolder(folder.path)
    try saveUnshrunk(in: folder)
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

  /// Keeps what the minimal run was made from beside it.
  private func saveUnshrunk(in folder: CaseFolder) throws(FileProblem) {
    guard let origin else {
      try Files.write(CaseFile(report).encoded(), to: folder.unshrunkPath)
      return try Files.write(report.outcome.history.jsonLines(), to: folder.unshrunkHistoryPath)
    }
    guard let home = origin.folder else { return }
    for (kept, path) in [
      (home.unshrunkPath, folder.unshrunkPath), (home.unshrunkHistoryPath, folder.unshrunkHistoryPath),
    ] where !Files.areSame(kept, path) && Files.isFile(kept) {
      try Files.write(Files.read(kept, limit: Files.historyLimit), to: path)
    }
  }

  /// The story, and where more of it is.
  private func text(of result: Result) -> String {
    var lines = [Telling.text(of: result.failing, on: console)]
    guard let folder = result.folder else { return lines[0] }
    lines.append(console.paint("report".padded(to: 9), .quiet) + folder.pagePath)
    for other in result.minimal.otherFailures {
      lines.append(
        console.paint("also".padded(to: 9), .quiet)
          + "\(other.signature), met on the way: \(CaseFile.replayCommand(for: folder.path(of: other.signature)))")
    }
    return lines.joined(separator: "\n")
  }
}

extension ExitCode {
  /// Why a failing run was not shrunk.
  fileprivate init(_ refusal: ScenarioShrinker.Refusal) {
    self =
      switch refusal {
      // That it failed once is known, whatever a trial has room for.
      case .differs(_, found: .undecided), .notForTheBug: .violation
      case .differs, .isAnotherRun: .nondeterminism
      }
  }
}

/// The line at the bottom of the terminal.
private final class CaseShrinkProgress {
  private let console: Console
  private let watch = Stopwatch()
  private var throttle = ProgressThrottle()

  init(on console: Console) {
    self.console = console
  }

  /// Shows the line, if it is time.
  func show(_ progress: ScenarioShrinker.Progress) {
    guard console.hasProgress, throttle.isDue(at: watch.elapsed) else { return }
    let size = [
      Figures.count(progress.size.nodes, "node"), Figures.count(progress.size.operations, "operation"),
      Figures.count(progress.size.faults, "fault"),
    ]
    console.showProgress(
      "shrinking   \(size.joined(separator: ", "))   \(Figures.grouped(progress.trials)) tried   \(progress.pass)")
  }
}
