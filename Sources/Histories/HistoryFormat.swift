/// A way of writing histories down.
public enum HistoryFormat: String, Hashable, Sendable, CaseIterable {
  /// This project's own: JSON Lines with a header.
  case native = "jsonl"
  /// Jepsen's `history.edn`: `{:index 0, :time 5, :process 0, :type :invoke, :f :read, :value nil}`.
  case edn
  /// Jepsen's `history.txt`: `0 :invoke :read nil`.
  case jepsenText = "jepsen-text"
  /// What Jepsen prints while it runs, as `jepsen.log` or on the console: `INFO  jepsen.util - 0 :invoke :read nil`.
  case jepsenLog = "jepsen-log"
  /// Jepsen's binary `test.jepsen`.
  case jepsenStore = "jepsen-store"
  /// An array of events in JSON, as Elle's tools have it.
  case json
  /// The `operations.json` of etcd's robustness tests: `{"ClientId":1,"Input":{"Type":"txn","Txn":{...}},"Call":1,...}`.
  case etcdOperations = "etcd-operations"
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
  /// The format of a history that starts like this.
  ///
  /// - Parameters:
  ///   - line: the first line that is not blank.
  ///   - head: the same and what follows it, as far as it tells the format.
  init(startingWith line: LineScanner, in head: LineScanner) throws(HistoryReadingError) {
    var scanner = line
    scanner.skipBlanks()
    switch scanner.next {
    case UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: "#"): self = .edn
    case UInt8(ascii: "["): self = head.startsJSONArray() ? .json : .edn
    case UInt8(ascii: "{"): self = line.startsPorcupineLog() ? .porcupineLog : head.objectFormat()
    default:
      if EDNReader.startsEvent(scanner) {
        self = .jepsenText
      } else if JepsenConsoleReader.startsLog(scanner) {
        self = .jepsenLog
      } else {
        throw scanner.error(
          expected:
            "a history in JSON or JSON Lines, EDN, a text, log or store of Jepsen, a Porcupine key-value log or "
            + "operations of etcd's robustness tests (found out from its start)")
      }
    }
  }
}

// What the beginning of a file tells.
extension LineScanner {
  /// Whether an array starts here whose first element is an object of JSON.
  fileprivate func startsJSONArray() -> Bool {
    var head = self
    head.skipBlanks()
    guard head.skip("[") else { return false }
    head.skipBlanks()
    guard head.skip("{") else { return false }
    head.skipBlanks()
    return head.next == UInt8(ascii: "\"")
  }

  /// How to read a file that starts with this object, or map: JSON Lines have a line for each, with its end.
  fileprivate func objectFormat() -> HistoryFormat {
    var head = self
    head.skipBlanks()
    head.offset += 1
    head.skipBlanks()
    guard head.next == UInt8(ascii: "\"") || head.next == UInt8(ascii: "}") else { return .edn }
    if let keys = ForeignObject.keys(ofJSON: self), keys.has("ClientId") || keys.has("Input") { return .etcdOperations }
    var line = self
    line.skipBlanks()
    var probe = line
    // An object that goes on in the next line is one of several lines; one that is cut within a line is an error there.
    while let byte = probe.next, byte != 0x0A { probe.offset += 1 }
    let last = bytes[line.offset..<probe.offset].last { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
    let isOpen = last == UInt8(ascii: "{") || last == UInt8(ascii: ",")
    return isOpen && probe.offset < end ? .json : .native
  }
}
