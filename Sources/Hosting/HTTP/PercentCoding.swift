/// Bytes in a URI (RFC 3986 §2.1): all but a few stand there as `%` and two hexadecimal digits.
package enum PercentCoding {
  /// The bytes that stand there; a plus is a plus. `nil` if two hexadecimal digits do not follow on a `%`.
  package static func decoded(_ bytes: some Collection<UInt8>) -> [UInt8]? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let byte = bytes[place]
      place = bytes.index(after: place)
      guard byte == .percent else {
        decoded.append(byte)
        continue
      }
      guard let value = value(after: &place, in: bytes) else { return nil }
      decoded.append(value)
    }
    return decoded
  }

  /// The bytes as they stand in a URI.
  ///
  /// - Parameter keepsSlash: whether `/` stays as it is.
  package static func encoded(_ bytes: some Sequence<UInt8>, keepsSlash: Bool = false) -> [UInt8] {
    var encoded: [UInt8] = []
    for byte in bytes {
      if byte.isUnreserved || keepsSlash && byte == .slash {
        encoded.append(byte)
      } else {
        encoded.append(contentsOf: [.percent, .hexadecimalDigit(byte >> 4), .hexadecimalDigit(byte & 15)])
      }
    }
    return encoded
  }

  /// Whether every `%` has its two digits.
  static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
    var place = bytes.startIndex
    while let percent = bytes[place...].firstIndex(of: .percent) {
      place = percent + 1
      guard value(after: &place, in: bytes) != nil else { return false }
    }
    return true
  }

  private static func value<Bytes: Collection<UInt8>>(after place: inout Bytes.Index, in bytes: Bytes) -> UInt8? {
    var value: UInt8 = 0
    for _ in 0..<2 {
      guard place < bytes.endIndex, let digit = bytes[place].hexadecimalValue else { return nil }
      value = value << 4 | digit
      place = bytes.index(after: place)
    }
    return value
  }
}
