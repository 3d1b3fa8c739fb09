/// Reads what Jepsen prints while it runs, as in the logs of its tests of etcd: a register that starts absent, with
/// read, write and cas. `:fail :cas` is an observed mismatch there; `:info` stays open to the end.
struct JepsenLogReader: Sendable {
  private(set) var builder = HistoryBuilder()

  init(model: ModelName?) {
    builder.header.model = model ?? .compareAndSetRegister
  }

  /// Reads one line that is not blank.
  mutating func read(_ line: LineScanner) throws(HistoryReadingError) {
    var line = line
    try Self.skipPreamble(of: &line)
    let processPlace = line.offset
    if line.skip(word: ":nemesis") {
      guard line.next.map({ $0 == 0x20 || $0 == 0x09 }) ?? true else { throw line.error(expected: "a blank") }
      return
    }
    let process = try line.readInteger("a process")
    let client = try line.process(process, at: processPlace)
    let kind = try Self.readKind(of: &line)
    let function = try readFunction(of: &line)
    var event = HistoryEvent(
      time: 0, process: client, line: 0, key: .absent, value: .absent, replacement: .absent, kind: kind,
      function: function, answer: .none)
    line.skipBlanks()
    let repeatsCall = try readValue(of: &line, into: &event)
    try builder.append(event, statesKey: false, repeatsCall: repeatsCall, at: processPlace, in: line)
  }

  /// The history.
  func finish() -> History { builder.finish() }

  private static func skipPreamble(of line: inout LineScanner) throws(HistoryReadingError) {
    let expected = "a line like \"INFO  jepsen.util - 0 :invoke :read nil\""
    line.skipBlanks()
    for word in ["INFO", "jepsen.util", "-"] as [StaticString] {
      guard line.skip(word: word), let blank = line.next, blank == 0x20 || blank == 0x09 else {
        throw line.error(expected: expected)
      }
      line.skipBlanks()
    }
  }

  private static func readKind(of line: inout LineScanner) throws(HistoryReadingError) -> HistoryEvent.Kind {
    let expected = "a type: :invoke, :ok, :fail or :info"
    line.skipBlanks()
    let word = try line.readWord(expected)
    if line.matches(word, ":invoke") { return .invoke }
    if line.matches(word, ":ok") { return .ok }
    if line.matches(word, ":fail") { return .fail }
    if line.matches(word, ":info") { return .info }
    throw line.error(at: word.lowerBound, expected: expected, found: line.quote(word))
  }

  private func readFunction(of line: inout LineScanner) throws(HistoryReadingError) -> Function {
    let expected = "a function: :read, :write or :cas"
    line.skipBlanks()
    let word = try line.readWord(expected)
    let function: Function
    if line.matches(word, ":read") {
      function = .get
    } else if line.matches(word, ":write") {
      function = .put
    } else if line.matches(word, ":cas") {
      function = .compareAndSet
    } else {
      throw line.error(at: word.lowerBound, expected: expected, found: line.quote(word))
    }
    if let model = builder.header.model, !model.allows(function) {
      throw line.error(
        at: word.lowerBound, expected: "a function of the model \(model.rawValue)", found: line.quote(word))
    }
    return function
  }

  /// Reads the value and fills in what it means.
  ///
  /// - Returns: whether a return repeats the value of its call.
  private mutating func readValue(
    of line: inout LineScanner, into event: inout HistoryEvent
  ) throws(HistoryReadingError) -> Bool {
    // `:fail :cas :timed-out` would be a guess: only a stated pair is an observation.
    let observesMismatch = event.kind == .fail && event.function == .compareAndSet && line.next == UInt8(ascii: "[")
    if event.kind == .info || event.kind == .fail && !observesMismatch {
      // Why it failed, in whatever words.
      line.offset = line.end
      return false
    }
    if observesMismatch { (event.kind, event.answer) = (.ok, .unseenMismatch) }
    switch event.function {
    case .compareAndSet:
      try line.expect("[", "the value [old new] of a cas")
      line.skipBlanks()
      event.value = try readScalar(of: &line)
      line.skipBlanks()
      event.replacement = try readScalar(of: &line)
      line.skipBlanks()
      try line.expect("]", "']'")
    default: event.value = try readScalar(of: &line)
    }
    try line.expectEnd()
    guard event.kind == .ok else { return false }
    if event.function == .get {
      event.answer = .value
      return false
    }
    if !observesMismatch { event.answer = event.function == .put ? .done : .swapped }
    return true
  }

  /// Reads an integer, kept as its digits, or `nil`.
  private mutating func readScalar(of line: inout LineScanner) throws(HistoryReadingError) -> ValueID {
    if line.skip(word: "nil") { return .absent }
    let first = line.offset
    if try line.readInteger("an integer or nil") == 0 { return builder.values.intern([UInt8(ascii: "0")]) }
    return builder.values.intern(line.bytes, in: first..<line.offset)
  }
}
