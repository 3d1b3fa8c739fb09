/// The header fields of a message, in their order. Names are compared without regard to case.
package struct HTTPHeaders: Hashable, Sendable {
  /// One field: where its name starts, and how long name and value are. The value follows the name at once.
  private struct Field: Hashable, Sendable {
    var start: Int
    var nameBytes: Int
    var valueBytes: Int
  }

  /// All names and values, one after the other.
  private var bytes: [UInt8] = []
  private var fields: [Field] = []

  package init() {}

  /// How many fields there are.
  package var count: Int { fields.count }

  /// Adds a field at the end. Bytes that a value must not have, such as line ends, become blanks: they would end the field.
  ///
  /// - Parameter name: a token; what no token has is left out.
  package mutating func append(_ name: String, _ value: String) {
    if name.utf8.allSatisfy(\.isOfToken), value.utf8.allSatisfy(\.isOfFieldValue) {
      append(name: name.utf8, value: value.utf8)
    } else {
      append(
        name: name.utf8.filter(\.isOfToken), value: value.utf8.map { $0.isOfFieldValue ? $0 : .space })
    }
  }

  /// Adds a field whose bytes are known to be right.
  mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    let valueStart = bytes.count
    bytes.append(contentsOf: value)
    fields.append(
      Field(start: start, nameBytes: valueStart - start, valueBytes: bytes.count - valueStart))
  }

  /// The value of the first field of a name.
  package subscript(name: String) -> ArraySlice<UInt8>? {
    fields.first { isName($0, name) }.map(value)
  }

  /// The values of all fields of a name, in order.
  package func values(of name: String) -> [ArraySlice<UInt8>] {
    var values: [ArraySlice<UInt8>] = []
    for field in fields where isName(field, name) { values.append(value(of: field)) }
    return values
  }

  /// Writes them, each on its line.
  func write(into output: inout [UInt8]) {
    for field in fields {
      output.append(contentsOf: name(of: field))
      output.append(contentsOf: [.colon, .space])
      output.append(contentsOf: value(of: field))
      output.append(contentsOf: [.carriageReturn, .lineFeed])
    }
  }

  private func isName(_ field: Field, _ name: String) -> Bool {
    // Nearly all others differ in their length.
    field.nameBytes == name.utf8.count && self.name(of: field).equalsIgnoringCase(name)
  }

  private func name(of field: Field) -> ArraySlice<UInt8> { bytes[field.start..<field.start + field.nameBytes] }

  private func value(of field: Field) -> ArraySlice<UInt8> {
    let start = field.start + field.nameBytes
    return bytes[start..<start + field.valueBytes]
  }
}
