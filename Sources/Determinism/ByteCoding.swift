/// Appends integers (little-endian) and length-prefixed byte strings to a buffer.
public struct ByteWriter: Sendable {
  private var buffer: [UInt8]
  private var count = 0

  /// An empty buffer with room for so many bytes.
  public init(reservingCapacity capacity: Int = 64) {
    // Zeros cost less than memory without a value, which only code that is not specialised allocates. The room that is
    // left goes with `bytes`.
    buffer = [UInt8](repeating: 0, count: capacity)
  }

  /// Everything written so far. The room that is left goes, so that no copy is needed.
  public var bytes: [UInt8] {
    mutating get {
      buffer.removeLast(buffer.count - count)
      return buffer
    }
  }

  /// The CRC-32C of everything written from an offset on.
  public func checksum(from offset: Int) -> UInt32 { CRC32C.checksum(of: buffer, in: offset..<count) }

  /// Replaces four bytes that were written.
  public mutating func overwrite(_ value: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset + 4 <= count, "byte \(offset) and the next ones are outside of 0..<\(count)")
    buffer.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self) }
  }

  /// Writes one byte.
  public mutating func write(_ value: UInt8) { writeWord(value) }

  /// Writes four bytes.
  public mutating func write(_ value: UInt32) { writeWord(value) }
  /// Writes eight bytes.
  public mutating func write(_ value: UInt64) { writeWord(value) }
  /// Writes eight bytes.
  public mutating func write(_ value: Int64) { writeWord(value) }

  // Generic code is specialised within its room only, so each width has a face of its own.
  private mutating func writeWord<Word: FixedWidthInteger>(_ value: Word) {
    makeRoom(for: MemoryLayout<Word>.size)
    let start = count
    buffer.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: start, as: Word.self) }
    count += MemoryLayout<Word>.size
  }

  private mutating func makeRoom(for bytes: Int) {
    let missing = count + bytes - buffer.count
    if missing > 0 { buffer.append(contentsOf: repeatElement(0, count: max(missing, buffer.count))) }
  }

  /// Writes the length (4 bytes) and then the bytes.
  public mutating func write(lengthPrefixed string: [UInt8]) {
    write(UInt32(string.count))
    makeRoom(for: string.count)
    let start = count
    buffer.withUnsafeMutableBytes { buffer in
      string.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyMemory(from: $0) }
    }
    count += string.count
  }
}

/// Why a byte string is not what it should be.
public enum ByteCodingError: Error, Hashable, Sendable {
  /// It ends before what was promised.
  case truncated(offset: Int, needed: Int)
  /// A length exceeds its limit.
  case tooLong(offset: Int, length: Int, limit: Int)
  /// A tag that stands for nothing.
  case unknownTag(offset: Int, tag: UInt8)
  /// What stands there may only come later, or earlier, than what is around it.
  case outOfOrder(offset: Int)
  /// It goes on after its end.
  case trailingBytes(offset: Int)
}

extension ByteCodingError: CustomStringConvertible {
  /// Where, and what was expected.
  public var description: String {
    switch self {
    case .truncated(let offset, let needed): "byte \(offset): \(needed) more bytes were expected"
    case .tooLong(let offset, let length, let limit): "byte \(offset): length \(length) exceeds the limit of \(limit)"
    case .unknownTag(let offset, let tag): "byte \(offset): tag \(tag) stands for nothing"
    case .outOfOrder(let offset): "byte \(offset): what stands here is out of order"
    case .trailingBytes(let offset): "byte \(offset): the message should end here"
    }
  }
}

/// Reads back what a `ByteWriter` wrote, from bytes that nobody vouches for.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  private let end: Int
  /// Where the next read starts.
  public private(set) var offset: Int

  /// Reads `bytes` from the start of `range` and never past its end; the whole of it if no range is given.
  public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    let range = range ?? 0..<bytes.count
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside of 0..<\(bytes.count)")
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  /// How many bytes are left.
  public var remaining: Int { end - offset }

  /// Reads one byte.
  public mutating func read() throws(ByteCodingError) -> UInt8 { try readWord() }
  /// Reads four bytes.
  public mutating func read() throws(ByteCodingError) -> UInt32 { try readWord() }
  /// Reads eight bytes.
  public mutating func read() throws(ByteCodingError) -> UInt64 { try readWord() }
  /// Reads eight bytes.
  public mutating func read() throws(ByteCodingError) -> Int64 { try readWord() }

  private mutating func readWord<Word: FixedWidthInteger>() throws(ByteCodingError) -> Word {
    let size = MemoryLayout<Word>.size
    guard remaining >= size else { throw .truncated(offset: offset, needed: size - remaining) }
    defer { offset += size }
    return bytes.withUnsafeBytes { Word(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Word.self)) }
  }

  /// Reads a length and so many bytes.
  public mutating func readLengthPrefixed(limit: Int) throws(ByteCodingError) -> [UInt8] {
    let start = offset
    let length = Int(try read() as UInt32)
    guard length <= limit else { throw .tooLong(offset: start, length: length, limit: limit) }
    guard remaining >= length else { throw .truncated(offset: offset, needed: length - remaining) }
    defer { offset += length }
    return bytes.withUnsafeBufferPointer { Array(UnsafeBufferPointer(rebasing: $0[offset..<offset + length])) }
  }

  /// Reads how many items follow.
  public mutating func readCount(limit: Int) throws(ByteCodingError) -> Int {
    let start = offset
    let count = Int(try read() as UInt32)
    guard count <= limit else { throw .tooLong(offset: start, length: count, limit: limit) }
    return count
  }

  /// Reads one byte that says what follows.
  public mutating func readTag() throws(ByteCodingError) -> (tag: UInt8, offset: Int) {
    (try read() as UInt8, offset - 1)
  }

  /// Throws unless everything has been read.
  public func finish() throws(ByteCodingError) {
    guard remaining == 0 else { throw .trailingBytes(offset: offset) }
  }
}
