import Runs

/// What `--help` prints.
enum Help {
  /// The help of the program as a whole.
  static func overview(of commands: [Command]) -> String {
    var lines = [
      "raftcheck finds, proves and explains consistency bugs in a replicated key-value store.", "",
      "  raftcheck --seed N".padded(to: 34) + "run one seed: a Raft cluster under faults, its clients judged", "",
      "Commands:",
    ]
    for command in commands {
      lines.append("  raftcheck \(command.syntax.name)".padded(to: 34) + command.syntax.summary)
    }
    lines += [
      "", "  raftcheck COMMAND --help".padded(to: 34) + "options and examples of a command",
      "  raftcheck --version".padded(to: 34) + "the version, which belongs to every seed", "",
      exitCodes,
    ]
    return lines.joined(separator: "\n")
  }

  /// The help of one command.
  static func text(of syntax: Syntax) -> String {
    let operands = syntax.operands.map { " \($0)" } ?? ""
    var lines = [
      "raftcheck \(syntax.name)\(operands) [OPTION...]", "", "\(capitalised(syntax.summary)).", "", "Options:",
    ]
    for option in syntax.options {
      let name = option.name + (option.value.map { " \($0)" } ?? "")
      lines.append("  \(name.padded(to: 22)) \(option.summary)")
    }
    lines += ["", "Examples:"]
    for example in syntax.examples {
      lines += ["  \(example.line)", "      \(example.purpose)"]
    }
    if let note = syntax.note { lines += ["", note] }
    lines += ["", exitCodes]
    return lines.joined(separator: "\n")
  }

  private static let exitCodes = """
    Exit codes: 0 everything held, 1 a violation, 2 undecided, 3 nondeterminism, 4 nothing ran,
    64 usage, 65 bad input, 70 internal error, 74 input or output failed, 130 interrupted.
    """

  private static func capitalised(_ text: String) -> String {
    (text.first.map { $0.uppercased() } ?? "") + text.dropFirst()
  }
}
