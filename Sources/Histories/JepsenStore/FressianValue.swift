/// A value as Fressian writes it, Clojure's binary format of values.
indirect enum FressianValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case double(Double)
  /// Any other number, as EDN has it.
  case number([UInt8])
  case string([UInt8])
  case bytes([UInt8])
  /// With its name space, if it has one: `name` or `space/name`.
  case keyword([UInt8])
  case symbol([UInt8])
  case list([FressianValue])
  case set([FressianValue])
  /// Keys and values in turn.
  case map([FressianValue])
  /// Of a type that its writer named, with what that holds.
  case tagged([UInt8], [FressianValue])
}

extension FressianValue {
  /// The value behind a keyword of a map.
  subscript(keyword name: StaticString) -> FressianValue? {
    guard case .map(let parts) = self else { return nil }
    for place in stride(from: 0, to: parts.count - 1, by: 2) {
      if case .keyword(let key) = parts[place], key.elementsEqual(name.withUTF8Buffer { Array($0) }) {
        return parts[place + 1]
      }
    }
    return nil
  }

  /// The number of the block in which Jepsen has put this value, if it stands elsewhere.
  var block: UInt32? {
    guard case .tagged(let tag, let parts) = self, tag.elementsEqual("block-ref".utf8), parts.count == 1,
      case .integer(let number) = parts[0]
    else { return nil }
    return UInt32(exactly: number)
  }

  /// An operation of Jepsen as the map that it was; everything else is itself.
  var unpacked: FressianValue {
    guard case .tagged(let tag, let parts) = self, tag.elementsEqual("jepsen.history.Op".utf8), parts.count == 7 else {
      return self
    }
    let names = ["index", "time", "type", "process", "f", "value"]
    var members: [FressianValue] = []
    for (name, part) in zip(names, parts) { members += [.keyword(Array(name.utf8)), part] }
    if case .map(let others) = parts[6] { members += others }
    return .map(members)
  }
}

// As EDN.
extension FressianValue {
  /// Writes the value as EDN.
  ///
  /// - Returns: whether it fits into so many bytes. Parts that occur in many places are stored once, so that a small file can
  ///   hold a value that is as long as its writer likes.
  func writeEDN(to output: inout TextOutput, limit: Int, depth: Int = 0) -> Bool {
    guard output.bytes.count <= limit, depth <= FressianReader.depthLimit else { return false }
    switch self {
    case .null: output.write("nil")
    case .bool(let value): output.write(value ? "true" : "false")
    case .integer(let value): output.write(value)
    case .double(let value): Self.write(value, to: &output)
    case .number(let text): output.write(text)
    case .string(let text):
      if UTF8Text.firstFault(in: text, 0..<text.count) == nil {
        text.withUnsafeBufferPointer { output.writeQuoted($0) }
      } else {
        Self.writeBytes(text, to: &output)
      }
    case .bytes(let bytes): Self.writeBytes(bytes, to: &output)
    case .keyword(let name):
      // What is no word of EDN stays another value than the string.
      output.write(Self.isToken(name) ? ":" : "#keyword ")
      guard Self.isToken(name) else { return Self.string(name).writeEDN(to: &output, limit: limit, depth: depth) }
      output.write(name)
    case .symbol(let name):
      guard Self.isToken(name) else {
        output.write("#symbol ")
        return Self.string(name).writeEDN(to: &output, limit: limit, depth: depth)
      }
      output.write(name)
    case .list(let values): return Self.write("[", values, "]", to: &output, limit: limit, depth: depth)
    case .set(let values): return Self.write("#{", values, "}", to: &output, limit: limit, depth: depth)
    case .map(let parts): return Self.write("{", parts, "}", to: &output, limit: limit, depth: depth)
    case .tagged(let tag, let values):
      output.write("#")
      if Self.isToken(tag) { output.write(tag) } else { output.write("unnamed") }
      output.write(" ")
      return Self.write("[", values, "]", to: &output, limit: limit, depth: depth)
    }
    return output.bytes.count <= limit
  }

  private static func write(
    _ opening: StaticString, _ values: [FressianValue], _ closing: StaticString, to output: inout TextOutput,
    limit: Int,
    depth: Int
  ) -> Bool {
    output.write(opening)
    for (place, value) in values.enumerated() {
      if place > 0 { output.write(" ") }
      guard value.writeEDN(to: &output, limit: limit, depth: depth + 1) else { return false }
    }
    output.write(closing)
    return true
  }

  private static func writeBytes(_ bytes: [UInt8], to output: inout TextOutput) {
    output.write(EDNText.base64Tag)
    output.write(" ")
    output.writeBase64(bytes)
  }

  private static func write(_ value: Double, to output: inout TextOutput) {
    if value.isNaN {
      output.write("##NaN")
    } else if value.isInfinite {
      output.write(value < 0 ? "##-Inf" : "##Inf")
    } else {
      output.write("\(value)")
    }
  }

  /// Whether a name reads as one token of EDN, and a word that is no number.
  private static func isToken(_ name: [UInt8]) -> Bool {
    guard let first = name.first, !(0x30...0x39).contains(first) else { return false }
    return EDNText.isBare([UInt8(ascii: ":")] + name)
  }
}
