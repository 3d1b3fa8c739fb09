/// A way of writing histories down.
public enum HistoryFormat: String, Hashable, Sendable, CaseIterable {
  /// This project's own: JSON Lines with a header.
  case native = "jsonl"
  /// What Jepsen prints while it runs: `INFO  jepsen.util - 0 :invoke :read nil`.
  case jepsenLog = "jepsen-log"
  /// Porcupine's key-value logs: `{:process 9, :type :invoke, :f :append, :key "0", :value "x"}`.
  case porcupineLog = "porcupine-kv"
}

extension History {
  /// The longest line that is read, in bytes.
  public static let lineLengthLimit = 16 << 20

  /// Reads a history.
  ///
  /// - Parameters:
  ///   - format: how the bytes are to be read; `nil` finds it out from their start.
  ///   - model: what the operations mean, when the file does not say. The file's own word counts.
  /// - Throws: `HistoryReadingError` at the first thing that is not as it should be.
  /// - Complexity: O(bytes).
  public init(
    reading bytes: [UInt8], format: HistoryFormat? = nil, model: ModelName? = nil
  ) throws(HistoryReadingError) {
    let known: HistoryFormat
    if let format { known = format } else { known = try HistoryFormat(of: bytes) }
    switch known {
    case .native:
      var reader = NativeReader(model: model)
      try bytes.forEachLine { (line) throws(HistoryReadingError) in try reader.read(line) }
      self = reader.finish()
    case .jepsenLog:
      var reader = JepsenLogReader(model: model)
      try bytes.forEachLine { (line) throws(HistoryReadingError) in try reader.read(line) }
      self = reader.finish()
    case .porcupineLog:
      var reader = PorcupineLogReader()
      try bytes.forEachLine { (line) throws(HistoryReadingError) in try reader.read(line) }
      self = reader.finish()
    }
  }
}

extension HistoryFormat {
  /// The format that these bytes start in.
  init(of bytes: [UInt8]) throws(HistoryReadingError) {
    var scanner: LineScanner?
    try bytes.forEachLine { (line) throws(HistoryReadingError) in if scanner == nil { scanner = line } }
    guard var scanner else {
      throw HistoryReadingError(line: 1, column: 1, expected: "a history", found: "no line that is not blank")
    }
    scanner.skipBlanks()
    let first = scanner.offset
    if scanner.skip("{") {
      scanner.skipBlanks()
      if scanner.next == UInt8(ascii: "\"") || scanner.next == UInt8(ascii: "}") || scanner.offset == scanner.end {
        self = .native
        return
      }
      if scanner.next == UInt8(ascii: ":") {
        self = .porcupineLog
        return
      }
    } else if scanner.skip(word: "INFO") {
      self = .jepsenLog
      return
    }
    throw scanner.error(
      at: first,
      expected: "a history in JSON Lines, a Jepsen console log or a Porcupine key-value log (found out from its start)")
  }
}

extension [UInt8] {
  /// Calls `body` with every line that is not blank.
  fileprivate func forEachLine(
    _ body: (LineScanner) throws(HistoryReadingError) -> Void
  ) throws(HistoryReadingError) {
    var start = 0
    var number = 0
    while start < count {
      number += 1
      var end = start
      while end < count, self[end] != 0x0A { end += 1 }
      guard end - start <= History.lineLengthLimit else {
        throw HistoryReadingError(
          line: number, column: History.lineLengthLimit + 1,
          expected: "lines of at most \(History.lineLengthLimit) bytes",
          found: "one of \(end - start)")
      }
      var scanner = LineScanner(self, in: start..<end, line: number)
      scanner.skipBlanks()
      if scanner.offset < scanner.end {
        scanner.offset = start
        try body(scanner)
      }
      start = end + 1
    }
  }
}
