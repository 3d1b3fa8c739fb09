import Determinism
import Histories
import Judging
import Linearizability
import Runs
import Shrinking
import System
import Terminal

// `raftcheck shrink` of a recorded history.
extension ShrinkCommand {
  /// Shrinks the history at this path.
  static func shrinkHistory(_ path: String, _ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let out = arguments.value("--out")
    if let out {
      if arguments.has("--json"), out == "-" {
        throw UsageError("--json and the history cannot both go to standard output.")
      }
      guard !Files.areSame(path, out) else {
        throw UsageError("\"\(out)\" is the file to read; expected another one to write.")
      }
    }
    var options = try arguments.historyOptions()
    Interruption.watch(patience: .seconds(1))
    let watch = Stopwatch()
    let progress = HistoryShrinkProgress(on: console, watch)
    let limits = HistoryShrinkLimits(limits: options.limits, watch: watch, progress: progress)
    guard let recorded = try history(at: path, options) else { return .interrupted }
    options.limits.time = limits.timeLeft
    let checked = recorded.judged(options) {
      progress.show()
      return Interruption.isRequested
    }
    if let misfit = checked.misfit {
      progress.end()
      throw misfit
    }
    let essence = essence(of: checked, arguments.has("--fewest") ? .fewest : .firstEnd, limits)
    progress.end()
    options.limits.time = limits.timeLeft
    let remarks = CheckRemarks(on: checked, options.limits) { Interruption.isRequested }
    var unsaved: FileProblem?
    if let out, let essence {
      _ = unsaved.noting(on: console) { () throws(FileProblem) in
        try Files.write(bytes(of: essence.history, to: out), to: out)
      }
    }
    let output = SmallHistoryOutput(
      checked, remarks, essence, time: watch.elapsed, out: unsaved == nil ? out?.displayed : nil)
    if arguments.has("--json") {
      console.print(output.json)
    } else if out != "-" || essence == nil {
      console.print(output.lines(in: console.layout))
    }
    return CommandOutcome.smallHistory(checked, wasInterrupted: Interruption.isRequested).unsaved(unsaved)
  }

  /// - Returns: `nil` if Ctrl-C ended the reading.
  private static func history(at path: String, _ options: CheckOptions) throws(FileProblem) -> RecordedHistory? {
    do throws(FileProblem) {
      return try RecordedHistory(path: path, options: options, shouldStop: { Interruption.isRequested })
    } catch {
      if Interruption.isRequested { return nil }
      throw error
    }
  }

  private static func essence(
    of checked: CheckedHistory, _ goal: HistoryShrinker.Goal, _ limits: HistoryShrinkLimits
  ) -> Essence? {
    let counterexamples = checked.judgement.counterexamples
    guard !counterexamples.isEmpty, checked.isMadeSmall else { return nil }
    ResidentMemory.giveBack()
    let shrinker = HistoryShrinker(
      model: checked.judgement.model, goal: goal, watch: limits, report: { limits.progress.note($0) })
    return shrinker.shrink(checked.recorded.history, from: counterexamples)
  }

  private static func bytes(of history: History, to path: String) -> [UInt8] {
    path.hasSuffix(".\(HistoryFormat.edn.rawValue)") ? history.edn() : history.jsonLines()
  }
}

/// Ends a shrinking when its time or its memory is used up, or when somebody interrupts it.
private struct HistoryShrinkLimits: ShrinkingWatch {
  let limits: JudgingLimits
  let watch: Stopwatch
  let progress: HistoryShrinkProgress

  /// The part of the time that is left for telling what was found.
  private static let tellingShare: Int64 = 20
  /// What telling takes for each operation.
  private static let nanosecondsPerOperation: Int64 = 4_000

  var timeLeft: Swift.Duration? {
    limits.time.map { max(.zero, $0 - .nanoseconds(watch.elapsed.nanoseconds)) }
  }

  private var nanoseconds: Int64 { limits.time.map { Int64($0 / .nanoseconds(1)) } ?? .max }

  func isOver() -> Bool {
    progress.show()
    return Interruption.isRequested || watch.elapsed.nanoseconds >= nanoseconds - nanoseconds / Self.tellingShare
      || freeBytes <= 0
  }

  var freeBytes: Int { limits.residentBytes.map { $0 - ResidentMemory.bytes } ?? .max }

  func hasTime(toTell operations: Int) -> Bool {
    // Whoever interrupts still hears what there is.
    let telling = Self.nanosecondsPerOperation * Int64(operations)
    return watch.elapsed.nanoseconds < nanoseconds - min(nanoseconds, telling) + nanoseconds / Self.tellingShare
  }
}
