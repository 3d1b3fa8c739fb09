import Runs

/// What `--json` prints.
enum JSONText {
  /// One object in one line.
  static func of(_ object: some Encodable) -> String {
    String(decoding: CanonicalJSON.encode(object), as: UTF8.self)
  }
}

/// Counts by name, written as one object: `{"kill":3,"pause":0}`.
struct NamedCounts: Encodable {
  private let counts: [(name: String, count: Int)]

  /// - Parameter counts: each name once.
  init(_ counts: [(name: String, count: Int)]) {
    self.counts = counts
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) {
      self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for (name, count) in counts { try container.encode(count, forKey: Name(stringValue: name)) }
  }
}

/// Operations by how they ended.
struct OutcomeCounts: Encodable {
  let fail: Int
  let info: Int
  let ok: Int
}
