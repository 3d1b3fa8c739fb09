/// Reads this project's own format, one line at a time.
struct NativeReader: Sendable {
  private(set) var builder = HistoryBuilder()
  private var inference: ModelInference
  private var isFirstLine = true
  /// The key of the line before.
  private var lastKey = ValueID.absent
  private let orderMember: [UInt8]
  /// `nil` where a first line says that it is this project's own format, in which all values are texts.
  private var types: ValueTypes? = ValueTypes()

  init(model: ModelName?, orderMember: [UInt8]) {
    inference = ModelInference(model: model)
    self.orderMember = orderMember
  }

  /// Makes room for what a file of this size holds at most, if its lines are such as this project writes.
  mutating func reserve(forBytes count: Int) {
    builder.reserve(events: count / 64)
  }

  /// Reads one line that is not blank.
  mutating func read(_ line: LineScanner) throws(HistoryReadingError) {
    var line = line
    if isFirstLine {
      isFirstLine = false
      if try line.holdsHeader() {
        builder.header = try line.readHeader()
        types = nil
        // Here keys have a member of their own.
        builder.header.isKeyed = nil
        inference.model = builder.header.model ?? inference.model
        return
      }
    }
    var fields = try EventFields(reading: &line, into: &builder.values, orderMember: orderMember)
    guard let process = try fields.process(in: line) else { return }
    let kind = try fields.kind(in: line)
    let function = try fields.function(in: line)
    lastKey = fields.members.key
    guard hasNeededKey(fields.members, kind, function) else { throw fields.missing("key", in: line) }
    if let model = note(fields.members, kind, function) {
      throw line.error(
        at: fields.functionPlace, expected: "a function of the model \(model.rawValue)",
        found: fields.functionName.map { line.quote($0) })
    }
    if kind == .invoke || kind == .ok {
      try fields.settle(
        .init(kind: kind, function: function, model: inference.model, namesKeys: nil, callNamesKey: nil), in: line,
        into: &builder.values)
    }
    guard let (event, repeatsCall) = fields.members.event(kind, function, by: process) else {
      throw fields.unfitValue((kind, function), in: line)
    }
    try builder.append(
      event, statesKey: event.key != .absent, repeatsCall: repeatsCall, givenPlace: fields.members.givenPlace,
      at: fields.processPlace, in: line)
    noteTypes(fields.members, of: event)
  }

  /// Notes which values of the event that was added last stand in quotes.
  private mutating func noteTypes(_ members: EventMembers, of event: HistoryEvent) {
    let (number, bits) = (builder.events.count - 1, members.textBits)
    let isText = bits & (event.answer == .mismatch ? 4 : 1) != 0
    types?.note(event.value, isText: isText, ofEvent: number, isReplacement: false)
    types?.note(event.replacement, isText: bits & 2 != 0, ofEvent: number, isReplacement: true)
  }

  @inline(__always)
  private func hasNeededKey(_ members: EventMembers, _ kind: HistoryEvent.Kind, _ function: Function) -> Bool {
    guard kind == .invoke, members.key == .absent else { return true }
    // Without a model, what names no key is a register's.
    return inference.model.map { $0 != .keyValue } ?? (function != .append && function != .delete)
  }

  @inline(__always)
  private mutating func note(
    _ members: EventMembers, _ kind: HistoryEvent.Kind, _ function: Function
  ) -> ModelName? {
    inference.note(
      function, isRegisterName: members.isRegisterName, hasKey: kind != .invoke || members.key != .absent)
  }

  /// The history; without a model in the first line, the one whose names were used.
  func finish() -> History {
    var builder = builder
    types?.settle(&builder)
    builder.header.model = inference.conclusion(of: builder)
    builder.header.isModelFound = inference.isOneOfSeveral
    return builder.finish()
  }
}

// The short way.
extension NativeReader {
  /// Reads as many plain lines as follow each other, as nearly all do. Whatever is in any way different, or does not
  /// fit what was before, is left to `read`, which knows everything and says what is wrong.
  ///
  /// - Parameters:
  ///   - start: where the next line starts; moved behind the newline of the last one read.
  ///   - lineNumber: the line before it; raised by one with each line.
  mutating func readPlainLines(
    of bytes: UnsafeBufferPointer<UInt8>, from start: inout Int, after lineNumber: inout Int
  ) {
    guard !isFirstLine, let base = bytes.baseAddress else { return }
    var cursor = PlainCursor(base: base, offset: start, end: bytes.count)
    while readPlainLine(&cursor, lineNumber + 1) {
      lineNumber += 1
      start = cursor.offset
    }
  }

  @inline(__always)
  private mutating func readPlainLine(_ cursor: inout PlainCursor, _ lineNumber: Int) -> Bool {
    var members = EventMembers()
    guard members.readPlainLine(&cursor, into: &builder.values, lastKey: lastKey, isTyped: types != nil) else {
      return false
    }
    if let model = inference.model, !model.isCell { members.isCell = false }
    guard let kind = members.kind, let function = members.function, members.process >= 0,
      let process = Int32(exactly: members.process), hasNeededKey(members, kind, function),
      note(members, kind, function) == nil,
      let (read, repeatsCall) = members.event(kind, function, by: process)
    else { return false }
    lastKey = members.key
    var event = read
    event.line = UInt32(clamping: lineNumber)
    let misfit = builder.add(
      event, statesKey: event.key != .absent, repeatsCall: repeatsCall, place: members.givenPlace)
    if misfit == nil, types != nil { noteTypes(members, of: event) }
    return misfit == nil
  }
}
