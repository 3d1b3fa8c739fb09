/// Cuts JSON into its outermost objects, byte by byte: those of one array, or objects one behind the other, however they
/// are broken into lines.
struct JSONObjects: Sendable {
  /// What the next byte is a part of.
  private enum Context {
    case between, object, string, escape
  }

  private var context = Context.between
  /// What was read of the object under way.
  private var form: [UInt8] = []
  /// How many brackets of it are open.
  private var depth = 0
  /// Where it starts.
  private var formLine = 1
  private var formColumn = 1
  /// Where the next byte stands.
  private var line = 1
  private var column = 1
  private var hasStarted = false
  private var isInArray = false
  private var isClosed = false
  /// Whether an object of the array must be followed by a comma before the next one.
  private var needsComma = false
  /// Whether a comma must be followed by an object.
  private var needsObject = false

  /// Reads the next bytes, which may end anywhere.
  ///
  /// - Parameter body: is handed each object that ends in them.
  mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, _ body: (LineScanner) throws(HistoryReadingError) -> Void
  ) throws(HistoryReadingError) {
    // Where the object under way starts, as far as it is in these bytes.
    var start = 0
    for (place, byte) in bytes.enumerated() {
      let isBetween = context == .between
      if isBetween {
        try takeBetween(byte)
        start = place
      } else {
        take(byte)
      }
      if context == .between, !isBetween {
        try keep(bytes[start...place])
        try body(
          LineScanner(form, in: 0..<form.count, line: formLine, column: formColumn, spansLines: true))
        form.removeAll(keepingCapacity: true)
        needsComma = isInArray
      }
      column += 1
      if byte == 0x0A { (line, column) = (line + 1, 1) }
    }
    if context != .between { try keep(bytes[start...]) }
  }

  /// Throws unless the last object, and the array around them, have come to their end.
  func finish() throws(HistoryReadingError) {
    guard context == .between else {
      throw error(expected: "the end of the object that starts on line \(formLine), column \(formColumn)")
    }
    if isInArray, !isClosed { throw error(expected: "']' behind the last object") }
  }

  private func error(expected: String, _ byte: UInt8? = nil) -> HistoryReadingError {
    guard let byte else {
      return HistoryReadingError(line: line, column: column, expected: expected, found: "the end of the file")
    }
    return LineScanner([byte], in: 0..<1, line: line, column: column).error(at: 0, expected: expected)
  }

  private mutating func keep(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(HistoryReadingError) {
    form.append(contentsOf: bytes)
    if form.count > History.lineLengthLimit {
      throw HistoryReadingError(
        line: formLine, column: formColumn, expected: "objects of at most \(History.lineLengthLimit) bytes",
        found: "a longer one")
    }
  }

  @inline(__always)
  private mutating func take(_ byte: UInt8) {
    switch context {
    case .between: break
    case .object:
      switch byte {
      case UInt8(ascii: "\""): context = .string
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { context = .between }
      default: break
      }
    case .string:
      if byte == UInt8(ascii: "\"") { context = .object }
      if byte == UInt8(ascii: "\\") { context = .escape }
    case .escape: context = .string
    }
  }

  private mutating func takeBetween(_ byte: UInt8) throws(HistoryReadingError) {
    if byte == 0x20 || (0x09...0x0D).contains(byte) { return }
    if isClosed { throw error(expected: "the end of the file", byte) }
    let isFirst = !hasStarted
    hasStarted = true
    switch byte {
    case UInt8(ascii: "[") where isFirst: isInArray = true
    case UInt8(ascii: "]") where isInArray && !needsObject: isClosed = true
    case UInt8(ascii: ",") where needsComma: (needsComma, needsObject) = (false, true)
    case UInt8(ascii: "{") where !needsComma:
      (context, depth, needsObject) = (.object, 1, false)
      (formLine, formColumn) = (line, column)
    default: throw error(expected: needsComma ? "',' or ']'" : "an object: '{'", byte)
    }
  }
}
