import Foundation

/// What the sources are held to.
enum HouseRules {
  /// The rows of the table in Sources/ARCHITECTURE.md.
  static let rooms = RoomTable.rooms(of: (try? PackageFolder().content(of: "Sources/ARCHITECTURE.md")) ?? "")

  /// From this floor on files are read, clocks looked at and signals caught.
  static let firstFloorUpstairs = 7

  /// Modules of the toolchain that a room may import, besides the standard library. Full Foundation starts too slowly
  /// for any of them.
  static func modules(of name: String, floor: Int) -> [String] {
    if floor >= firstFloorUpstairs { return ["FoundationEssentials", "Glibc", "Synchronization"] }
    // They look at the clock and use threads; floors above never let these decide a simulated run.
    return ["System", "Judging"].contains(name) ? ["Darwin", "Glibc", "Synchronization"] : []
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

  /// What `Reference` may name of the store: what a command decodes into, and what an operation answered.
  static let commandValues = ["Command", "KeyValueOperation", "KeyValueResult", "SessionID", "SequenceNumber"]

  /// The types and functions that a file declares for other rooms to use.
  static func offeredNames(in text: SourceText) -> [String] {
    let pattern = /\b(?:package|public) (?:static |mutating )*(?:struct|enum|protocol|typealias|func) (\w+)/
    return text.codeLines.flatMap { line in line.matches(of: pattern).map { String($0.1) } }
  }

  /// Whatever a file gives a name to.
  static func declaredNames(in text: SourceText) -> [String] {
    let pattern = /\b(?:struct|enum|protocol|typealias|func|var|let|case) (\w+)/
    return text.codeLines.flatMap { line in line.matches(of: pattern).map { String($0.1) } }
  }

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
    // What a line holds, the file holds: to look at that once is much quicker.
    let code = text.codeLines.joined(separator: "\n")
    let suspects = forbiddenNames.filter { code.range(of: $0.pattern, options: .regularExpression) != nil }
    guard !suspects.isEmpty else { return [] }
    for (number, line) in text.codeLines.enumerated() {
      for (name, pattern) in suspects where line.range(of: pattern, options: .regularExpression) != nil {
        if path == dictionaryFile && (name == "[K: V]" || name == "Dictionary") { continue }
        found.append("\(path):\(number + 1): \(name)")
      }
    }
    return found
  }
}
