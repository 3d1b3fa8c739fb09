import Determinism
import Reporting
import Shrinking
import Traces

/// Makes a failing run minimal and keeps what comes of it in a folder.
package struct CaseShrinking {
  /// The run as it was found.
  package let report: RunReport
  /// What it was made from itself, if it is no seed's.
  package var origin: Origin?
  /// Where everything is kept; `nil` for nowhere.
  package let folder: CaseFolder?
  /// What to type to see the run as it was found, if the minimal one is not saved.
  package let replay: String

  package init(report: RunReport, origin: Origin? = nil, folder: CaseFolder?, replay: String) {
    (self.report, self.origin, self.folder, self.replay) = (report, origin, folder, replay)
  }

  /// What a run that is minimal, or was on its way there, was made from.
  package struct Origin {
    /// Of that run.
    let minimality: CaseFile.Minimality
    /// What it was made from, if that is still known.
    let unshrunk: CaseFolder.Unshrunk?

    /// Of a case and its run: `nil` if the case was never shrunk, or has become another one since.
    ///
    /// - Parameter path: the case's file, beside which what it was made from may lie.
    package init?(of saved: CaseFile, _ report: RunReport, at path: String) {
      guard let minimality = saved.minimality(of: report) else { return nil }
      self.minimality = minimality
      unshrunk = CaseFolder(around: path).unshrunk(of: minimality)
    }
  }

  /// A run that was made smaller.
  package struct Result {
    package let minimal: MinimalRun
    package let failing: FailingRun
    /// Where it was saved, if it was.
    package let folder: CaseFolder?
    /// What could not be saved, if anything.
    package let problem: FileProblem?

    /// Whether it was ended before nothing more could be taken away.
    package var isEndedEarly: Bool { !minimal.minimality.isComplete }
  }

  /// How a shrinking ended.
  package enum Ending {
    /// With a smaller run.
    case shrunk(Result)
    /// It was stopped, or its budget was used up, while there was nothing smaller yet; where the run lies as it was found, if it is saved, or what kept
    /// it from being saved.
    case endedEarly(ShrinkingEnd, keptIn: CaseFolder?, problem: FileProblem?)
    /// The run, made again, does not do the same.
    case refused(ScenarioShrinker.Refusal)
  }

  /// Shrinks and saves.
  ///
  /// - Parameters:
  ///   - shouldStop: asked again and again, on any thread; `true` ends it with the smallest run so far.
  ///   - afterEach: called whenever there is a smaller one.
  ///   - whenStopped: called when it was stopped and what matters of the smallest run so far is saved, with its size and the
  ///     folder, if there is one: what follows is only told.
  ///   - willSave: called when all that is to be saved has been made, before any of it is.
  package func shrink(
    shouldStop: @escaping @Sendable () -> Bool, afterEach: @escaping (ScenarioShrinker.Progress) -> Void,
    whenStopped: (ScenarioSize, CaseFolder?) -> Void, willSave: () -> Void
  ) -> Ending {
    let watch = Stopwatch()
    let shrunk: ShrunkScenario
    do {
      shrunk = try report.shrunk(budget: .usual, shouldStop: shouldStop, afterEach: afterEach)
    } catch {
      return .refused(error)
    }
    let madeFrom = origin == nil ? CaseFolder.Unshrunk(report) : origin?.unshrunk
    if shrunk.end != .minimal, shrunk.hasGrown {
      willSave()
      do throws(FileProblem) { try keepAsFound() } catch { return .endedEarly(shrunk.end, keptIn: nil, problem: error) }
      return .endedEarly(shrunk.end, keptIn: folder, problem: nil)
    }
    if shrunk.end == .stopped {
      let isSaved = CaseFile.untold(shrunk, of: report, continuing: origin?.minimality).map { untold in
        folder.map { (try? $0.save(untold.saved, untold.history, madeFrom: madeFrom)) != nil } ?? false
      }
      whenStopped(shrunk.after, isSaved ?? false ? folder : nil)
    }
    let minimal = MinimalRun(shrunk, of: report, continuing: origin?.minimality, since: watch)
    guard
      var failing = FailingRun(
        minimal.report, minimality: minimal.minimality, time: minimal.time,
        replay: folder.map { CaseFile.replayCommand(for: $0.casePath) } ?? replay, leadingTo: minimal.sequel,
        at: folder?.sequelPath)
    else { preconditionFailure("the smallest failing run of seed \(report.run.scenario.seed) does not fail") }
    let files = folder?.files(of: minimal, failing, madeFrom: madeFrom)
    willSave()
    guard let folder, let files else {
      return .shrunk(Result(minimal: minimal, failing: failing, folder: nil, problem: nil))
    }
    do throws(FileProblem) {
      try folder.publish(files)
    } catch {
      (failing.replay, failing.sequelReplay) = (replay, nil)
      return .shrunk(Result(minimal: minimal, failing: failing, folder: nil, problem: error))
    }
    return .shrunk(Result(minimal: minimal, failing: failing, folder: folder, problem: nil))
  }

  /// Saves the run as it was found, unless it is in the folder already.
  private func keepAsFound() throws(FileProblem) {
    guard let folder, !Files.isFile(folder.casePath) else { return }
    try folder.save(report, minimality: origin?.minimality)
  }
}

extension CaseFile {
  /// The story of its run as a page, with the case to copy if it is of bearable length.
  package func page(of failing: FailingRun) -> [UInt8] {
    let bytes = encoded()
    let text = bytes.count > Self.shownLimit ? nil : String(decoding: bytes, as: UTF8.self)
    return Page(of: failing, caseText: text).bytes
  }

  /// The largest case that is shown on its page, in bytes.
  private static let shownLimit = 1 << 20
}
