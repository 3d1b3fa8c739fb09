extension EventMembers {
  /// Reads one line if it is as this project writes them: no escapes, no blanks but one behind a colon or comma, nothing
  /// but ASCII, no member that is not known.
  ///
  /// - Parameters:
  ///   - lastKey: the key of the line before, which often is the same.
  ///   - isTyped: whether it matters which values stand in quotes; then lines with two in one are not plain.
  /// - Returns: whether the line is plain, with its newline. Otherwise what was read means nothing.
  @inline(__always)
  mutating func readPlainLine(
    _ line: inout PlainCursor, into values: inout ValueTable, lastKey: ValueID, isTyped: Bool
  ) -> Bool {
    guard line.skip(UInt8(ascii: "{")) else { return false }
    var isOpen = true
    // One turn reads all members that stand in the order in which this project writes them.
    while isOpen {
      let first = line.offset
      if line.skip("\"index\":", 8) {
        line.skipBlank()
        guard line.readInteger() != nil else { return false }
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"time\":\0", 7) {
        line.skipBlank()
        guard mark(.time), let integer = line.readInteger() else { return false }
        time = integer
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"process", 8) {
        guard line.skip(0x22), line.skip(UInt8(ascii: ":")) else { return false }
        line.skipBlank()
        guard mark(.process), let integer = line.readInteger() else { return false }
        process = integer
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"type\":\0", 7) {
        line.skipBlank()
        guard mark(.type), line.readKind(&kind) else { return false }
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"f\":\0\0\0\0", 4) {
        line.skipBlank()
        guard mark(.function), readPlainFunction(&line) else { return false }
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"key\":\0\0", 6) {
        line.skipBlank()
        guard mark(.key), let text = line.readString() else { return false }
        key = values.intern(text, guessing: lastKey)
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"value\":", 8) {
        line.skipBlank()
        if isTyped, !noteType(of: line, 1) { return false }
        guard mark(.value), line.readValue(&value, into: &values) else { return false }
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"seen\":\0", 7) {
        line.skipBlank()
        if isTyped, !noteType(of: line, 4) { return false }
        guard mark(.seen), line.readValue(&seen, into: &values) else { return false }
        isOpen = line.skipComma()
      }
      if isOpen, line.skip("\"order\":", 8) {
        line.skipBlank()
        guard let integer = line.readInteger() else { return false }
        givenPlace = integer
        isOpen = line.skipComma()
      }
      guard line.offset > first else { return false }
    }
    return line.skip(UInt8(ascii: "}")) && line.skip(0x0A)
  }

  /// Notes whether the next value stands in quotes; returns whether it is one alone.
  private mutating func noteType(of line: PlainCursor, _ bit: UInt8) -> Bool {
    guard line.offset < line.end, line.base[line.offset] != UInt8(ascii: "[") else { return false }
    if line.base[line.offset] == 0x22 { textBits |= bit }
    return true
  }

  @inline(__always)
  private mutating func readPlainFunction(_ line: inout PlainCursor) -> Bool {
    if line.skip("\"get\"\0\0\0", 5) {
      function = .get
    } else if line.skip("\"put\"\0\0\0", 5) {
      function = .put
    } else if line.skip("\"cas\"\0\0\0", 5) {
      function = .compareAndSet
    } else if line.skip("\"append\"", 8) {
      function = .append
    } else if line.skip("\"delete\"", 8) {
      function = .delete
    } else if line.skip("\"read\"\0\0", 6) {
      (function, isRegisterName) = (.get, true)
    } else if line.skip("\"write\"\0", 7) {
      (function, isRegisterName) = (.put, true)
    } else {
      return readObjectFunction(&line)
    }
    return true
  }

  private mutating func readObjectFunction(_ line: inout PlainCursor) -> Bool {
    guard let name = line.readString() else { return false }
    let known = ObjectFunction.named { word in
      name.count == word.utf8CodeUnitCount && word.withUTF8Buffer { $0.elementsEqual(name) }
    }
    guard let known else { return false }
    (function, isRegisterName, isCell) = (.object(known), true, false)
    return true
  }
}

/// Walks over the bytes of plain lines, up to eight at a time, and never past the end of the buffer.
struct PlainCursor {
  let base: UnsafePointer<UInt8>
  /// The offset of the next byte, and the one behind the last.
  var offset: Int
  let end: Int

  /// The next eight bytes, the first one lowest. They must be there.
  @inline(__always)
  private var word: UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inline(__always)
  private var hasWord: Bool { offset &+ 8 <= end }

  /// Goes past `byte` if it is next.
  @inline(__always)
  mutating func skip(_ byte: UInt8) -> Bool {
    guard offset < end, base[offset] == byte else { return false }
    offset &+= 1
    return true
  }

  /// Goes past a word of `count` bytes, filled up to eight, if it is next and not at the very end of the buffer.
  @inline(__always)
  mutating func skip(_ text: StaticString, _ count: Int) -> Bool {
    guard hasWord else { return false }
    let wanted = UInt64(
      littleEndian: UnsafeRawPointer(text.utf8Start).loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    let mask = UInt64.max >> UInt64(64 &- 8 &* count)
    guard word & mask == wanted else { return false }
    offset &+= count
    return true
  }

  /// Goes past the blank that some write behind a colon or comma.
  @inline(__always)
  mutating func skipBlank() {
    if offset < end, base[offset] == 0x20 { offset &+= 1 }
  }

  /// Goes past a comma and the blank behind it, if that is next.
  @inline(__always)
  mutating func skipComma() -> Bool {
    guard skip(UInt8(ascii: ",")) else { return false }
    skipBlank()
    return true
  }

  @inline(__always)
  mutating func readKind(_ kind: inout HistoryEvent.Kind?) -> Bool {
    if skip("\"invoke\"", 8) {
      kind = .invoke
    } else if skip("\"ok\"\0\0\0\0", 4) {
      kind = .ok
    } else if skip("\"info\"\0\0", 6) {
      kind = .info
    } else if skip("\"fail\"\0\0", 6) {
      kind = .fail
    } else {
      return false
    }
    return true
  }

  /// Reads a string of ASCII without escapes: what stands between the quotes.
  @inline(__always)
  mutating func readString() -> UnsafeBufferPointer<UInt8>? {
    guard skip(0x22) else { return nil }
    let first = offset
    // Eight at a time as long as nothing ends or spoils the string.
    while hasWord, !Self.holdsSpecial(word) { offset &+= 8 }
    while offset < end {
      let byte = base[offset]
      offset &+= 1
      if byte == 0x22 { return UnsafeBufferPointer(start: base + first, count: offset &- 1 &- first) }
      guard byte >= 0x20, byte < 0x80, byte != 0x5C else { return nil }
    }
    return nil
  }

  /// Whether some byte is a quote, a backslash, below a blank or beyond ASCII.
  @inline(__always)
  private static func holdsSpecial(_ word: UInt64) -> Bool {
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let (quote, backslash) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C))
    // Subtracting borrows into a byte's uppermost bit if the byte was too small (Mycroft 1987).
    let tooSmall = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
    return (tooSmall | word) & tops != 0
  }

  /// Reads an integer of at most 18 digits with something behind it that can follow one.
  @inline(__always)
  mutating func readInteger() -> Int64? {
    let isNegative = skip(UInt8(ascii: "-"))
    let first = offset
    var value: Int64 = 0
    while offset < end, base[offset] &- 0x30 < 10 {
      value = value &* 10 &+ Int64(base[offset] &- 0x30)
      offset &+= 1
    }
    let digits = offset &- first
    guard digits > 0, digits <= 18, digits == 1 || base[first] != 0x30 else { return nil }
    // A fraction or an exponent is none of these.
    guard offset < end, base[offset] == 0x2C || base[offset] == 0x7D || base[offset] == 0x5D else { return nil }
    return isNegative ? -value : value
  }

  /// Reads a string, an integer, a pair of them, `null`, `true` or `false`.
  ///
  /// - Returns: whether it was one of these.
  @inline(__always)
  mutating func readValue(_ value: inout FieldValue, into values: inout ValueTable) -> Bool {
    if offset < end, base[offset] == 0x22 {
      guard let text = readString() else { return false }
      value = .text(values.intern(text))
      return true
    }
    return readOtherValue(&value, into: &values)
  }

  private mutating func readOtherValue(_ value: inout FieldValue, into values: inout ValueTable) -> Bool {
    if skip("true\0\0\0\0", 4) {
      value = .bool(true)
    } else if skip("false\0\0\0", 5) {
      value = .bool(false)
    } else if skip("null\0\0\0\0", 4) {
      value = .null
    } else if skip(UInt8(ascii: "[")) {
      guard let first = readScalar(into: &values), skipComma(), let second = readScalar(into: &values),
        skip(UInt8(ascii: "]"))
      else { return false }
      value = .pair(first, second)
    } else {
      guard let text = readScalar(into: &values) else { return false }
      value = .text(text)
    }
    return true
  }

  private mutating func readScalar(into values: inout ValueTable) -> ValueID? {
    if offset < end, base[offset] == 0x22 { return readString().map { values.intern($0) } }
    if skip("null\0\0\0\0", 4) { return .absent }
    let first = offset
    guard readInteger() != nil else { return nil }
    // -0 is 0, which the careful reader knows.
    guard offset &- first != 2 || base[first] != 0x2D || base[first &+ 1] != 0x30 else { return nil }
    return values.intern(UnsafeBufferPointer(start: base + first, count: offset &- first))
  }
}
