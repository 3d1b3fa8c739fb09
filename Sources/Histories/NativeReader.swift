/// Reads this project's own format, one line at a time.
struct NativeReader: Sendable {
  private var builder = HistoryBuilder()
  private var isFirstLine = true
  /// The key of the line before.
  private var lastKey = ValueID.absent
  /// Whether `read` or `write` occurred, the names of the register models.
  private var namesRegister = false
  private var namesCompareAndSet = false

  init(model: ModelName?) {
    builder.header.model = model
  }

  /// Reads one line that is not blank.
  mutating func read(_ line: LineScanner) throws(HistoryReadingError) {
    var line = line
    if isFirstLine {
      isFirstLine = false
      if try line.holdsHeader() {
        let model = builder.header.model
        builder.header = try line.readHeader()
        builder.header.model = builder.header.model ?? model
        return
      }
    }
    let fields = try readFields(of: &line)
    guard let process = try fields.process(in: line) else { return }
    let kind = try fields.kind(in: line)
    let (function, isRegisterName) = try fields.function(in: line)
    namesRegister = namesRegister || isRegisterName
    namesCompareAndSet = namesCompareAndSet || function == .compareAndSet
    if let model = builder.header.model, !model.allows(function) {
      throw line.error(
        at: fields.functionPlace, expected: "a function of the model \(model.rawValue)",
        found: "\"\(function.name(in: model))\"")
    }
    let event = HistoryEvent(
      time: fields.time ?? 0, process: process, line: 0, key: fields.key ?? .absent, value: .absent,
      replacement: .absent, kind: kind, function: function, answer: .none)
    try append(event, fields, in: line)
  }

  private mutating func readFields(of line: inout LineScanner) throws(HistoryReadingError) -> EventFields {
    let (offset, end, lastKey) = (line.offset, line.end, lastKey)
    let plain = line.bytes.withUnsafeBufferPointer { bytes -> EventFields? in
      guard let base = bytes.baseAddress else { return nil }
      var cursor = PlainCursor(base: base, offset: offset, end: end)
      return EventFields(plain: &cursor, into: &builder.values, lastKey: lastKey)
    }
    if let plain {
      self.lastKey = plain.key ?? .absent
      return plain
    }
    return try EventFields(reading: &line, into: &builder.values)
  }

  private mutating func append(
    _ event: HistoryEvent, _ fields: EventFields, in line: LineScanner
  ) throws(HistoryReadingError) {
    var event = event
    var statesValue = false
    switch event.kind {
    case .invoke:
      try fields.readArguments(into: &event, in: line)
      let needsKey = builder.header.model == .keyValue || ![.get, .put, .compareAndSet].contains(event.function)
      guard fields.key != nil || !needsKey else { throw line.error(at: line.end, expected: "a \"key\" in the event") }
    case .ok: statesValue = try fields.readAnswer(into: &event, in: line)
    case .fail, .info: break
    }
    try builder.append(
      event, statesKey: fields.key != nil, statesValue: statesValue, at: fields.processPlace, in: line)
  }

  /// The history; without a model in the first line, the one whose names were used.
  func finish() -> History {
    var builder = builder
    let register: ModelName = namesCompareAndSet ? .compareAndSetRegister : .register
    builder.header.model = builder.header.model ?? (namesRegister ? register : .keyValue)
    return builder.finish()
  }
}
