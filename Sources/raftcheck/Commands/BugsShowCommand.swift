import Determinism
import KnownBugs
import Reporting
import Runs
import Terminal

/// `raftcheck bugs show`.
enum BugsShowCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bugs show", summary: "tell all about one known bug", operands: "NAME",
    options: [Syntax.json, Syntax.help],
    examples: [("raftcheck bugs show ack-before-sync", "what it does, which rule it overrides, by what it is noticed")])

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard arguments.operands.count == 1 else {
      throw UsageError("`raftcheck bugs show` needs the name of one bug; `raftcheck bugs list` names them.")
    }
    let bug = try KnownBug.spelled(arguments.operands[0])
    if arguments.has("--json") {
      console.print(JSONText.of(.bug, BugObject(bug)))
    } else {
      console.print(lines(of: bug, in: console.layout))
    }
    return .done
  }

  private static func lines(of bug: KnownBug, in layout: Layout) -> [StoryLine] {
    var rows = [
      ("overrides", bug.rule), ("brought out by", bug.trigger),
      ("noticed by", bug.effects.map(\.told).joined(separator: "; ")),
    ]
    if let further = bug.further {
      rows.append(("and here by", further.effects.map(\.told).joined(separator: "; ")))
      rows.append(("because", further.reason))
    }
    rows.append(("shrinks to", bug.bound.told))
    if let reason = bug.bound.reason { rows.append(("for", reason)) }
    rows.append(("seen in", bug.seenIn))
    let commands = [
      ("how often", "raftcheck bugs run \(bug.name)"),
      ("the first seed", "raftcheck fuzz --count 2000 \(bug.options) --stop-after 1"),
    ]
    return [StoryLine(bug.name, .strong)] + layout.paragraph("  ", nil, bug.mistake) + [StoryLine()]
      + rows.flatMap { layout.paragraph(label($0), .quiet, $1) }
      + commands.flatMap { layout.paragraph(label($0), .quiet, .whole($1)) }
  }

  private static func label(_ text: String) -> String { Layout.padded("  \(text)", to: 18) }
}

extension KnownBug {
  /// The bug of a name that somebody typed.
  ///
  /// - Throws: what was meant perhaps, or why there is none.
  static func spelled(_ name: String) throws(UsageError) -> KnownBug {
    if let bug = named(name) { return bug }
    if let bug = leftOut.first(where: { $0.name == name }) {
      throw UsageError("The bug \"\(name)\" is left out of the catalogue. \(bug.reason)")
    }
    let hint = Suggestion.clause(for: name, among: catalogue.map(\.name))
    throw UsageError("There is no known bug \"\(name)\"; `raftcheck bugs list` names them.\(hint)")
  }
}

extension KnownBug.Effect {
  /// For people.
  var told: String {
    switch self {
    case .history: "clients see a history that is not linearizable"
    case .invariant: "an invariant of the cluster breaks"
    case .progress: "the cluster makes no progress"
    case .stop: "a server stops on its own check"
    }
  }
}

extension KnownBug.Bound {
  /// For people.
  var told: String {
    "\(Words.count(nodes, "node")), \(Words.count(faults, "fault")), \(Words.count(operations, "operation")) or less"
  }
}

/// A bound as `--json` prints it.
struct BoundObject: Encodable {
  let faults: Int
  let nodes: Int
  let operations: Int
  let reason: String?

  init(_ bound: KnownBug.Bound) {
    (nodes, faults, operations, reason) = (bound.nodes, bound.faults, bound.operations, bound.reason)
  }
}

/// What `bugs show --json` prints, and `bugs list --json` for each bug.
struct BugObject: Encodable {
  let bound: BoundObject
  let effects: [String]
  let furtherEffects: [String]
  let furtherReason: String?
  let mistake: String
  let name: String
  let rule: String
  let seenIn: String
  let trigger: String

  init(_ bug: KnownBug) {
    bound = BoundObject(bug.bound)
    effects = bug.effects.map(\.rawValue)
    furtherEffects = bug.further?.effects.map(\.rawValue) ?? []
    furtherReason = bug.further?.reason
    mistake = bug.mistake
    name = bug.name
    rule = bug.rule
    seenIn = bug.seenIn
    trigger = bug.trigger
  }
}
