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
  case number(String)
  /// A text.
  case text(String)
  /// A keyword, without its colon.
  case keyword(String)
  /// A symbol, a character with its backslash, or whatever else stands for itself.
  case symbol(String)
  /// A vector, list or array.
  case list([PlainValue])
  /// A set, in the order of its members' texts, each once.
  case set([PlainValue])
  /// A map or object, in the order of its keys' texts, each once.
  case map([Entry])
  /// A value with a tag, `#inst "2020"`.
  case tagged(String, PlainValue)

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

  /// Whether it is a name that is no character, keyword or number.
  var isSymbol: Bool {
    guard case .symbol(let name) = self else { return false }
    return name.utf8.first != UInt8(ascii: "\\") && name.utf8.first != UInt8(ascii: "#")
  }

  /// How it is written: the same for equal values, and for no others.
  public var description: String {
    switch self {
    case .absent: "nil"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let text), .symbol(let text): text
    case .text(let text): Self.quoted(text)
    case .keyword(let name): ":" + name
    case .list(let members): "[" + Self.joined(members) + "]"
    case .set(let members): "#{" + Self.joined(members) + "}"
    case .map(let entries):
      "{" + entries.map { "\($0.key.description) \($0.value.description)" }.joined(separator: ", ") + "}"
    case .tagged(let tag, let value): "#\(tag) \(value.description)"
    }
  }

  private static func joined(_ members: [PlainValue]) -> String {
    members.map(\.description).joined(separator: " ")
  }

  private static func quoted(_ text: String) -> String {
    var output = TextOutput(capacity: text.utf8.count + 2)
    var bytes = Array(text.utf8)
    bytes.withUnsafeMutableBufferPointer { output.writeQuoted(UnsafeBufferPointer($0)) }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  /// A set of these members.
  static func set(of members: [PlainValue]) -> PlainValue {
    var sorted: [PlainValue] = []
    for member in members.sorted(by: { $0.description < $1.description }) where sorted.last != member {
      sorted.append(member)
    }
    return .set(sorted)
  }

  /// A map of these entries, of which the first of each key counts.
  static func map(of entries: [Entry]) -> PlainValue {
    let keys = entries.map(\.key.description)
    var sorted: [Entry] = []
    for place in entries.indices.sorted(by: { (keys[$0], $0) < (keys[$1], $1) })
    where sorted.last?.key != entries[place].key {
      sorted.append(entries[place])
    }
    return .map(sorted)
  }
}
