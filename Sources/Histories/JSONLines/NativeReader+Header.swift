import Determinism

/// The names and number that a file of the native format starts with.
enum NativeFormat {
  static let name = "raftcheck-history"
  static let version = 1
}

extension HistoryHeader {
  /// What stands behind `format` in the first line of the native format.
  package static var format: String { NativeFormat.name }
}

extension LineScanner {
  /// Whether this line is an object with a key `format`. Does not move.
  func holdsHeader() throws(HistoryReadingError) -> Bool {
    var scanner = self
    var isHeader = false
    scanner.skipBlanks()
    try scanner.expect("{", "'{'")
    try scanner.readMembers { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "format") { isHeader = true }
      try scanner.skipValue()
    }
    return isHeader
  }

  /// Reads the first line of a file.
  mutating func readHeader() throws(HistoryReadingError) -> HistoryHeader {
    var header = HistoryHeader()
    var seen = LookupTable<[UInt8], Bool>()
    var hasVersion = false
    skipBlanks()
    let opening = offset
    try expect("{", "'{'")
    try readMembers { (scanner, key) throws(HistoryReadingError) in
      let name = scanner.bytes(of: key)
      guard seen[name] == nil else { throw scanner.error(expected: "each key once", found: "a second value of one") }
      seen[name] = true
      if scanner.matches(key, "version") { hasVersion = true }
      try scanner.readHeaderMember(key, named: name, into: &header)
    }
    try expectEnd()
    guard hasVersion else {
      throw error(at: opening, expected: "a \"version\" beside the format", found: "a first line without it")
    }
    return header
  }

  private mutating func readHeaderMember(
    _ key: Text, named name: [UInt8], into header: inout HistoryHeader
  ) throws(HistoryReadingError) {
    let place = offset
    switch String(decoding: name, as: UTF8.self) {
    case "format":
      let format = try readName("the format \"\(NativeFormat.name)\"")
      guard format == NativeFormat.name else {
        throw error(at: place, expected: "the format \"\(NativeFormat.name)\"", found: "\"\(format)\"")
      }
    case "version":
      let version = try readInteger("a version number")
      guard version == NativeFormat.version else {
        throw error(
          at: place, expected: "version \(NativeFormat.version) of the format, the latest that this program reads",
          found: "version \(version)")
      }
    case "model": header.model = try readCase("a model")
    case "expected": header.expected = try readCase("a verdict")
    case "seed":
      let seed = offset
      while let byte = next, byte >= 0x30, byte <= 0x39 { offset += 1 }
      header.seed = UInt64(String(decoding: bytes[seed..<offset], as: UTF8.self))
      if header.seed == nil { throw error(at: seed, expected: "a seed from 0 to 2^64 - 1") }
    case "nodes":
      header.nodes = Int(exactly: try readInteger("a number of nodes"))
    case "keyed":
      header.isKeyed = skip(word: "true") ? true : skip(word: "false") ? false : nil
      if header.isKeyed == nil { throw error(at: place, expected: "true or false") }
    case "bug": header.bug = try readName("a bug's name")
    case "origin": header.origin = try readName("a text")
    case "initial":
      if !skip(word: "null") { header.initial = try readBytes("a string or null") }
    default:
      try skipValue()
      header.unknown.append(
        .init(key: String(decoding: name, as: UTF8.self), json: Array(bytes[place..<offset])))
    }
  }

  private mutating func readName(_ expected: String) throws(HistoryReadingError) -> String {
    String(decoding: try readStringBytes(expected), as: UTF8.self)
  }

  private mutating func readCase<Name: RawRepresentable & CaseIterable>(
    _ expected: String
  ) throws(HistoryReadingError) -> Name where Name.RawValue == String {
    let place = offset
    let choice = "\(expected): \(Name.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))"
    let name = try readName(choice)
    guard let known = Name(rawValue: name) else { throw error(at: place, expected: choice, found: "\"\(name)\"") }
    return known
  }

  /// Reads a string, or an object `{"base64":"..."}` that stands for bytes.
  mutating func readBytes(_ expected: String) throws(HistoryReadingError) -> [UInt8] {
    guard next == UInt8(ascii: "{") else { return try readStringBytes(expected) }
    let place = offset
    offset += 1
    var decoded: [UInt8]?
    try readMembers { (scanner, key) throws(HistoryReadingError) in
      guard scanner.matches(key, "base64"), decoded == nil else {
        throw scanner.error(at: place, expected: expected, found: "an object that is not {\"base64\":\"...\"}")
      }
      let text = scanner.offset
      decoded = Base64.decode(try scanner.readStringBytes("a base64 text"))
      if decoded == nil { throw scanner.error(at: text, expected: "a base64 text", found: "something else") }
    }
    guard let decoded else {
      throw error(at: place, expected: expected, found: "an object that is not {\"base64\":\"...\"}")
    }
    return decoded
  }
}
