// How text from outside is printed: keys and values, names of files, what a case says, what somebody typed. A reader sees
// what is there, and a terminal obeys none of it.

extension Unicode.Scalar {
  /// Whether a reader sees it, and takes it for what it is.
  ///
  /// Not so of control and format characters, which a terminal obeys, or which turn the direction of what follows; of what
  /// is invisible, or looks like a blank and is none; and of what has no meaning that everybody knows.
  package var isPrintable: Bool {
    if value < 0x7F { return value >= 0x20 }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator:
      return false
    default: return !properties.isDefaultIgnorableCodePoint
    }
  }

  /// Whether it is drawn over the character before it.
  fileprivate var isMark: Bool {
    guard value >= 0x300 else { return false }
    let category = properties.generalCategory
    return category == .nonspacingMark || category == .enclosingMark
  }

  /// How many columns of a terminal it takes: none if it is a mark, two of the characters of East Asia and of pictures
  /// (Unicode Standard Annex 11, wide).
  package var columns: Int {
    if value < 0x300 { return 1 }
    if Self.wide.contains(where: { $0.contains(value) }) { return 2 }
    return isMark ? 0 : 1
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]

  /// As it stands in source text: `\u{9B}`.
  fileprivate var sourceEscape: String { "\\u{\(String(value, radix: 16, uppercase: true))}" }

  /// As it stands in JSON: `\u009b`, or two of these.
  fileprivate var jsonEscape: String {
    "\(self)".utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    }.joined()
  }
}

/// Looks at one scalar after the other and says which are shown as they are.
private struct PrintedScalars {
  /// The most marks over one character: more than any language needs, and few enough to read it.
  static let mostMarks = 4
  /// How many are over the present one. A mark with nothing below it would be drawn over a quote or a blank.
  private var marks = mostMarks

  /// Whether it is shown as it is.
  mutating func shows(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.isPrintable else {
      marks = Self.mostMarks
      return false
    }
    guard scalar.isMark else {
      marks = scalar == " " ? Self.mostMarks : 0
      return true
    }
    marks += 1
    return marks <= Self.mostMarks
  }
}

extension String {
  /// How many columns of a terminal it takes.
  package var columns: Int {
    if isPlain() { return utf8.count }
    return unicodeScalars.reduce(0) { $0 + $1.columns }
  }

  /// With what is not shown as it is as it stands in source text: `\u{1B}`.
  package var printable: String { escaped(keepsLines: false, as: \.sourceEscape) }

  /// The same of text of several lines, which stay lines.
  package var printableLines: String { escaped(keepsLines: true, as: \.sourceEscape) }

  /// The same of JSON text, in which it means the same as before.
  package var printableJSON: String { escaped(keepsLines: true, as: \.jsonEscape) }

  /// Whether it is nothing but ASCII that is shown as it is, as nearly all text is; `false` where that takes a closer look.
  private func isPlain(keepsLines: Bool = false) -> Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      // Without a branch, so that the processor takes many bytes at once.
      var others = 0
      for byte in bytes { others &+= byte &- 0x20 > 0x5E && !(keepsLines && byte == 0x0A) ? 1 : 0 }
      return others == 0
    } ?? false
  }

  private func escaped(keepsLines: Bool, as escape: (Unicode.Scalar) -> String) -> String {
    if isPlain(keepsLines: keepsLines) { return self }
    func isShown(_ scalar: Unicode.Scalar, _ scalars: inout PrintedScalars) -> Bool {
      scalars.shows(scalar) || keepsLines && scalar.value == 0x0A
    }
    var scalars = PrintedScalars()
    if unicodeScalars.allSatisfy({ isShown($0, &scalars) }) { return self }
    var text = ""
    text.reserveCapacity(utf8.count)
    scalars = PrintedScalars()
    for scalar in unicodeScalars {
      if isShown(scalar, &scalars) {
        text.unicodeScalars.append(scalar)
      } else {
        text += escape(scalar)
      }
    }
    return text
  }

  // MARK: Shortened

  /// The same, and of a text that takes more than so many columns its beginning, `…` and the last columns. Its bytes are
  /// bounded, too.
  ///
  /// - Complexity: O(columns).
  package func printable(columns: Int, atEnd back: Int = 0) -> String {
    shortened(to: columns, atEnd: back, isQuoted: false)
  }

  /// The same between quotes; a quote or a backslash in it stands behind a backslash.
  package func quoted(columns: Int, atEnd back: Int = 0) -> String {
    "\"\(shortened(to: columns, atEnd: back, isQuoted: true))\""
  }

  /// A sentence that may quote anything: no more of it than anybody reads.
  package var printableSentence: String { printable(columns: 801, atEnd: 400) }

  /// A character with its marks, or an escape.
  private struct Piece {
    var text: String
    var columns: Int
  }

  private func shortened(to columns: Int, atEnd back: Int, isQuoted: Bool) -> String {
    if let text = plainlyShortened(to: columns, atEnd: back, isQuoted: isQuoted) { return text }
    let (pieces, isWhole) = Self.pieces(of: unicodeScalars[...], columns: columns, isQuoted: isQuoted)
    if isWhole { return pieces.map(\.text).joined() }
    let front = Self.prefix(of: pieces, columns: columns - back - 1)
    guard back > 0 else { return front.map(\.text).joined() + "…" }
    let end = unicodeScalars.suffix(back * (1 + PrintedScalars.mostMarks))
    let last = Self.prefix(of: Self.pieces(of: end, columns: .max, isQuoted: isQuoted).0.reversed(), columns: back)
    return front.map(\.text).joined() + "…" + last.reversed().map(\.text).joined()
  }

  /// The same of a text of nothing but ASCII that is shown as it is; `nil` if it is none, or so long that finding out would
  /// take longer.
  private func plainlyShortened(to columns: Int, atEnd back: Int, isQuoted: Bool) -> String? {
    let count = utf8.count
    guard columns > back, count <= 16 * columns, isPlain() else { return nil }
    if isQuoted, utf8.contains(where: { $0 == 0x22 || $0 == 0x5C }) { return nil }
    if count <= columns { return self }
    return "\(Substring(utf8.prefix(columns - back - 1)))…\(Substring(utf8.suffix(back)))"
  }

  /// The pieces until they take more than so many columns, and whether that is all of them.
  private static func pieces(
    of scalars: Substring.UnicodeScalarView, columns: Int, isQuoted: Bool
  ) -> ([Piece], isWhole: Bool) {
    var pieces: [Piece] = []
    var taken = 0
    var printed = PrintedScalars()
    for scalar in scalars {
      if !printed.shows(scalar) {
        pieces.append(Piece(text: scalar.sourceEscape, columns: scalar.sourceEscape.utf8.count))
      } else if scalar.isMark {
        pieces[pieces.count - 1].text.unicodeScalars.append(scalar)
        continue
      } else {
        let isEscaped = isQuoted && (scalar.value == 0x22 || scalar.value == 0x5C)
        pieces.append(Piece(text: "\(isEscaped ? "\\" : "")\(scalar)", columns: scalar.columns + (isEscaped ? 1 : 0)))
      }
      taken += pieces[pieces.count - 1].columns
      if taken > columns { return (pieces, false) }
    }
    return (pieces, true)
  }

  private static func prefix(of pieces: [Piece], columns: Int) -> [Piece] {
    var left = columns
    return Array(
      pieces.prefix { piece in
        left -= piece.columns
        return left >= 0
      })
  }
}
