extension Completions {
  /// One line for each word that may stand somewhere, with the condition under which it may.
  var fish: [String] {
    let start = [
      "# Completions of raftcheck for fish. To have them in this shell: raftcheck completions fish | source",
      "function __raftcheck_is",
      "    set -l words (commandline -opc)",
      "    set -e words[1]",
      "    test (count $words) -ge (count $argv); or return 1",
      "    for place in (seq (count $argv))",
      "        test \"$words[$place]\" = \"$argv[$place]\"; or return 1",
      "    end",
      "end",
      "function __raftcheck_counts",
      "    test (count (commandline -opc)) -eq $argv[1]",
      "end",
      "complete -c raftcheck -f",
    ]
    let firsts = first.map { word, summary in
      "complete -c raftcheck -n '__raftcheck_counts 1' -a \(quoted(word)) -d \(quoted(summary))"
    }
    let seconds = families.flatMap { family in
      members(of: family).map { word, summary in
        "complete -c raftcheck -n '__raftcheck_is \(family); and __raftcheck_counts 2' -a \(quoted(word)) "
          + "-d \(quoted(summary))"
      }
    }
    let help = helpWords.map { "complete -c raftcheck -n '__raftcheck_is help' -a \(quoted($0))" }
    return start + firsts + seconds + help + commands.flatMap(lines)
  }

  private func lines(of command: CommandEntry) -> [String] {
    let condition = "complete -c raftcheck -n '__raftcheck_is \(command.name)'"
    let options = command.options.map { option in
      "\(condition) -l \(quoted(String(option.name.dropFirst(2))))\(value(option.value)) -d \(quoted(option.summary))"
    }
    let operands: [String] =
      switch command.operand {
      case .anything: []
      case .file: ["\(condition) -F"]
      case .folder: ["\(condition) -a '(__fish_complete_directories)'"]
      case .bug: ["\(condition) -a '(\(Self.bugNames))'"]
      case .words(let words): ["\(condition) -a \(quoted(words.joined(separator: " ")))"]
      }
    return options + operands
  }

  private func value(_ kind: Kind?) -> String {
    switch kind {
    case nil: ""
    case .anything: " -x"
    case .file: " -r -F"
    case .folder: " -x -a '(__fish_complete_directories)'"
    case .bug: " -x -a '(\(Self.bugNames))'"
    case .words(let words): " -x -a \(quoted(words.joined(separator: " ")))"
    }
  }

  /// Between single quotes, as fish reads it.
  private func quoted(_ text: String) -> String {
    "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }
}
