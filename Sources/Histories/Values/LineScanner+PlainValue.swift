// Values of any kind, out of EDN and JSON.
extension LineScanner {
  /// Reads the value that stands in `range`, of whichever of the two languages this is.
  func plainValue(in range: Range<Int>) throws(HistoryReadingError) -> PlainValue {
    var scanner = self
    scanner.offset = range.lowerBound
    return isEDN ? try scanner.readEDNPlainValue() : try scanner.readJSONPlainValue()
  }

  // MARK: EDN

  /// Reads any value of EDN.
  mutating func readEDNPlainValue(depth: Int = 0) throws(HistoryReadingError) -> PlainValue {
    guard depth < Self.depthLimit else {
      throw error(expected: "at most \(Self.depthLimit) values within each other", found: "one more")
    }
    try skipEDNBlanks(depth: depth)
    switch next {
    case UInt8(ascii: "\""): return .text(PlainText(bytes: try readStringBytes("a string")))
    case UInt8(ascii: "["): return .list(try readEDNPlainValues(closedBy: "]", depth: depth + 1))
    case UInt8(ascii: "("): return .list(try readEDNPlainValues(closedBy: ")", depth: depth + 1))
    case UInt8(ascii: "{"):
      let place = offset
      let members = try readEDNPlainValues(closedBy: "}", depth: depth + 1)
      guard members.count.isMultiple(of: 2) else {
        throw error(at: place, expected: "a value for each key of the map", found: "\(members.count) forms")
      }
      return .map(of: stride(from: 0, to: members.count, by: 2).map { .init(members[$0], members[$0 + 1]) })
    case UInt8(ascii: "#"): return try readEDNTagged(depth: depth)
    case UInt8(ascii: "\\"):
      let place = offset
      try skipEDNValue(depth: depth)
      return .symbol(PlainText(bytes: bytes[place..<offset]))
    default: return PlainValue(ednToken: bytes[try readToken("a value")])
    }
  }

  private mutating func readEDNTagged(depth: Int) throws(HistoryReadingError) -> PlainValue {
    offset += 1
    if next == UInt8(ascii: "{") { return .set(of: try readEDNPlainValues(closedBy: "}", depth: depth + 1)) }
    let isSymbolic = next == UInt8(ascii: "#")
    let tag = String(decoding: bytes[try readToken("a tag after '#'")], as: UTF8.self)
    return isSymbolic ? .symbol("#\(tag)") : .tagged(PlainText(tag), try readEDNPlainValue(depth: depth + 1))
  }

  private mutating func readEDNPlainValues(
    closedBy closing: Unicode.Scalar, depth: Int
  ) throws(HistoryReadingError) -> [PlainValue] {
    offset += 1
    var members: [PlainValue] = []
    try skipEDNBlanks(depth: depth)
    while !skip(closing) {
      members.append(try readEDNPlainValue(depth: depth))
      try skipEDNBlanks(depth: depth)
    }
    return members
  }

  // MARK: JSON

  /// Reads any value of JSON.
  mutating func readJSONPlainValue(depth: Int = 0) throws(HistoryReadingError) -> PlainValue {
    guard depth < Self.depthLimit else {
      throw error(expected: "at most \(Self.depthLimit) arrays and objects within each other", found: "one more")
    }
    skipBlanks()
    switch next {
    case UInt8(ascii: "\""): return .text(PlainText(bytes: try readStringBytes("a string")))
    case UInt8(ascii: "["):
      offset += 1
      var members: [PlainValue] = []
      skipBlanks()
      if skip("]") { return .list([]) }
      repeat {
        members.append(try readJSONPlainValue(depth: depth + 1))
        skipBlanks()
      } while skip(",")
      try expect("]", "',' or ']'")
      return .list(members)
    case UInt8(ascii: "{"):
      offset += 1
      var entries: [PlainValue.Entry] = []
      try readMembers { (scanner, key) throws(HistoryReadingError) in
        let name = PlainText(bytes: scanner.bytes(of: key))
        entries.append(.init(.text(name), try scanner.readJSONPlainValue(depth: depth + 1)))
      }
      return .map(of: entries)
    default:
      if skip(word: "true") { return .bool(true) }
      if skip(word: "false") { return .bool(false) }
      if skip(word: "null") { return .absent }
      let place = offset
      try skipValue(depth: depth)
      return PlainValue(ednToken: bytes[place..<offset])
    }
  }
}

extension PlainValue {
  /// The value of a token that is neither a string nor a collection.
  init(ednToken token: ArraySlice<UInt8>) {
    if token.elementsEqual("nil".utf8) {
      self = .absent
    } else if token.elementsEqual("true".utf8) {
      self = .bool(true)
    } else if token.elementsEqual("false".utf8) {
      self = .bool(false)
    } else if token.count > 1, token.first == UInt8(ascii: ":") {
      self = .keyword(PlainText(bytes: token.dropFirst()))
    } else if let integer = Self.smallInteger(token) {
      self = .integer(integer)
    } else {
      self = PlainNumber(token)?.value ?? .symbol(PlainText(bytes: token))
    }
  }

  /// The number of a few digits without a sign, as nearly all are; `nil` of everything else.
  private static func smallInteger(_ token: ArraySlice<UInt8>) -> Int64? {
    guard token.count <= 18 else { return nil }
    var integer: Int64 = 0
    for byte in token {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      integer = integer * 10 + Int64(byte - 0x30)
    }
    return token.isEmpty ? nil : integer
  }

  /// The value that is written like this by `description`; `nil` if none is.
  package init?(written bytes: [UInt8]) {
    var scanner = LineScanner(bytes, in: 0..<bytes.count, line: 1, isEDN: true)
    guard let value = try? scanner.readEDNPlainValue(), scanner.offset == scanner.end,
      value.written == bytes
    else { return nil }
    self = value
  }
}

/// A number of EDN or JSON, taken apart: no floating point, so that it means the same on every machine.
private struct PlainNumber {
  private let isNegative: Bool
  /// The digits, without needless zeros in front; of a fraction without such behind either.
  private var digits: [UInt8]
  /// The power of ten of the last digit.
  private var exponent: Int
  private let isFraction: Bool
  /// The suffix of an exact fraction.
  private let isExact: Bool

  /// Longer exponents are no numbers that anybody means.
  private static let exponentLimit = 400

  init?(_ token: ArraySlice<UInt8>) {
    var rest = token
    isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    isExact = rest.last == UInt8(ascii: "M")
    if rest.count > 1, isExact || rest.last == UInt8(ascii: "N") { rest = rest.dropLast() }
    var (digits, exponent, isFraction): ([UInt8], Int, Bool) = ([], 0, false)
    while let byte = rest.first, byte >= 0x30, byte <= 0x39 { digits.append(rest.removeFirst()) }
    guard !digits.isEmpty else { return nil }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      isFraction = true
      while let byte = rest.first, byte >= 0x30, byte <= 0x39 {
        digits.append(rest.removeFirst())
        exponent -= 1
      }
    }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      isFraction = true
      let text = String(decoding: rest.dropFirst(), as: UTF8.self)
      guard let power = Int(text), (-Self.exponentLimit...Self.exponentLimit).contains(power) else { return nil }
      exponent += power
      rest = []
    }
    guard rest.isEmpty else { return nil }
    if isFraction {
      while digits.last == 0x30 {
        digits.removeLast()
        exponent += 1
      }
    }
    digits.removeFirst(min(digits.prefix { $0 == 0x30 }.count, max(0, digits.count - 1)))
    (self.digits, self.exponent, self.isFraction) = (digits, exponent, isFraction)
  }

  /// The value: equal for equal numbers of one kind.
  var value: PlainValue {
    let sign = isNegative && digits.contains { $0 != 0x30 } ? "-" : ""
    let whole = String(decoding: digits, as: UTF8.self)
    let suffix = isExact ? "M" : ""
    guard isFraction else {
      if !isExact, let integer = Int64(sign + whole) { return .integer(integer) }
      return .number(PlainText(sign + whole + suffix))
    }
    guard digits.contains(where: { $0 != 0x30 }) else { return .number("0.0\(suffix)") }
    if exponent >= 0 {
      return .number("\(sign)\(whole)\(String(repeating: "0", count: exponent)).0\(suffix)")
    }
    let fill = String(repeating: "0", count: max(0, 1 - exponent - digits.count))
    let all = fill + whole
    let point = all.index(all.endIndex, offsetBy: exponent)
    return .number("\(sign)\(all[..<point]).\(all[point...])\(suffix)")
  }
}
