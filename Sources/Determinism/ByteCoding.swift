/// Appends integers (little-endian) and length-prefixed byte strings to memory of its own.
///
/// The memory has one owner and no array around it, so a write is a comparison and a store: nobody asks whether it is
/// shared, and code that is not specialised allocates nothing.
@frozen
public struct ByteWriter: ~Copyable {
  @usableFromInline var memory: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  @usableFromInline var written = 0
  /// Whether nobody else frees it.
  @usableFromInline var ownsMemory = true

  /// An empty buffer with room for so many bytes.
  public init(reservingCapacity capacity: Int = 64) {
    self.capacity = capacity
    memory = .allocate(byteCount: capacity, alignment: 1)
  }

  @usableFromInline
  init(in room: UnsafeMutableRawPointer, of capacity: Int) {
    (memory, self.capacity, ownsMemory) = (room, capacity, false)
  }

  deinit { if ownsMemory { memory.deallocate() } }

  /// What is written to a writer that takes no memory but that of the stack, as long as that is room enough: a kilobyte at
  /// the most.
  ///
  /// - Parameter capacity: as many bytes as will mostly be written, or somewhat more.
  @inlinable
  @inline(__always)
  public static func bytes(reservingCapacity capacity: Int, _ write: (inout ByteWriter) -> Void) -> [UInt8] {
    withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 1) { room in
      guard let start = room.baseAddress else { preconditionFailure("there is no room to write in") }
      var writer = ByteWriter(in: start, of: capacity)
      write(&writer)
      return writer.bytes
    }
  }

  /// How many bytes were written so far.
  public var count: Int { written }

  /// Everything written so far.
  public var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: memory, count: written)) }

  /// The CRC-32C of everything written from an offset on, continuing from the check of what stands before that.
  public func checksum(from offset: Int, continuing previous: UInt32 = 0) -> UInt32 {
    precondition(offset >= 0 && offset <= written, "byte \(offset) is outside of 0...\(written)")
    return CRC32C.checksum(
      of: UnsafeRawBufferPointer(start: memory + offset, count: written - offset), continuing: previous)
  }

  /// Replaces four bytes that were written.
  public func overwrite(_ value: UInt32, at offset: Int) {
    precondition(offset >= 0 && offset + 4 <= written, "byte \(offset) and the next ones are outside of 0..<\(written)")
    memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  /// Writes one byte.
  @inlinable
  public mutating func write(_ value: UInt8) { writeWord(value) }
  /// Writes four bytes.
  @inlinable
  public mutating func write(_ value: UInt32) { writeWord(value) }
  /// Writes eight bytes.
  @inlinable
  public mutating func write(_ value: UInt64) { writeWord(value) }
  /// Writes eight bytes.
  @inlinable
  public mutating func write(_ value: Int64) { writeWord(value) }

  @inlinable
  mutating func writeWord<Word: FixedWidthInteger>(_ value: Word) {
    let end = written + MemoryLayout<Word>.size
    if end > capacity { grow(to: end) }
    memory.storeBytes(of: value.littleEndian, toByteOffset: written, as: Word.self)
    written = end
  }

  @usableFromInline
  mutating func grow(to least: Int) {
    let larger = max(least, 2 * capacity)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 1)
    moved.copyMemory(from: memory, byteCount: written)
    if ownsMemory { memory.deallocate() }
    (memory, capacity, ownsMemory) = (moved, larger, true)
  }

  /// Writes the length (4 bytes) and then the bytes.
  public mutating func write(lengthPrefixed string: [UInt8]) {
    write(UInt32(string.count))
    write(string[...])
  }

  /// Writes the bytes alone.
  public mutating func write(_ string: ArraySlice<UInt8>) {
    let end = written + string.count
    if end > capacity { grow(to: end) }
    let room = UnsafeMutableRawBufferPointer(start: memory + written, count: string.count)
    string.withUnsafeBytes { room.copyMemory(from: $0) }
    written = end
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
@frozen
public struct ByteReader: Sendable {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline let end: Int
  @usableFromInline var next: Int

  /// Reads `bytes` from the start of `range` and never past its end; the whole of it if no range is given.
  public init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    let range = range ?? 0..<bytes.count
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside of 0..<\(bytes.count)")
    self.bytes = bytes
    next = range.lowerBound
    end = range.upperBound
  }

  /// Where the next read starts.
  @inlinable
  public var offset: Int { next }

  /// How many bytes are left.
  @inlinable
  public var remaining: Int { end - next }

  /// Reads one byte.
  @inlinable
  @inline(__always)
  public mutating func read() throws(ByteCodingError) -> UInt8 { try readWord() }
  /// Reads four bytes.
  @inlinable
  @inline(__always)
  public mutating func read() throws(ByteCodingError) -> UInt32 { try readWord() }
  /// Reads eight bytes.
  @inlinable
  @inline(__always)
  public mutating func read() throws(ByteCodingError) -> UInt64 { try readWord() }
  /// Reads eight bytes.
  @inlinable
  @inline(__always)
  public mutating func read() throws(ByteCodingError) -> Int64 { try readWord() }

  @inlinable
  @inline(__always)
  mutating func readWord<Word: FixedWidthInteger>() throws(ByteCodingError) -> Word {
    let size = MemoryLayout<Word>.size
    guard remaining >= size else { throw .truncated(offset: next, needed: size - remaining) }
    let start = next
    next += size
    return bytes.withUnsafeBytes { Word(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Word.self)) }
  }

  /// Reads a length and so many bytes.
  public mutating func readLengthPrefixed(limit: Int) throws(ByteCodingError) -> [UInt8] {
    let place = try passLengthPrefixed(limit: limit)
    return bytes.withUnsafeBufferPointer { Array(UnsafeBufferPointer(rebasing: $0[place])) }
  }

  /// Reads a length and passes over so many bytes.
  ///
  /// - Returns: where these stand.
  public mutating func passLengthPrefixed(limit: Int) throws(ByteCodingError) -> Range<Int> {
    let start = next
    let length = Int(try read() as UInt32)
    guard length <= limit else { throw .tooLong(offset: start, length: length, limit: limit) }
    guard remaining >= length else { throw .truncated(offset: next, needed: length - remaining) }
    defer { next += length }
    return next..<next + length
  }

  /// Reads how many items follow.
  public mutating func readCount(limit: Int) throws(ByteCodingError) -> Int {
    let start = next
    let count = Int(try read() as UInt32)
    guard count <= limit else { throw .tooLong(offset: start, length: count, limit: limit) }
    return count
  }

  /// Reads one byte that says what follows.
  @inlinable
  @inline(__always)
  public mutating func readTag() throws(ByteCodingError) -> (tag: UInt8, offset: Int) {
    (try read() as UInt8, next - 1)
  }

  /// Throws unless everything has been read.
  public func finish() throws(ByteCodingError) {
    guard remaining == 0 else { throw .trailingBytes(offset: next) }
  }
}
