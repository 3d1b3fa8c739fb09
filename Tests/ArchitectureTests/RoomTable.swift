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
  var modules: [String] { HouseRules.modules(of: name, floor: floor) }
  /// Whether its runs must be the same in every process, on every machine.
  var isDeterministic: Bool { modules.isEmpty }
}

/// The table of rooms, as Sources/ARCHITECTURE.md writes it: `| floor | room | what lives here | imports |`.
enum RoomTable {
  static func rooms(of document: String) -> [Room] {
    document.components(separatedBy: "\n").compactMap { line in
      let cells = line.components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 6, let floor = Int(cells[1]) else { return nil }
      let path = cells[2].replacingOccurrences(of: "`", with: "").components(separatedBy: "/")
      guard path.count == 2 else { return nil }
      let imports: [String]? =
        switch cells[4] {
        case "all below": nil
        case "–": []
        default: cells[4].components(separatedBy: ", ")
        }
      return Room(floor: floor, name: path[1], folder: path[0], imports: imports)
    }
  }
}

/// The rooms that Package.swift builds. It understands the manifest as it is written, not any manifest.
struct Manifest {
  struct Target {
    var floor: Int
    var name: String
    var folder: String
    var imports: [String]
  }

  let targets: [Target]

  init(_ text: String) {
    let belowRuns = Self.names(
      in: text.components(separatedBy: "let belowRuns = [").last?.components(separatedBy: "]")[0] ?? "")
    let floors = text.components(separatedBy: "// Floor ").dropFirst()
    targets = floors.flatMap { part -> [Target] in
      guard let floor = part.first?.wholeNumberValue else { return [] }
      return Self.rooms(in: part.components(separatedBy: "\n    tests(")[0]).map { call in
        let parts = call.replacingOccurrences(of: "dependencies:", with: "imports:").components(separatedBy: "imports:")
        let imports = ["path:", "without:", "holding:"].reduce(parts.dropFirst().joined()) { text, end in
          text.components(separatedBy: end)[0]
        }
        return Target(
          floor: floor, name: Self.names(in: parts[0])[0],
          folder: parts[0].contains("under: \"checkers\"") ? "checkers" : "Sources",
          imports: (imports.contains("belowRuns") ? belowRuns : []) + Self.names(in: imports))
      }
    }
  }

  /// What stands behind each `room(` and `program(`.
  private static func rooms(in text: String) -> [String] {
    Array(text.replacingOccurrences(of: "program(", with: "room(").components(separatedBy: "room(").dropFirst())
  }

  /// The strings in quotes.
  private static func names(in text: String) -> [String] {
    text.components(separatedBy: "\"").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }
}
