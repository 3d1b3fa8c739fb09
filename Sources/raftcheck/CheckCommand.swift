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
    options: [
      Option("--model", "NAME", names(ModelName.self) + "; where the file does not say"),
      Option("--initial", "VALUE", "what every key holds at first; nothing unless given"),
      Option("--format", "NAME", "auto, " + names(HistoryFormat.self)),
      Option("--algorithm", "NAME", names(Algorithm.self) + "; auto unless given"),
      Option("--timeout", "TIME", "wall time for each file; 60s unless given"),
      Option("--memory", "SIZE", "memory for each file, as in 512M; 1G unless given"),
      Option("--max-expansions", "N", "configurations for each key; a billion unless given"),
      Option("--expected", nil, "exit 0 if and only if each verdict is the one in the file's first line"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck check out/42/history.jsonl", "one file; its format is found out from its start"),
      ("raftcheck check --expected histories/", "every .jsonl, .log and .txt file in a folder and below it"),
      ("raftcheck check --model cas-register etcd_000.log", "a console log of Jepsen"),
      ("cat history.jsonl | raftcheck check -", "standard input"),
    ])

  private static let defaultTime = Duration.seconds(60)
  private static let defaultBytes = 1 << 30
  private static let defaultExpansions = 1_000_000_000

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let options = try options(arguments)
    var paths: [String] = []
    guard !arguments.operands.isEmpty else {
      throw UsageError("`raftcheck check` needs a file, a folder or - for standard input.")
    }
    for operand in arguments.operands {
      paths += Files.isFolder(operand) ? try Files.histories(in: operand) : [operand]
    }
    Interruption.watch()
    var tally = CheckTally(comparesExpected: arguments.has("--expected"))
    for path in paths where !Interruption.isRequested && !console.isOutputLost {
      do {
        let checked = try RecordedHistory(path: path, options: options)
          .judged(options, shouldStop: { Interruption.isRequested })
        tally.add(checked)
        if !arguments.has("--json") { console.print(CheckStory(checked, tally.comparesExpected).text(on: console)) }
      } catch let problem {
        // The other files are still worth a verdict.
        console.complain("\(problem)")
        tally.add(problem)
      }
    }
    let exitCode = Interruption.isRequested ? .interrupted : tally.exitCode
    if arguments.has("--json") {
      console.print(tally.json(exitCode))
    } else if paths.count > 1 {
      console.print(tally.text)
    }
    if paths.isEmpty {
      console.complain("there is no .jsonl, .log or .txt file in \(arguments.operands.joined(separator: ", "))")
    }
    return exitCode
  }

  private static func options(_ arguments: Arguments) throws(UsageError) -> CheckOptions {
    var options = CheckOptions()
    options.model = try arguments.choice("--model", ModelName.self)
    options.initial = arguments.value("--initial").map { Array($0.utf8) }
    if arguments.value("--format") != "auto" { options.format = try arguments.choice("--format", HistoryFormat.self) }
    options.algorithm = try arguments.choice("--algorithm", Algorithm.self) ?? .auto
    let time = try arguments.duration("--timeout") ?? defaultTime
    options.limits = JudgingLimits(
      expansions: try arguments.number("--max-expansions", in: 1...Int.max) ?? defaultExpansions,
      bytes: try arguments.size("--memory") ?? defaultBytes, time: .nanoseconds(time.nanoseconds))
    return options
  }

  private static func names<Name: RawRepresentable & CaseIterable>(_ type: Name.Type) -> String
  where Name.RawValue == String {
    Name.allCases.map(\.rawValue).joined(separator: ", ")
  }
}

/// What all files together came to.
private struct CheckTally {
  let comparesExpected: Bool
  private var checked: [CheckedHistory] = []
  private var problems: [FileProblem] = []

  init(comparesExpected: Bool) {
    self.comparesExpected = comparesExpected
  }

  mutating func add(_ history: CheckedHistory) {
    checked.append(history)
    if comparesExpected, history.expected == nil { unstated += 1 }
  }

  mutating func add(_ problem: FileProblem) {
    problems.append(problem)
  }

  private var unstated = 0

  /// A violation outweighs a file that cannot be read: it is there, whatever the other file holds.
  var exitCode: ExitCode {
    let worst = checked.map(\.severity).max() ?? .pass
    if worst == .internalError { return .internalError }
    if comparesExpected {
      if checked.contains(where: { $0.expected != nil && !$0.isAsExpected }) { return .violation }
      if unstated > 0 { return .badInput }
    } else if worst == .violation {
      return .violation
    }
    if let problem = problems.first { return ExitCode(problem) }
    if checked.isEmpty { return .nothingRan }
    return comparesExpected ? .held : ExitCode(worst)
  }

  /// One line for people.
  var text: String {
    let verdicts = ["linearizable", "not-linearizable", "unknown"].map { name in
      "\(name) \(checked.count { $0.judgement.verdict.name == name })"
    }
    var parts = ["\n" + Figures.count(checked.count + problems.count, "file")] + verdicts
    if !problems.isEmpty { parts.append("unreadable \(problems.count)") }
    if comparesExpected { parts.append("as expected \(checked.count(where: \.isAsExpected))") }
    return parts.joined(separator: "   ")
  }

  /// One object for programs.
  func json(_ exitCode: ExitCode) -> String {
    JSONText.of(
      CheckObject(
        asExpected: comparesExpected ? checked.count(where: \.isAsExpected) : nil, exitCode: exitCode.rawValue,
        files: checked.map { FileObject($0, comparesExpected: comparesExpected) },
        operations: checked.reduce(0) { $0 + $1.judgement.operations }, problems: problems.map(\.description),
        verdict: verdict(exitCode), version: Program.version))
  }

  /// Of all files together. One that was not read could hold anything.
  private func verdict(_ exitCode: ExitCode) -> String {
    if checked.isEmpty && problems.isEmpty { return "nothing-ran" }
    let worst = checked.map(\.severity).max() ?? .pass
    if worst == .violation { return "not-linearizable" }
    return worst == .pass && problems.isEmpty && exitCode != .interrupted ? "linearizable" : "unknown"
  }
}

/// What `check --json` prints.
private struct CheckObject: Encodable {
  /// How many files, if that was asked.
  let asExpected: Int?
  let exitCode: Int32
  let files: [FileObject]
  let operations: Int
  let problems: [String]
  let verdict: String
  let version: String
}

private struct FileObject: Encodable {
  let asExpected: Bool?
  let expansions: Int
  let expected: String?
  let explanation: String?
  let file: String
  let keys: Int
  let model: String
  let operations: Int
  let reason: String?
  let verdict: String
  let wallNanoseconds: Int64

  init(_ checked: CheckedHistory, comparesExpected: Bool) {
    let judgement = checked.judgement
    asExpected = comparesExpected ? checked.isAsExpected : nil
    expansions = judgement.expansions
    expected = checked.expected?.rawValue
    file = checked.recorded.name
    keys = judgement.keys.count
    model = judgement.model.name.rawValue
    operations = judgement.operations
    verdict = judgement.verdict.name
    wallNanoseconds = checked.time.nanoseconds
    switch judgement.verdict {
    case .linearizable: (explanation, reason) = (nil, nil)
    case .notLinearizable(let counterexample): (explanation, reason) = (counterexample.explanation, nil)
    case .unknown(let limit): (explanation, reason) = (nil, "\(limit)")
    }
  }
}

/// What is printed about one file.
private struct CheckStory {
  let checked: CheckedHistory
  let comparesExpected: Bool

  init(_ checked: CheckedHistory, _ comparesExpected: Bool) {
    self.checked = checked
    self.comparesExpected = comparesExpected
  }

  func text(on console: Console) -> String {
    let judgement = checked.judgement
    let (word, tone): (String, Console.Tone) =
      switch judgement.verdict {
      case .linearizable: ("LINEARIZABLE", .good)
      case .notLinearizable: ("NOT LINEARIZABLE", .bad)
      case .unknown: ("UNDECIDED", .doubtful)
      }
    let size = "\(Figures.count(judgement.operations, "operation")), \(Figures.count(judgement.keys.count, "key"))"
    var line = [
      console.paint(word.padded(to: 16), tone), checked.recorded.name, "\(judgement.model.name.rawValue)", size,
      "\(checked.time)",
    ]
    if comparesExpected { line.append(expectation) }
    var lines = [line.joined(separator: "   ")]
    switch judgement.verdict {
    case .linearizable: break
    case .unknown(let limit): lines.append("  Undecided: \(limit).")
    case .notLinearizable(let counterexample):
      // What was expected needs no explanation.
      if comparesExpected && checked.isAsExpected { break }
      lines += ["", counterexample.explanation.indented(by: 2), ""]
      for (place, operation) in checked.places { lines.append("  \(place): \(operation)") }
      if !checked.places.isEmpty { lines.append("") }
    }
    return lines.joined(separator: "\n")
  }

  private var expectation: String {
    guard let expected = checked.expected else { return "the first line has no \"expected\" key" }
    return checked.isAsExpected ? "as expected" : "expected \(expected.rawValue)"
  }
}
