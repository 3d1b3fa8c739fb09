/// A JSON value and where it stands, for files that people write: a mistake in one is told with its line and column.
package struct PlacedJSON: Sendable {
  /// A name in an object and its value.
  package struct Member: Sendable {
    package let name: String
    /// Of its first byte, from 0.
    package let offset: Int
    package let value: PlacedJSON
  }

  /// Of its first byte, from 0.
  package let offset: Int
  /// What it is without places.
  package let value: JSONValue
  /// What an array holds; nothing of any other value.
  package let elements: [PlacedJSON]
  /// What an object holds, in its order, each name once; nothing of any other value.
  package let members: [Member]

  /// A string that stands somewhere.
  package init(_ text: String, at offset: Int) {
    (self.offset, value, elements, members) = (offset, .string(text), [], [])
  }

  /// Reads one JSON text as `JSONValue` does.
  package init(reading bytes: [UInt8]) throws(JSONError) {
    let (value, starts) = try JSONReader.read(bytes)
    var rest = starts[...]
    self.init(value, at: &rest)
  }

  /// - Parameter starts: those of this value, of what it holds, and of what comes after it.
  private init(_ value: JSONValue, at starts: inout ArraySlice<Int>) {
    self.value = value
    offset = starts.removeFirst()
    var elements: [PlacedJSON] = []
    var members: [Member] = []
    switch value {
    case .array(let values):
      for value in values { elements.append(PlacedJSON(value, at: &starts)) }
    case .object(let pairs):
      for pair in pairs {
        let offset = starts.removeFirst()
        members.append(Member(name: pair.name, offset: offset, value: PlacedJSON(pair.value, at: &starts)))
      }
    default: break
    }
    (self.elements, self.members) = (elements, members)
  }

  /// The line and column of a byte of a text, both from 1; the column counts bytes.
  package static func position(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    let before = bytes.prefix(offset)
    let lineStart = before.lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0
    return (before.count { $0 == .lineFeed } + 1, before.count - lineStart + 1)
  }
}
