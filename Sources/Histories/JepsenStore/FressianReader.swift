/// Reads values that Fressian wrote (github.com/Datomic/fressian). Never past its end, whatever the bytes are.
struct FressianReader {
  /// How deep values may lie within each other.
  static let depthLimit = 64

  private let bytes: [UInt8]
  /// The place of the next byte in the file.
  private(set) var offset: Int
  private let end: Int
  /// Values that may be named again by their number, and how deep values lie in each.
  private var priorityCache: [(value: FressianValue, depth: Int)] = []
  /// The deepest that a value was read, or named again, so far.
  private var deepest = 0
  /// Types, with how many parts each has.
  private var types: [(tag: [UInt8], parts: Int)] = []

  /// - Parameter range: where the values stand in a file.
  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    (offset, end) = (range.lowerBound, range.upperBound)
  }

  /// Whether nothing is left.
  var isAtEnd: Bool { offset >= end }

  /// Reads the next value.
  mutating func readValue(depth: Int = 0) throws(HistoryReadingError) -> FressianValue {
    try reach(depth)
    let place = offset
    let code = try readByte()
    if let integer = try readInteger(code) { return .integer(integer) }
    switch code {
    case 0x80...0x9F: return try cached(Int(code) - 0x80, at: place, depth)
    case 0xA0...0xAF: return try readParts(ofType: Int(code) - 0xA0, at: place, depth)
    case 0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5: return .list(try readValues(count: readCount(), depth))
    case 0xC0: return .map(try readParts(of: readValue(depth: depth + 1), at: place))
    case 0xC1: return .set(try readElements(of: readValue(depth: depth + 1), at: place))
    case 0xC3...0xC8: return try readNamed(code, depth)
    case 0xC9: return .symbol(try readName(depth))
    case 0xCA: return .keyword(try readName(depth))
    case 0xCC: return try cached(readCount(), at: place, depth)
    case 0xCD: return try readCached(depth)
    case 0xD0...0xD9: return .bytes(try readBytes(code))
    case 0xDA...0xE3: return .string(Self.utf8(try readString(code)))
    case 0xE4...0xEB: return .list(try readValues(count: Int(code) - 0xE4, depth))
    case 0xEC: return .list(try readValues(count: readCount(), depth))
    case 0xED, 0xEE: return .list(try readOpenList(mayEnd: code == 0xEE, depth))
    case 0xEF: return try readType(depth)
    case 0xF0: return try readParts(ofType: readCount(), at: place, depth)
    case 0xF5, 0xF6: return .bool(code == 0xF5)
    case 0xF7: return .null
    case 0xF9: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try readBigEndian(4)))))
    case 0xFA: return .double(Double(bitPattern: try readBigEndian(8)))
    case 0xFB: return .double(0)
    case 0xFC: return .double(1)
    case 0xFE:
      (priorityCache, types) = ([], [])
      return try readValue(depth: depth + 1)
    default: throw error(at: place, expected: "a value in Fressian", found: "byte \(code)")
    }
  }

  private func error(at place: Int, expected: String, found: String) -> HistoryReadingError {
    JepsenStoreFile.error(at: place, expected: expected, found: found)
  }

  private mutating func readByte() throws(HistoryReadingError) -> UInt8 {
    guard offset < end else { throw error(at: offset, expected: "another byte", found: "the end of the block") }
    defer { offset += 1 }
    return bytes[offset]
  }

  private mutating func readBigEndian(_ count: Int) throws(HistoryReadingError) -> UInt64 {
    var value: UInt64 = 0
    for _ in 0..<count { value = value << 8 | UInt64(try readByte()) }
    return value
  }

  /// The integer that begins with this byte; `nil` if none does. Small ones have their upper bits in it.
  private mutating func readInteger(_ code: UInt8) throws(HistoryReadingError) -> Int64? {
    let (zero, count): (Int64, Int)
    switch code {
    case 0x00...0x3F: return Int64(code)
    case 0xFF: return -1
    case 0x40...0x5F: (zero, count) = (0x50, 1)
    case 0x60...0x6F: (zero, count) = (0x68, 2)
    case 0x70...0x73: (zero, count) = (0x72, 3)
    case 0x74...0x77: (zero, count) = (0x76, 4)
    case 0x78...0x7B: (zero, count) = (0x7A, 5)
    case 0x7C...0x7F: (zero, count) = (0x7E, 6)
    case 0xF8: return Int64(bitPattern: try readBigEndian(8))
    default: return nil
    }
    return (Int64(code) - zero) << Int64(8 * count) | Int64(bitPattern: try readBigEndian(count))
  }

  /// Reads how many of something follow: no more than there are bytes.
  private mutating func readCount() throws(HistoryReadingError) -> Int {
    let place = offset
    let code = try readByte()
    guard let count = try readInteger(code), count >= 0, count <= end - offset else {
      throw error(at: place, expected: "a number from 0 to the bytes that are left", found: "another value")
    }
    return Int(count)
  }

  private mutating func readValues(count: Int, _ depth: Int) throws(HistoryReadingError) -> [FressianValue] {
    guard count <= end - offset else {
      throw error(at: offset, expected: "\(count) values", found: "\(end - offset) bytes")
    }
    var values: [FressianValue] = []
    for _ in 0..<count { values.append(try readValue(depth: depth + 1)) }
    return values
  }

  private mutating func readOpenList(mayEnd: Bool, _ depth: Int) throws(HistoryReadingError) -> [FressianValue] {
    var values: [FressianValue] = []
    while !(mayEnd && isAtEnd) {
      if offset < end, bytes[offset] == 0xFD {
        offset += 1
        return values
      }
      values.append(try readValue(depth: depth + 1))
    }
    return values
  }

  private func readParts(of list: FressianValue, at place: Int) throws(HistoryReadingError) -> [FressianValue] {
    guard case .list(let parts) = list, parts.count.isMultiple(of: 2) else {
      throw error(at: place, expected: "a map's keys and values in a list", found: "something else")
    }
    return parts
  }

  private func readElements(of list: FressianValue, at place: Int) throws(HistoryReadingError) -> [FressianValue] {
    guard case .list(let values) = list else {
      throw error(at: place, expected: "a set's values in a list", found: "something else")
    }
    return values
  }

  /// What is neither a key nor a value of histories, kept by name: UUID, regular expression, URI, large numbers, instant.
  private mutating func readNamed(_ code: UInt8, _ depth: Int) throws(HistoryReadingError) -> FressianValue {
    let first = try readValue(depth: depth + 1)
    switch code {
    case 0xC3: return .tagged(Array("uuid".utf8), [first])
    case 0xC4: return .tagged(Array("regex".utf8), [first])
    case 0xC5: return .tagged(Array("uri".utf8), [first])
    case 0xC6:
      if case .bytes(let bytes) = first, let integer = Self.integer(bytes) { return .integer(integer) }
      return .tagged(Array("bigint".utf8), [first])
    case 0xC7:
      let scale = try readValue(depth: depth + 1)
      if case .bytes(let bytes) = first, let integer = Self.integer(bytes), case .integer(let places) = scale,
        (0...Self.mostPlaces).contains(places)
      {
        return .number(Self.decimal(integer, places: Int(places)))
      }
      return .tagged(Array("bigdec".utf8), [first, scale])
    default: return .tagged(Array("inst".utf8), [first])
    }
  }

  /// A large number that is not so large, highest byte first.
  private static func integer(_ bytes: [UInt8]) -> Int64? {
    guard (1...8).contains(bytes.count) else { return nil }
    return bytes.dropFirst().reduce(Int64(Int8(bitPattern: bytes[0]))) { $0 << 8 | Int64($1) }
  }

  /// Numbers with more places behind the point are kept as they are.
  private static let mostPlaces: Int64 = 64

  /// An exact fraction as EDN has it: `0.1M`.
  private static func decimal(_ integer: Int64, places: Int) -> [UInt8] {
    var digits = Array("\(integer.magnitude)".utf8)
    while digits.count <= places { digits.insert(UInt8(ascii: "0"), at: 0) }
    if places > 0 { digits.insert(UInt8(ascii: "."), at: digits.count - places) }
    return (integer < 0 ? [UInt8(ascii: "-")] : []) + digits + [UInt8(ascii: "M")]
  }

  /// Reads a name space, or nothing, and a name.
  private mutating func readName(_ depth: Int) throws(HistoryReadingError) -> [UInt8] {
    let place = offset
    let space = try readValue(depth: depth + 1)
    let name = try readValue(depth: depth + 1)
    switch (space, name) {
    case (.null, .string(let name)): return name
    case (.string(let space), .string(let name)): return space + [UInt8(ascii: "/")] + name
    default: throw error(at: place, expected: "a name space or nothing, and a name", found: "something else")
    }
  }

  /// Reads bytes in pieces, or in one: how many there are stands in the code or behind it.
  private mutating func readBytes(_ code: UInt8) throws(HistoryReadingError) -> [UInt8] {
    var (code, joined): (UInt8, [UInt8]) = (code, [])
    while code == 0xD8 {
      joined += try take(readCount())
      code = try readByte()
      guard (0xD0...0xD9).contains(code) else {
        throw error(at: offset - 1, expected: "another piece of the bytes", found: "byte \(code)")
      }
    }
    return joined + (try take(code == 0xD9 ? readCount() : Int(code) - 0xD0))
  }

  private mutating func readString(_ code: UInt8) throws(HistoryReadingError) -> [UInt8] {
    var (code, joined): (UInt8, [UInt8]) = (code, [])
    while code == 0xE2 {
      joined += try take(readCount())
      code = try readByte()
      guard (0xDA...0xE3).contains(code) else {
        throw error(at: offset - 1, expected: "another piece of the string", found: "byte \(code)")
      }
    }
    return joined + (try take(code == 0xE3 ? readCount() : Int(code) - 0xDA))
  }

  private mutating func take(_ count: Int) throws(HistoryReadingError) -> ArraySlice<UInt8> {
    guard count <= end - offset else {
      throw error(at: offset, expected: "\(count) bytes", found: "\(end - offset) to the end of the block")
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// Fressian writes each half of a surrogate pair as three bytes.
  private static func utf8(_ text: [UInt8]) -> [UInt8] {
    guard UTF8Text.firstFault(in: text, 0..<text.count) != nil else { return text }
    var (joined, place): ([UInt8], Int) = ([], 0)
    while place < text.count {
      let rest = text[place...].prefix(6).map { UInt32($0) }
      if rest.count == 6, rest[0] == 0xED, rest[1] & 0xF0 == 0xA0, rest[3] == 0xED, rest[4] & 0xF0 == 0xB0,
        let scalar = Unicode.Scalar(
          0x10000 + ((rest[1] & 0x0F) << 16 | (rest[2] & 0x3F) << 10 | (rest[4] & 0x0F) << 6 | rest[5] & 0x3F))
      {
        joined.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        place += 6
      } else {
        joined.append(text[place])
        place += 1
      }
    }
    return joined
  }

  /// Notes how deep a value lies.
  private mutating func reach(_ depth: Int) throws(HistoryReadingError) {
    guard depth <= Self.depthLimit else {
      throw error(at: offset, expected: "at most \(Self.depthLimit) values within each other", found: "one more")
    }
    deepest = max(deepest, depth)
  }

  private mutating func cached(
    _ number: Int, at place: Int, _ depth: Int
  ) throws(HistoryReadingError) -> FressianValue {
    guard number < priorityCache.count else {
      throw error(at: place, expected: "a value from before", found: "number \(number) of \(priorityCache.count)")
    }
    try reach(depth + priorityCache[number].depth)
    return priorityCache[number].value
  }

  /// Reads a value that may be named again. Its number counts from before what it holds.
  private mutating func readCached(_ depth: Int) throws(HistoryReadingError) -> FressianValue {
    let number = priorityCache.count
    priorityCache.append((.null, 0))
    let before = deepest
    deepest = depth + 1
    let value = try readValue(depth: depth + 1)
    // A reset within it would have taken its place away.
    if number < priorityCache.count { priorityCache[number] = (value, deepest - depth - 1) }
    deepest = max(deepest, before)
    return value
  }

  /// Reads a value of a type that is new.
  private mutating func readType(_ depth: Int) throws(HistoryReadingError) -> FressianValue {
    let place = offset
    guard case .string(let tag) = try readValue(depth: depth + 1) else {
      throw error(at: place, expected: "the name of a type", found: "another value")
    }
    types.append((tag, try readCount()))
    return try readParts(ofType: types.count - 1, at: place, depth)
  }

  private mutating func readParts(ofType number: Int, at place: Int, _ depth: Int) throws(HistoryReadingError)
    -> FressianValue
  {
    guard number < types.count else {
      throw error(at: place, expected: "a type from before", found: "number \(number) of \(types.count)")
    }
    let (tag, count) = types[number]
    let parts = try readValues(count: count, depth)
    guard parts.count == 1, case .list(let values) = parts[0] else {
      return tag.elementsEqual("map-entry".utf8) ? .list(parts) : .tagged(tag, parts)
    }
    if tag.elementsEqual("vec".utf8) { return .list(values) }
    let isSet = tag.elementsEqual("persistent-hash-set".utf8) || tag.elementsEqual("persistent-sorted-set".utf8)
    return isSet ? .set(values) : .tagged(tag, parts)
  }
}
