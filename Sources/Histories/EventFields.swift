/// A value in an event's line, before it is known what it means.
enum FieldValue {
  case missing
  case null
  case bool(Bool)
  case text(ValueID)
  case pair(ValueID, ValueID)
  case other
}

/// The members of one event's object in the native format. What they mean together is asked afterwards, for they may
/// stand in any order.
struct EventFields {
  var time: Int64?
  var key: ValueID?
  var processPlace: Int
  var functionPlace: Int
  var process: Int64?
  var isNemesis = false
  var kind: HistoryEvent.Kind?
  var kindPlace: Int
  var function: (Function, isRegisterName: Bool)?
  var functionName: Range<Int>?
  var value = FieldValue.missing
  var valuePlace: Int
  var seen = FieldValue.missing
  var seenPlace: Int
  /// One bit for each known member that occurred.
  var members: UInt8 = 0

  /// Nothing yet; what is missing is missed at the end of the line.
  init(end: Int) {
    (processPlace, functionPlace, kindPlace, valuePlace, seenPlace) = (end, end, end, end, end)
  }

  /// Reads one line.
  init(reading line: inout LineScanner, into values: inout ValueTable) throws(HistoryReadingError) {
    self.init(end: line.end)
    line.skipBlanks()
    try line.expect("{", "an event: '{'")
    var fields = self
    try line.readMembers { (line, key) throws(HistoryReadingError) in
      try fields.readMember(key, of: &line, into: &values)
    }
    try line.expectEnd()
    self = fields
  }

  private mutating func readMember(
    _ key: LineScanner.Text, of line: inout LineScanner, into values: inout ValueTable
  ) throws(HistoryReadingError) {
    let place = line.offset
    if line.matches(key, "process") {
      try mark(0, line)
      processPlace = place
      try readProcess(of: &line)
    } else if line.matches(key, "time") {
      try mark(1, line)
      time = try line.readInteger("a time in nanoseconds")
    } else if line.matches(key, "type") {
      try mark(2, line)
      kindPlace = place
      try readKind(of: &line)
    } else if line.matches(key, "f") {
      try mark(3, line)
      functionPlace = place
      try readFunction(of: &line)
    } else if line.matches(key, "key") {
      try mark(4, line)
      if !line.skip(word: "null") { self.key = values.intern(try line.readBytes("a string as the key")) }
    } else if line.matches(key, "value") {
      try mark(5, line)
      valuePlace = place
      value = try line.readFieldValue(into: &values)
    } else if line.matches(key, "seen") {
      try mark(6, line)
      seenPlace = place
      seen = try line.readFieldValue(into: &values)
    } else {
      try line.skipValue()
    }
  }

  private mutating func mark(_ member: UInt8, _ line: LineScanner) throws(HistoryReadingError) {
    guard members & 1 << member == 0 else {
      throw line.error(expected: "each key once", found: "a second value of one")
    }
    members |= 1 << member
  }

  private mutating func readProcess(of line: inout LineScanner) throws(HistoryReadingError) {
    let expected = "a process: an integer from 0 to \(Int32.max), or \"nemesis\""
    if line.next == UInt8(ascii: "\"") {
      let name = try line.readString(expected)
      guard line.matches(name, "nemesis") else {
        throw line.error(at: processPlace, expected: expected, found: "another text")
      }
      isNemesis = true
    } else {
      process = try line.readInteger(expected)
    }
  }

  private mutating func readKind(of line: inout LineScanner) throws(HistoryReadingError) {
    let expected = "a type: \"invoke\", \"ok\", \"fail\" or \"info\""
    let name = try line.readString(expected)
    if line.matches(name, "invoke") {
      kind = .invoke
    } else if line.matches(name, "ok") {
      kind = .ok
    } else if line.matches(name, "fail") {
      kind = .fail
    } else if line.matches(name, "info") {
      kind = .info
    } else {
      throw line.error(at: kindPlace, expected: expected, found: "another text")
    }
  }

  private mutating func readFunction(of line: inout LineScanner) throws(HistoryReadingError) {
    let name = try line.readString("a function's name")
    function =
      if line.matches(name, "get") {
        (.get, false)
      } else if line.matches(name, "put") {
        (.put, false)
      } else if line.matches(name, "cas") {
        (.compareAndSet, false)
      } else if line.matches(name, "append") {
        (.append, false)
      } else if line.matches(name, "delete") {
        (.delete, false)
      } else if line.matches(name, "read") {
        (.get, true)
      } else if line.matches(name, "write") {
        (.put, true)
      } else {
        nil
      }
    if function == nil { functionName = functionPlace..<line.offset }
  }
}

// What the members mean together.
extension EventFields {
  /// The client; `nil` for the nemesis, whose deeds are no operations.
  func process(in line: LineScanner) throws(HistoryReadingError) -> Int32? {
    if isNemesis { return nil }
    guard let process else { throw line.error(at: line.end, expected: "a \"process\" in the event") }
    guard process >= 0, let client = Int32(exactly: process) else {
      throw line.error(
        at: processPlace, expected: "a process from 0 to \(Int32.max)", found: "\(process)")
    }
    return client
  }

  /// Whether it is a call or which end of one.
  func kind(in line: LineScanner) throws(HistoryReadingError) -> HistoryEvent.Kind {
    guard let kind else { throw line.error(at: line.end, expected: "a \"type\" in the event") }
    return kind
  }

  /// What the operation does, and whether it was named as registers name it.
  func function(in line: LineScanner) throws(HistoryReadingError) -> (Function, isRegisterName: Bool) {
    if let function { return function }
    guard let functionName else { throw line.error(at: line.end, expected: "an \"f\" in the event") }
    throw line.error(
      at: functionPlace, expected: "a function: get, put, append, delete, cas, read or write",
      found: line.quote(functionName.dropFirst().dropLast()))
  }

  /// Reads what a call was given.
  func readArguments(into event: inout HistoryEvent, in line: LineScanner) throws(HistoryReadingError) {
    switch (event.function, value) {
    case (.get, _), (.delete, .missing), (.delete, .null): break
    case (.put, .text(let text)), (.append, .text(let text)): event.value = text
    case (.compareAndSet, .pair(let expected, let new)): (event.value, event.replacement) = (expected, new)
    case (.compareAndSet, _):
      throw line.error(at: valuePlace, expected: "the value [old, new] of a cas, each a string or null")
    case (.delete, _): throw line.error(at: valuePlace, expected: "no value or null in a delete")
    default: throw line.error(at: valuePlace, expected: "a string as the value of \(event.function)")
    }
  }

  /// Reads what a call was answered.
  ///
  /// - Returns: whether the line repeats what the call was given.
  func readAnswer(into event: inout HistoryEvent, in line: LineScanner) throws(HistoryReadingError) -> Bool {
    switch (event.function, value) {
    case (.get, .text(let text)): (event.answer, event.value) = (.value, text)
    case (.get, .null): event.answer = .value
    case (.get, _): throw line.error(at: valuePlace, expected: "the value that was read, a string or null")
    case (.put, .text(let text)), (.append, .text(let text)):
      (event.answer, event.value) = (.done, text)
      return true
    case (.put, .missing), (.put, .null), (.append, .missing), (.append, .null), (.delete, .missing), (.delete, .null):
      event.answer = .done
    case (.compareAndSet, .bool(true)): event.answer = .swapped
    case (.compareAndSet, .pair(let expected, let new)):
      (event.answer, event.value, event.replacement) = (.swapped, expected, new)
      return true
    case (.compareAndSet, .bool(false)): try readSeen(into: &event, in: line)
    case (.compareAndSet, _):
      throw line.error(at: valuePlace, expected: "true or false as the answer of a cas")
    default: throw line.error(at: valuePlace, expected: "the value of the call, or none")
    }
    return false
  }

  private func readSeen(into event: inout HistoryEvent, in line: LineScanner) throws(HistoryReadingError) {
    switch seen {
    case .missing: event.answer = .unseenMismatch
    case .null: event.answer = .mismatch
    case .text(let text): (event.answer, event.value) = (.mismatch, text)
    default: throw line.error(at: seenPlace, expected: "the value that the cas saw, a string or null")
    }
  }
}

extension LineScanner {
  /// Reads any JSON value; texts, integers and pairs of them are kept.
  mutating func readFieldValue(into values: inout ValueTable) throws(HistoryReadingError) -> FieldValue {
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
          if let two = try readScalar(into: &values) {
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
    try skipValue()
    return .other
  }

  /// Reads a string, bytes, an integer (as its digits) or null; `nil` and not moved if something else is there.
  private mutating func readScalar(into values: inout ValueTable) throws(HistoryReadingError) -> ValueID? {
    let place = offset
    switch next {
    case UInt8(ascii: "\""):
      switch try readString("a string") {
      case .part(let part): return values.intern(bytes, in: part)
      case .unescaped: return values.intern(unescaped)
      }
    case UInt8(ascii: "{"):
      var probe = self
      probe.offset += 1
      probe.skipBlanks()
      guard probe.skip(word: "\"base64\"") else { return nil }
      return values.intern(try readBytes("a string"))
    case UInt8(ascii: "n"): return skip(word: "null") ? .absent : nil
    case .some(UInt8(ascii: "-")), .some(0x30...0x39):
      _ = skip("-")
      while let byte = next, byte >= 0x30, byte <= 0x39 { offset += 1 }
      return values.intern(bytes, in: place..<offset)
    default: return nil
    }
  }
}
