/// What a file seems to be that starts with an object, or map, and holds no history: so that whoever named it is told.
enum ForeignObject {
  /// The names of an object's members, as far as they were read.
  struct Keys {
    fileprivate(set) var names: [[UInt8]] = []
    /// Whether the object came to its end.
    fileprivate(set) var isWhole = false

    /// Whether there is a member of this name.
    func has(_ name: StaticString) -> Bool {
      name.withUTF8Buffer { name in names.contains { $0.elementsEqual(name) } }
    }
  }

  /// The names in the object of JSON that starts here; `nil` if none does.
  static func keys(ofJSON head: LineScanner) -> Keys? {
    var (head, keys) = (head, Keys())
    head.skipBlanks()
    guard head.skip("{") else { return nil }
    // Where the head is cut, so are they.
    do throws(HistoryReadingError) {
      try head.readMembers { (head, key) throws(HistoryReadingError) in
        keys.names.append(head.bytes(of: key))
        try head.skipValue()
      }
      keys.isWhole = true
    } catch {}
    return keys
  }

  /// The keywords in the map of EDN that starts here.
  private static func keys(ofEDN head: LineScanner) -> Keys {
    var keys = Keys()
    var form = LineScanner(head.bytes, in: head.offset..<head.end, line: head.line, isEDN: true)
    do throws(HistoryReadingError) {
      try form.skipEDNBlanks()
      _ = form.skip("[") || form.skip("(")
      try form.skipEDNBlanks()
      try form.skipTag()
      guard form.skip("{") else { return keys }
      try form.skipEDNBlanks()
      while form.next != UInt8(ascii: "}") {
        let first = form.offset
        try form.skipEDNValue()
        if form.offset < form.end { keys.names.append(Array(form.bytes[first..<form.offset])) }
        try form.skipEDNValue()
        try form.skipEDNBlanks()
      }
      keys.isWhole = true
    } catch {}
    return keys
  }

  /// What a file that starts like this and reads as `format` seems to be, as a clause; `nil` if it may be a history.
  static func name(in head: LineScanner, _ format: HistoryFormat) -> String? {
    switch format {
    case .edn:
      let keys = keys(ofEDN: head)
      if keys.has(":process") || keys.has(":type") || keys.has(":f") { return nil }
      if keys.has(":valid?") { return "the results of a Jepsen test (results.edn): a map with :valid? and no event" }
      if keys.has(":nodes") || keys.has(":concurrency") || keys.has(":checker") {
        return "the description of a Jepsen test, without its history"
      }
      return nil
    case .native, .json:
      guard let keys = keys(ofJSON: head) else { return nil }
      if keys.has("process") || keys.has("type") || keys.has("f") || keys.has("format") { return nil }
      if keys.has("traceEvents") { return "a trace for Chrome or Perfetto" }
      if keys.has("$schema"), keys.has("runs") { return "a SARIF report" }
      if keys.has("Responses") || keys.has("Events") { return "what a watch of etcd saw (watch.json)" }
      guard keys.isWhole, !keys.names.isEmpty else { return nil }
      let names = keys.names.prefix(3).map { "\"\(String(decoding: $0.prefix(40), as: UTF8.self).printable)\"" }
      let more = keys.names.count > 3 ? " and others" : ""
      return "an object that is no event, with \(names.joined(separator: ", "))\(more)"
    default: return nil
    }
  }
}

extension HistoryFormat {
  /// Whether a file that starts with these bytes may be a history in JSON. What stands in a folder beside histories is often
  /// JSON, too.
  package static func mayBeHistory(json beginning: [UInt8]) -> Bool {
    let first = beginning.firstIndex { $0 != 0x20 && !(0x09...0x0D).contains($0) } ?? 0
    guard let format = try? HistoryReader.format(of: beginning, startingAt: first) else { return false }
    guard format == .native || format == .json else { return format == .etcdOperations }
    let head = LineScanner(beginning, in: 0..<beginning.count, line: 1, spansLines: true)
    var event = head
    event.skipBlanks()
    if event.skip("[") { event.skipBlanks() }
    guard let keys = ForeignObject.keys(ofJSON: event) else { return false }
    // Where the beginning ends amid the first event, its members so far must do.
    let isCutEvent = !keys.isWhole && !keys.names.isEmpty && keys.names.allSatisfy { eventMembers.contains($0) }
    return keys.has("process") || keys.has("type") && keys.has("f") || isCutEvent || hasOwnFormat(head)
  }

  private static let eventMembers = ["index", "time", "type", "f", "key", "value", "error", "seen", "order"]
    .map { Array($0.utf8) }

  private static func hasOwnFormat(_ head: LineScanner) -> Bool {
    var head = head
    while let byte = head.next, byte != 0x0A { head.offset += 1 }
    let line = LineScanner(head.bytes, in: 0..<head.offset, line: 1)
    var header = line
    guard (try? line.holdsHeader()) == true else { return false }
    return (try? header.readHeader()) != nil
  }

  /// Whether a file that starts with these bytes is surely none that holds a history: Jepsen's results, or its test.
  package static func isForeign(edn beginning: [UInt8]) -> Bool {
    let head = LineScanner(beginning, in: 0..<beginning.count, line: 1)
    return ForeignObject.name(in: head, .edn) != nil
  }
}
