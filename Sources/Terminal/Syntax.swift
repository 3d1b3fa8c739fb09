import Determinism
import System

/// One option of a command.
package struct Option {
  /// With its dashes: `--seed`.
  package let name: String
  /// What stands behind it, as in `N`; `nil` for a switch.
  package let value: String?
  /// One line for the help.
  package let summary: String
  /// Whether its value may be the empty text, as in `--initial ''`.
  package let mayBeEmpty: Bool
  /// Whether it may be given several times.
  package let mayRepeat: Bool

  package init(
    _ name: String, _ value: String? = nil, _ summary: String, mayBeEmpty: Bool = false, mayRepeat: Bool = false
  ) {
    self.name = name
    self.value = value
    self.summary = summary
    self.mayBeEmpty = mayBeEmpty
    self.mayRepeat = mayRepeat
  }
}

/// What a command understands: enough to parse its arguments and to print its help.
package struct Syntax {
  /// As typed: `run`, `bugs list`.
  package let name: String
  /// The words of its name.
  package var words: [String] { name.split(separator: " ").map(String.init) }
  /// One line for the list of commands.
  package let summary: String
  /// What the operands are called, as in `FILE...`; `nil` if there are none.
  package var operands: String?
  /// Whether operands are any text: also the empty one, and one that begins with a dash, which stands behind `--`.
  package var takesAnyOperand = false
  package var options: [Option]
  /// Command lines that work, each with what it does.
  package let examples: [(line: String, purpose: String)]
  /// What else there is to know; `nil` if nothing.
  package var note: String?

  package init(
    name: String, summary: String, operands: String? = nil, options: [Option],
    examples: [(line: String, purpose: String)], note: String? = nil
  ) {
    (self.name, self.summary, self.operands) = (name, summary, operands)
    (self.options, self.examples, self.note) = (options, examples, note)
  }

  /// Understood by every command.
  package static let help = Option("--help", nil, "show this help")
  /// Understood by every command that prints results.
  package static let json = Option("--json", nil, "print one JSON object on standard output")

  /// The option of this name.
  package func option(_ name: String) -> Option? { options.first { $0.name == name } }
}

/// What a user typed that cannot be understood: one sentence.
package struct UsageError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description.displayed.printableSentence
  }
}
