import Reporting
import Runs

/// What `--help` prints.
enum Help {
  /// The help of the program as a whole.
  static func overview(of commands: [Command], in layout: Layout) -> [StoryLine] {
    func entry(_ words: String, _ purpose: String) -> [StoryLine] {
      layout.paragraph(Layout.padded("  raftcheck \(words)", to: 34), nil, purpose)
    }
    return layout.wrapped(
      StoryLine("raftcheck finds, proves and explains consistency bugs in a replicated key-value store."))
      + [StoryLine()] + entry("--seed N", "run one seed: a Raft cluster under faults, its clients judged")
      + [StoryLine(), StoryLine("Commands:")]
      + commands.flatMap { entry($0.syntax.name, $0.syntax.summary) } + [StoryLine()]
      + entry("COMMAND --help", "options and examples of a command")
      + entry("--version", "the version, which belongs to every seed") + [StoryLine()] + layout.prose(exitCodes)
  }

  /// The help of one command.
  static func lines(of syntax: Syntax, in layout: Layout) -> [StoryLine] {
    let operands = syntax.operands.map { " \($0)" } ?? ""
    var lines = layout.wrapped(StoryLine("raftcheck \(syntax.name)\(operands) [OPTION...]"), indent: 2)
    lines += [StoryLine()] + layout.wrapped(StoryLine("\(capitalised(syntax.summary)).")) + [StoryLine()]
    lines.append(StoryLine("Options:"))
    for option in syntax.options {
      let name = option.name + (option.value.map { " \($0)" } ?? "")
      lines += layout.paragraph("  \(Layout.padded(name, to: 22)) ", nil, option.summary)
    }
    lines += [StoryLine(), StoryLine("Examples:")]
    for example in syntax.examples {
      lines += layout.paragraph("  ", nil, .whole(example.line)) + layout.paragraph("      ", nil, example.purpose)
    }
    if let note = syntax.note { lines += [StoryLine()] + layout.prose(note) }
    return lines + [StoryLine()] + layout.prose(exitCodes)
  }

  private static let exitCodes = """
    Exit codes: 0 everything held, 1 a violation, 2 undecided, 3 nondeterminism, 4 nothing ran,
    64 usage, 65 bad input, 70 internal error, 74 input or output failed, 130 interrupted.
    """

  private static func capitalised(_ text: String) -> String {
    (text.first.map { $0.uppercased() } ?? "") + text.dropFirst()
  }
}
