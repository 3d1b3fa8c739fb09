import Campaigns
import Reporting
import Runs
import Terminal

/// `raftcheck merge`.
enum MergeCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "merge", summary: "make one campaign of its shards", operands: "DIR...",
    options: [
      Option("--out", "DIR", "keep the whole campaign in DIR; needed"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck merge shard-0 shard-1 --out whole", "what two machines have found"),
      ("raftcheck merge artefacts --out whole", "the same of all campaigns that lie in one folder"),
    ],
    note: """
      Where all shards have run all their seeds, the whole is what one machine would have found. What is missing is told, and
      the exit code is then 2, or 1 if a shard found something.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard !arguments.operands.isEmpty else {
      throw UsageError("`raftcheck merge` needs the folders of the shards, as in `raftcheck merge 0 1 2 --out whole`.")
    }
    guard let path = arguments.value("--out") else {
      throw UsageError("`raftcheck merge` needs --out DIR: where the whole campaign is to be kept.")
    }
    let record = try CampaignMerge(of: arguments.operands).write(to: path)
    let output = CampaignOutput(record: record, folder: path)
    if arguments.has("--json") { console.print(output.json) } else { console.print(output.lines(in: console.layout)) }
    if let problem = record.problem { console.complain("\(problem)") }
    return .campaign(record)
  }
}
