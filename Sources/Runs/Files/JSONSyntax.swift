/// Finds the place at which bytes stop being JSON: the decoder only says that they do.
struct JSONSyntax {
  /// What stands where something else should.
  struct Fault: Hashable, Sendable {
    /// From 1; the column in bytes.
    let line: Int
    let column: Int
    /// What would have been right.
    let expected: String
  }

  /// Deeper nesting is refused: no file of ours comes near.
  private static let maxDepth = 100

  private let bytes: [UInt8]
  private var place = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The first fault, or `nil` if the bytes are one JSON value.
  static func firstFault(in bytes: [UInt8]) -> Fault? {
    var syntax = JSONSyntax(bytes)
    let expected = syntax.skipValue(depth: 0) ?? syntax.expectEnd()
    return expected.map { syntax.fault(expecting: $0) }
  }

  /// The shape of bytes that have no fault.
  static func outline(of bytes: [UInt8]) -> JSONOutline {
    var syntax = JSONSyntax(bytes)
    return syntax.takeOutline()
  }

  /// Whether the bytes begin with an object in which this string stands behind this key. They may be cut off behind it.
  static func object(at bytes: [UInt8], has string: String, behind wanted: String) -> Bool {
    value(at: bytes, behind: wanted) == "\"\(string)\""
  }

  /// What stands behind this key of the object with which the bytes begin, as it is written; they may be cut off behind it.
  static func value(at bytes: [UInt8], behind wanted: String) -> String? {
    var syntax = JSONSyntax(bytes)
    guard syntax.take("{") else { return nil }
    repeat {
      guard syntax.next == UInt8(ascii: "\"") else { return nil }
      let key = syntax.text { _ = $0.skipString() }
      guard syntax.take(":"), syntax.next != nil else { return nil }
      var expected: String?
      let value = syntax.text { expected = $0.skipValue(depth: 0) }
      if key == "\"\(wanted)\"" { return value }
      guard expected == nil else { return nil }
    } while syntax.take(",")
    return nil
  }

  private mutating func takeOutline() -> JSONOutline {
    switch next {
    case UInt8(ascii: "{")?:
      var members: [JSONOutline.Member] = []
      place += 1
      while !take("}"), next == UInt8(ascii: "\"") {
        let key = text { _ = $0.skipString() }
        _ = take(":")
        members.append(JSONOutline.Member(key: String(key.dropFirst().dropLast()), value: takeOutline()))
        _ = take(",")
      }
      return .object(members)
    case UInt8(ascii: "[")?:
      var values: [JSONOutline] = []
      place += 1
      while !take("]"), next != nil {
        values.append(takeOutline())
        _ = take(",")
      }
      return .array(values)
    case let first:
      let text = text { _ = $0.skipValue(depth: 0) }
      switch first {
      case UInt8(ascii: "\"")?: return .string
      case UInt8(ascii: "n")?: return .null
      case UInt8(ascii: "t")?, UInt8(ascii: "f")?: return .boolean
      default: return .number(text)
      }
    }
  }

  /// What is skipped, as it is written.
  private mutating func text(_ skip: (inout JSONSyntax) -> Void) -> String {
    let start = place
    skip(&self)
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private func fault(expecting expected: String) -> Fault {
    let before = bytes[..<place]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return Fault(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: place - lineStart + 1, expected: expected)
  }

  private var next: UInt8? {
    mutating get {
      while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
      return place < bytes.count ? bytes[place] : nil
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func expectEnd() -> String? {
    next == nil ? nil : "the end of the file"
  }

  /// Each of these leaves `place` behind what it skipped, or at the fault, and says what was expected there.
  private mutating func skipValue(depth: Int) -> String? {
    guard depth < Self.maxDepth else { return "less nesting" }
    switch next {
    case UInt8(ascii: "{")?: return skipMembers(closedBy: "}", depth: depth, named: true)
    case UInt8(ascii: "[")?: return skipMembers(closedBy: "]", depth: depth, named: false)
    case UInt8(ascii: "\"")?: return skipString()
    case let byte? where "-0123456789".utf8.contains(byte): return skipNumber()
    default: break
    }
    for word in ["true", "false", "null"] where bytes[place...].starts(with: word.utf8) {
      place += word.utf8.count
      return nil
    }
    return "a JSON value"
  }

  private mutating func skipMembers(closedBy end: Unicode.Scalar, depth: Int, named: Bool) -> String? {
    place += 1
    if take(end) { return nil }
    repeat {
      if named {
        guard next == UInt8(ascii: "\"") else { return "a key in quotes" }
        if let expected = skipString() { return expected }
        guard take(":") else { return "':'" }
      }
      if let expected = skipValue(depth: depth + 1) { return expected }
    } while take(",")
    return take(end) ? nil : "',' or '\(end)'"
  }

  private mutating func skipString() -> String? {
    place += 1
    while place < bytes.count, bytes[place] >= 0x20 {
      if bytes[place] == UInt8(ascii: "\"") {
        place += 1
        return nil
      }
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    place = min(place, bytes.count)
    return "the end of a string"
  }

  private mutating func skipNumber() -> String? {
    let start = place
    while place < bytes.count, "+-.0123456789Ee".utf8.contains(bytes[place]) { place += 1 }
    guard Double(String(decoding: bytes[start..<place], as: UTF8.self)) == nil else { return nil }
    place = start
    return "a number"
  }
}
