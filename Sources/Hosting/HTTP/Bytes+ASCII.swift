// What a byte is in HTTP's grammar (RFC 9110 §5.6, RFC 3986 §2).

extension UInt8 {
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let slash = UInt8(ascii: "/")
  static let colon = UInt8(ascii: ":")
  static let percent = UInt8(ascii: "%")

  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// From `A` to `Z` or from `a` to `z`.
  var isAlphabetic: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  /// May stand in a token: a method, the name of a header field.
  var isOfToken: Bool {
    if isAlphabetic || isDigit { return true }
    switch self {
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      return true
    default: return false
    }
  }

  /// May stand in the value of a header field.
  var isOfFieldValue: Bool { self >= 0x20 && self != 0x7F || self == .tab }

  /// May stand in a URI without being percent-encoded, whatever its place.
  var isUnreserved: Bool {
    isAlphabetic || isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") || self == UInt8(ascii: "_")
      || self == UInt8(ascii: "~")
  }

  /// Of `A` to `Z` the lower-case one; all others as they are.
  var lowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }

  /// What it counts as a hexadecimal digit.
  var hexadecimalValue: UInt8? {
    if isDigit { return self &- UInt8(ascii: "0") }
    let place = (self | 0x20) &- UInt8(ascii: "a")
    return place < 6 ? place + 10 : nil
  }

  /// The digit of a number from 0 to 15.
  static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
  }
}

extension Collection<UInt8> {
  /// Whether these are the bytes of a text, whatever the case of either.
  func equalsIgnoringCase(_ text: String) -> Bool {
    var expected = text.utf8.makeIterator()
    for byte in self {
      guard let next = expected.next(), next.lowercased == byte.lowercased else { return false }
    }
    return expected.next() == nil
  }

  /// The number that decimal digits stand for; `nil` of anything else, and of one beyond 64 bits.
  var decimalNumber: UInt64? {
    guard !isEmpty else { return nil }
    var number: UInt64 = 0
    for byte in self {
      guard byte.isDigit else { return nil }
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, carries) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      if isTooLarge || carries { return nil }
      number = sum
    }
    return number
  }

  /// As a text; what is not UTF-8 is replaced.
  var text: String { String(decoding: self, as: UTF8.self) }

  /// Between quotes and shortened, for a sentence.
  var quoted: String { prefix(256).text.quoted(columns: 60) }
}

extension ArraySlice<UInt8> {
  /// Without blanks at its ends (RFC 9110 §5.6.3).
  var trimmed: ArraySlice<UInt8> {
    var (start, end) = (startIndex, endIndex)
    while start < end, self[start] == .space || self[start] == .tab { start += 1 }
    while start < end, self[end - 1] == .space || self[end - 1] == .tab { end -= 1 }
    return self[start..<end]
  }

  /// The elements of a list with commas, without the blanks around them; empty ones are left out (RFC 9110 §5.6.1).
  var listElements: [ArraySlice<UInt8>] {
    split(separator: UInt8(ascii: ",")).map(\.trimmed).filter { !$0.isEmpty }
  }
}
