import Terminal

/// What a shell needs to complete the words of a command line. All of it is made from what commands understand.
struct Completions {
  /// A shell for which there is a script.
  enum Shell: String, CaseIterable {
    case bash, zsh, fish
  }

  /// What may stand in a place.
  enum Kind: Hashable {
    /// Something that nobody can guess: a number, a text.
    case anything
    case file
    case folder
    /// A known bug, which the program is asked for.
    case bug
    /// One of these words.
    case words([String])
  }

  /// An option as a shell offers it.
  struct OptionEntry {
    let name: String
    let summary: String
    /// What stands behind it; `nil` for a switch.
    let value: Kind?
  }

  /// A command as a shell offers it.
  struct CommandEntry {
    let name: String
    let summary: String
    let options: [OptionEntry]
    let operand: Kind
  }

  /// In the order of the help.
  let commands: [CommandEntry]

  /// The words that may stand first, and behind the first word of a name of two; each with what it is for.
  var first: [(word: String, summary: String)] {
    var entries: [(word: String, summary: String)] = []
    for command in commands {
      let words = command.name.split(separator: " ").map(String.init)
      guard !entries.contains(where: { $0.word == words[0] }) else { continue }
      entries.append((words[0], words.count == 1 ? command.summary : seconds(of: words[0]).joined(separator: ", ")))
    }
    return entries + [
      ("help", "options and examples of a command"), ("--version", "the version"), ("--help", "the help"),
    ]
  }

  /// Words with which names of two begin.
  var families: [String] {
    var found: [String] = []
    for command in commands {
      let words = command.name.split(separator: " ").map(String.init)
      if words.count == 2, !found.contains(words[0]) { found.append(words[0]) }
    }
    return found
  }

  /// The second words of names that begin with this one.
  func seconds(of family: String) -> [String] { members(of: family).map(\.word) }

  /// The same with what each is for.
  func members(of family: String) -> [(word: String, summary: String)] {
    commands.filter { $0.name.hasPrefix("\(family) ") }
      .map { ($0.name.split(separator: " ").last.map(String.init) ?? "", $0.summary) }
  }

  init(_ syntaxes: [Syntax]) {
    commands = syntaxes.map { syntax in
      CommandEntry(
        name: syntax.name, summary: syntax.summary,
        options: syntax.options.map { option in
          OptionEntry(
            name: option.name, summary: option.summary, value: option.value.map { Self.kind(of: $0, option.name) })
        }, operand: syntax.operands.map(Self.kind(ofOperands:)) ?? .anything)
    }
  }

  /// What the word behind an option stands for.
  private static func kind(of placeholder: String, _ option: String) -> Kind {
    switch placeholder {
    case "DIR": .folder
    case "FILE", "PATH": .file
    case "NAME" where option == "--bug": .bug
    default: .anything
    }
  }

  private static func kind(ofOperands operands: String) -> Kind {
    switch operands {
    case "NAME", "[NAME...]": .bug
    case "SHELL": .words(Shell.allCases.map(\.rawValue))
    default: ["FILE", "CASE", "IN OUT", "DIR"].contains { operands.contains($0) } ? .file : .anything
    }
  }

  /// The script for a shell, with a line feed at its end.
  func script(for shell: Shell) -> String {
    let lines =
      switch shell {
      case .bash: bash
      case .zsh: zsh
      case .fish: fish
      }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Prints the names of known bugs, a line each.
  static let bugNames = "raftcheck bugs list --names 2>/dev/null"

  /// The values of the options of all commands, by what they are: what to match, as `command option`.
  func places(of kind: Kind) -> [String] {
    commands.flatMap { command in
      command.options.filter { $0.value == kind }.map { "\(command.name) \($0.name)" }
    }
  }

  /// The commands whose operands are of a kind.
  func names(takingOperands kind: Kind) -> [String] { commands.filter { $0.operand == kind }.map(\.name) }

  /// The kinds whose words are listed.
  var listedKinds: [(kind: Kind, words: [String])] {
    var found: [(kind: Kind, words: [String])] = []
    for command in commands {
      if case .words(let words) = command.operand, !found.contains(where: { $0.kind == command.operand }) {
        found.append((command.operand, words))
      }
    }
    return found
  }
}

extension String {
  /// Between single quotes, as sh, bash and zsh read it.
  var shellQuoted: String { "'\(replacing("'", with: "'\\''"))'" }
}
