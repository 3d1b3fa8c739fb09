/// JSON as a value: the bodies of the API.
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that takes 64 bits.
  case integer(Int64)
  /// Any other number.
  case number(Double)
  case string(String)
  case array([JSONValue])
  /// Its members in their order, each name once.
  case object([JSONMember])

  /// A number that is not negative. One beyond 63 bits loses its last digits, as it would in most readers of JSON.
  package static func count(_ number: UInt64) -> JSONValue {
    Int64(exactly: number).map(JSONValue.integer) ?? .number(Double(number))
  }

  /// The value of a member; `nil` if there is none, or if this is no object.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// What it is, for a sentence.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Its bytes, without blanks.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return bytes
  }

  private func write(into output: inout [UInt8]) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: value ? "true".utf8 : "false".utf8)
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    // JSON knows no infinity.
    case .number(let value): output.append(contentsOf: value.isFinite ? "\(value)".utf8 : "null".utf8)
    case .string(let value): Self.write(value, into: &output)
    case .array(let elements):
      output.append(UInt8(ascii: "["))
      for (place, element) in elements.enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        element.write(into: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .object(let members):
      output.append(UInt8(ascii: "{"))
      for (place, member) in members.enumerated() {
        if place > 0 { output.append(UInt8(ascii: ",")) }
        Self.write(member.name, into: &output)
        output.append(.colon)
        member.value.write(into: &output)
      }
      output.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ text: String, into output: inout [UInt8]) {
    output.reserveCapacity(output.count + text.utf8.count + 2)
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case .lineFeed: output.append(contentsOf: "\\n".utf8)
      case .carriageReturn: output.append(contentsOf: "\\r".utf8)
      case .tab: output.append(contentsOf: "\\t".utf8)
      case ..<0x20, 0x7F:
        output.append(contentsOf: "\\u00".utf8)
        output.append(contentsOf: [.hexadecimalDigit(byte >> 4), .hexadecimalDigit(byte & 15)])
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}

/// A name in a JSON object and its value.
package struct JSONMember: Hashable, Sendable {
  package var name: String
  package var value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    (self.name, self.value) = (name, value)
  }
}
