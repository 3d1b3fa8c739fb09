extension LineScanner {
  /// The bytes of a string: a part of the line itself if it has no escapes, else the `unescaped` bytes.
  enum Text {
    case part(Range<Int>)
    case unescaped
  }

  /// How deep arrays and objects may lie within each other.
  static let depthLimit = 64

  /// Reads a JSON string, quotes and all.
  mutating func readString(_ expected: String) throws(HistoryReadingError) -> Text {
    let opening = offset
    try expect("\"", expected)
    let first = offset
    var isASCII = true
    while let byte = next {
      if byte == 0x22 {
        let part = first..<offset
        if !isASCII { try checkUTF8(part) }
        offset += 1
        return .part(part)
      }
      if byte == 0x5C { return try readEscapedString(openedAt: opening) }
      guard byte >= 0x20 || isEDN else { throw error(expected: "a printed character or an escape") }
      if byte >= 0x80 { isASCII = false }
      offset += 1
    }
    throw error(expected: "the closing quote of the string that starts at column \(column(of: opening))")
  }

  private func checkUTF8(_ part: Range<Int>) throws(HistoryReadingError) {
    if let bad = UTF8Text.firstFault(in: bytes, part) {
      throw error(at: bad, expected: "UTF-8 text (other bytes are written as {\"base64\":\"...\"})")
    }
  }

  private mutating func readEscapedString(openedAt opening: Int) throws(HistoryReadingError) -> Text {
    offset = opening + 1
    unescaped.removeAll(keepingCapacity: true)
    var plain = offset
    while let byte = next {
      if byte == 0x22 || byte == 0x5C {
        try checkUTF8(plain..<offset)
        unescaped.append(contentsOf: bytes[plain..<offset])
        offset += 1
        if byte == 0x22 { return .unescaped }
        try readEscape()
        plain = offset
      } else {
        guard byte >= 0x20 || isEDN else { throw error(expected: "a printed character or an escape") }
        offset += 1
      }
    }
    throw error(expected: "the closing quote of the string that starts at column \(column(of: opening))")
  }

  /// Reads what follows a backslash.
  private mutating func readEscape() throws(HistoryReadingError) {
    let expected = "one of \" \\ / b f n r t u after a backslash"
    guard let byte = next else { throw error(expected: expected) }
    let plain: UInt8
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"): return try readCodePoint()
    default: throw error(expected: expected)
    }
    offset += 1
    unescaped.append(plain)
  }

  /// Reads `u` and four digits, or a surrogate pair of them.
  private mutating func readCodePoint() throws(HistoryReadingError) {
    let first = offset - 1
    var code = try readFourDigits()
    if code & 0xFC00 == 0xD800, skip("\\") {
      guard next == UInt8(ascii: "u") else { throw error(expected: "the second half of a surrogate pair") }
      let second = offset - 1
      let low = try readFourDigits()
      guard low & 0xFC00 == 0xDC00 else {
        throw error(at: second, expected: "the second half of a surrogate pair", found: "another escape")
      }
      code = 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error(at: first, expected: "a Unicode character", found: "half of a surrogate pair")
    }
    unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }

  private mutating func readFourDigits() throws(HistoryReadingError) -> UInt32 {
    offset += 1
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = hexadecimalDigit(byte) else {
        throw error(expected: "four hexadecimal digits after \\u")
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }

  private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  /// Goes past one JSON value of any kind.
  mutating func skipValue(depth: Int = 0) throws(HistoryReadingError) {
    guard depth < Self.depthLimit else {
      throw error(expected: "at most \(Self.depthLimit) arrays and objects within each other", found: "one more")
    }
    skipBlanks()
    switch next {
    case UInt8(ascii: "\""): _ = try readString("a string")
    case UInt8(ascii: "{"):
      offset += 1
      try readMembers { (scanner, _) throws(HistoryReadingError) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      offset += 1
      skipBlanks()
      if skip("]") { return }
      repeat {
        try skipValue(depth: depth + 1)
        skipBlanks()
      } while skip(",")
      try expect("]", "',' or ']'")
    default:
      if skip(word: "true") || skip(word: "false") || skip(word: "null") { return }
      try skipNumber()
    }
  }

  private mutating func skipNumber() throws(HistoryReadingError) {
    let first = offset
    _ = skip("-")
    try skipDigits(of: first)
    if skip(".") { try skipDigits(of: first) }
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      try skipDigits(of: first)
    }
  }

  private mutating func skipDigits(of number: Int) throws(HistoryReadingError) {
    let first = offset
    while let byte = next, byte >= 0x30, byte <= 0x39 { offset += 1 }
    guard offset > first else { throw error(at: number == offset ? number : offset, expected: "a JSON value") }
  }

  /// Reads the members of an object whose brace has been read, and its closing brace. `member` is called behind each
  /// colon and reads the value.
  mutating func readMembers(
    _ member: (inout LineScanner, Text) throws(HistoryReadingError) -> Void
  ) throws(HistoryReadingError) {
    skipBlanks()
    if skip("}") { return }
    repeat {
      skipBlanks()
      let key = try readString("a key in quotes")
      skipBlanks()
      try expect(":", "':' after the key")
      skipBlanks()
      try member(&self, key)
      skipBlanks()
    } while skip(",")
    try expect("}", "',' or '}'")
  }

  /// Whether this string is this word.
  func matches(_ text: Text, _ word: StaticString) -> Bool {
    switch text {
    case .part(let range): matches(range, word)
    case .unescaped: unescaped.elementsEqual(word.withUTF8Buffer { Array($0) })
    }
  }

  /// Whether this string is these bytes.
  func matches(_ text: Text, _ word: [UInt8]) -> Bool {
    switch text {
    case .part(let range): bytes[range].elementsEqual(word)
    case .unescaped: unescaped == word
    }
  }

  /// Reads a JSON string to its bytes.
  mutating func readStringBytes(_ expected: String) throws(HistoryReadingError) -> [UInt8] {
    let text = try readString(expected)
    return bytes(of: text)
  }

  /// The bytes of this string.
  func bytes(of text: Text) -> [UInt8] {
    switch text {
    case .part(let range): Array(bytes[range])
    case .unescaped: unescaped
    }
  }
}
