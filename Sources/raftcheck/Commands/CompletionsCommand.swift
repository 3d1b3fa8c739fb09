import Terminal

/// `raftcheck completions`.
enum CompletionsCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "completions", summary: "print what a shell needs to complete command lines", operands: "SHELL",
    options: [Syntax.json, Syntax.help],
    examples: [
      ("eval \"$(raftcheck completions bash)\"", "for this shell; in ~/.bashrc for all"),
      ("source <(raftcheck completions zsh)", "for this shell; in ~/.zshrc, behind compinit, for all"),
      ("raftcheck completions fish > ~/.config/fish/completions/raftcheck.fish", "for all shells from now on"),
    ])

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let known = Completions.Shell.allCases.map(\.rawValue).joined(separator: ", ")
    guard arguments.operands.count == 1, let name = arguments.operands.first else {
      throw UsageError("`raftcheck completions` needs a shell: \(known).")
    }
    guard let shell = Completions.Shell(rawValue: name) else {
      throw UsageError("There are no completions for \"\(name)\"; expected one of \(known).")
    }
    let script = Completions(CommandLineProgram.commands.map(\.syntax)).script(for: shell)
    if arguments.has("--json") {
      console.print(JSONText.of(.completions, CompletionsObject(script: script, shell: shell.rawValue)))
    } else {
      console.print(String(script.dropLast()))
    }
    return .done
  }
}

/// What `completions --json` prints.
private struct CompletionsObject: Encodable {
  let script: String
  let shell: String
}
