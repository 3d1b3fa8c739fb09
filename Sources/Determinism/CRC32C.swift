/// The Castagnoli cyclic redundancy check (RFC 3720, appendix B.4), as used on log records.
public enum CRC32C {
  /// Eight tables of 256: table k holds the check of a byte that k further bytes follow.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
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
  /// - Complexity: O(n), eight bytes a step.
  public static func checksum(of bytes: [UInt8], in range: Range<Int>, continuing previous: UInt32 = 0) -> UInt32 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside of 0..<\(bytes.count)")
    return bytes.withUnsafeBytes { checksum(of: UnsafeRawBufferPointer(rebasing: $0[range]), continuing: previous) }
  }

  static func checksum(of bytes: UnsafeRawBufferPointer, continuing previous: UInt32) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var check = ~previous
      var offset = 0
      let lastWord = bytes.count - 8
      while offset <= lastWord {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        check = step(from: check, by: word, tables)
        offset &+= 8
      }
      while offset < bytes.count {
        check = check >> 8 ^ tables[Int((check ^ UInt32(bytes[offset])) & 0xFF)]
        offset += 1
      }
      return ~check
    }
  }

  /// The check of the eight bytes of a word, the lowest first.
  public static func checksum(of word: UInt64, continuing previous: UInt32 = 0) -> UInt32 {
    tables.withUnsafeBufferPointer { ~step(from: ~previous, by: word, $0) }
  }

  /// The check of the bytes of three words in a row, as they stand in a record's frame.
  public static func checksum(of one: UInt64, _ two: UInt64, _ three: UInt64) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      ~step(from: step(from: step(from: ~0, by: one, tables), by: two, tables), by: three, tables)
    }
  }

  @inline(__always)
  private static func step(from check: UInt32, by word: UInt64, _ tables: UnsafeBufferPointer<UInt32>) -> UInt32 {
    let word = word ^ UInt64(check)
    var check: UInt32 = 0
    for place in 0..<8 { check ^= tables[(7 - place) * 256 + Int(word >> (8 * UInt64(place)) & 0xFF)] }
    return check
  }

  /// The check of all of `bytes`.
  public static func checksum(of bytes: [UInt8]) -> UInt32 {
    checksum(of: bytes, in: 0..<bytes.count)
  }
}
