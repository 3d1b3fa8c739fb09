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
    var reader = HistoryReader(format: format, model: model)
    try reader.read(bytes)
    self = try reader.finish()
  }
}

extension HistoryFormat {
  /// The format of a history whose first line that is not blank is this one.
  init(startingWith line: LineScanner) throws(HistoryReadingError) {
    var scanner = line
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
