/// Reads what Jepsen's logger wrote, as `jepsen.log` or on the console. Whatever stands before an event is the logger's:
///
///     INFO  jepsen.util - 0 :invoke :read nil
///     INFO [2017-06-29 10:05:12,126] jepsen worker 1 - jepsen.util 0 :invoke :read nil
///     2025-05-24 21:18:22,194{GMT} INFO [jepsen worker 0] jepsen.util: 0 :invoke :read nil
///
/// A log of the first form says by a failed compare-and-set that it found another value (`JepsenLogReader`). The others mean
/// what `history.edn` does. Lines of other loggers are left out.
struct JepsenConsoleReader: Sendable {
  /// Until the first event shows of which form the log is.
  private var plain: JepsenLogReader?
  private var edn: EDNReader?
  private let model: ModelName?
  /// Whether another logger wrote the line before, which may go on.
  private var isForeign = false
  private var lines = 0

  init(model: ModelName?) {
    self.model = model
  }

  /// Where events are kept, once there is one.
  var builder: HistoryBuilder? { plain?.builder ?? edn?.builder }

  /// Reads one line that is not blank.
  mutating func read(_ line: LineScanner) throws(HistoryReadingError) {
    lines = line.line
    var line = line
    let isPlain = Self.isPlain(line)
    if plain != nil || isPlain && edn == nil {
      if plain == nil { plain = JepsenLogReader(model: model) }
      if !isPlain, isForeign || Self.isOfOtherLogger(line) {
        isForeign = true
        return
      }
      isForeign = false
      try plain?.read(line)
      return
    }
    guard Self.skipPreamble(of: &line), EDNReader.startsEvent(line) else { return }
    if edn == nil { edn = EDNReader(model: model, orderMember: Array(GivenOrder.member.utf8)) }
    _ = try edn?.readWords(line)
  }

  /// The history.
  mutating func finish() throws(HistoryReadingError) -> History {
    if let plain { return plain.finish() }
    if let history = try edn?.finish() { return history }
    throw HistoryReadingError(
      line: max(1, lines), column: 1, expected: "a line like \"INFO  jepsen.util - 0 :invoke :read nil\" somewhere",
      found: "a log without one")
  }

  /// Whether a line starts as all of the first form do.
  private static func isPlain(_ line: LineScanner) -> Bool {
    var line = line
    line.skipBlanks()
    guard line.skip(word: "INFO"), line.skipSomeBlanks() else { return false }
    return line.skip(word: "jepsen.util") && line.skipSomeBlanks() && line.skip("-")
  }

  /// Whether this is a line as `WARN  jepsen.core - ...` of any logger but that of the events.
  private static func isOfOtherLogger(_ line: LineScanner) -> Bool {
    var line = line
    line.skipBlanks()
    guard skipLevel(of: &line), line.skipSomeBlanks(), let name = try? line.readWord("a logger"),
      !line.matches(name, "jepsen.util"), line.skipSomeBlanks()
    else { return false }
    return line.skip("-")
  }

  private static func skipLevel(of line: inout LineScanner) -> Bool {
    for level in ["INFO", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL"] as [StaticString] where line.skip(word: level) {
      return true
    }
    return false
  }

  /// Whether a log starts here: with a level, or with a date and a time.
  static func startsLog(_ line: LineScanner) -> Bool {
    var line = line
    if skipLevel(of: &line) { return line.next.map { $0 == 0x20 || $0 == 0x09 } ?? true }
    return line.skipDigits(4) && line.skip("-") && line.skipDigits(2) && line.skip("-") && line.skipDigits(2)
      && (line.skip(" ") || line.skip("T")) && line.skipDigits(2)
  }

  /// Goes past what the logger wrote before an event: up to `jepsen.util`, or the `jepsen.print` of later versions, and a
  /// colon, a hyphen between blanks, or a blank behind it.
  private static func skipPreamble(of line: inout LineScanner) -> Bool {
    line.skipBlanks()
    var isStart = true
    while let byte = line.next {
      if isStart, byte == UInt8(ascii: "j"), line.skip(word: "jepsen.util") || line.skip(word: "jepsen.print") {
        _ = line.skip(":")
        guard line.skipSomeBlanks() else { continue }
        if line.skip("-") { return line.skipSomeBlanks() }
        return true
      }
      isStart = byte == 0x20 || byte == 0x09
      line.offset += 1
    }
    return false
  }
}

extension LineScanner {
  /// Goes past blanks.
  ///
  /// - Returns: whether there was one.
  fileprivate mutating func skipSomeBlanks() -> Bool {
    let first = offset
    skipBlanks()
    return offset > first
  }

  /// Goes past so many digits, if they are next.
  fileprivate mutating func skipDigits(_ count: Int) -> Bool {
    for _ in 0..<count {
      guard let byte = next, (0x30...0x39).contains(byte) else { return false }
      offset += 1
    }
    return true
  }
}
