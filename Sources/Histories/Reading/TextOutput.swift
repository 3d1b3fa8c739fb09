import Determinism

/// Bytes of text under way to a file.
struct TextOutput {
  private(set) var bytes: [UInt8] = []

  /// - Parameter capacity: how many bytes there will be, about.
  init(capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func write(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ text: [UInt8]) {
    bytes.append(contentsOf: text)
  }

  /// The digits of an integer.
  mutating func write(_ integer: some FixedWidthInteger) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var (rest, place) = (integer.magnitude, digits.count)
      repeat {
        place -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        digits[place] = 0x30 + UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      if integer < 0 { bytes.append(UInt8(ascii: "-")) }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[place...]))
    }
  }

  /// UTF-8 text in quotes, with the escapes that JSON and EDN share. Whoever looks at the file in a terminal meets no
  /// character that this would obey.
  mutating func writeQuoted(_ text: UnsafeBufferPointer<UInt8>) {
    let first = bytes.count
    defer { if text.contains(where: { $0 >= 0x7F }) { escape(from: first) } }
    bytes.append(0x22)
    var plain = 0
    for place in 0..<text.count where text[place] < 0x20 || text[place] == 0x22 || text[place] == 0x5C {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<place]))
      plain = place + 1
      writeEscape(text[place])
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
    bytes.append(0x22)
  }

  /// Puts escapes for what cannot be printed.
  private mutating func escape(from first: Int) {
    let text = String(decoding: bytes[first...], as: UTF8.self).printableJSON
    bytes.replaceSubrange(first..., with: text.utf8)
  }

  /// A JSON value as it was read, which means the same with escapes for what cannot be printed.
  mutating func write(json: [UInt8]) {
    var (json, isInText, isEscaped) = (json, false, false)
    // Between values a tab or a carriage return is a blank, for which there is no escape.
    for place in json.indices {
      switch json[place] {
      case 0x22 where !isEscaped: isInText.toggle()
      case 0x09, 0x0D: if !isInText { json[place] = 0x20 }
      default: break
      }
      isEscaped = json[place] == 0x5C && !isEscaped
    }
    guard let text = String(validating: json, as: UTF8.self) else { return write(json) }
    write(text.printableJSON)
  }

  private mutating func writeEscape(_ byte: UInt8) {
    switch byte {
    case 0x22: write("\\\"")
    case 0x5C: write("\\\\")
    case 0x0A: write("\\n")
    case 0x09: write("\\t")
    default: write("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))")
    }
  }

  /// Bytes in base64, between quotes.
  mutating func writeBase64(_ text: [UInt8]) {
    bytes.append(0x22)
    Base64.encode(text, into: &bytes)
    bytes.append(0x22)
  }
}
