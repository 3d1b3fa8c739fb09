// Events as Jepsen prints them for people: `PROCESS :TYPE :F VALUE [ERROR]`, each part as in a map of EDN.
extension EDNReader {
  /// Whether an event stands here: a process, a blank and a keyword.
  static func startsEvent(_ line: LineScanner) -> Bool {
    var line = line
    if line.next == UInt8(ascii: ":") {
      guard (try? line.readToken("a process")) != nil else { return false }
    } else {
      _ = line.skip("-")
      let digits = line.offset
      while let byte = line.next, (0x30...0x39).contains(byte) { line.offset += 1 }
      guard line.offset > digits else { return false }
    }
    let blank = line.offset
    line.skipBlanks()
    return line.offset > blank && line.next == UInt8(ascii: ":")
  }

  /// Reads the event that stands here.
  ///
  /// - Returns: whether its error, in whatever words, may go on in the next lines.
  mutating func readWords(_ line: LineScanner) throws(HistoryReadingError) -> Bool {
    // The names that Jepsen leaves out stand behind the end of the line, where nothing else looks.
    let names = WordNames(behind: line.end)
    var form = LineScanner(line.bytes[..<line.end] + names.bytes, in: 0..<line.end, line: line.line, isEDN: true)
    form.offset = line.offset
    var fields = EventFields(end: line.end)
    try fields.readEDNMember(names.process, of: &form, into: &builder.values)
    if fields.isNemesis { return true }
    form.skipBlanks()
    try fields.readEDNMember(names.type, of: &form, into: &builder.values)
    try form.expectBlank()
    try fields.readEDNMember(names.function, of: &form, into: &builder.values)
    try form.expectBlank()
    let isDefinite = fields.members.kind == .invoke || fields.members.kind == .ok
    if isDefinite {
      if form.offset < form.end { try fields.readEDNMember(names.value, of: &form, into: &builder.values) }
      // What an answer adds stands behind a tab.
      if fields.members.kind != .ok || form.next != 0x09 { try form.expectEnd() }
    } else {
      // Why it failed, in whatever words, may stand where a value would.
      var probe = (form: form, fields: fields)
      if (try? probe.fields.readEDNMember(names.value, of: &probe.form, into: &builder.values)) != nil {
        fields = probe.fields
      }
    }
    try add(fields, in: form)
    return fields.members.kind != .invoke
  }
}

/// The names of an event's members, as bytes behind those of a line.
private struct WordNames {
  let bytes: [UInt8]
  let process: Range<Int>
  let type: Range<Int>
  let function: Range<Int>
  let value: Range<Int>

  private static let names: [[UInt8]] = [":process", ":type", ":f", ":value"].map { Array($0.utf8) }

  init(behind end: Int) {
    bytes = Array(Self.names.joined())
    var place = end
    let places = Self.names.map { name in
      defer { place += name.count }
      return place..<place + name.count
    }
    (process, type, function, value) = (places[0], places[1], places[2], places[3])
  }
}

extension LineScanner {
  /// Goes past blanks, of which there must be one unless the line ends here.
  fileprivate mutating func expectBlank() throws(HistoryReadingError) {
    guard offset == end || next == 0x20 || next == 0x09 else { throw error(expected: "a blank") }
    skipBlanks()
  }
}
