import Determinism
import Runs

/// The objects that `--json` prints. Sources/JSON.md names the keys of each.
enum JSONFormat: String, CaseIterable {
  case benchAgree = "bench-agree"
  case benchCheck = "bench-check"
  case benchHostile = "bench-hostile"
  case benchLive = "bench-live"
  case benchRaft = "bench-raft"
  case benchSimulate = "bench-simulate"
  case bisection
  case bug
  case bugs
  case check
  case completions
  case conversion
  case corpus
  case corpusAddition = "corpus-addition"
  case corpusMinimisation = "corpus-minimisation"
  case fuzz
  case hunt
  case live
  case run
  case sizes
  case smallHistory = "small-history"
  case step
  case story

  /// Goes up when a key goes away or means something else, and not when one is added.
  private var version: Int { self == .fuzz ? 2 : 1 }

  /// As the object says it: `raftcheck-run/1`.
  var name: String { "\(Program.name)-\(rawValue)/\(version)" }
}

/// What `--json` prints.
enum JSONText {
  /// One object in one line. It says of which format it is, and by which version of the program it was made.
  static func of(_ format: JSONFormat, _ object: some Encodable) -> String {
    String(decoding: CanonicalJSON.encode(Titled(format: format, object: object)), as: UTF8.self).printableJSON
  }

  private struct Titled<Object: Encodable>: Encodable {
    let format: JSONFormat
    let object: Object

    private enum Key: CodingKey {
      case format
      case version
    }

    func encode(to encoder: any Encoder) throws {
      try object.encode(to: encoder)
      var title = encoder.container(keyedBy: Key.self)
      try title.encode(format.name, forKey: .format)
      try title.encode(Program.version, forKey: .version)
    }
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
