/// Reads Jepsen's `history.edn`, byte by byte: maps one behind the other, or one vector or list of them.
///
/// `:fail` did not happen and says nothing, unless `:mismatch true` stands beside it: see `History.edn()`.
struct EDNReader: Sendable {
  /// What the next byte is a part of.
  private enum Context {
    case betweenMaps, comment
    case map, string, escape, character, commentInMap
  }

  private var builder = HistoryBuilder()
  private var inference: ModelInference
  private var context = Context.betweenMaps
  /// What was read of the map under way, or of a comment that may be a header.
  private var form: [UInt8] = []
  /// How many brackets of it are open.
  private var depth = 0
  /// Where it starts.
  private var formLine = 1
  private var formColumn = 1
  /// Where the next byte stands.
  private var line = 1
  private var column = 1
  /// What closes the vector or list around all maps.
  private var closing: UInt8?
  private var isClosed = false
  private var hasStarted = false
  /// The first call of a register: whether it named a key, and its line.
  private var firstCall: (hasKey: Bool, line: Int)?

  init(model: ModelName?) {
    inference = ModelInference(model: model)
  }

  /// Reads the next bytes, which may end anywhere.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    for byte in bytes {
      try take(byte)
      column += 1
      if byte == 0x0A { (line, column) = (line + 1, 1) }
    }
  }

  /// The history.
  mutating func finish() throws(HistoryReadingError) -> History {
    switch context {
    case .betweenMaps: break
    case .comment: try endComment()
    case .map, .string, .escape, .character, .commentInMap:
      throw error(expected: "the end of the map that starts on line \(formLine), column \(formColumn)")
    }
    if let closing { throw error(expected: "'\(Character(Unicode.Scalar(closing)))' behind the last map") }
    builder.header.model = inference.conclusion
    return builder.finish()
  }

  private func error(expected: String, _ byte: UInt8? = nil) -> HistoryReadingError {
    guard let byte else {
      return HistoryReadingError(line: line, column: column, expected: expected, found: "the end of the file")
    }
    let scanner = LineScanner([byte], in: 0..<1, line: line, column: column, isEDN: true)
    return scanner.error(at: 0, expected: expected)
  }

  private mutating func take(_ byte: UInt8) throws(HistoryReadingError) {
    switch context {
    case .betweenMaps: return try takeBetweenMaps(byte)
    case .comment:
      if byte == 0x0A { return try endComment() }
      // Only the first line can be a header.
      if formLine != 1 || formColumn != 1 { return }
    case .map:
      switch byte {
      case UInt8(ascii: "\""): context = .string
      case UInt8(ascii: "\\"): context = .character
      case UInt8(ascii: ";"): context = .commentInMap
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"): depth -= 1
      default: break
      }
    case .string:
      if byte == UInt8(ascii: "\"") { context = .map }
      if byte == UInt8(ascii: "\\") { context = .escape }
    case .escape: context = .string
    case .character: context = .map
    case .commentInMap: if byte == 0x0A { context = .map }
    }
    form.append(byte)
    if form.count > History.lineLengthLimit {
      throw error(expected: "maps of at most \(History.lineLengthLimit) bytes", byte)
    }
    let isClosing = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ")")
    if context == .map, isClosing, depth <= 0 { try endMap() }
  }

  private mutating func takeBetweenMaps(_ byte: UInt8) throws(HistoryReadingError) {
    if LineScanner.isEDNBlank(byte) { return }
    (formLine, formColumn) = (line, column)
    if byte == UInt8(ascii: ";") {
      context = .comment
      form = [byte]
      return
    }
    if isClosed { throw error(expected: "the end of the file", byte) }
    if byte == closing {
      (closing, isClosed) = (nil, true)
      return
    }
    let hadStarted = hasStarted
    hasStarted = true
    switch byte {
    case UInt8(ascii: "[") where !hadStarted: closing = UInt8(ascii: "]")
    case UInt8(ascii: "(") where !hadStarted: closing = UInt8(ascii: ")")
    case UInt8(ascii: "{"), UInt8(ascii: "#"):
      context = .map
      form.removeAll(keepingCapacity: true)
      form.append(byte)
      depth = byte == UInt8(ascii: "{") ? 1 : 0
    default:
      throw error(expected: "a map of an operation, as in {:process 0, :type :invoke, :f :read, :value nil}", byte)
    }
  }

  /// A header like that of the native format may stand in a comment on the first line.
  private mutating func endComment() throws(HistoryReadingError) {
    context = .betweenMaps
    guard formLine == 1, formColumn == 1 else { return }
    var comment = LineScanner(form, in: 0..<form.count, line: 1)
    while comment.skip(";") {}
    comment.skipBlanks()
    let start = comment.offset
    guard comment.skip(word: "{\"") else { return }
    comment.offset = start
    guard try comment.holdsHeader() else { return }
    builder.header = try comment.readHeader()
    inference.model = builder.header.model ?? inference.model
  }

  private mutating func endMap() throws(HistoryReadingError) {
    context = .betweenMaps
    var scanner = LineScanner(form, in: 0..<form.count, line: formLine, column: formColumn, isEDN: true)
    guard var fields = try EventFields(readingEDN: &scanner, into: &builder.values),
      let process = try fields.process(in: scanner)
    else { return }
    var kind = try fields.kind(in: scanner)
    let function = try fields.function(in: scanner)
    // What stands beside a failure may be anything.
    if kind == .invoke || kind == .ok { fields.unwrapKey() }
    if fields.isMismatch {
      guard kind == .fail, function == .compareAndSet else {
        throw scanner.error(at: fields.kindPlace, expected: ":fail :cas beside :mismatch true")
      }
      (kind, fields.members.value) = (.ok, .bool(false))
    }
    try checkKey(of: fields, kind, function, in: scanner)
    let hasKey = kind != .invoke || fields.members.key != .absent
    if let model = inference.note(function, isRegisterName: fields.members.isRegisterName, hasKey: hasKey) {
      throw scanner.error(
        at: fields.functionPlace, expected: "a function of the model \(model.rawValue)",
        found: ":\(function.name(in: model))")
    }
    guard let (event, repeatsCall) = fields.members.event(kind, function, by: process) else {
      throw fields.unfitValue((kind, function), in: scanner)
    }
    try builder.append(
      event, statesKey: event.key != .absent, repeatsCall: repeatsCall, at: fields.processPlace, in: scanner)
  }

  /// All calls name a key or none does: a register beside registers with keys would be another one.
  private mutating func checkKey(
    of fields: EventFields, _ kind: HistoryEvent.Kind, _ function: Function, in scanner: LineScanner
  ) throws(HistoryReadingError) {
    let hasKey = fields.members.key != .absent
    if kind == .ok, firstCall?.hasKey == true, !hasKey {
      switch fields.members.value {
      case .bool, .missing: return
      case .null where function != .get: return
      default: throw scanner.error(at: fields.valuePlace, expected: "a value with its key, as in the call")
      }
    }
    guard kind == .invoke else { return }
    let first = firstCall ?? (hasKey, scanner.line)
    firstCall = first
    let needsKey = inference.model == .keyValue || function == .append || function == .delete
    guard hasKey || !needsKey else {
      throw scanner.error(at: fields.valuePlace, expected: "a value with its key, as in [\"k\" \"v\"]")
    }
    guard hasKey == first.hasKey else {
      let expected = first.hasKey ? "a value with its key" : "a value without a key"
      throw scanner.error(at: fields.valuePlace, expected: "\(expected), as on line \(first.line)")
    }
  }
}
