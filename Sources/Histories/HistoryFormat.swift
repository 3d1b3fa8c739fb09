/// A way of writing histories down.
public enum HistoryFormat: String, Hashable, Sendable, CaseIterable {
  /// This project's own: JSON Lines with a header.
  case native = "jsonl"
  /// Jepsen's `history.edn`: `{:index 0, :time 5, :process 0, :type :invoke, :f :read, :value nil}`.
  case edn
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
  ///   - bytes: the whole file.
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
  /// The format of a history whose first line that is not blank starts like this.
  init(startingWith line: LineScanner) throws(HistoryReadingError) {
    var scanner = line
    scanner.skipBlanks()
    let first = scanner.offset
    switch scanner.next {
    case UInt8(ascii: ";"), UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "#"): self = .edn
    case UInt8(ascii: "{"):
      let isPorcupineLog = scanner.startsPorcupineLog()
      scanner.offset = first + 1
      scanner.skipBlanks()
      let isNative = scanner.next == UInt8(ascii: "\"") || scanner.next == UInt8(ascii: "}")
      self = isPorcupineLog ? .porcupineLog : isNative ? .native : .edn
    default:
      guard scanner.skip(word: "INFO") else {
        throw scanner.error(
          at: first,
          expected: "a history in JSON Lines, EDN, a Jepsen console log or a Porcupine key-value log "
            + "(found out from its start)")
      }
      self = .jepsenLog
    }
  }
}
