extension History {
  /// The history in this project's own format: a header, then one event a line. Reading it gives the same history.
  public func jsonLines() -> [UInt8] {
    var writer = NativeWriter(self)
    writer.writeHeader()
    for offset in events.indices { writer.writeEvent(at: offset) }
    return writer.output
  }
}

/// Writes the native format.
struct NativeWriter {
  private let history: History
  private(set) var output: [UInt8] = []

  init(_ history: History) {
    self.history = history
    output.reserveCapacity(128 * (history.events.count + 1))
  }

  mutating func writeHeader() {
    let header = history.header
    write("{\"format\":\"\(NativeFormat.name)\",\"version\":\(NativeFormat.version)")
    if let model = header.model { write(",\"model\":\"\(model.rawValue)\"") }
    if let initial = header.initial {
      write(",\"initial\":")
      write(value: initial)
    }
    if let seed = header.seed { write(",\"seed\":\(seed)") }
    if let bug = header.bug { write(",\"bug\":", text: bug) }
    if let nodes = header.nodes { write(",\"nodes\":\(nodes)") }
    if let expected = header.expected { write(",\"expected\":\"\(expected.rawValue)\"") }
    if let origin = header.origin { write(",\"origin\":", text: origin) }
    for entry in header.unknown {
      write(",", text: entry.key)
      write(":")
      output.append(contentsOf: entry.json)
    }
    write("}\n")
  }

  mutating func writeEvent(at offset: Int) {
    let event = history.events[offset]
    write("{\"index\":\(offset),\"time\":\(event.time),\"process\":\(event.process),\"type\":\"\(event.kind.name)\"")
    write(",\"f\":\"\(event.function.name(in: history.header.model))\"")
    if let key = history.values[event.key] {
      write(",\"key\":")
      write(value: key)
    }
    switch (event.kind, event.function) {
    case (.invoke, .compareAndSet):
      write(",\"value\":[")
      write(value: history.values[event.value])
      write(",")
      write(value: history.values[event.replacement])
      write("]")
    case (.invoke, .put), (.invoke, .append):
      write(",\"value\":")
      write(value: history.values[event.value])
    case (.ok, _): writeAnswer(event)
    default: break
    }
    write("}\n")
  }

  private mutating func writeAnswer(_ event: HistoryEvent) {
    switch event.answer {
    case .value:
      write(",\"value\":")
      write(value: history.values[event.value])
    case .swapped: write(",\"value\":true")
    case .mismatch:
      write(",\"value\":false,\"seen\":")
      write(value: history.values[event.value])
    case .unseenMismatch: write(",\"value\":false")
    case .done, .none: break
    }
  }

  private mutating func write(_ json: String, text: String? = nil) {
    output.append(contentsOf: json.utf8)
    if let text { write(value: Array(text.utf8)) }
  }

  /// A string; bytes that are none, in base64; `null` for absent.
  private mutating func write(value: [UInt8]?) {
    guard let value else { return write("null") }
    guard UTF8Text.firstFault(in: value, 0..<value.count) == nil else {
      write("{\"base64\":\"")
      Base64.encode(value, into: &output)
      return write("\"}")
    }
    UTF8Text.writeQuoted(value[...], into: &output)
  }
}
