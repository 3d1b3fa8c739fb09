// Nearly all lines are as this project writes them: no escapes, no blanks but one behind a colon or comma, nothing but
// ASCII. They are read here, a few nanoseconds a byte; whatever is in any way different is left to the reader that
// knows everything and says what is wrong.
extension EventFields {
  /// Reads one line if it is plain; `nil` if it is not, or not right.
  ///
  /// - Parameter lastKey: the key of the line before, which often is the same.
  init?(plain line: inout PlainCursor, into values: inout ValueTable, lastKey: ValueID) {
    self.init(end: line.end)
    guard line.skip(UInt8(ascii: "{")) else { return nil }
    repeat {
      line.skipSpace()
      guard let name = line.readString(), line.skip(UInt8(ascii: ":")) else { return nil }
      line.skipSpace()
      guard readPlainMember(name, of: &line, into: &values, lastKey) else { return nil }
    } while line.skip(UInt8(ascii: ","))
    guard line.skip(UInt8(ascii: "}")), line.offset == line.end else { return nil }
  }

  /// - Returns: whether the member is known and plain.
  private mutating func readPlainMember(
    _ name: Range<Int>, of line: inout PlainCursor, into values: inout ValueTable, _ lastKey: ValueID
  ) -> Bool {
    let place = line.offset
    switch (name.count, line.base[name.lowerBound]) {
    case (5, UInt8(ascii: "i")): return line.matches(name, "index") && line.readInteger() != nil
    case (4, UInt8(ascii: "t")) where line.matches(name, "time"):
      time = line.readInteger()
      return mark(1) && time != nil
    case (7, _) where line.matches(name, "process"):
      processPlace = place
      process = line.readInteger()
      return mark(0) && process != nil
    case (4, UInt8(ascii: "t")) where line.matches(name, "type"):
      kindPlace = place
      return mark(2) && readPlainKind(of: &line)
    case (1, UInt8(ascii: "f")):
      functionPlace = place
      return mark(3) && readPlainFunction(of: &line)
    case (3, _) where line.matches(name, "key"):
      guard mark(4), let text = line.readString() else { return false }
      key = values.intern(line.bytes(text), guessing: lastKey)
      return true
    case (5, _) where line.matches(name, "value"):
      valuePlace = place
      return mark(5) && line.readValue(&value, into: &values)
    case (4, _) where line.matches(name, "seen"):
      seenPlace = place
      return mark(6) && line.readValue(&seen, into: &values)
    default: return false
    }
  }

  /// - Returns: whether the member occurs for the first time.
  private mutating func mark(_ member: UInt8) -> Bool {
    let isNew = members & 1 << member == 0
    members |= 1 << member
    return isNew
  }

  private mutating func readPlainKind(of line: inout PlainCursor) -> Bool {
    guard let name = line.readString() else { return false }
    switch name.count {
    case 2 where line.matches(name, "ok"): kind = .ok
    case 6 where line.matches(name, "invoke"): kind = .invoke
    case 4 where line.matches(name, "fail"): kind = .fail
    case 4 where line.matches(name, "info"): kind = .info
    default: return false
    }
    return true
  }

  private mutating func readPlainFunction(of line: inout PlainCursor) -> Bool {
    guard let name = line.readString() else { return false }
    switch name.count {
    case 3 where line.matches(name, "get"): function = (.get, false)
    case 3 where line.matches(name, "put"): function = (.put, false)
    case 3 where line.matches(name, "cas"): function = (.compareAndSet, false)
    case 6 where line.matches(name, "append"): function = (.append, false)
    case 6 where line.matches(name, "delete"): function = (.delete, false)
    case 4 where line.matches(name, "read"): function = (.get, true)
    case 5 where line.matches(name, "write"): function = (.put, true)
    default: return false
    }
    return true
  }
}

/// Walks over the bytes of one line without checks of its own but for the line's end.
struct PlainCursor {
  let base: UnsafePointer<UInt8>
  /// The offset of the next byte, and the one behind the line.
  var offset: Int
  let end: Int

  /// The bytes of `range`.
  @inline(__always)
  func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// Goes past `byte` if it is next.
  @inline(__always)
  mutating func skip(_ byte: UInt8) -> Bool {
    guard offset < end, base[offset] == byte else { return false }
    offset += 1
    return true
  }

  @inline(__always)
  mutating func skipSpace() {
    if offset < end, base[offset] == 0x20 { offset += 1 }
  }

  /// Whether these bytes are this word, which has as many.
  @inline(__always)
  func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
    let expected = word.utf8Start
    var place = 0
    while place < range.count {
      if base[range.lowerBound + place] != expected[place] { return false }
      place += 1
    }
    return true
  }

  /// Reads a string of ASCII without escapes: the range between the quotes.
  @inline(__always)
  mutating func readString() -> Range<Int>? {
    guard skip(0x22) else { return nil }
    let first = offset
    while offset < end {
      let byte = base[offset]
      if byte == 0x22 {
        offset += 1
        return first..<offset - 1
      }
      guard byte >= 0x20, byte < 0x80, byte != 0x5C else { return nil }
      offset += 1
    }
    return nil
  }

  /// Reads an integer of at most 18 digits.
  @inline(__always)
  mutating func readInteger() -> Int64? {
    let isNegative = skip(0x2D)
    let first = offset
    var value: Int64 = 0
    while offset < end, base[offset] &- 0x30 < 10 {
      value = value &* 10 &+ Int64(base[offset] &- 0x30)
      offset += 1
    }
    let digits = offset - first
    guard digits > 0, digits <= 18, digits == 1 || base[first] != 0x30 else { return nil }
    // A fraction or an exponent is none of these.
    guard offset < end, base[offset] == 0x2C || base[offset] == 0x7D || base[offset] == 0x5D else { return nil }
    return isNegative ? -value : value
  }

  /// Reads a string, an integer, a pair of them, `null`, `true` or `false`.
  ///
  /// - Returns: whether it was one of these.
  mutating func readValue(_ value: inout FieldValue, into values: inout ValueTable) -> Bool {
    guard offset < end else { return false }
    switch base[offset] {
    case UInt8(ascii: "t"):
      value = .bool(true)
      return skip(word: "true")
    case UInt8(ascii: "f"):
      value = .bool(false)
      return skip(word: "false")
    case UInt8(ascii: "n"):
      value = .null
      return skip(word: "null")
    case UInt8(ascii: "["):
      offset += 1
      guard let first = readScalar(into: &values), skip(0x2C) else { return false }
      skipSpace()
      guard let second = readScalar(into: &values), skip(0x5D) else { return false }
      value = .pair(first, second)
      return true
    default:
      guard let text = readScalar(into: &values) else { return false }
      value = .text(text)
      return true
    }
  }

  private mutating func readScalar(into values: inout ValueTable) -> ValueID? {
    guard offset < end else { return nil }
    let first = offset
    if base[offset] == 0x22 {
      guard let text = readString() else { return nil }
      return values.intern(bytes(text))
    }
    if base[offset] == UInt8(ascii: "n") { return skip(word: "null") ? .absent : nil }
    guard readInteger() != nil else { return nil }
    return values.intern(bytes(first..<offset))
  }

  private mutating func skip(word: StaticString) -> Bool {
    let range = offset..<offset + word.utf8CodeUnitCount
    guard range.upperBound <= end, matches(range, word) else { return false }
    offset = range.upperBound
    return true
  }
}
