/// The Castagnoli cyclic redundancy check (RFC 3720, appendix B.4), as used on log records.
public enum CRC32C {
  /// Sixteen tables of 256: table k holds the check of a byte that k further bytes follow.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 16 * 256)
    for byte in 0..<256 {
      var remainder = UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0x82F6_3B78 : remainder >> 1 }
      tables[byte] = remainder
    }
    for slot in 256..<tables.count {
      let previous = tables[slot - 256]
      tables[slot] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()

  /// The check of `bytes` from `range`, continuing from `previous`, the check of what stands before them.
  ///
  /// - Complexity: O(n), sixteen bytes a step.
  public static func checksum(of bytes: [UInt8], in range: Range<Int>, continuing previous: UInt32 = 0) -> UInt32 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside of 0..<\(bytes.count)")
    return bytes.withUnsafeBytes { checksum(of: UnsafeRawBufferPointer(rebasing: $0[range]), continuing: previous) }
  }

  static func checksum(of bytes: UnsafeRawBufferPointer, continuing previous: UInt32) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var (check, offset) = (~previous, 0)
      while offset <= bytes.count - 16 {
        check = step(from: check, over: 16, of: bytes, at: offset, tables)
        offset &+= 16
      }
      if offset <= bytes.count - 8 {
        check = step(from: check, over: 8, of: bytes, at: offset, tables)
        offset &+= 8
      }
      if offset <= bytes.count - 4 {
        check = step(from: check, over: 4, of: bytes, at: offset, tables)
        offset &+= 4
      }
      while offset < bytes.count {
        check = check >> 8 ^ tables[Int((check ^ UInt32(bytes[offset])) & 0xFF)]
        offset &+= 1
      }
      return ~check
    }
  }

  /// Goes on over so many bytes, four or more: the first four take up the check of what stands before them.
  @inline(__always)
  private static func step(
    from check: UInt32, over count: Int, of bytes: UnsafeRawBufferPointer, at offset: Int,
    _ tables: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    let first = check ^ UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    var check: UInt32 = 0
    for place in 0..<4 { check ^= tables[(count - 1 - place) * 256 + Int(first >> UInt32(8 * place) & 0xFF)] }
    for place in 4..<count { check ^= tables[(count - 1 - place) * 256 + Int(bytes[offset &+ place])] }
    return check
  }

  /// The check of the bytes of three words in a row, as they stand in a record's frame.
  public static func checksum(of one: UInt64, _ two: UInt64, _ three: UInt64) -> UInt32 {
    withUnsafeBytes(of: (one.littleEndian, two.littleEndian, three.littleEndian)) {
      checksum(of: $0, continuing: 0)
    }
  }

  /// The check of all of `bytes`.
  public static func checksum(of bytes: [UInt8]) -> UInt32 {
    checksum(of: bytes, in: 0..<bytes.count)
  }
}
