import KnownBugs
import Reporting
import Runs
import Terminal

/// `raftcheck bugs list`.
enum BugsListCommand {
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
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard !(arguments.has("--json") && arguments.has("--names")) else {
      throw UsageError("--json and --names are two ways to print one list; give one of them.")
    }
    if arguments.has("--names") {
      for bug in KnownBug.catalogue { console.print(bug.name) }
      return .done
    }
    if arguments.has("--json") {
      console.print(JSONText.of(.bugs, BugsObject(bugs: KnownBug.catalogue.map(BugObject.init))))
      return .done
    }
    let layout = console.layout
    let blocks = KnownBug.catalogue.map { bug in
      [StoryLine(bug.name, .strong)] + layout.paragraph("  ", nil, bug.mistake)
        + layout.paragraph("  brought out by  ", nil, bug.trigger)
        + layout.paragraph("  noticed by      ", nil, bug.allEffects.map(\.rawValue).joined(separator: ", "))
        + layout.paragraph("  seen in         ", nil, bug.seenIn)
    }
    console.print(Array(blocks.joined(separator: [StoryLine()])))
    return .done
  }
}

/// What `bugs list --json` prints.
private struct BugsObject: Encodable {
  let bugs: [BugObject]
}
