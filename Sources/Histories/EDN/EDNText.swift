/// How byte strings stand in EDN, one form for each and back.
///
/// A register of Jepsen holds integers, and a key may be a keyword; histories here hold bytes. So an integer or a
/// keyword of EDN is its own text (`5` is the byte string `5`), and bytes that read as one are written as one. A string
/// that would read as one keeps its quotes as a part of it: `"5"` in EDN is the byte string `"5"` with quotes, so that
/// `5` and `"5"` stay different values, as they are in EDN. The same holds of every other value of EDN that is no string:
/// a fraction, `true`, a vector is the text that `PlainValue` gives it, and a symbol has a quote in front. Every other
/// string is its own bytes, and bytes that are not UTF-8 are `#raftcheck/base64 "..."`.
enum EDNText {
  /// The tag of bytes that are not UTF-8.
  static let base64Tag: StaticString = "#raftcheck/base64"

  /// The bytes of this string.
  static func bytes(ofString text: ArraySlice<UInt8>) -> [UInt8] {
    isBare(withoutQuotes(text)) ? [0x22] + text + [0x22] : Array(text)
  }

  /// Writes these bytes, or `nil` for absent.
  static func write(_ bytes: [UInt8]?, to output: inout TextOutput) {
    guard let bytes else { return output.write("nil") }
    if isBare(bytes[...]) { return output.write(bytes.first == symbolMark ? Array(bytes.dropFirst()) : bytes) }
    guard UTF8Text.firstFault(in: bytes, 0..<bytes.count) == nil else {
      output.write(base64Tag)
      output.write(" ")
      return output.writeBase64(bytes)
    }
    let text = isBare(withoutQuotes(bytes[...])) ? bytes.dropFirst().dropLast() : bytes[...]
    text.withUnsafeBufferPointer { output.writeQuoted($0) }
  }

  /// What is left when pairs of quotes around it are taken away, one within the other.
  private static func withoutQuotes(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while text.count >= 2, text.first == 0x22, text.last == 0x22 { text = text.dropFirst().dropLast() }
    return text
  }

  /// Whether this is the text of a value that is no string.
  static func isBare(_ text: ArraySlice<UInt8>) -> Bool {
    switch text.first {
    case UInt8(ascii: ":"):
      text.count > 1
        && (text.dropFirst().allSatisfy(isKeywordByte) || PlainValue(written: Array(text))?.isKeyword ?? false)
    case UInt8(ascii: "-"), .some(0x30...0x39): isInteger(text) || PlainValue(written: Array(text))?.isNumber ?? false
    case UInt8(ascii: "t"), UInt8(ascii: "f"): text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8)
    case let first where isCollection(first): PlainValue(written: Array(text)) != nil
    case symbolMark: text.count > 1 && PlainValue(written: Array(text.dropFirst()))?.isSymbol ?? false
    default: false
    }
  }

  /// Whether the text of a collection, a tag or a character may begin like this.
  private static func isCollection(_ first: UInt8?) -> Bool {
    switch first {
    case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "#"), UInt8(ascii: "\\"): true
    default: false
    }
  }

  /// What stands in front of a symbol, so that it is not the string of the same name.
  static let symbolMark = UInt8(ascii: "'")

  /// Whether this is an integer without needless signs and zeros.
  static func isInteger(_ text: ArraySlice<UInt8>) -> Bool {
    let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    guard let first = digits.first, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return false }
    return first != 0x30 || text.count == 1
  }

  /// The bytes of any value; `nil` for absent.
  static func bytes(of value: PlainValue) -> [UInt8]? {
    switch value {
    case .absent: nil
    case .text(let text): bytes(ofString: text.bytes[...])
    case .symbol where value.isSymbol: [symbolMark] + value.written
    case .tagged("raftcheck/base64", .text(let text)): Base64.decode(text.bytes) ?? value.written
    default: value.written
    }
  }

  /// The value of these bytes, `nil` for absent.
  static func value(of bytes: [UInt8]?) -> PlainValue {
    guard let bytes else { return .absent }
    if isCollection(bytes.first), let value = PlainValue(written: bytes) { return value }
    guard isBare(bytes[...]) else {
      let text = isBare(withoutQuotes(bytes[...])) ? bytes.dropFirst().dropLast() : bytes[...]
      return .text(PlainText(bytes: text))
    }
    let isMarked = bytes.first == symbolMark
    return PlainValue(written: isMarked ? Array(bytes.dropFirst()) : bytes) ?? .absent
  }

  private static func isKeywordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "*"): true
    case UInt8(ascii: "+"), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "<"), UInt8(ascii: ">"): true
    case UInt8(ascii: "="), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "%"): true
    default: false
    }
  }
}
