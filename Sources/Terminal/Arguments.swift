import Determinism

/// A command line, taken apart: each option at most once, unless it may be given several times.
package struct Arguments {
  private let program: String
  private let syntax: Syntax
  private var given: [(name: String, value: String)] = []
  /// What is not an option, in order.
  package private(set) var operands: [String] = []

  /// Takes apart what stands behind the command's name. `--seed 7` and `--seed=7` are the same; `--` ends the options.
  ///
  /// - Parameter program: its name, for sentences.
  package init(_ words: [String], of syntax: Syntax, in program: String) throws(UsageError) {
    self.program = program
    self.syntax = syntax
    var place = 0
    var takesOptions = true
    while place < words.count {
      let word = words[place]
      place += 1
      if takesOptions && word == "--" {
        takesOptions = false
      } else if takesOptions && word.hasPrefix("-") && word != "-" {
        try take(option: word, from: words, &place, of: syntax)
      } else if let wanted = syntax.operands {
        guard !word.isEmpty || syntax.takesAnyOperand else {
          throw UsageError("`\(program) \(syntax.name) \(wanted)` takes no empty operand.")
        }
        operands.append(word)
      } else {
        throw UsageError("`\(program) \(syntax.name)` takes no operand, found \"\(word)\".")
      }
    }
  }

  /// The operands, which are as many as the syntax names.
  package func operands(_ count: Int) throws(UsageError) -> [String] {
    guard operands.count == count else {
      let found = operands.isEmpty ? "nothing" : operands.map { "\"\($0)\"" }.joined(separator: " ")
      throw UsageError("`\(program) \(syntax.name)` takes \(syntax.operands ?? "no operand"), found \(found).")
    }
    return operands
  }

  /// Whether a switch was given.
  package func has(_ name: String) -> Bool { given.contains { $0.name == name } }

  /// What was given for an option.
  package func value(_ name: String) -> String? { given.first { $0.name == name }?.value }

  /// What was given for an option each time, in order.
  package func values(_ name: String) -> [String] { given.filter { $0.name == name }.map(\.value) }

  private mutating func take(
    option word: String, from words: [String], _ place: inout Int, of syntax: Syntax
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    guard let option = syntax.option(name) else {
      let hint = Suggestion.clause(for: name, among: syntax.options.map(\.name))
      let advice = syntax.takesAnyOperand && hint.isEmpty ? " If it is a value, expected `--` before it." : ""
      throw UsageError("`\(program) \(syntax.name)` has no option \"\(name)\".\(hint)\(advice)")
    }
    guard option.mayRepeat || !has(name) else { throw UsageError("\(name) is given twice.") }
    var value = parts.count > 1 ? parts[1] : nil
    if let wanted = option.value {
      if value == nil, place < words.count, !words[place].hasPrefix("--") {
        value = words[place]
        place += 1
      }
      guard let value, !value.isEmpty || option.mayBeEmpty else {
        throw UsageError("\(name) needs a value: \(name) \(wanted).")
      }
      given.append((name, value))
    } else {
      guard value == nil else { throw UsageError("\(name) takes no value, found \"\(word)\".") }
      given.append((name, ""))
    }
  }
}
