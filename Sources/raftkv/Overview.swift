import Reporting
import Terminal

/// What `raftkv --help` prints.
enum Overview {
  static func lines(in layout: Layout) -> [StoryLine] {
    func entry(_ words: String, _ purpose: String) -> [StoryLine] {
      layout.paragraph(Layout.padded("  \(KeyValueProgram.name) \(words)", to: 26), nil, purpose)
    }
    return layout.wrapped(
      StoryLine("raftkv is a replicated key-value store: servers that agree by Raft, and their client."))
      + [StoryLine(), StoryLine("Commands:")]
      + KeyValueProgram.commands.flatMap { entry($0.syntax.name, $0.syntax.summary) } + [StoryLine()]
      + entry("COMMAND --help", "options and examples of a command") + entry("--version", "the version")
      + [StoryLine()] + layout.prose(exitCodes)
  }

  static let exitCodes = """
    Exit codes: 0 done, 1 not done, 2 unknown, 64 usage, 65 bad input, 69 nobody answers, 70 internal error,
    74 input or output failed.
    """
}
