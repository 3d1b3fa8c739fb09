// EDN: what stands between braces, brackets and quotes. The scanner goes over one whole map, however many lines it has.
extension LineScanner {
  /// Goes past white space, commas, comments and what `#_` discards.
  mutating func skipEDNBlanks(depth: Int = 0) throws(HistoryReadingError) {
    while let byte = next {
      if Self.isEDNBlank(byte) {
        offset += 1
      } else if byte == UInt8(ascii: ";") {
        while let byte = next, byte != 0x0A { offset += 1 }
      } else if skip(word: "#_") {
        try skipEDNValue(depth: depth + 1)
      } else {
        return
      }
    }
  }

  /// White space of EDN: commas too.
  static func isEDNBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: ",") || byte >= 0x09 && byte <= 0x0D
  }

  private static func endsToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"): true
    case UInt8(ascii: "}"), UInt8(ascii: "\""), UInt8(ascii: ";"): true
    default: isEDNBlank(byte)
    }
  }

  /// Reads a symbol, keyword, number or tag: the bytes up to the next blank, bracket or quote.
  mutating func readToken(_ expected: String) throws(HistoryReadingError) -> Range<Int> {
    let first = offset
    while let byte = next, !Self.endsToken(byte) { offset += 1 }
    guard offset > first else { throw error(expected: expected) }
    return first..<offset
  }

  /// Goes past one value of any kind.
  mutating func skipEDNValue(depth: Int = 0) throws(HistoryReadingError) {
    guard depth < Self.depthLimit else {
      throw error(expected: "at most \(Self.depthLimit) values within each other", found: "one more")
    }
    try skipEDNBlanks(depth: depth)
    switch next {
    case UInt8(ascii: "\""): _ = try readString("a string")
    case UInt8(ascii: "["): try skipEDNValues(closedBy: "]", depth: depth + 1)
    case UInt8(ascii: "("): try skipEDNValues(closedBy: ")", depth: depth + 1)
    case UInt8(ascii: "{"): try skipEDNValues(closedBy: "}", depth: depth + 1)
    case UInt8(ascii: "\\"):
      // A character: the backslash, any byte at all, and the rest of its name.
      offset = min(end, offset + 2)
      while let byte = next, !Self.endsToken(byte) { offset += 1 }
    case UInt8(ascii: "#"):
      offset += 1
      // A set has no tag, and behind `##Inf` stands nothing more.
      let isSymbolic = next == UInt8(ascii: "#")
      if next != UInt8(ascii: "{") { _ = try readToken("a tag after '#'") }
      if !isSymbolic { try skipEDNValue(depth: depth + 1) }
    case UInt8(ascii: "^"), UInt8(ascii: "@"), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "~"):
      // Of Clojure, not of EDN: what belongs to it is not known here.
      throw error(expected: "a value")
    default: _ = try readToken("a value")
    }
  }

  private mutating func skipEDNValues(closedBy closing: Unicode.Scalar, depth: Int) throws(HistoryReadingError) {
    offset += 1
    try skipEDNBlanks(depth: depth)
    while !skip(closing) {
      try skipEDNValue(depth: depth)
      try skipEDNBlanks(depth: depth)
    }
  }

  /// Goes past the tag of a value, if it has one that is not one of ours. A set is no tag, although it begins like one.
  mutating func skipTag() throws(HistoryReadingError) {
    while next == UInt8(ascii: "#"), !startsWith("#{"), !startsWith(EDNText.base64Tag) {
      offset += 1
      _ = try readToken("a tag after '#'")
      try skipEDNBlanks()
    }
  }

  /// Goes past the tag of a vector that says no more than that it is a key with its value, as jepsen.independent has them.
  mutating func skipTupleTag() throws(HistoryReadingError) {
    let place = offset
    guard skip("#"), let tag = try? readToken("a tag after '#'") else {
      offset = place
      return
    }
    try skipEDNBlanks()
    let isTuple = ["Tuple", "MapEntry"].contains { bytes[tag].reversed().starts(with: $0.utf8.reversed()) }
    if !isTuple || next != UInt8(ascii: "[") { offset = place }
  }

  private func startsWith(_ word: StaticString) -> Bool {
    var probe = self
    return probe.skip(word: word)
  }

  /// Reads any value; integers, strings and keywords are kept, and pairs of them with or without a key.
  mutating func readEDNFieldValue(into values: inout ValueTable) throws(HistoryReadingError) -> FieldValue {
    try skipTupleTag()
    let place = offset
    if let found = try readEDNVector(into: &values) { return found }
    offset = place
    switch next {
    case UInt8(ascii: "["): break
    case UInt8(ascii: "t") where skip(symbol: "true"): return .bool(true)
    case UInt8(ascii: "f") where skip(symbol: "false"): return .bool(false)
    default:
      if let value = try readEDNScalar(into: &values) { return value == .absent ? .null : .text(value) }
    }
    offset = place
    try skipEDNValue()
    return .other
  }

  /// Reads `[a b]`, `[k [a b]]` or `[k a b]`; `nil` if something else is there.
  private mutating func readEDNVector(into values: inout ValueTable) throws(HistoryReadingError) -> FieldValue? {
    guard skip("[") else { return nil }
    try skipEDNBlanks()
    guard let first = try readEDNScalar(into: &values) else { return nil }
    try skipEDNBlanks()
    let isNested = skip("[")
    if isNested { try skipEDNBlanks() }
    guard let second = try readEDNScalar(into: &values) else { return nil }
    try skipEDNBlanks()
    if !isNested, skip("]") { return .pair(first, second) }
    guard let third = try readEDNScalar(into: &values) else { return nil }
    try skipEDNBlanks()
    guard skip("]") else { return nil }
    try skipEDNBlanks()
    return !isNested || skip("]") ? .keyedPair(first, second, third) : nil
  }

  /// Reads a string, an integer, a keyword or nil; `nil` if something else is there, and then it may have moved.
  mutating func readEDNScalar(into values: inout ValueTable) throws(HistoryReadingError) -> ValueID? {
    switch next {
    case UInt8(ascii: "\""):
      let text = try readStringBytes("a string")
      return values.intern(EDNText.bytes(ofString: text[...]))
    case UInt8(ascii: "#"):
      guard skip(word: EDNText.base64Tag) else { return nil }
      try skipEDNBlanks()
      let place = offset
      guard let decoded = Base64.decode(try readStringBytes("a base64 text in quotes")) else {
        throw error(at: place, expected: "a base64 text", found: "something else")
      }
      return values.intern(decoded)
    case UInt8(ascii: "n"): return skip(symbol: "nil") ? .absent : nil
    case UInt8(ascii: ":"):
      let token = try readToken("a keyword")
      return EDNText.isBare(bytes[token]) ? values.intern(bytes, in: token) : nil
    case UInt8(ascii: "-"), UInt8(ascii: "+"), .some(0x30...0x39):
      return plainInteger(bytes[try readToken("an integer")]).map { values.intern(Array($0)) }
    default: return nil
    }
  }

  /// Goes past this symbol if it is next, and not the beginning of another.
  mutating func skip(symbol: StaticString) -> Bool {
    let place = offset
    if skip(word: symbol), next.map(Self.endsToken) ?? true { return true }
    offset = place
    return false
  }

  /// An integer of any size as it would be without sign `+`, suffix `N` and the sign of zero; `nil` if it is none.
  private func plainInteger(_ token: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var token = token.last == UInt8(ascii: "N") ? token.dropLast() : token
    if token.first == UInt8(ascii: "+") { token = token.dropFirst() }
    if token.elementsEqual("-0".utf8) { token = token.dropFirst() }
    return EDNText.isInteger(token) ? token : nil
  }
}
