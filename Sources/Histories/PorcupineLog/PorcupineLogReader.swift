/// Reads Porcupine's key-value logs: get, put and append, where an absent key reads as "".
struct PorcupineLogReader: Sendable {
  private(set) var builder = HistoryBuilder()

  init() {
    builder.header.model = .keyValue
    builder.header.initial = []
  }

  /// Reads one line that is not blank: `{:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}`.
  mutating func read(_ line: LineScanner) throws(HistoryReadingError) {
    var line = line
    let (client, kind, function, processPlace) = try Self.readHead(of: &line)
    let key = try readString(of: &line)
    try Self.skip(":value", of: &line)
    var event = HistoryEvent(
      time: 0, process: client, line: 0, key: key, value: .absent, replacement: .absent, kind: kind,
      function: function, answer: .none)
    let needsValue = function != .get && kind == .invoke || function == .get && kind == .ok
    let hasNone = line.skip(word: "nil")
    if hasNone, needsValue { throw line.error(expected: "a string as the value", found: "nil") }
    if !hasNone { event.value = try readString(of: &line) }
    line.skipBlanks()
    try line.expect("}", "'}'")
    try line.expectEnd()
    if kind == .ok { event.answer = function == .get ? .value : .done }
    if function == .get, kind == .invoke { event.value = .absent }
    let repeatsCall = kind == .ok && function != .get && !hasNone
    try builder.append(event, statesKey: true, repeatsCall: repeatsCall, at: processPlace, in: line)
  }

  /// The history.
  func finish() -> History { builder.finish() }

  /// Reads a line up to its key.
  fileprivate static func readHead(
    of line: inout LineScanner
  ) throws(HistoryReadingError) -> (process: Int32, kind: HistoryEvent.Kind, function: Function, processPlace: Int) {
    line.skipBlanks()
    try line.expect("{", "'{'")
    try skip(":process", of: &line)
    let place = line.offset
    let process = try line.process(line.readInteger("a process"), at: place)
    try skip(":type", of: &line)
    let kind = try readKind(of: &line)
    try skip(":f", of: &line)
    let function = try readFunction(of: &line)
    try skip(":key", of: &line)
    return (process, kind, function, place)
  }

  private static func skip(_ key: StaticString, of line: inout LineScanner) throws(HistoryReadingError) {
    while let byte = line.next, byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ",") { line.offset += 1 }
    guard line.skip(word: key) else { throw line.error(expected: "\(key)") }
    line.skipBlanks()
  }

  private static func readKind(of line: inout LineScanner) throws(HistoryReadingError) -> HistoryEvent.Kind {
    if line.skip(word: ":invoke") { return .invoke }
    if line.skip(word: ":ok") { return .ok }
    if line.skip(word: ":fail") { return .fail }
    if line.skip(word: ":info") { return .info }
    throw line.error(expected: "a type: :invoke, :ok, :fail or :info")
  }

  private static func readFunction(of line: inout LineScanner) throws(HistoryReadingError) -> Function {
    if line.skip(word: ":get") { return .get }
    if line.skip(word: ":put") { return .put }
    if line.skip(word: ":append") { return .append }
    throw line.error(expected: "a function: :get, :put or :append")
  }

  /// Reads a string of EDN, whose escapes are those of JSON.
  private mutating func readString(of line: inout LineScanner) throws(HistoryReadingError) -> ValueID {
    switch try line.readString("a string") {
    case .part(let part): builder.values.intern(line.bytes, in: part)
    case .unescaped: builder.values.intern(line.unescaped)
    }
  }
}

extension LineScanner {
  /// Whether this is a line of a Porcupine key-value log, up to its key. Maps of EDN otherwise look the same.
  func startsPorcupineLog() -> Bool {
    var line = self
    return (try? PorcupineLogReader.readHead(of: &line)) != nil
  }
}
