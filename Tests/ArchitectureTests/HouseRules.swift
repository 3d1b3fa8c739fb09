import Foundation

/// One row of the table of rooms: a SwiftPM target and what it may import.
struct Room {
  let floor: Int
  let name: String
  /// Above its folder, from the top of the package.
  let folder: String
  /// Rooms of the package; `nil` is every room of a lower floor.
  let imports: [String]?
  /// Modules of the toolchain, besides the standard library.
  var modules: [String] = []
  /// Whether its runs must be the same in every process, on every machine.
  var isDeterministic = true
}

/// What the sources are held to. Change it only together with the design.
enum HouseRules {
  static let rooms: [Room] = [
    Room(floor: 1, name: "Determinism", folder: "Sources", imports: []),
    Room(floor: 2, name: "Raft", folder: "Sources", imports: ["Determinism"]),
    Room(floor: 2, name: "KeyValue", folder: "Sources", imports: ["Determinism"]),
    Room(floor: 2, name: "Histories", folder: "Sources", imports: ["Determinism"]),
    Room(floor: 3, name: "Replica", folder: "Sources", imports: ["Raft", "KeyValue", "Determinism"]),
    Room(floor: 3, name: "Scenarios", folder: "Sources", imports: ["Raft", "Histories", "Determinism"]),
    // Shares no code with KeyValue: the judge never borrows the accused's arithmetic.
    Room(floor: 3, name: "Linearizability", folder: "checkers", imports: ["Histories", "Determinism"]),
    Room(
      floor: 4, name: "Traces", folder: "Sources",
      imports: ["Raft", "KeyValue", "Replica", "Scenarios", "Histories", "Determinism"]),
    // Watches the clock and may use threads; floors above never let its clock decide a simulated run.
    Room(
      floor: 4, name: "Judging", folder: "checkers", imports: ["Linearizability", "Histories", "Determinism"],
      modules: ["Dispatch", "Glibc", "Synchronization"], isDeterministic: false),
    Room(floor: 4, name: "KnownBugs", folder: "Sources", imports: ["Raft", "KeyValue", "Replica", "Determinism"]),
    Room(
      floor: 5, name: "Invariants", folder: "checkers",
      imports: ["Raft", "KeyValue", "Replica", "Traces", "Determinism"]),
    Room(
      floor: 5, name: "Shrinking", folder: "Sources",
      imports: ["Traces", "Scenarios", "Histories", "Linearizability", "Determinism"]),
    Room(
      floor: 5, name: "Reporting", folder: "Sources",
      imports: ["Raft", "KeyValue", "Replica", "Traces", "Scenarios", "Histories", "Linearizability", "Determinism"]),
    Room(
      floor: 6, name: "Simulation", folder: "Sources",
      imports: ["Raft", "KeyValue", "Replica", "Scenarios", "Traces", "Histories", "Invariants", "Determinism"]),
    upstairs(floor: 7, name: "Runs"),
    upstairs(floor: 7, name: "Benchmarks"),
    upstairs(floor: 8, name: "Campaigns"),
    upstairs(floor: 9, name: "raftcheck"),
  ]

  /// From here on files are read, clocks looked at and signals caught. Full Foundation starts too slowly even here.
  private static func upstairs(floor: Int, name: String) -> Room {
    Room(
      floor: floor, name: name, folder: "Sources", imports: nil,
      modules: ["FoundationEssentials", "Glibc", "Synchronization"], isDeterministic: false)
  }

  /// What a deterministic room never names, in words and as a pattern.
  static let forbiddenNames: [(name: String, pattern: String)] = [
    ("Task", #"\bTask\b"#),
    ("SystemRandomNumberGenerator", #"\bSystemRandomNumberGenerator\b"#),
    (".random(", #"\.random\("#),
    (".shuffled(", #"\.(shuffled|shuffle)\("#),
    ("Hasher", #"\bHasher\b"#),
    ("hashValue", #"\bhashValue\b"#),
    ("a real clock", #"\b(ContinuousClock|SuspendingClock|Date|DispatchTime|clock_gettime)\b"#),
    ("Dictionary", #"\bDictionary\b"#),
    ("Set", #"\bSet\s*[<(]"#),
    ("[K: V]", #"(^|[^\w\])])\[\s*([\w.]+(<[^\[\]]*>)?\s*)?:[^:\]][^\]]*\]|\[:\]"#),
  ]

  /// The one place for a dictionary: it offers no iteration.
  static let dictionaryFile = "Sources/Determinism/LookupTable.swift"

  static let maxFileLines = 600
  static let maxFunctionLines = 70
  static let topLevel = ["Package.swift", "README.md", "Sources", "Tests", "checkers", "histories"]

  /// Why this room must not import this module; `nil` if it may.
  static func objection(to module: String, in room: Room) -> String? {
    if let imported = rooms.first(where: { $0.name == module }) {
      let isAllowed = room.imports?.contains(module) ?? (imported.floor < room.floor)
      return isAllowed ? nil : "\(room.name) must not import \(module)"
    }
    return room.modules.contains(module) ? nil : "\(room.name) must not import the module \(module)"
  }

  /// What a deterministic room names and must not, line by line.
  static func forbiddenNames(in text: SourceText, path: String) -> [String] {
    var found: [String] = []
    for (number, line) in text.codeLines.enumerated() {
      for (name, pattern) in forbiddenNames where line.range(of: pattern, options: .regularExpression) != nil {
        if path == dictionaryFile && (name == "[K: V]" || name == "Dictionary") { continue }
        found.append("\(path):\(number + 1): \(name)")
      }
    }
    return found
  }
}
