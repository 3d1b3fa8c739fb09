/// Bytes as text (RFC 4648 §4), with padding.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")

  /// The text that stands for bytes.
  package static func encoded(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var (bits, count) = (UInt32(0), 0)
    func write(_ digits: Int) {
      for place in 0..<digits { text.append(alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
    }
    // Of an array the compiler knows the loop, which it does not of what other rooms hand over.
    for byte in Array(bytes) {
      bits |= UInt32(byte) << UInt32(16 - 8 * count)
      count += 1
      guard count == 3 else { continue }
      write(4)
      (bits, count) = (0, 0)
    }
    if count > 0 {
      write(count + 1)
      for _ in count..<3 { text.append(padding) }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that a text stands for; `nil` of what no bytes are written as.
  package static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    let text = Array(text)
    guard text.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var (bits, count, pads) = (UInt32(0), 0, 0)
    for character in text {
      if character == padding {
        pads += 1
        bits <<= 6
      } else {
        guard pads == 0, let digit = value(of: character) else { return nil }
        bits = bits << 6 | digit
      }
      count += 1
      guard count == 4 else { continue }
      let kept = 3 - pads
      guard kept > 0, bits & (1 << UInt32(8 * pads) - 1) == 0 else { return nil }
      for place in 0..<kept { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place))) }
      (bits, count) = (0, 0)
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
