import Testing

@testable import Determinism

@Suite("Checksums, bytes and digests")
struct BytesTests {
  /// The definition of CRC-32C, a bit at a time.
  private func plainChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var check: UInt32 = ~0
    for byte in bytes {
      check ^= UInt32(byte)
      for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0x82F6_3B78 : check >> 1 }
    }
    return ~check
  }

  @Test("CRC-32C has its known check values (RFC 3720, B.4)")
  func knownChecksums() {
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(of: []) == 0)
  }

  @Test("Sixteen bytes a step agree with one bit a step, from any offset, in any pieces")
  func slicedChecksums() {
    let bytes = (0..<70).map { UInt8(truncatingIfNeeded: StableDigest.mix(UInt64($0))) }
    for lower in 0..<20 {
      for upper in lower...bytes.count {
        #expect(CRC32C.checksum(of: bytes, in: lower..<upper) == plainChecksum(bytes[lower..<upper]))
      }
      let head = CRC32C.checksum(of: bytes, in: 0..<lower)
      #expect(CRC32C.checksum(of: bytes, in: lower..<70, continuing: head) == plainChecksum(bytes[...]))
    }
  }

  @Test("A reader reads back what a writer wrote, and finds the end")
  func roundTrip() throws {
    var writer = ByteWriter()
    writer.write(7 as UInt8)
    writer.write(0x0102_0304 as UInt32)
    writer.write(Int64.min)
    writer.write(lengthPrefixed: [1, 2, 3])
    #expect(Array(writer.bytes.prefix(5)) == [7, 4, 3, 2, 1])
    var reader = ByteReader(writer.bytes)
    #expect(try reader.readTag().tag == 7)
    #expect(throws: ByteCodingError.trailingBytes(offset: 1)) { try reader.finish() }
    #expect(try reader.read() as UInt32 == 0x0102_0304)
    #expect(try reader.read() as Int64 == .min)
    #expect(try reader.readLengthPrefixed(limit: 3) == [1, 2, 3])
    try reader.finish()
    #expect(reader.remaining == 0)
  }

  @Test("A reader says at which byte the end, a length or a count is wrong")
  func readerErrors() {
    let bytes: [UInt8] = [1, 2, 5, 0, 0, 0, 9]
    func reading<Value>(
      _ range: Range<Int>, _ read: (inout ByteReader) throws(ByteCodingError) -> Value
    ) -> ByteCodingError? {
      var reader = ByteReader(bytes, in: range)
      do {
        _ = try read(&reader)
        return nil
      } catch {
        return error
      }
    }
    #expect(
      reading(0..<3) { (reader) throws(ByteCodingError) in try reader.read() as UInt64 }
        == .truncated(offset: 0, needed: 5))
    #expect(
      reading(7..<7) { (reader) throws(ByteCodingError) in try reader.readTag() } == .truncated(offset: 7, needed: 1))
    #expect(
      reading(2..<7) { (reader) throws(ByteCodingError) in try reader.readLengthPrefixed(limit: 9) }
        == .truncated(offset: 6, needed: 4))
    #expect(
      reading(2..<7) { (reader) throws(ByteCodingError) in try reader.readLengthPrefixed(limit: 4) }
        == .tooLong(offset: 2, length: 5, limit: 4))
    #expect(
      reading(2..<7) { (reader) throws(ByteCodingError) in try reader.readCount(limit: 4) }
        == .tooLong(offset: 2, length: 5, limit: 4))
    #expect(reading(2..<6) { (reader) throws(ByteCodingError) in try reader.readCount(limit: 5) } == nil)
  }

  @Test("A length of all ones is refused")
  func hugeLength() {
    var reader = ByteReader([255, 255, 255, 255, 0])
    #expect(throws: ByteCodingError.truncated(offset: 4, needed: Int(UInt32.max) - 1)) {
      try reader.readLengthPrefixed(limit: .max)
    }
  }

  @Test("Digests stay what they are: recorded hashes depend on them")
  func goldenDigests() {
    #expect(StableDigest().value.hexadecimal == "c1c10438029f6752")
    var digest = StableDigest(start: 42)
    digest.combine(1 as UInt64)
    digest.combine(2 as UInt64)
    #expect(digest.value.hexadecimal == "7122cd04429a6404")
    digest.combine(Array("123456789".utf8))
    #expect(digest.value.hexadecimal == "57b6b039ae3c80d5")
    #expect((0xAB as UInt64).hexadecimal == "00000000000000ab")
  }

  @Test("Digests tell order, length and start apart")
  func digestsDiffer() {
    func digest(_ strings: [UInt8]..., start: UInt64 = 0) -> UInt64 {
      var digest = StableDigest(start: start)
      for string in strings { digest.combine(string) }
      return digest.value
    }
    let digests: Set<UInt64> = [
      digest(), digest([]), digest([0]), digest([0, 0]), digest([0], [0]), digest([1], [2]), digest([2], [1]),
      digest([1, 2]), digest([], [1, 2]), digest([1, 2], start: 1),
      digest([UInt8](repeating: 0, count: 8)), digest([UInt8](repeating: 0, count: 9)),
    ]
    #expect(digests.count == 12)
  }
}
