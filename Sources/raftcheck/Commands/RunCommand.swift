import Histories
import Runs
import Scenarios
import Terminal

/// `raftcheck run`, and `raftcheck --seed N` for short.
enum RunCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "run", summary: "run one seed; if it fails, shrink it and tell the story", operands: "[SEED]",
    options: [Option("--seed", "N", "which run, 0 to 2^64 - 1; or as the operand")] + Syntax.knobs + [
      Option("--out", "DIR", "save the case, its history and its report in DIR/N; out if it fails, unless given"),
      Option("--no-shrink", nil, "tell of the run as it is, though it fails"),
      Option("--history", "FILE", "save the history in FILE"),
      Option("--expected", nil, "write the verdict reached into the first line of FILE"),
      Option("--check-determinism", nil, "run twice and compare, though nothing failed"),
    ] + Syntax.runLimits + [
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck --seed 42", "the run of seed 42; `raftcheck run 42` and `raftcheck 42` are the same"),
      ("raftcheck run --seed 42 --bug no-sessions --out out", "the same scenario on servers that apply retries twice"),
      ("raftcheck run --seed 42 --nodes 5 --faults kill,one-way", "five servers; only crashes and deaf or mute nodes"),
    ],
    note: """
      A run that fails is made as small as it gets, which takes a few seconds. DIR/N then holds the minimal case, its history
      and its story (case.json, history.jsonl, report.txt, report.html), and beside them the run as it was found
      (unshrunk.json, unshrunk.jsonl) and what names them all (manifest.json); what a broken invariant leads to later, where
      that is known, is the case sequel.json. Ctrl-C keeps the smallest so far, and ends with 130.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let seed = try seed(arguments)
    let historyPath = arguments.value("--history")
    if arguments.has("--expected"), historyPath == nil {
      throw UsageError("--expected says what to write into a history's first line; it needs --history FILE.")
    }
    if arguments.has("--json"), historyPath == "-" {
      throw UsageError("--json and the history cannot both go to standard output.")
    }
    var run = Run(
      seed: seed, knobs: try arguments.knobs(), bug: try arguments.bug(),
      checks: try arguments.checks())
    run.maxExpansions = try arguments.maxExpansions()
    let watch = Stopwatch()
    let watchdog = try Watchdog(arguments.runLimits(), over: "seed \(seed)", on: console)
    let simulated = run.simulate()
    var unsaved: FileProblem?
    let folder = arguments.value("--out").map { CaseFolder(of: seed, in: $0) }
    // Before the verdict: whatever becomes of the judge, the file of --history is there. Judged are the lines of a file.
    let history = folder != nil || historyPath != nil ? simulated.outcome.history.jsonLines() : nil
    if let history, let historyPath {
      _ = unsaved.noting(on: console) { () throws(FileProblem) in try Files.write(history, to: historyPath) }
    }
    let report = simulated.judged(reading: history.map(RecordedHistory.readBack))
    let runTime = watch.elapsed
    let isToShrink = report.severity == .violation && !arguments.has("--no-shrink")
    // From here on it ends in its own good time, with all that is known by then.
    if isToShrink { Interruption.watch() }
    var secondRun = SecondRun.none
    if arguments.has("--check-determinism") || report.severity >= .violation {
      secondRun = DeterminismCheck(in: .otherProcess).secondRun(of: run, after: simulated.outcome)
    }
    watchdog.stop()
    // What is being saved is saved to its end.
    if !isToShrink { Interruption.watch() }
    let savedFolder = folder.flatMap { unsaved.saved(report, in: $0, on: console) }
    if let historyPath, arguments.has("--expected") {
      _ = unsaved.noting(on: console) { () throws(FileProblem) in try state(report, in: historyPath) }
    }
    var output = RunOutput(
      report: report, replayLine: replayLine(seed, arguments, savedFolder), casePath: savedFolder?.casePath,
      wallTime: watch.elapsed, secondRun: secondRun)

    if isToShrink, secondRun.isSame != false, secondRun.problem == nil {
      // It is kept as it was found even if nobody asked; then it is no failure if that cannot be.
      var unkept: FileProblem?
      let home = folder == nil ? unkept.saved(report, in: CaseFolder(of: seed, in: "out"), on: console) : savedFolder
      output.casePath = home?.casePath
      let shrinking = CaseShrinking(report: report, folder: home, replay: output.replayLine)
      return shrinking.runAndPrint(
        output, unsaved: unsaved, asJSON: arguments.has("--json"), on: console, under: watchdog, runTime: runTime)
    }
    output.print(asJSON: arguments.has("--json"), on: console)
    if let problem = secondRun.problem { console.complain("\(problem)") }
    return CommandOutcome.run(report, secondRun).unsaved(unsaved)
  }

  /// The one that is named, by the option or by itself.
  private static func seed(_ arguments: Arguments) throws(UsageError) -> UInt64 {
    let option = try arguments.seed("--seed")
    guard let operand = arguments.operands.first else {
      guard let option else { throw UsageError("`raftcheck run` needs a seed, as in `raftcheck run --seed 42`.") }
      return option
    }
    guard option == nil, arguments.operands.count == 1 else {
      throw UsageError("`raftcheck run` takes one seed; for several type `raftcheck fuzz --seeds '0..<100'`.")
    }
    return try Arguments.seed(operand, named: "The seed")
  }

  /// Writes into the history's first line what the clients' history alone was judged to be.
  private static func state(_ report: RunReport, in path: String) throws(FileProblem) {
    guard let expected = ExpectedVerdict(rawValue: report.judgement.verdict.name) else {
      throw FileProblem(.content, "\(path): is undecided, so that no verdict can be written into it")
    }
    var history = report.outcome.history
    history.header.expected = expected
    try Files.write(history.jsonLines(), to: path)
  }

  /// What to type to see the same again.
  private static func replayLine(_ seed: UInt64, _ arguments: Arguments, _ folder: CaseFolder?) -> String {
    if let folder { return CaseFile.replayCommand(for: folder.casePath) }
    return (["raftcheck run --seed \(seed)"] + arguments.scenarioWords()).joined(separator: " ")
  }
}

extension Optional<FileProblem> {
  /// The folder, if the run could be saved in it.
  fileprivate mutating func saved(_ report: RunReport, in folder: CaseFolder, on console: Console) -> CaseFolder? {
    noting(on: console) { () throws(FileProblem) in
      try folder.save(report)
      return folder
    }
  }
}
