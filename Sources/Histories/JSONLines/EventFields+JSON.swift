extension EventFields {
  /// Reads one line.
  ///
  /// - Parameter orderMember: the member that holds places.
  init(
    reading line: inout LineScanner, into values: inout ValueTable, orderMember: [UInt8]
  ) throws(HistoryReadingError) {
    self.init(end: line.end)
    line.skipBlanks()
    try line.expect("{", "an event: '{'")
    var fields = self
    try line.readMembers { (line, key) throws(HistoryReadingError) in
      let isPlace = line.matches(key, orderMember)
      let first = line.offset
      try fields.readMember(key, of: &line, into: &values)
      if isPlace { fields.members.givenPlace = line.givenPlace(in: first..<line.offset) }
    }
    try line.expectEnd()
    self = fields
  }

  private mutating func readMember(
    _ key: LineScanner.Text, of line: inout LineScanner, into values: inout ValueTable
  ) throws(HistoryReadingError) {
    let place = line.offset
    if line.matches(key, "process") {
      try mark(.process, line)
      processPlace = place
      try readProcess(of: &line)
    } else if line.matches(key, "time") {
      try mark(.time, line)
      members.time = try line.readInteger("a time in nanoseconds")
    } else if line.matches(key, "type") {
      try mark(.type, line)
      kindPlace = place
      try readKind(of: &line)
    } else if line.matches(key, "f") {
      try mark(.function, line)
      functionPlace = place
      try readFunction(of: &line)
    } else if line.matches(key, "key") {
      try mark(.key, line)
      if !line.skip(word: "null") { members.key = values.intern(try line.readBytes("a string as the key")) }
    } else if line.matches(key, "value") {
      try mark(.value, line)
      valuePlace = place
      members.value = try line.readFieldValue(into: &values)
      members.textBits |= line.textBits
      valueEnd = line.offset
    } else if line.matches(key, "seen") {
      try mark(.seen, line)
      seenPlace = place
      members.seen = try line.readFieldValue(into: &values)
      members.textBits |= line.textBits << 2
      try settleSeen(in: line, into: &values)
    } else {
      try line.skipValue()
    }
  }

  private mutating func readProcess(of line: inout LineScanner) throws(HistoryReadingError) {
    let expected = "a process: an integer from 0 to \(Int32.max), or \"nemesis\""
    if line.next == UInt8(ascii: "\"") {
      let name = try line.readString(expected)
      isNemesis = line.matches(name, "nemesis") || line.matches(name, ":nemesis")
      // Whoever else has a name may be a client, and must not be lost.
      guard isNemesis else {
        let first = line.bytes(of: name).first ?? 0
        let isNumber = first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
        throw line.error(at: processPlace, expected: expected, found: isNumber ? "a number in quotes" : "another text")
      }
    } else {
      members.process = try line.readInteger(expected)
    }
  }

  private mutating func readKind(of line: inout LineScanner) throws(HistoryReadingError) {
    let expected = "a type: \"invoke\", \"ok\", \"fail\" or \"info\""
    let name = try line.readString(expected)
    members.kind = .named { line.matches(name, $0) }
    if members.kind == nil { throw line.error(at: kindPlace, expected: expected, found: "another text") }
  }

  private mutating func readFunction(of line: inout LineScanner) throws(HistoryReadingError) {
    let name = try line.readString("a function's name")
    functionName = functionPlace + 1..<line.offset - 1
    if let known = Function.named({ line.matches(name, $0) }) {
      (members.function, members.isRegisterName) = (known.function, known.isRegisterName)
    }
  }
}

extension LineScanner {
  /// Reads any JSON value; texts, integers and pairs of them are kept.
  mutating func readFieldValue(into values: inout ValueTable) throws(HistoryReadingError) -> FieldValue {
    textBits = 0
    if skip(word: "true") { return .bool(true) }
    if skip(word: "false") { return .bool(false) }
    if skip(word: "null") { return .null }
    let place = offset
    if skip("[") {
      skipBlanks()
      if let one = try readScalar(into: &values) {
        skipBlanks()
        if skip(",") {
          skipBlanks()
          if let two = try readScalar(into: &values, bit: 2) {
            skipBlanks()
            if skip("]") { return .pair(one, two) }
          }
        }
      }
      offset = place
    } else if let text = try readScalar(into: &values), next.map({ ![0x2E, 0x65, 0x45].contains($0) }) ?? true {
      return .text(text)
    }
    offset = place
    textBits = 0
    try skipValue()
    return .other
  }

  /// Reads a string, bytes, an integer (as its digits) or null; `nil` and not moved if something else is there.
  private mutating func readScalar(
    into values: inout ValueTable, bit: UInt8 = 1
  ) throws(HistoryReadingError) -> ValueID? {
    let place = offset
    switch next {
    case UInt8(ascii: "\""):
      textBits |= bit
      switch try readString("a string") {
      case .part(let part): return values.intern(bytes, in: part)
      case .unescaped: return values.intern(unescaped)
      }
    case UInt8(ascii: "{"):
      var probe = self
      probe.offset += 1
      probe.skipBlanks()
      guard probe.skip(word: "\"base64\"") else { return nil }
      textBits |= bit
      return values.intern(try readBytes("a string"))
    case UInt8(ascii: "n"): return skip(word: "null") ? .absent : nil
    case .some(UInt8(ascii: "-")), .some(0x30...0x39):
      _ = skip("-")
      let digits = offset
      while let byte = next, byte >= 0x30, byte <= 0x39 { offset += 1 }
      guard offset > digits, offset - digits == 1 || bytes[digits] != 0x30 else {
        throw error(at: digits, expected: "a digit that starts a number, 0 only alone")
      }
      // −0 is 0.
      let isZero = offset - digits == 1 && bytes[digits] == 0x30
      return values.intern(bytes, in: (isZero ? digits : place)..<offset)
    default: return nil
    }
  }
}
