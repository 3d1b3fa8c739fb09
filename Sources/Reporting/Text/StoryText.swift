/// What a part of a story means for its reader. Whoever prints it chooses the colours.
package enum StoryTone: Hashable, Sendable, CaseIterable {
  case good
  case bad
  case doubtful
  case quiet
  case strong
}

/// A line of a story, in parts of one tone each.
package struct StoryLine: Hashable, Sendable {
  /// A part of a line.
  package struct Part: Hashable, Sendable {
    package var text: String
    package var tone: StoryTone?
  }

  package var parts: [Part]

  /// - Parameter tone: of all of it.
  package init(_ text: String = "", _ tone: StoryTone? = nil) {
    parts = text.isEmpty ? [] : [Part(text: text.withoutControls, tone: tone)]
  }

  /// The line without tones.
  package var plainText: String { parts.map(\.text).joined() }

  /// Adds a part at the end.
  mutating func add(_ text: String, _ tone: StoryTone? = nil) {
    if !text.isEmpty { parts.append(Part(text: text.withoutControls, tone: tone)) }
  }
}

extension Unicode.Scalar {
  /// Whether no reader sees it, or it does something to what follows: a terminal obeys the one, and the other turns the
  /// direction of words.
  var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: properties.isBidiControl
    }
  }
}

extension String {
  /// With each control character as it stands in source text: `\u{1B}`. What a file says is no command to a terminal.
  package var withoutControls: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isControl {
        text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The same for text of several lines.
  package var linesWithoutControls: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).withoutControls }
      .joined(separator: "\n")
  }
}

/// Sets text in lines that are easy to read.
enum Typesetting {
  /// What a terminal shows side by side with something else.
  static let width = 100

  /// The text in lines of at most the width, broken between words; later lines begin below the first word.
  ///
  /// - Parameters:
  ///   - label: stands before the text.
  ///   - tone: the label's.
  static func paragraph(
    _ label: String = "", _ tone: StoryTone? = nil, _ text: String, _ textTone: StoryTone? = nil
  ) -> [StoryLine] {
    wrapped(text, to: width - label.count).enumerated().map { number, part in
      var line = StoryLine()
      line.add(number == 0 ? label : String(repeating: " ", count: label.count), number == 0 ? tone : nil)
      line.add(part, textTone)
      return line
    }
  }

  /// The text broken between words.
  static func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.isEmpty ? [""] : lines
  }

  /// Filled up with blanks on the right.
  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// Filled up with blanks on the left.
  static func aligned(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// Words put together.
enum Words {
  /// `n1`, `n1 and n2`, `n1, n2 and n3`.
  static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) and \(last)"
  }

  /// A count and its word: `1 node`, `12,000 operations`.
  static func count(_ number: Int, _ word: String) -> String {
    "\(number.grouped) \(word)\(number == 1 ? "" : "s")"
  }
}
