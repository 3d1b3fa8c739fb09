import Determinism
import Reporting
import Runs
import Terminal

/// `raftcheck show`.
enum ShowCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "show", summary: "tell the story of a case", operands: "CASE",
    options: [
      Option("--html", "FILE", "write it as one page that needs nothing else; - is standard output")
    ] + Syntax.runLimits + [Syntax.json, Syntax.help],
    examples: [
      ("raftcheck show out/42/case.json", "what happened, step by step, and why it must not"),
      ("raftcheck show out/42", "the same: a folder stands for the case in it"),
      ("raftcheck show out/42/case.json --html story.html", "the same to look at, with who told whom what"),
    ])

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard arguments.operands.count == 1, let operand = arguments.operands.first else {
      throw UsageError("`raftcheck show` needs one case file, as in `raftcheck show out/42/case.json`.")
    }
    let path = try CaseOperand.path(operand, for: "show")
    let page = arguments.value("--html")
    if arguments.has("--json"), page == "-" {
      throw UsageError("--json and the page cannot both go to standard output.")
    }
    if let page, Files.areSame(path, page) {
      throw UsageError("\"\(page)\" is the case to read; expected another file to write.")
    }
    let watchdog = try Watchdog(arguments.runLimits(), over: path, on: console)
    let saved = try CaseFile(at: path)
    var run = saved.run
    run.maxExpansions = try arguments.maxExpansions()
    let report = run.traced()
    CaseWarning.tell(of: saved, report.outcome, path, on: console)
    let folder = CaseFolder(around: path)
    let sequel = Sequel(of: report)
    guard
      let failing = FailingRun(
        report, minimality: saved.minimality(of: report), replay: CaseFile.replayCommand(for: path),
        leadingTo: sequel, at: sequel.flatMap(folder.path(of:)))
    else {
      watchdog.stop()
      if arguments.has("--json") { console.print(StoryOutput(saved, report, nil, at: path, page: nil).json) }
      console.complain("\(path): nothing broke: \(report.verdict.rawValue)")
      return .nothingBroke(report)
    }
    let asJSON = arguments.has("--json")
    let bytes = page == nil ? [] : saved.page(of: failing)
    let object = asJSON ? StoryOutput(saved, report, failing, at: path, page: page).json : nil
    let lines = asJSON || page != nil ? [] : Story(of: failing).lines(in: console.layout)
    watchdog.stop()
    if let page { try Files.write(bytes, to: page) }
    if let object { console.print(object) }
    console.print(lines)
    return .done
  }
}
