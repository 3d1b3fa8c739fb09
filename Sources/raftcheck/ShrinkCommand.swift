import Determinism
import Histories
import Judging
import Linearizability
import Runs
import Shrinking

/// `raftcheck shrink`.
enum ShrinkCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "shrink", summary: "make a failing history as small as can be, and say why it fails", operands: "FILE",
    options: [
      Option("--out", "FILE", "write the small history, as JSON Lines or, if FILE ends in .edn, as EDN"),
      Option("--model", "NAME", CheckCommand.names(ModelName.self) + "; where the file does not say"),
      Option("--initial", "VALUE", "what every key holds at first; nothing unless given"),
      Option("--format", "NAME", "auto, " + CheckCommand.names(HistoryFormat.self)),
      Option("--timeout", "TIME", "wall time for judging and shrinking; 60s unless given"),
      Option("--memory", "SIZE", "memory of the whole process, as in 512M; 1G unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck shrink out/42/history.jsonl", "the few operations that have no order, drawn and explained"),
      ("raftcheck shrink --model cas-register etcd_000.log --out small.jsonl", "these as a history of their own"),
      ("cat history.jsonl | raftcheck shrink --out - -", "standard input, and the small history alone"),
    ],
    note: """
      What is taken away can only help an order: operations that only observed, writes that nobody can have observed,
      the knowledge that a write returned, and the ends of intervals, which begin earlier or end later. What is left has
      no order, and whatever else is taken away gives it one. Ctrl-C ends the shrinking with what there is by then.
      Exits 1 if the history is not linearizable, and 0 if it is and there is nothing to shrink.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    guard arguments.operands.count == 1, let path = arguments.operands.first else {
      throw UsageError("`raftcheck shrink` needs one file, or - for standard input.")
    }
    let out = arguments.value("--out")
    if let out {
      if arguments.has("--json"), out == "-" {
        throw UsageError("--json and the history cannot both go to standard output.")
      }
      guard !Files.areSame(path, out) else {
        throw UsageError("\"\(out)\" is the file to read; expected another one to write.")
      }
    }
    var options = try CheckCommand.historyOptions(arguments)
    Interruption.watch(patience: .seconds(1))
    let watch = Stopwatch()
    let progress = ShrinkProgress(on: console, watch)
    let time = options.limits.time
    let isOver: @Sendable () -> Bool = {
      progress.show()
      return Interruption.isRequested || time.map { watch.elapsed.nanoseconds >= Int64($0 / .nanoseconds(1)) } ?? false
    }
    let recorded = try RecordedHistory(path: path, options: options, shouldStop: { Interruption.isRequested })
    options.limits.time = time.map { max(.zero, $0 - .nanoseconds(watch.elapsed.nanoseconds)) }
    let checked = recorded.judged(options, shouldStop: isOver)
    let essence = essence(of: checked, progress, isOver)
    progress.end()
    let story = ShrinkStory(checked, essence, time: watch.elapsed, out: out)
    if let out, let essence { try Files.write(bytes(of: essence.history, to: out), to: out) }
    if arguments.has("--json") {
      console.print(story.json)
    } else if out != "-" || essence == nil {
      console.print(story.text(on: console))
    }
    return Interruption.isRequested ? .interrupted : ExitCode(checked.severity)
  }

  private static func essence(
    of checked: CheckedHistory, _ progress: ShrinkProgress, _ isOver: @escaping () -> Bool
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
