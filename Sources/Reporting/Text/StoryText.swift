import Determinism

/// What a part of a line means for its reader. Whoever prints it chooses the colours.
package enum StoryTone: Hashable, Sendable, CaseIterable {
  case good
  case bad
  case doubtful
  case quiet
  case strong
}

/// A line of what is printed, in parts of one tone each.
package struct StoryLine: Hashable, Sendable {
  /// A part of a line.
  package struct Part: Hashable, Sendable {
    package var text: String
    package var tone: StoryTone?
    /// Whether no line is broken inside it, though it has blanks: a command to copy.
    package var isWhole = false
  }

  package var parts: [Part]

  /// - Parameter tone: of all of it.
  package init(_ text: String = "", _ tone: StoryTone? = nil) {
    parts = text.isEmpty ? [] : [Part(text: text.printable, tone: tone)]
  }

  /// The line without tones.
  package var plainText: String { parts.map(\.text).joined() }

  /// Adds a part at the end.
  package mutating func add(_ text: String, _ tone: StoryTone? = nil) {
    if !text.isEmpty { parts.append(Part(text: text.printable, tone: tone)) }
  }

  /// A command or a name that is never broken.
  package static func whole(_ text: String, _ tone: StoryTone? = nil) -> StoryLine {
    var line = StoryLine()
    line.parts = [Part(text: text.printable, tone: tone, isWhole: true)]
    return line
  }

  /// Both, one behind the other.
  package static func + (one: StoryLine, other: StoryLine) -> StoryLine {
    var line = one
    line.parts += other.parts
    return line
  }

  /// How many columns it takes.
  package var count: Int { parts.reduce(0) { $0 + $1.text.columns } }
}

/// Words put together.
package enum Words {
  /// `n1`, `n1 and n2`, `n1, n2 and n3`.
  package static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) and \(last)"
  }

  /// A count and its word: `1 node`, `12,000 operations`.
  package static func count(_ number: Int, _ word: String) -> String {
    "\(number.grouped) \(word)\(number == 1 ? "" : "s")"
  }
}
