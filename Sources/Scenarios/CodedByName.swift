/// An enumeration that is coded as an object with one key, the name of its case.
package protocol CodedByName {
  /// The names of all cases.
  static var codedNames: [String] { get }
}

/// An enumeration that is coded as one word out of a few.
package protocol CodedAsWord: RawRepresentable, CaseIterable, Codable where RawValue == String {}

extension CodedAsWord {
  /// Reads a word; another one is refused with those that there are.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let word = try container.decode(String.self)
    guard let value = Self(rawValue: word) else {
      let words = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected one of \(words), found \"\(word)\"")
    }
    self = value
  }
}

extension FaultTrigger: CodedByName {
  /// The names of the triggers, as they stand in a file.
  package enum CodingKeys: String, CodingKey, CaseIterable {
    case time, moment
  }

  package static var codedNames: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension PlannedRequest: CodedByName {
  /// The names of the requests, as they stand in a file.
  package enum CodingKeys: String, CodingKey, CaseIterable {
    case get, put, append, delete, cas, create
  }

  package static var codedNames: [String] { CodingKeys.allCases.map(\.rawValue) }
}
