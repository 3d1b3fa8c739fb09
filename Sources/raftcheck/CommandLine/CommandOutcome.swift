import Campaigns
import Runs
import Shrinking

/// How a command ended: all of the exit codes are decided here.
indirect enum CommandOutcome {
  /// It did what it was asked for, and that was to judge nothing.
  case done
  /// One run, and perhaps a second one of the same scenario.
  case run(RunReport, SecondRun)
  /// A run that was not shrunk, or not told, for nothing broke.
  case nothingBroke(RunReport)
  /// A failing run was to be shrunk.
  case shrinking(CaseShrinking.Ending)
  /// A history was to be shrunk.
  case smallHistory(CheckedHistory, wasInterrupted: Bool)
  /// Files were judged.
  case check(CheckOutput, wasInterrupted: Bool)
  /// Real servers were tested in so many runs; this is the worst that was found.
  case live(Severity, ran: Int, wasInterrupted: Bool)
  /// The cases of a corpus were replayed.
  case corpus(CorpusOutput)
  /// A commit was looked for.
  case bisection(Bisection.Ending)
  /// Many seeds.
  case campaign(CampaignRecord)
  /// Known bugs were looked for.
  case hunt(BugHunt.Result, isSound: Bool)
  /// Engines were compared with each other.
  case agreement(isComplete: Bool)
  /// Runs were measured, so many of which failed.
  case measuredRuns(failed: Int)
  /// The program was tried with hostile inputs, so many kinds of mistakes were found.
  case tries(found: Int, wasInterrupted: Bool)
  /// Ctrl-C ended it, and nothing was found by then.
  case interrupted
  /// The user's mistake.
  case misused
  /// Something could not be read, written or run.
  case problem(FileProblem)
  /// It ended so and was told; but what was to be saved could not be.
  case unsaved(FileProblem, CommandOutcome)
  /// The program's own mistake.
  case defect

  /// The same, unless something could not be saved.
  func unsaved(_ problem: FileProblem?) -> CommandOutcome { problem.map { .unsaved($0, self) } ?? self }

  /// What the shell is told.
  var exitCode: ExitCode {
    switch self {
    case .done: .held
    case .run(_, let secondRun) where secondRun.problem != nil: secondRun.problem.map(Self.code) ?? .internalError
    case .run(let report, let secondRun):
      Self.code(secondRun.isSame == false ? max(report.severity, .nondeterminism) : report.severity)
    case .nothingBroke(let report): Self.code(report.severity)
    case .shrinking(let ending): Self.code(ending)
    case .smallHistory(let checked, let wasInterrupted):
      wasInterrupted ? .interrupted : checked.observesSomething ? Self.code(checked.severity) : .nothingRan
    case .check(let files, let wasInterrupted): wasInterrupted ? .interrupted : Self.code(files)
    case .live(let severity, let count, let wasInterrupted):
      wasInterrupted ? .interrupted : count == 0 ? .nothingRan : Self.code(severity)
    case .corpus(let output): Self.code(output)
    case .bisection(.found): .held
    case .bisection(.undecided): .undecided
    case .bisection(.interrupted): .interrupted
    case .campaign(let record): Self.code(record)
    case .hunt(let result, let isSound): Self.code(result, isSound: isSound)
    // A judge that is wrong is this program's mistake, not a finding about somebody's history.
    case .agreement(let isComplete): isComplete ? .held : .internalError
    case .measuredRuns(let failed): failed == 0 ? .held : .violation
    case .tries(let found, let wasInterrupted): found > 0 ? .internalError : wasInterrupted ? .interrupted : .held
    case .interrupted: .interrupted
    case .misused: .usage
    case .problem(let problem): Self.code(problem)
    // As where a run cannot be repeated or a campaign not go on: whoever asked for a file has to know that there is none.
    case .unsaved(let problem, let outcome):
      outcome.exitCode == .internalError ? .internalError : Self.code(problem)
    case .defect: .internalError
    }
  }

  private static func code(_ severity: Severity) -> ExitCode {
    switch severity {
    case .pass: .held
    case .undecided: .undecided
    case .violation: .violation
    case .nondeterminism: .nondeterminism
    case .internalError: .internalError
    }
  }

  private static func code(_ problem: FileProblem) -> ExitCode {
    switch problem.kind {
    case .system: .inputOutput
    case .content: .badInput
    case .limit: .undecided
    }
  }

  private static func code(_ ending: CaseShrinking.Ending) -> ExitCode {
    switch ending {
    case .shrunk(let result):
      if let problem = result.problem { return code(problem) }
      return result.isEndedEarly && Interruption.isRequested ? .interrupted : .violation
    // Time may have been up as well.
    case .endedEarly: return Interruption.isRequested ? .interrupted : .violation
    case .refused where Interruption.isRequested: return .interrupted
    // That it failed once is known, whatever a trial has room for.
    case .refused(.differs(_, found: .undecided)), .refused(.notForTheBug): return .violation
    case .refused(.differs), .refused(.isAnotherRun): return .nondeterminism
    }
  }

  /// A violation outweighs a file that cannot be read: it is there, whatever the other file holds.
  private static func code(_ files: CheckOutput) -> ExitCode {
    if files.worst == .internalError { return .internalError }
    if files.comparesExpected {
      if files.unexpected > 0 { return .violation }
      if files.unstated > 0 { return .badInput }
    } else if files.worst == .violation {
      return .violation
    }
    if let problem = files.problems.first { return code(problem) }
    if !files.comparesExpected, files.worst > .pass { return code(files.worst) }
    // A file in which nothing was observed is no pass, whatever the others show.
    return files.isEmpty || files.unobserved > 0 ? .nothingRan : .held
  }

  /// As with files that are judged.
  private static func code(_ output: CorpusOutput) -> ExitCode {
    if output.worst >= .violation { return code(output.worst) }
    if let problem = output.problems.first { return code(problem) }
    return output.replays.isEmpty ? .nothingRan : code(output.worst)
  }

  /// Whoever interrupts a campaign still wants to know whether it found something.
  private static func code(_ record: CampaignRecord) -> ExitCode {
    if let problem = record.problem { return code(problem) }
    if record.severity >= .violation { return code(record.severity) }
    if record.wasInterrupted { return .interrupted }
    if record.failingCases.contains(where: \.isUnread) { return .badInput }
    return record.summary.seeds == 0 && record.severity == .pass ? .nothingRan : code(record.severity)
  }

  /// A bug that was not caught leaves the question open.
  private static func code(_ result: BugHunt.Result, isSound: Bool) -> ExitCode {
    if let problem = result.problem { return code(problem) }
    if result.wasInterrupted { return .interrupted }
    if result.figures.contains(where: { $0.internalErrors > 0 }) { return .internalError }
    if !isSound { return .violation }
    return result.figures.allSatisfy { $0.catches > 0 } ? .held : .undecided
  }
}
