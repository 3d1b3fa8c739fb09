import Determinism
import Histories
import Judging
import Linearizability
import Runs
import Shrinking

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
    let time = options.limits.time
    let isOver: @Sendable () -> Bool = {
      progress.show()
      return Interruption.isRequested || time.map { watch.elapsed.nanoseconds >= Int64($0 / .nanoseconds(1)) } ?? false
    }
    guard let recorded = try history(at: path, options) else { return .interrupted }
    options.limits.time = time.map { max(.zero, $0 - .nanoseconds(watch.elapsed.nanoseconds)) }
    let checked = recorded.judged(options, shouldStop: isOver)
    let essence = essence(of: checked, progress, isOver)
    progress.end()
    var unsaved: FileProblem?
    if let out, let essence {
      _ = unsaved.noting(on: console) { () throws(FileProblem) in
        try Files.write(bytes(of: essence.history, to: out), to: out)
      }
    }
    let output = SmallHistoryOutput(
      checked, essence, time: watch.elapsed, out: unsaved == nil ? out?.displayed : nil)
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
    of checked: CheckedHistory, _ progress: HistoryShrinkProgress, _ isOver: @escaping () -> Bool
  ) -> Essence? {
    let counterexamples = checked.judgement.keys.compactMap { key in
      if case .notLinearizable(let counterexample) = key.verdict { counterexample } else { nil }
    }
    guard !counterexamples.isEmpty else { return nil }
    let shrinker = HistoryShrinker(
      model: checked.judgement.model, shouldStop: isOver, report: { progress.note($0) })
    return shrinker.shrink(checked.recorded.history, from: counterexamples)
  }

  private static func bytes(of history: History, to path: String) -> [UInt8] {
    path.hasSuffix(".\(HistoryFormat.edn.rawValue)") ? history.edn() : history.jsonLines()
  }
}
