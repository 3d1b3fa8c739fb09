/// Reads Jepsen's `history.edn`, byte by byte: maps one behind the other, or one vector or list of them.
///
/// `:fail` did not happen and says nothing, unless `:mismatch true` stands beside it: see `History.edn()`.
struct EDNReader: Sendable {
  /// What the next byte is a part of.
  private enum Context {
    case betweenMaps, comment
    case map, string, escape, character, commentInMap
  }

  var builder = HistoryBuilder()
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
  private let orderMember: [UInt8]

  init(model: ModelName?, orderMember: [UInt8]) {
    inference = ModelInference(model: model)
    self.orderMember = orderMember
  }

  /// Reads the next bytes, which may end anywhere.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    // Where the map or comment under way starts, as far as it is in these bytes.
    var start = 0
    for (place, byte) in bytes.enumerated() {
      let hadStarted = context != .betweenMaps
      try take(byte)
      if context == .betweenMaps, hadStarted {
        try keep(bytes[start...place])
        try endForm()
      } else if !hadStarted {
        start = place
      }
      column += 1
      if byte == 0x0A { (line, column) = (line + 1, 1) }
    }
    if context != .betweenMaps { try keep(bytes[start...]) }
  }

  private mutating func keep(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(HistoryReadingError) {
    form.append(contentsOf: bytes)
    if form.count > History.lineLengthLimit {
      throw HistoryReadingError(
        line: formLine, column: formColumn, expected: "maps of at most \(History.lineLengthLimit) bytes",
        found: "a longer one")
    }
  }

  /// The history.
  mutating func finish() throws(HistoryReadingError) -> History {
    switch context {
    case .betweenMaps: break
    case .comment: try endForm()
    case .map, .string, .escape, .character, .commentInMap:
      throw error(expected: "the end of the map that starts on line \(formLine), column \(formColumn)")
    }
    if let closing { throw error(expected: "'\(Character(Unicode.Scalar(closing)))' behind the last map") }
    builder.header.model = inference.conclusion(of: builder)
    builder.header.isModelFound = inference.isOneOfSeveral
    builder.header.isKeyed = nil
    return builder.finish()
  }

  private func error(expected: String, _ byte: UInt8? = nil) -> HistoryReadingError {
    guard let byte else {
      return HistoryReadingError(line: line, column: column, expected: expected, found: "the end of the file")
    }
    let scanner = LineScanner([byte], in: 0..<1, line: line, column: column, isEDN: true)
    return scanner.error(at: 0, expected: expected)
  }

  /// Finds out what the next byte begins or ends.
  @inline(__always)
  private mutating func take(_ byte: UInt8) throws(HistoryReadingError) {
    switch context {
    case .betweenMaps: try takeBetweenMaps(byte)
    case .comment: if byte == 0x0A { context = .betweenMaps }
    case .map:
      switch byte {
      case UInt8(ascii: "\""): context = .string
      case UInt8(ascii: "\\"): context = .character
      case UInt8(ascii: ";"): context = .commentInMap
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "("): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"):
        depth -= 1
        if depth <= 0 { context = .betweenMaps }
      default: break
      }
    case .string:
      if byte == UInt8(ascii: "\"") { context = .map }
      if byte == UInt8(ascii: "\\") { context = .escape }
    case .escape: context = .string
    case .character: context = .map
    case .commentInMap: if byte == 0x0A { context = .map }
    }
  }

  private mutating func takeBetweenMaps(_ byte: UInt8) throws(HistoryReadingError) {
    if LineScanner.isEDNBlank(byte) { return }
    (formLine, formColumn) = (line, column)
    if byte == UInt8(ascii: ";") {
      context = .comment
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
      depth = byte == UInt8(ascii: "{") ? 1 : 0
    default:
      throw error(expected: "a map of an operation, as in {:process 0, :type :invoke, :f :read, :value nil}", byte)
    }
  }

  private mutating func endForm() throws(HistoryReadingError) {
    context = .betweenMaps
    defer { form.removeAll(keepingCapacity: true) }
    if form.first != UInt8(ascii: ";") {
      try readMap(LineScanner(form, in: 0..<form.count, line: formLine, column: formColumn, isEDN: true))
    } else if formLine == 1, formColumn == 1 {
      try readHeader(LineScanner(form, in: 0..<form.count - (form.last == 0x0A ? 1 : 0), line: 1))
    }
  }

  /// A header like that of the native format may stand in a comment on the first line.
  private mutating func readHeader(_ comment: LineScanner) throws(HistoryReadingError) {
    var comment = comment
    while comment.skip(";") {}
    comment.skipBlanks()
    let start = comment.offset
    guard comment.skip(word: "{\"") else { return }
    comment.offset = start
    guard try comment.holdsHeader() else { return }
    builder.header = try comment.readHeader()
    inference.model = builder.header.model ?? inference.model
  }

  /// Reads one map.
  mutating func readMap(_ scanner: LineScanner) throws(HistoryReadingError) {
    var scanner = scanner
    guard let fields = try EventFields(readingEDN: &scanner, into: &builder.values, orderMember: orderMember) else {
      return
    }
    try add(fields, in: scanner)
  }

  /// Adds the event of these members, unless it is the nemesis'.
  mutating func add(_ fields: EventFields, in scanner: LineScanner) throws(HistoryReadingError) {
    var fields = fields
    guard let process = try fields.process(in: scanner) else { return }
    var kind = try fields.kind(in: scanner)
    let function = try fields.function(in: scanner)
    // What stands beside a failure may be anything.
    if kind == .invoke || kind == .ok {
      let callNamesKey = kind == .ok ? builder.openCall(of: process).map { $0.key != .absent } : nil
      try fields.settle(
        .init(
          kind: kind, function: function, model: inference.model,
          namesKeys: builder.header.isKeyed ?? builder.firstNamesKey, callNamesKey: callNamesKey), in: scanner,
        into: &builder.values)
    }
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
        found: fields.functionName.map { String(decoding: scanner.bytes[$0], as: UTF8.self) })
    }
    guard let (event, repeatsCall) = fields.members.event(kind, function, by: process) else {
      throw fields.unfitValue((kind, function), in: scanner)
    }
    try builder.append(
      event, statesKey: event.key != .absent, repeatsCall: repeatsCall, givenPlace: fields.members.givenPlace,
      at: fields.processPlace, in: scanner)
  }

  /// A value that should hold a key must not be taken for one without.
  private func checkKey(
    of fields: EventFields, _ kind: HistoryEvent.Kind, _ function: Function, in scanner: LineScanner
  ) throws(HistoryReadingError) {
    guard fields.members.key == .absent else { return }
    let isValue =
      switch fields.members.value {
      case .bool, .missing: false
      case .null: function == .get
      default: true
      }
    let needsKey =
      switch kind {
      case .invoke: inference.model == .keyValue || function == .append || function == .delete
      case .ok: builder.firstNamesKey == true && isValue
      case .fail, .info: false
      }
    if needsKey { throw scanner.error(at: fields.valuePlace, expected: "a value with its key, as in [\"k\" \"v\"]") }
  }
}
