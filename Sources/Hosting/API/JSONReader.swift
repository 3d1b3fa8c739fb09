/// Why bytes are no JSON text, or none that is read here.
package struct JSONError: Error, Hashable, Sendable {
  /// Of the byte that is wrong, from 0.
  package var offset: Int
  /// What was expected there.
  package var sentence: String
}

/// Reads one JSON text (RFC 8259), and nothing that is almost one. Its caller bounds the bytes.
struct JSONReader {
  /// How deep arrays and objects may lie in each other, so that no body can exhaust the stack.
  static let maxDepth = 16
  /// How many values a text may have, so that none takes many times its bytes in memory: four for each of 64 servers, and
  /// as many again in three other lists.
  static let maxValues = 1_024

  private let bytes: [UInt8]
  private var place = 0
  private var values = 0
  /// Where each value and each name of a member begins, in the order of the text.
  private var starts: [Int] = []

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The value that a text stands for.
  static func value(of bytes: [UInt8]) throws(JSONError) -> JSONValue { try read(bytes).value }

  /// The same, and where each value and each name of a member begins, in the order of the text.
  static func read(_ bytes: [UInt8]) throws(JSONError) -> (value: JSONValue, starts: [Int]) {
    var reader = JSONReader(bytes)
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.place == bytes.count else { throw reader.expected("nothing more after the value") }
    return (value, reader.starts)
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func expected(_ what: String) -> JSONError { JSONError(offset: place, sentence: "expected \(what)") }

  private mutating func skipBlanks() {
    while let byte = next, byte == .space || byte == .tab || byte == .lineFeed || byte == .carriageReturn { place += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipBlanks()
    values += 1
    starts.append(place)
    guard values <= Self.maxValues else { throw expected("at most \(Self.maxValues) values") }
    guard depth <= Self.maxDepth else { throw expected("at most \(Self.maxDepth) levels of arrays and objects") }
    switch next {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || byte.isDigit: return try number()
    default: throw expected("a value")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[place...].starts(with: word.utf8) else { throw expected("a value") }
    place += word.utf8.count
    return value
  }

  private mutating func elements(depth: Int) throws(JSONError) -> [JSONValue] {
    place += 1
    var elements: [JSONValue] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value(depth: depth + 1))
      skipBlanks()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw expected("a comma or the end of the array") }
    }
  }

  private mutating func members(depth: Int) throws(JSONError) -> [JSONMember] {
    place += 1
    var members: [JSONMember] = []
    skipBlanks()
    if take(UInt8(ascii: "}")) { return members }
    while true {
      skipBlanks()
      let start = place
      starts.append(start)
      guard next == UInt8(ascii: "\"") else { throw expected("the name of a member") }
      let name = try string()
      guard !members.contains(where: { $0.name == name }) else {
        throw JSONError(offset: start, sentence: "the name \(name.quoted(columns: 60)) stands there twice")
      }
      skipBlanks()
      guard take(.colon) else { throw expected("a colon") }
      members.append(JSONMember(name, try value(depth: depth + 1)))
      skipBlanks()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw expected("a comma or the end of the object") }
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = place
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    var isInteger = true
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = bytes[start..<place].text
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw JSONError(offset: start, sentence: "expected a number of 64 bits")
    }
    return .number(number)
  }

  private mutating func digits() throws(JSONError) {
    guard let first = next, first.isDigit else { throw expected("a digit") }
    while let byte = next, byte.isDigit { place += 1 }
  }

  private mutating func string() throws(JSONError) -> String {
    let start = place
    place += 1
    var content: [UInt8] = []
    while true {
      let plain = bytes[place...].prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
      content.append(contentsOf: plain)
      place = plain.endIndex
      if take(UInt8(ascii: "\"")) { break }
      guard take(UInt8(ascii: "\\")) else { throw expected("the end of the string") }
      try escape(into: &content)
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw JSONError(offset: start, sentence: "expected a string in UTF-8")
    }
    return text
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    let byte = next
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte ?? 0)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(.lineFeed)
    case UInt8(ascii: "r"): content.append(.carriageReturn)
    case UInt8(ascii: "t"): content.append(.tab)
    case UInt8(ascii: "u"):
      var value = try unit()
      if 0xD800..<0xDC00 ~= value {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw expected("the second half of a pair") }
        let low = try unit()
        guard 0xDC00..<0xE000 ~= low else { throw expected("the second half of a pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw expected("a character, not half of one") }
      content.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default:
      place -= 1
      throw expected("an escape")
    }
  }

  private mutating func unit() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = next?.hexadecimalValue else { throw expected("four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }
}

extension JSONValue {
  /// Reads one JSON text: strictly, at most 16 levels deep and of at most 1,024 values.
  package init(reading bytes: [UInt8]) throws(JSONError) {
    self = try JSONReader.value(of: bytes)
  }
}
