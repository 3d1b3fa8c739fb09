extension Completions {
  /// To be put as `_raftcheck` where zsh looks for functions, or to be sourced.
  var zsh: [String] {
    let start = [
      "#compdef raftcheck",
      "# Completions of raftcheck for zsh. To have them in this shell: source <(raftcheck completions zsh)",
      "_raftcheck() {",
      "  local command=${words[2]}",
      "  local -a entries",
      "  if (( CURRENT == 2 )); then",
      "    entries=(\(entries(first)))",
      "    _describe -t commands command entries",
      "    return",
      "  fi",
      "  case $command in",
    ]
    let families = self.families.flatMap { family in
      [
        "    \(family))",
        "      if (( CURRENT == 3 )); then",
        "        entries=(\(entries(members(of: family))))",
        "        _describe -t commands command entries",
        "        return",
        "      fi",
        "      command=\"$command ${words[3]}\" ;;",
      ]
    }
    let help = [
      "    -*) command=run ;;", "    help) compadd -- \(helpWords.joined(separator: " ")); return ;;", "  esac",
    ]
    let values =
      ["  case \"$command ${words[CURRENT-1]}\" in"]
      + branch(places(of: .folder), "_files -/; return") + branch(places(of: .file), "_files; return")
      + branch(places(of: .bug), "compadd -- ${(f)\"$(\(Self.bugNames))\"}; return")
      + branch(places(of: .anything), "return") + ["  esac"]
    let options =
      ["  case $command in"]
      + commands.map { command in
        "    \(command.name.shellQuoted)) entries=(\(entries(command.options.map { ($0.name, $0.summary) }))) ;;"
      }
      + [
        "  esac", "  if [[ ${words[CURRENT]} == -* ]]; then", "    _describe -t options option entries", "    return",
        "  fi",
      ]
    let operands =
      ["  case $command in"] + branch(names(takingOperands: .file), "_files")
      + branch(names(takingOperands: .bug), "compadd -- ${(f)\"$(\(Self.bugNames))\"}")
      + listedKinds.flatMap { kind, list in
        branch(names(takingOperands: kind), "compadd -- \(list.joined(separator: " "))")
      }
      + [
        "  esac", "}",
        "if [ \"$funcstack[1]\" = \"_raftcheck\" ]; then _raftcheck \"$@\"; else compdef _raftcheck raftcheck; fi",
      ]
    return start + families + help + values + options + operands
  }

  private func entries(_ list: [(word: String, summary: String)]) -> String {
    list.map { "\($0.word):\($0.summary.replacing(":", with: "\\:"))".shellQuoted }.joined(separator: " ")
  }
}
