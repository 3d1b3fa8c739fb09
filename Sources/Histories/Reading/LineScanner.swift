import Determinism

/// Reads one line of a file, or one map of EDN, from left to right. Never past its end, whatever the bytes are.
struct LineScanner {
  let bytes: [UInt8]
  /// The number of the line, from 1; of the first one if there are several.
  let line: Int
  /// Whether it reads EDN and not JSON.
  let isEDN: Bool
  /// Whether a line break is a blank like others, as between the members of an object of JSON.
  let spansLines: Bool
  private let start: Int
  private let firstColumn: Int
  /// The offset behind the last byte of the line.
  let end: Int
  /// The offset of the next byte.
  var offset: Int
  /// The text of the last string that contained escapes.
  var unescaped: [UInt8] = []
  /// Which of the scalars of the last value are texts in quotes: a bit for the first and one for the second.
  var textBits: UInt8 = 0

  /// - Parameter column: where in its line the range starts.
  init(
    _ bytes: [UInt8], in range: Range<Int>, line: Int, column: Int = 1, isEDN: Bool = false, spansLines: Bool = false
  ) {
    self.bytes = bytes
    self.line = line
    self.isEDN = isEDN
    self.spansLines = spansLines
    start = range.lowerBound
    firstColumn = column
    offset = range.lowerBound
    // Files from Windows end their lines with two bytes.
    end = range.isEmpty || bytes[range.upperBound - 1] != 0x0D ? range.upperBound : range.upperBound - 1
  }

  /// The next byte; `nil` at the end of the line.
  @inline(__always)
  var next: UInt8? { offset < end ? bytes[offset] : nil }

  /// An error at `offset`, or at the next byte.
  func error(
    at place: Int? = nil, expected: String, found: String? = nil
  ) -> HistoryReadingError {
    let place = place ?? offset
    let newlines = bytes[start..<place].count { $0 == 0x0A }
    return HistoryReadingError(
      line: line + newlines, column: column(of: place), expected: expected,
      found: found?.printable(columns: 100) ?? describe(place))
  }

  /// The column of this offset, from 1.
  func column(of place: Int) -> Int {
    guard let newline = bytes[start..<place].lastIndex(of: 0x0A) else { return place - start + firstColumn }
    return place - newline
  }

  private func describe(_ place: Int) -> String {
    guard place < end else { return "the end of the line" }
    let byte = bytes[place]
    guard byte > 0x20, byte < 0x7F else {
      return byte == 0x20 ? "a space" : "byte \(byte)"
    }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }

  /// The bytes of `range` as text for an error, shortened.
  func quote(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.prefix(1_000)], as: UTF8.self).quoted(columns: 40)
  }

  mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || spansLines && (byte == 0x0A || byte == 0x0D) { offset += 1 }
  }

  /// Goes past `byte`, or says what was expected.
  mutating func expect(_ byte: Unicode.Scalar, _ expected: String) throws(HistoryReadingError) {
    guard next == UInt8(ascii: byte) else { throw error(expected: expected) }
    offset += 1
  }

  /// Goes past `byte` if it is next.
  mutating func skip(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    offset += 1
    return true
  }

  /// Goes past `word` if it is next.
  mutating func skip(word: StaticString) -> Bool {
    guard matches(offset..<min(end, offset + word.utf8CodeUnitCount), word) else { return false }
    offset += word.utf8CodeUnitCount
    return true
  }

  /// Throws unless nothing but blanks is left.
  mutating func expectEnd() throws(HistoryReadingError) {
    skipBlanks()
    guard offset == end else { throw error(expected: "the end of the line") }
  }

  /// The bytes up to the next blank or the end of the line; at least one.
  mutating func readWord(_ expected: String) throws(HistoryReadingError) -> Range<Int> {
    let first = offset
    while let byte = next, byte != 0x20, byte != 0x09 { offset += 1 }
    guard offset > first else { throw error(expected: expected) }
    return first..<offset
  }

  /// Whether these bytes are this word.
  func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      for place in 0..<word.count where bytes[range.lowerBound + place] != word[place] { return false }
      return true
    }
  }

  /// The place in an order that a member's value names: an integer from 0 to 2⁶³ − 1, in quotes or not. Whatever else it
  /// is says nothing, as of a member that nobody knows: −1.
  func givenPlace(in value: Range<Int>) -> Int64 {
    let isQuoted = value.count > 1 && bytes[value.lowerBound] == 0x22 && bytes[value.upperBound - 1] == 0x22
    let digits = bytes[isQuoted ? value.lowerBound + 1..<value.upperBound - 1 : value]
    guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return -1 }
    return Int64(String(decoding: digits, as: UTF8.self)) ?? -1
  }

  /// Reads an integer that fits 64 bits, without fraction or exponent.
  mutating func readInteger(_ expected: String) throws(HistoryReadingError) -> Int64 {
    let first = offset
    let isNegative = skip("-")
    var value: Int64 = 0
    let digits = offset
    while let byte = next, byte >= 0x30, byte <= 0x39 {
      let (tenfold, overflowedTimes) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(byte - 0x30)
      let (sum, overflowed) =
        isNegative ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
      guard !overflowedTimes, !overflowed else {
        throw error(at: first, expected: expected, found: "a number beyond 64 bits")
      }
      value = sum
      offset += 1
    }
    guard offset > digits else { throw error(at: first, expected: expected) }
    guard offset - digits == 1 || bytes[digits] != 0x30 else {
      throw error(at: first, expected: expected, found: "a number that starts with 0")
    }
    if let byte = next, byte == 0x2E || byte == 0x65 || byte == 0x45 {
      throw error(at: first, expected: expected, found: "a number with a fraction or an exponent")
    }
    return value
  }
}
