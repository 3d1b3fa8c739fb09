import Histories
import Runs
import Terminal

/// `raftcheck shrink`.
enum ShrinkCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "shrink", summary: "make a failing case or history as small as can be", operands: "FILE",
    options: [
      Option("--out", "PATH", "of a case: the folder for the result; of a history: the file")
    ] + Syntax.history(timed: "for judging and shrinking; of a case as long as it takes")
      + [Syntax.fewest, Syntax.json, Syntax.help],
    examples: [
      ("raftcheck shrink out/42/case.json", "the few faults and operations that matter; as `raftcheck fuzz` saved it"),
      ("raftcheck shrink out/42/history.jsonl", "the few operations that have no order, drawn and explained"),
      ("raftcheck shrink --model cas-register etcd_000.log --out small.jsonl", "these as a history of their own"),
      ("cat history.jsonl | raftcheck shrink --out - -", "standard input, and the small history alone"),
    ],
    note: """
      FILE is a case if it says so (its key "format"), and a history if not, as is standard input. The result of a case is
      case.json, history.jsonl, report.txt and report.html of the minimal run, and what it was made from as unshrunk.json
      and unshrunk.jsonl. Without --out they are in FILE's own folder if FILE is named case.json, and otherwise in one
      beside it: of x.json in x. A case that was edited counts as one that was never
      shrunk, and stays as former-case.json.

      Histories are made small of the models kv, register and cas-register. Of one is taken away what can only help an order: operations that only observed, writes that nobody can have
      observed, the knowledge that a write returned, and the ends of intervals, which begin earlier or end later. What is
      left has no order, and whatever else is taken away gives it one. It ends with the operation that `raftcheck check`
      names, the first after whose end no order is left; with --fewest it is the fewest operations that have no order,
      wherever in the history they are. Ctrl-C keeps the smallest so far, and ends with 130.
      Exits 1 if FILE fails, shrunk or not, and 0 if it does not.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard arguments.operands.count == 1, let operand = arguments.operands.first else {
      throw UsageError("`raftcheck shrink` needs one case or history, as in `raftcheck shrink out/42/case.json`.")
    }
    let path = try CaseOperand.path(operand, for: "shrink", asFound: true)
    guard CaseFile.isCase(at: path) else { return try shrinkHistory(path, arguments, on: console) }
    let limits = Syntax.runLimits.map(\.name)
    for option in (Syntax.history(timed: "") + [Syntax.fewest]).map(\.name)
    where arguments.has(option) && !limits.contains(option) {
      throw UsageError("\(option) is about a history, and \"\(path)\" is a case.")
    }
    return try shrinkCase(path, arguments, on: console)
  }
}
