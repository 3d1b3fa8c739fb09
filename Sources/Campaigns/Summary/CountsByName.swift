/// A number for each of a few names. In JSON an object: `{"kill":3,"pause":0}`.
package struct CountsByName<Name>: Hashable, Sendable, Codable
where Name: RawRepresentable & CaseIterable & Hashable & Sendable, Name.RawValue == String {
  private var counts = [Int](repeating: 0, count: Name.allCases.count)

  package init() {}

  /// In the order of the names.
  package var all: [(name: Name, count: Int)] { zip(Name.allCases, counts).map { (name: $0, count: $1) } }
  /// The same without those that are zero.
  package var present: [(name: Name, count: Int)] { all.filter { $0.count != 0 } }

  package subscript(name: Name) -> Int {
    get { Self.place(of: name).map { counts[$0] } ?? 0 }
    set { if let place = Self.place(of: name) { counts[place] = newValue } }
  }

  private static func place(of name: Name) -> Int? { Array(Name.allCases).firstIndex(of: name) }

  /// Adds what has been counted elsewhere.
  package mutating func add(_ other: CountsByName) {
    for place in counts.indices { counts[place] += other.counts[place] }
  }

  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      guard let name = Name(rawValue: key.stringValue) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "is no name that this program knows")
      }
      self[name] = try container.decode(Int.self, forKey: key)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (name, count) in all { try container.encode(count, forKey: Key(stringValue: name.rawValue)) }
  }
}
