import Foundation
import Testing

@Suite("The house rules hold")
struct ArchitectureTests {
  private let package = PackageFolder()

  @Test("Every room imports only what its row of the table lists")
  func imports() {
    for room in HouseRules.rooms {
      for file in package.files(of: room) {
        for module in file.text.imports {
          #expect(HouseRules.objection(to: module, in: room) == nil, "\(file.path)")
        }
      }
    }
  }

  @Test("Nothing below Runs imports the known bugs: they are rules that a run is handed")
  func knownBugs() {
    for room in HouseRules.rooms where room.floor < 7 {
      for file in package.files(of: room) { #expect(!file.text.imports.contains("KnownBugs"), "\(file.path)") }
    }
  }

  @Test("Deterministic rooms name nothing that differs from one process to the next")
  func determinism() {
    for room in HouseRules.rooms where room.isDeterministic {
      for file in package.files(of: room) {
        #expect(HouseRules.forbiddenNames(in: file.text, path: file.path) == [])
      }
    }
  }

  @Test("Every folder of sources is a room, and every room of the first slice is there")
  func rooms() {
    for folder in ["Sources", "checkers"] {
      let known = HouseRules.rooms.filter { $0.folder == folder }.map(\.name)
      for name in package.folders(in: folder) { #expect(known.contains(name), "\(folder)/\(name)") }
    }
    let later = ["Shrinking", "Reporting"]
    for room in HouseRules.rooms where !later.contains(room.name) {
      #expect(!package.files(of: room).isEmpty, "\(room.folder)/\(room.name) is empty")
    }
  }

  @Test("No file has more than 600 lines, no function more than 70")
  func sizes() {
    for file in package.swiftFiles(in: ["Sources", "checkers", "Tests"]) {
      #expect(file.text.lineCount <= HouseRules.maxFileLines, "\(file.path)")
      for function in file.text.functions {
        #expect(function.lines <= HouseRules.maxFunctionLines, "\(file.path):\(function.line)")
      }
    }
  }

  @Test("The package depends on no other")
  func dependencies() throws {
    let manifest = SourceText(try package.content(of: "Package.swift"))
    #expect(!manifest.codeLines.contains { $0.contains(".package(") })
  }

  @Test("The top level holds what the design lists, dot files and what git ignores aside")
  func topLevel() throws {
    let ignored = try package.content(of: ".gitignore").split(separator: "\n").map {
      $0.hasSuffix("/") ? $0.dropLast() : $0
    }
    let entries = package.entries(in: "").filter { !$0.hasPrefix(".") && !ignored.contains(Substring($0)) }
    #expect(entries == HouseRules.topLevel)
  }

  @Test("No placeholder is left")
  func placeholders() {
    for file in package.swiftFiles(in: ["Sources", "checkers", "Tests"]) {
      #expect(!file.path.hasSuffix("/Room.swift"), "\(file.path)")
    }
  }
}

/// The package that these tests belong to.
private struct PackageFolder {
  struct File {
    /// From the top of the package.
    let path: String
    let text: SourceText
  }

  private let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  func content(of path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  func entries(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
    return (names ?? []).sorted()
  }

  func folders(in folder: String) -> [String] {
    entries(in: folder).filter { name in
      var isFolder: ObjCBool = false
      let path = root.appendingPathComponent("\(folder)/\(name)").path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
  }

  func files(of room: Room) -> [File] { swiftFiles(in: ["\(room.folder)/\(room.name)"]) }

  func swiftFiles(in folders: [String]) -> [File] {
    folders.flatMap { folder in Self.files.filter { $0.path.hasPrefix("\(folder)/") } }
  }

  /// All of them, read once for all tests.
  private static let files = PackageFolder().read(["Sources", "checkers", "Tests"])

  private func read(_ folders: [String]) -> [File] {
    folders.flatMap { folder in
      let paths = try? FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      return (paths ?? []).filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
        (try? content(of: "\(folder)/\(path)")).map { File(path: "\(folder)/\(path)", text: SourceText($0)) }
      }
    }
  }
}
