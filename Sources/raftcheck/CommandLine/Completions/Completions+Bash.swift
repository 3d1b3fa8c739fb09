extension Completions {
  /// Two cases of the same list: what stands behind an option, and what stands for itself.
  var bash: [String] {
    let start = [
      "# Completions of raftcheck for bash. To have them in this shell: eval \"$(raftcheck completions bash)\"",
      "_raftcheck() {",
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} options=",
      "  COMPREPLY=()",
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
      "    COMPREPLY=($(compgen -W \(words(first.map(\.word))) -- \"$cur\"))",
      "    return",
      "  fi",
      "  case $command in",
    ]
    let families = self.families.flatMap { family in
      [
        "    \(family))",
        "      if [ \"$COMP_CWORD\" -eq 2 ]; then",
        "        COMPREPLY=($(compgen -W \(words(seconds(of: family))) -- \"$cur\"))",
        "        return",
        "      fi",
        "      command=\"$command ${COMP_WORDS[2]}\" ;;",
      ]
    }
    let help = [
      "    -*) command=run ;;", "    help) COMPREPLY=($(compgen -W \(words(helpWords)) -- \"$cur\")); return ;;",
      "  esac",
    ]
    let values =
      ["  case \"$command $prev\" in"]
      + branch(places(of: .folder), "COMPREPLY=($(compgen -d -- \"$cur\")); return")
      + branch(places(of: .file), "COMPREPLY=($(compgen -f -- \"$cur\")); return")
      + branch(places(of: .bug), "COMPREPLY=($(compgen -W \"$(\(Self.bugNames))\" -- \"$cur\")); return")
      + branch(places(of: .anything), "return") + ["  esac"]
    let options =
      ["  case $command in"]
      + commands.map { "    \($0.name.shellQuoted)) options=\(words($0.options.map(\.name))) ;;" }
      + [
        "  esac", "  if [[ $cur == -* ]]; then", "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))", "    return",
        "  fi",
      ]
    let operands =
      ["  case $command in"]
      + branch(names(takingOperands: .file), "COMPREPLY=($(compgen -f -- \"$cur\"))")
      + branch(names(takingOperands: .bug), "COMPREPLY=($(compgen -W \"$(\(Self.bugNames))\" -- \"$cur\"))")
      + listedKinds.flatMap { kind, list in
        branch(names(takingOperands: kind), "COMPREPLY=($(compgen -W \(words(list)) -- \"$cur\"))")
      } + ["  esac", "}", "complete -o filenames -F _raftcheck raftcheck"]
    return start + families + help + values + options + operands
  }

  /// What may stand behind `help`.
  var helpWords: [String] { first.map(\.word).filter { !$0.hasPrefix("-") && $0 != "help" } }

  private func words(_ list: [String]) -> String { list.joined(separator: " ").shellQuoted }

  /// A branch of a `case`; none if it had nothing to match.
  func branch(_ patterns: [String], _ action: String) -> [String] {
    patterns.isEmpty ? [] : ["    \(patterns.map(\.shellQuoted).joined(separator: " | "))) \(action) ;;"]
  }
}
