import Reporting
import Runs

/// What `raftcheck --help` prints.
enum Overview {
  /// The help of the program as a whole.
  static func lines(of commands: [Command], in layout: Layout) -> [StoryLine] {
    func entry(_ words: String, _ purpose: String) -> [StoryLine] { Self.entry(words, purpose, in: layout) }
    return layout.wrapped(
      StoryLine("raftcheck finds, proves and explains consistency bugs in a replicated key-value store."))
      + [StoryLine()] + entry("--seed N", "run one seed: a Raft cluster under faults, its clients judged")
      + [StoryLine(), StoryLine("Commands:")]
      + commands.flatMap { entry($0.syntax.name, $0.syntax.summary) } + [StoryLine()]
      + entry("help COMMAND", "options and examples of a command, as COMMAND --help prints them")
      + entry("--version", "the version, which belongs to every seed") + [StoryLine()] + layout.prose(exitCodes)
  }

  /// A line of a list of commands.
  static func entry(_ words: String, _ purpose: String, in layout: Layout) -> [StoryLine] {
    layout.paragraph(Layout.padded("  raftcheck \(words)", to: 34), nil, purpose)
  }

  static let exitCodes = """
    Exit codes: 0 everything held, 1 a violation, 2 undecided, 3 nondeterminism, 4 nothing ran,
    64 usage, 65 bad input, 70 internal error, 74 input or output failed, 130 interrupted.
    """
}
