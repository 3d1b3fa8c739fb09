import KnownBugs
import Runs

/// `raftcheck bugs list`.
enum BugsCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bugs list", summary: "list the known bugs that --bug switches on",
    options: [Option("--names", nil, "print the names only, one a line"), Syntax.json, Syntax.help],
    examples: [
      ("raftcheck bugs list", "each bug: what it does wrong, what brings it out, who had it"),
      ("raftcheck fuzz --count 500 --bug ack-before-sync", "look for one of them"),
    ])

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    if arguments.has("--names") {
      for bug in KnownBug.catalogue { console.print(bug.name) }
      return .held
    }
    if arguments.has("--json") {
      console.print(JSONText.of(BugsObject(bugs: KnownBug.catalogue.map(BugObject.init), version: Program.version)))
      return .held
    }
    let blocks = KnownBug.catalogue.map { bug in
      """
      \(console.paint(bug.name, .strong))
        \(bug.mistake)
        brought out by  \(bug.trigger)
        noticed by      \(bug.allEffects.map(\.rawValue).joined(separator: ", "))
        seen in         \(bug.seenIn)
      """
    }
    console.print(blocks.joined(separator: "\n\n"))
    return .held
  }
}

/// What `bugs list --json` prints.
private struct BugsObject: Encodable {
  let bugs: [BugObject]
  let version: String
}
