import Histories
import Runs
import System
import Terminal

/// `raftcheck convert`.
enum ConvertCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "convert", summary: "write a history in another format", operands: "IN OUT",
    options: [
      Option("--to", "NAME", "\(names); told by the end of OUT unless given"), Syntax.model, Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck convert history.edn history.jsonl", "a history of Jepsen as JSON Lines"),
      ("raftcheck convert etcd_000.log etcd_000.edn", "a console log of Jepsen as EDN"),
      ("raftcheck convert --to porcupine-kv history.jsonl kv.txt", "a log that Porcupine's own parser reads"),
      ("raftcheck convert out/42/case.json 42.edn", "the history of a case, and what its nemesis did"),
      ("cat history.jsonl | raftcheck convert --to edn - -", "standard input to standard output"),
    ],
    note: """
      What is read is found out from its start, as in `raftcheck check`, and means the same afterwards. A case is run again;
      in EDN its history has the begin and the end of every fault and of what operators asked for, as :process :nemesis.
      """)

  private static let names = RecordedHistory.writableFormats.map(\.rawValue).joined(separator: " or ")

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard arguments.operands.count == 2 else {
      throw UsageError("`raftcheck convert` needs two files, as in `raftcheck convert history.edn history.jsonl`.")
    }
    let (source, target) = (arguments.operands[0], arguments.operands[1])
    let format = try format(arguments, of: target)
    if arguments.has("--json"), target == "-" {
      throw UsageError("--json and the history cannot both go to standard output.")
    }
    guard !Files.areSame(source, target) else {
      throw UsageError("\"\(target)\" is the file to read; expected another one to write.")
    }
    var options = CheckOptions()
    options.model = try arguments.choice("--model", ModelName.self)
    let recorded =
      CaseFile.isCase(at: source)
      ? try history(ofCaseAt: source, on: console) : try RecordedHistory(path: source, options: options)
    try Files.write(try recorded.bytes(as: format), to: target)
    if arguments.has("--json") {
      console.print(
        JSONText.of(
          .conversion,
          ConversionObject(
            events: recorded.history.events.count, file: recorded.name,
            model: recorded.history.header.model?.rawValue, out: target.displayed, to: format.rawValue)))
    }
    return .done
  }

  private static func history(ofCaseAt path: String, on console: Console) throws(FileProblem) -> RecordedHistory {
    let saved = try CaseFile(at: path)
    let run = saved.run.simulate()
    CaseWarning.tell(of: saved, run.outcome, path, on: console)
    return RecordedHistory(of: run, path: path)
  }

  private static func format(_ arguments: Arguments, of target: String) throws(UsageError) -> HistoryFormat {
    let asked = try arguments.choice("--to", HistoryFormat.self)
    let told = HistoryFormat.allCases.first { target.hasSuffix(".\($0.rawValue)") }
    guard let format = asked ?? told, RecordedHistory.writableFormats.contains(format) else {
      guard let asked else {
        throw UsageError("\"\(target)\" does not end in .jsonl or .edn; say what to write with --to: \(names).")
      }
      throw UsageError("--to is \"\(asked.rawValue)\", which is only read; expected \(names).")
    }
    return format
  }
}

/// What `convert --json` prints.
private struct ConversionObject: Encodable {
  let events: Int
  let file: String
  let model: String?
  let out: String
  let to: String
}
