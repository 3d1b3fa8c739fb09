import Determinism

/// The blocks of a `test.jepsen`, as jepsen.store.format describes them, but for two things: the version has four bytes,
/// and a block's header 28, of which two name its type.
///
///     JEPSEN | version (4) | place of the index (8) | blocks
///     block: length with header (8) | checksum (4) | type (2) | 14 unused | data
struct JepsenStoreFile {
  /// What a file starts with.
  static let magic = Array("JEPSEN".utf8)
  private static let headLength = 18
  private static let blockHeadLength = 28
  /// The latest that is known.
  private static let latestVersion = 1

  /// How to read a block's data.
  enum BlockType: UInt16 {
    case index = 1
    case value, partialMap, stream, vector
  }

  /// Of the whole file.
  let bytes: [UInt8]
  /// The number of the block with the test itself.
  private(set) var root: UInt32 = 0
  private var places = LookupTable<UInt32, Int>()

  /// Reads the head and the index of a whole file.
  init(_ bytes: [UInt8]) throws(HistoryReadingError) {
    self.bytes = bytes
    guard bytes.count >= Self.headLength, bytes.starts(with: Self.magic) else {
      throw Self.error(
        at: 0, expected: "a file of jepsen.store.format", found: "\(bytes.count) bytes of something else")
    }
    let version = number(at: 6, bytes: 4)
    guard version <= Self.latestVersion else {
      throw Self.error(
        at: 6, expected: "version \(Self.latestVersion) of the format, the latest that this program reads",
        found: "version \(version)")
    }
    let index = number(at: 10, bytes: 8)
    guard index != 0 else {
      throw Self.error(at: 10, expected: "the place of an index", found: "0: this file was never written to its end")
    }
    let (type, data) = try block(at: Int(clamping: index), expected: "the index")
    guard type == .index, data.count >= 4, (data.count - 4).isMultiple(of: 12) else {
      throw Self.error(at: data.lowerBound, expected: "an index of blocks", found: "another block")
    }
    root = UInt32(number(at: data.lowerBound, bytes: 4))
    for place in stride(from: data.lowerBound + 4, to: data.upperBound, by: 12) {
      places[UInt32(number(at: place, bytes: 4))] = Int(clamping: number(at: place + 4, bytes: 8))
    }
  }

  /// An error at a place in the file. A binary file is one line, of which columns count the bytes.
  static func error(at place: Int, expected: String, found: String) -> HistoryReadingError {
    HistoryReadingError(line: 1, column: place + 1, expected: expected, found: found)
  }

  /// The number with its highest byte here. All of it must be there.
  func number(at place: Int, bytes count: Int) -> UInt64 {
    bytes[place..<place + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  /// The type of the block of this number, and where its data stand.
  func block(_ number: UInt32) throws(HistoryReadingError) -> (type: BlockType, data: Range<Int>) {
    guard let place = places[number] else {
      throw Self.error(at: 10, expected: "block \(number) in the index", found: "an index without it")
    }
    return try block(at: place, expected: "block \(number)")
  }

  private func block(
    at place: Int, expected: String
  ) throws(HistoryReadingError) -> (type: BlockType, data: Range<Int>) {
    guard place >= Self.headLength, place <= bytes.count - Self.blockHeadLength else {
      throw Self.error(
        at: max(0, min(place, bytes.count)), expected: "\(expected) within the file's \(bytes.count) bytes",
        found: "its place at \(place)")
    }
    let length = number(at: place, bytes: 8)
    guard length >= Self.blockHeadLength, length <= bytes.count - place else {
      throw Self.error(
        at: place, expected: "\(expected) within the file's \(bytes.count) bytes", found: "a length of \(length)")
    }
    let data = place + Self.blockHeadLength..<place + Int(length)
    // The checksum itself counts as zeros.
    let head = bytes[place..<place + 8] + [0, 0, 0, 0] + bytes[place + 12..<data.lowerBound]
    var checksum = CyclicRedundancyCheck()
    bytes.withUnsafeBufferPointer { checksum.add(UnsafeBufferPointer(rebasing: $0[data])) }
    Array(head).withUnsafeBufferPointer { checksum.add($0) }
    guard UInt64(checksum.value) == number(at: place + 8, bytes: 4) else {
      throw Self.error(at: place + 8, expected: "the checksum of \(expected)", found: "another: the file is damaged")
    }
    guard let type = BlockType(rawValue: UInt16(number(at: place + 12, bytes: 2))) else {
      throw Self.error(at: place + 12, expected: "a block's type from 1 to 5", found: "another")
    }
    return (type, data)
  }
}

/// CRC-32, as in gzip and Java's `CRC32` (ISO 3309).
package struct CyclicRedundancyCheck {
  private var state: UInt32 = .max

  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  /// Of no bytes.
  package init() {}

  /// The check of all bytes so far.
  package var value: UInt32 { ~state }

  /// Adds bytes.
  package mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    var state = self.state
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] }
    }
    self.state = state
  }
}
