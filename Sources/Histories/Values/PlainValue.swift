/// A value as clients write it down: what a set holds, which steps a transaction takes, what is in every account.
///
/// Two are equal if those who write them would say so: `7` is not `7.0`, `4` is not `"4"`, `:a` is not `"a"`. A list is
/// as good as a vector, and the members of sets and maps have no order.
public indirect enum PlainValue: Hashable, Sendable {
  /// No value: `nil` of EDN, `null` of JSON.
  case absent
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number of 64 bits.
  case integer(Int64)
  /// Any other number, as it is written: a fraction in the shortest form that means the same, an integer beyond 64 bits.
  case number(PlainText)
  /// A text.
  case text(PlainText)
  /// A keyword, without its colon.
  case keyword(PlainText)
  /// A symbol, a character with its backslash, or whatever else stands for itself.
  case symbol(PlainText)
  /// A vector, list or array.
  case list([PlainValue])
  /// A set, in the order of its members' texts, each once.
  case set([PlainValue])
  /// A map or object, in the order of its keys' texts, each once.
  case map([Entry])
  /// A value with a tag, `#inst "2020"`.
  case tagged(PlainText, PlainValue)

  /// A key of a map, and what it leads to.
  public struct Entry: Hashable, Sendable {
    /// The key.
    public let key: PlainValue
    /// Its value.
    public let value: PlainValue

    /// A key with its value.
    public init(_ key: PlainValue, _ value: PlainValue) { (self.key, self.value) = (key, value) }
  }

  /// Whether it is a number.
  var isNumber: Bool {
    switch self {
    case .integer, .number: true
    default: false
    }
  }

  /// Whether it is a keyword.
  var isKeyword: Bool { if case .keyword = self { true } else { false } }

  /// Whether it is a name that is no character, keyword or number.
  var isSymbol: Bool {
    guard case .symbol(let name) = self else { return false }
    return name.bytes.first != UInt8(ascii: "\\") && name.bytes.first != UInt8(ascii: "#")
  }

  /// How it is written: the same for equal values, and for no others.
  public var description: String { String(decoding: written, as: UTF8.self) }

  /// How it is written, in bytes. Nothing else is compared, for Swift's strings are equal when they look alike.
  var written: [UInt8] {
    var output = TextOutput(capacity: 64)
    write(to: &output)
    return output.bytes
  }

  private func write(to output: inout TextOutput) {
    switch self {
    case .absent: output.write("nil")
    case .bool(let value): output.write(value ? "true" : "false")
    case .integer(let value): output.write(value)
    case .number(let text), .symbol(let text): output.write(text.bytes)
    case .text(let text): text.bytes.withUnsafeBufferPointer { output.writeQuoted($0) }
    case .keyword(let name):
      output.write(":")
      output.write(name.bytes)
    case .list(let members): Self.write("[", members, "]", to: &output)
    case .set(let members): Self.write("#{", members, "}", to: &output)
    case .map(let entries):
      output.write("{")
      for (place, entry) in entries.enumerated() {
        if place > 0 { output.write(", ") }
        entry.key.write(to: &output)
        output.write(" ")
        entry.value.write(to: &output)
      }
      output.write("}")
    case .tagged(let tag, let value):
      output.write("#")
      output.write(tag.bytes)
      output.write(" ")
      value.write(to: &output)
    }
  }

  private static func write(
    _ opening: StaticString, _ members: [PlainValue], _ closing: StaticString, to output: inout TextOutput
  ) {
    output.write(opening)
    for (place, member) in members.enumerated() {
      if place > 0 { output.write(" ") }
      member.write(to: &output)
    }
    output.write(closing)
  }

  /// A set of these members.
  static func set(of members: [PlainValue]) -> PlainValue {
    var sorted: [PlainValue] = []
    let texts = members.map(\.written)
    for place in members.indices.sorted(by: { texts[$0].lexicographicallyPrecedes(texts[$1]) })
    where sorted.last != members[place] {
      sorted.append(members[place])
    }
    return .set(sorted)
  }

  /// Whether all keys are keywords and stand in their order, as in most maps.
  private static func isInOrder(_ entries: [Entry]) -> Bool {
    entries.indices.dropFirst().allSatisfy { place in
      guard case .keyword(let one) = entries[place - 1].key, case .keyword(let other) = entries[place].key else {
        return false
      }
      return one.bytes.lexicographicallyPrecedes(other.bytes)
    }
  }

  /// A map of these entries, of which the first of each key counts.
  static func map(of entries: [Entry]) -> PlainValue {
    if isInOrder(entries) { return .map(entries) }
    let keys = entries.map(\.key.written)
    var sorted: [Entry] = []
    let order = entries.indices.sorted { one, other in
      keys[one] == keys[other] ? one < other : keys[one].lexicographicallyPrecedes(keys[other])
    }
    for place in order where sorted.last?.key != entries[place].key {
      sorted.append(entries[place])
    }
    return .map(sorted)
  }
}
