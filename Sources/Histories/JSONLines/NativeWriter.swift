extension History {
  /// The history in this project's own format: a header, then one event a line. Reading it gives the same history.
  public func jsonLines() -> [UInt8] {
    var writer = NativeWriter(self, capacity: 128 * (events.count + 1))
    writer.writeHeader()
    for offset in events.indices { writer.writeEvent(at: offset) }
    return writer.output.bytes
  }
}

/// Writes the native format.
struct NativeWriter {
  private let history: History
  var output: TextOutput

  init(_ history: History, capacity: Int) {
    self.history = history
    output = TextOutput(capacity: capacity)
  }

  mutating func writeHeader() {
    let header = history.header
    output.write("{\"format\":\"\(NativeFormat.name)\",\"version\":\(NativeFormat.version)" as String)
    if let model = header.model, !header.isModelFound { output.write(",\"model\":\"\(model.rawValue)\"" as String) }
    if let initial = header.initial {
      output.write(",\"initial\":")
      initial.withUnsafeBufferPointer { write($0) }
    }
    if let seed = header.seed { output.write(",\"seed\":\(seed)" as String) }
    if let bug = header.bug { write(",\"bug\":", text: bug) }
    if let nodes = header.nodes { output.write(",\"nodes\":\(nodes)" as String) }
    if let expected = header.expected { output.write(",\"expected\":\"\(expected.rawValue)\"" as String) }
    if let isKeyed = header.isKeyed { output.write(",\"keyed\":\(isKeyed)" as String) }
    if let origin = header.origin { write(",\"origin\":", text: origin) }
    for entry in header.unknown {
      write(",", text: entry.key)
      output.write(":")
      output.write(json: entry.json)
    }
    output.write("}\n")
  }

  mutating func writeEvent(at offset: Int) {
    let event = history.events[offset]
    output.write("{\"index\":")
    output.write(offset)
    output.write(",\"time\":")
    output.write(event.time)
    output.write(",\"process\":")
    output.write(event.process)
    output.write(",\"type\":\"")
    output.write(event.kind.name)
    output.write("\",\"f\":\"")
    output.write(event.function.name(in: history.header.model))
    output.write("\"")
    if event.key != .absent { write(",\"key\":", event.key) }
    let isCell = history.header.model?.isCell ?? true
    switch (event.kind, event.function) {
    case (.invoke, .compareAndSet) where isCell:
      write(",\"value\":[", event.value)
      write(",", event.replacement)
      output.write("]")
    case (.invoke, .put), (.invoke, .append): write(",\"value\":", event.value)
    case (.ok, _): writeAnswer(event)
    case (.invoke, _): if event.value != .absent { write(",\"value\":", event.value) }
    default: break
    }
    if let place = history.givenOrder[offset] {
      output.write(",\"order\":")
      output.write(place)
    }
    output.write("}\n")
  }

  private mutating func writeAnswer(_ event: HistoryEvent) {
    switch event.answer {
    case .value: write(",\"value\":", event.value)
    case .swapped: output.write(",\"value\":true")
    case .mismatch: write(",\"value\":false,\"seen\":", event.value)
    case .unseenMismatch: output.write(",\"value\":false")
    case .done, .none: break
    }
  }

  private mutating func write(_ json: StaticString, _ value: ValueID) {
    output.write(json)
    history.values.withBytes(of: value) { write($0) }
  }

  private mutating func write(_ json: StaticString, text: String) {
    output.write(json)
    Array(text.utf8).withUnsafeBufferPointer { output.writeQuoted($0) }
  }

  /// A string; bytes that are none, in base64; `null` for absent.
  private mutating func write(_ value: UnsafeBufferPointer<UInt8>?) {
    guard let value else { return output.write("null") }
    guard UTF8Text.firstFault(in: value, 0..<value.count) == nil else {
      output.write("{\"base64\":")
      output.writeBase64(Array(value))
      return output.write("}")
    }
    output.writeQuoted(value)
  }
}
