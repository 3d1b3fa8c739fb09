/// Reads Jepsen's `history.txt`: one event a line, `PROCESS :TYPE :F VALUE [ERROR]`, with the meanings of `history.edn`.
struct JepsenTextReader: Sendable {
  private(set) var edn: EDNReader
  /// Whether the next line may belong to an error that has line breaks in it.
  private var mayGoOn = false

  init(model: ModelName?) {
    edn = EDNReader(model: model, orderMember: Array(GivenOrder.member.utf8))
  }

  /// Reads one line that is not blank.
  mutating func read(_ line: LineScanner) throws(HistoryReadingError) {
    guard EDNReader.startsEvent(line) else {
      if mayGoOn { return }
      throw line.error(expected: "an event, as in \"0 :invoke :read nil\"")
    }
    mayGoOn = try edn.readWords(line)
  }

  /// The history.
  mutating func finish() throws(HistoryReadingError) -> History { try edn.finish() }
}
