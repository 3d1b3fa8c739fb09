import Determinism
import Histories
import Judging
import Linearizability
import Runs

/// `raftcheck check`.
enum CheckCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "check", summary: "judge recorded histories, whoever recorded them", operands: "FILE...",
    options: Syntax.history(timed: "for each file") + [
      Option("--algorithm", "NAME", Syntax.names(Algorithm.self) + "; auto unless given"),
      Option("--max-expansions", "N", "configurations for each key; a billion unless given"),
      Option("--order", "MEMBER", "the events' member with their places in an order to try first; order unless given"),
      Option("--expected", nil, "exit 0 if and only if each verdict is the one in the file's first line"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck check out/42/history.jsonl", "one file; its format is found out from its start"),
      ("raftcheck check --expected histories/", "every \(endings) file in a folder and below it"),
      ("raftcheck check --model cas-register etcd_000.log", "a console log of Jepsen"),
      ("cat history.jsonl | raftcheck check -", "standard input"),
      ("raftcheck check --order revision etcd.edn", "the order of etcd's revisions is replayed before one is searched"),
    ])

  private static let endings = Files.historyEndings.joined(separator: ", ")

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let options = try options(arguments)
    var paths: [String] = []
    guard !arguments.operands.isEmpty else {
      throw UsageError("`raftcheck check` needs a file, a folder or - for standard input.")
    }
    for operand in arguments.operands {
      paths += Files.isFolder(operand) ? try Files.histories(in: operand) : [operand]
    }
    Interruption.watch(patience: .milliseconds(150))
    let progress = CheckProgress(on: console, files: paths.count, timeout: options.limits.time)
    let shouldStop: @Sendable () -> Bool = {
      progress.show()
      return Interruption.isRequested
    }
    var output = CheckOutput(comparesExpected: arguments.has("--expected"))
    let width = paths.map(\.printable.columns).max() ?? 0
    for path in paths where !Interruption.isRequested && !console.isOutputLost {
      progress.begin(path)
      do throws(FileProblem) {
        let checked = try check(path, options, shouldStop)
        progress.end(operations: checked.judgement.operations)
        output.add(checked)
        if !arguments.has("--json") {
          let file = CheckedFileOutput(checked, options.limits, output.comparesExpected, nameWidth: width)
          console.print(file.lines(in: console.layout))
        }
      } catch let problem {
        progress.end(operations: 0)
        // The other files are still worth a verdict.
        if !Interruption.isRequested {
          console.complain("\(problem)")
          output.add(problem)
        }
      }
    }
    let outcome = CommandOutcome.check(output, wasInterrupted: Interruption.isRequested)
    if arguments.has("--json") {
      console.print(output.json(outcome.exitCode))
    } else if paths.count > 1 {
      console.print(output.lines(in: console.layout))
    }
    if paths.isEmpty {
      console.complain("there is no \(endings) file in \(arguments.operands.joined(separator: ", "))")
    }
    return outcome
  }

  /// Reads and judges one file. Its time runs from before it is read.
  private static func check(
    _ path: String, _ options: CheckOptions, _ shouldStop: @escaping @Sendable () -> Bool
  ) throws(FileProblem) -> CheckedHistory {
    let watch = Stopwatch()
    let recorded = try RecordedHistory(path: path, options: options, shouldStop: shouldStop)
    var options = options
    options.limits.time = options.limits.time.map { max(.zero, $0 - .nanoseconds(watch.elapsed.nanoseconds)) }
    return recorded.judged(options, shouldStop: shouldStop)
  }

  private static func options(_ arguments: Arguments) throws(UsageError) -> CheckOptions {
    var options = try arguments.historyOptions()
    options.algorithm = try arguments.choice("--algorithm", Algorithm.self) ?? .auto
    if let limit = try arguments.maxExpansions() { options.limits.expansions = limit }
    options.orderMember = arguments.value("--order")
    return options
  }
}
