import Foundation

/// The package that these tests belong to.
struct PackageFolder {
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

  /// Every text in these folders: sources, documents, and what tests are compared with.
  func paths(in folders: [String]) -> [String] {
    folders.flatMap { folder in
      let paths = try? FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
      return (paths ?? []).filter { path in [".swift", ".md", ".txt", ".json"].contains { path.hasSuffix($0) } }
        .sorted()
        .map { "\(folder)/\($0)" }
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
