import Reporting
import Runs

/// What `raftcheck --help` prints.
enum Overview {
  /// The help of the program as a whole.
  static func lines(of commands: [Command], in layout: Layout) -> [StoryLine] {
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

  static let exitCodes = """
    Exit codes: 0 everything held, 1 a violation, 2 undecided, 3 nondeterminism, 4 nothing ran,
    64 usage, 65 bad input, 70 internal error, 74 input or output failed, 130 interrupted.
    """
}
