import Determinism

/// Sets text in lines that fit a reader's columns.
///
/// A line is broken between its cells, which stand two or more blanks apart, before it is broken between words. A word is
/// never broken: a path that is longer than the line stands on a line of its own.
package struct Layout: Hashable, Sendable {
  /// How many columns a line has.
  package let width: Int

  /// For files and pipes, and where nobody knows the reader's columns.
  package static let standard = Layout(width: 100)
  /// Longer lines are hard to read, however wide the terminal is.
  private static let widest = 160
  private static let narrowest = 20

  package init(width: Int) {
    self.width = min(max(width, Self.narrowest), Self.widest)
  }

  /// A line with what it takes to stand there.
  private struct Word {
    /// Blanks before it.
    var gap: Int
    var parts: [StoryLine.Part] = []

    var count: Int { parts.reduce(0) { $0 + $1.text.columns } }
  }

  // MARK: Lines

  /// The line, broken where it is too long.
  ///
  /// - Parameters:
  ///   - indent: blanks before each line but the first.
  ///   - columns: of the lines, if they are fewer than the layout's.
  package func wrapped(_ line: StoryLine, indent: Int = 0, columns: Int? = nil) -> [StoryLine] {
    let columns = columns ?? width
    guard line.count > columns else { return [line] }
    var lines = [StoryLine()]
    var used = 0
    func put(_ word: Word) {
      lines[lines.count - 1].parts += (word.gap > 0 ? [.init(text: Self.blanks(word.gap))] : []) + word.parts
      used += word.gap + word.count
    }
    func begin(_ word: Word) {
      var word = word
      word.gap = max(0, min(indent, columns - word.count))
      // Nothing but blanks is no line.
      if used > 0 { lines.append(StoryLine()) }
      used = 0
      put(word)
    }
    for var cell in Self.cells(of: line) {
      let length = cell.reduce(0) { $0 + $1.gap + $1.count }
      let bare = length - cell[0].gap
      if used + length <= columns {
        cell.forEach(put)
      } else if used > 0, indent + bare <= columns {
        begin(cell[0])
        cell.dropFirst().forEach(put)
      } else {
        // A cell that is longer than a line begins one of its own, unless most of this one is still free.
        if used * 2 > columns, cell[0].gap > 1 {
          begin(cell.removeFirst())
        }
        for word in cell {
          if used + word.gap + word.count <= columns { put(word) } else { begin(word) }
        }
      }
    }
    return lines
  }

  /// The text broken between words.
  package func wrapped(_ text: String, columns: Int) -> [String] {
    wrapped(StoryLine(text), columns: columns).map(\.plainText)
  }

  /// Words that stand together, and of each the blanks before it.
  private static func cells(of line: StoryLine) -> [[Word]] {
    var cells: [[Word]] = []
    var gap = 0
    var word: Word?
    func end() {
      guard let ended = word else { return }
      if ended.gap > 1 || cells.isEmpty { cells.append([ended]) } else { cells[cells.count - 1].append(ended) }
      (word, gap) = (nil, 0)
    }
    for part in line.parts {
      let pieces =
        part.isWhole ? [Substring(part.text)] : part.text.split(separator: " ", omittingEmptySubsequences: false)
      for (place, piece) in pieces.enumerated() {
        if place > 0 {
          end()
          gap += 1
        }
        guard !piece.isEmpty else { continue }
        if word == nil { word = Word(gap: gap) }
        word?.parts.append(.init(text: String(piece), tone: part.tone, isWhole: part.isWhole))
      }
    }
    end()
    return cells
  }

  // MARK: Paragraphs

  /// The text behind a label; later lines begin below its first word. Where the label takes more than half of the line,
  /// the text begins below it.
  package func paragraph(_ label: String = "", _ tone: StoryTone? = nil, _ text: StoryLine) -> [StoryLine] {
    let margin = label.prefix { $0 == " " }.count
    guard label.columns == margin || label.columns * 2 <= width else {
      return wrapped(StoryLine(label.withoutBlanksBehind, tone), indent: margin + 2)
        + paragraph(Self.blanks(margin + 4), nil, text)
    }
    var lines: [StoryLine] = []
    for (number, part) in wrapped(text, columns: width - label.columns).enumerated() {
      let isFirst = number == 0
      guard label.columns + part.count > width, part.count > 0 else {
        lines.append(StoryLine(isFirst ? label : Self.blanks(label.columns), isFirst ? tone : nil) + part)
        continue
      }
      // A word that does not fit stands by itself, as far to the left as it takes.
      if isFirst, label.columns > margin { lines.append(StoryLine(label.withoutBlanksBehind, tone)) }
      lines.append(StoryLine(Self.blanks(min(label.columns, width - part.count))) + part)
    }
    return lines
  }

  /// The same of plain text.
  package func paragraph(
    _ label: String = "", _ tone: StoryTone? = nil, _ text: String, _ textTone: StoryTone? = nil
  ) -> [StoryLine] { paragraph(label, tone, StoryLine(text, textTone)) }

  /// A text of several lines, each moved to the right by the margin; what is broken goes on two columns further right.
  package func block(_ text: String, margin: Int = 0) -> [StoryLine] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [StoryLine] in
      let blanks = margin + line.prefix { $0 == " " }.count
      let rest = String(line.drop { $0 == " " })
      if rest.isEmpty { return [StoryLine()] }
      return wrapped(StoryLine(Self.blanks(blanks) + rest), indent: blanks + 2)
    }
  }

  /// Paragraphs that were written with line breaks of their own: an empty line ends one.
  package func prose(_ text: String) -> [StoryLine] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let paragraphs = lines.split(separator: "").map { $0.joined(separator: " ") }
    return Array(paragraphs.map { wrapped(StoryLine($0)) }.joined(separator: [StoryLine()]))
  }

  // MARK: Blanks

  /// So many; none if the number is negative.
  package static func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  /// Filled up with blanks on the right.
  package static func padded(_ text: String, to width: Int) -> String { text + blanks(width - text.columns) }

  /// Filled up with blanks on the left.
  package static func aligned(_ text: String, to width: Int) -> String { blanks(width - text.columns) + text }
}

extension String {
  fileprivate var withoutBlanksBehind: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
