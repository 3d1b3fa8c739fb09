import Determinism
import Reporting
import Runs
import Shrinking
import Terminal
import Traces

extension CaseShrinking {
  /// How long after Ctrl-C what is saved may still be told, and for how long if it was saved late.
  private static let (patience, leastPatience) = (Duration.milliseconds(400), Duration.milliseconds(20))

  /// Shrinks with a line of progress, and prints what came of it.
  ///
  /// Whoever calls it watches for Ctrl-C before, so that none is missed.
  ///
  /// - Parameters:
  ///   - unsaved: what could not be saved of the run as it was found, though that was asked for.
  ///   - found: what is printed of the run as it was found, if it cannot be shrunk.
  ///   - watchdog: ends it with the smallest run so far when a limit is near, or with the run as it was found.
  ///   - runTime: how long it took to run and to judge it.
  func runAndPrint(
    _ found: RunOutput, unsaved: FileProblem?, asJSON: Bool, on console: Console, under watchdog: Watchdog,
    runTime: Duration
  ) -> CommandOutcome {
    let progress = CaseShrinkProgress(on: console)
    watchdog.watchShrinking {
      found.print(asJSON: asJSON, on: console)
      return CommandOutcome.run(report, .none).unsaved(unsaved).exitCode
    }
    let ending = shrink(
      shouldStop: {
        Interruption.isRequested || console.isOutputLost || watchdog.isLimitNear(afterRunOf: runTime)
      },
      afterEach: { progress.show($0) },
      whenStopped: { size, kept in
        let counts = [
          Words.count(size.nodes, "node"), Words.count(size.operations, "operation"), Words.count(size.faults, "fault"),
        ].joined(separator: ", ")
        let place = kept.map { "kept: \(CaseFile.replayCommand(for: $0.casePath))" } ?? "kept nowhere"
        Interruption.limit(
          to: max(Self.leastPatience, Self.patience - Interruption.age),
          lastWords: "interrupted: \(counts) so far, \(place)\n")
      }, willSave: watchdog.stop)
    let wasLimitNear = watchdog.isLimitNear(afterRunOf: runTime)
    watchdog.stop()
    console.showProgress("")
    var output = found
    if case .shrunk(let result) = ending {
      output.minimal = result
      if let folder = result.folder { (output.casePath, output.replayLine) = (folder.casePath, result.failing.replay) }
    }
    if asJSON {
      console.print(output.json)
    } else {
      console.print(output.minimal?.lines(in: console.layout) ?? output.lines(in: console.layout))
    }
    let reason: String? =
      if Interruption.isRequested { "interrupted" } else if wasLimitNear { "a limit is near" } else { nil }
    switch ending {
    case .shrunk(let result):
      if let problem = result.problem { console.complain("\(problem)") }
    case .endedEarly(let end, keptIn: let folder, let problem):
      if let problem { console.complain("\(problem)") }
      let place = folder.map { "is kept as it was in \($0.path)" } ?? "is kept nowhere"
      let why = reason ?? (end == .budgetUsedUp ? "the budget of work is used up" : "ended early")
      console.complain("\(why): it is not yet smaller than it was found, and \(place)")
    case .refused(let refusal):
      console.complain("not shrunk: \(reason ?? "\(refusal)")")
    }
    return CommandOutcome.shrinking(ending).unsaved(unsaved)
  }
}

extension Optional<FileProblem> {
  /// Does something that may fail to save what was found. That is no reason to tell nothing: it is said at once, and the
  /// first problem is kept.
  ///
  /// - Returns: what was done; `nil` if it failed.
  mutating func noting<Value>(on console: Console, _ save: () throws(FileProblem) -> Value) -> Value? {
    do throws(FileProblem) {
      return try save()
    } catch {
      console.complain("\(error)")
      self = self ?? error
      return nil
    }
  }
}
