import Foundation
import Testing

@testable import Runs

@Suite("Files that belong together")
struct PublicationTests {
  private let own = OwnFiles(hasName: { ["a", "b"].contains($0) }, isFile: { name, _ in name == "a" })

  private func set(_ files: [String: String]) -> FilePublication {
    var set = FileSet()
    for (name, text) in files.sorted(by: { $0.key < $1.key }) { set.add(Array(text.utf8), as: name) }
    return FilePublication(of: set, own)
  }

  private func publish(_ files: [String: String], in folder: TemporaryFolder) throws {
    try set(files).publish(as: "f", in: Folder(at: folder.path))
  }

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func number(of path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
  }

  @Test("A set takes the place of the former one; the folder, its permissions and what is not the program's stay")
  func replaces() throws {
    let folder = try TemporaryFolder()
    let place = "\(folder.path)/f"
    try publish(["a": "1", "b": "2"], in: folder)
    #expect(try names(place) == ["a", "b", "manifest.json"])
    #expect(chmod(place, 0o700) == 0)
    let number = try number(of: place)
    for name in ["mine", "c"] { _ = try folder.write(name, to: "f/\(name)") }
    try Files.makeFolder("\(place)/below/it")
    #expect(symlink("/nowhere", "\(place)/link") == 0)
    try publish(["a": "3", "c": "4"], in: folder)
    #expect(try names(place) == ["a", "below", "c", "former-c", "link", "manifest.json", "mine"])
    #expect(try text("\(place)/a") == "3" && text("\(place)/c") == "4" && text("\(place)/former-c") == "c")
    #expect(try self.number(of: place) == number)
    #expect(try FileManager.default.attributesOfItem(atPath: place)[.posixPermissions] as? Int == 0o700)
    #expect(try names("\(place)/below") == ["it"])
    #expect(try names(folder.path) == ["f"])
  }

  @Test("A file that was edited since it was published is kept under another name")
  func edited() throws {
    let folder = try TemporaryFolder()
    try publish(["a": "1", "b": "2"], in: folder)
    for text in ["x", "y"] {
      _ = try folder.write(text, to: "f/a")
      try publish(["a": "1", "b": "2"], in: folder)
    }
    #expect(try names("\(folder.path)/f") == ["a", "b", "former-2-a", "former-a", "manifest.json"])
    #expect(try text("\(folder.path)/f/former-a") == "x" && text("\(folder.path)/f/former-2-a") == "y")
    _ = try folder.write("z", to: "f/b")
    try publish(["a": "1"], in: folder)
    #expect(try text("\(folder.path)/f/b") == "z", "no new file needs its name")
  }

  @Test("File by file, where it cannot be done in one step, it comes to the same")
  func fileByFile() throws {
    let folder = try TemporaryFolder()
    try publish(["a": "1", "b": "2"], in: folder)
    for name in ["c", "mine"] { _ = try folder.write(name, to: "f/\(name)") }
    try set(["a": "3", "c": "4"]).publish(in: Folder(at: "\(folder.path)/f"))
    #expect(try names("\(folder.path)/f") == ["a", "c", "former-c", "manifest.json", "mine"])
    let manifest = try #require(FileManifest(in: Folder(at: "\(folder.path)/f")))
    for name in ["a", "c"] { #expect(try manifest.vouches(for: name, in: Folder(at: "\(folder.path)/f"))) }
    #expect(try !manifest.vouches(for: "mine", in: Folder(at: "\(folder.path)/f")))
  }

  @Test("Of a folder without a manifest goes what is known to be the program's")
  func withoutManifest() throws {
    let folder = try TemporaryFolder()
    try Files.makeFolder("\(folder.path)/f")
    for name in ["a", "b"] { _ = try folder.write("old \(name)", to: "f/\(name)") }
    try publish(["a": "1", "b": "2"], in: folder)
    #expect(try names("\(folder.path)/f") == ["a", "b", "former-b", "manifest.json"])
  }

  @Test("A link, a file and a pipe in the place of the folder are refused, and nothing is made elsewhere")
  func hostile() throws {
    let folder = try TemporaryFolder()
    try Files.makeFolder("\(folder.path)/elsewhere")
    let place = "\(folder.path)/f"
    for make in [{ symlink("elsewhere", place) }, { mkfifo(place, 0o600) }, { symlink("nothing", place) }] {
      #expect(make() == 0)
      #expect(throws: FileProblem.self) { try publish(["a": "1"], in: folder) }
      #expect(unlink(place) == 0)
    }
    #expect(try names(folder.path) == ["elsewhere"])
    #expect(try names("\(folder.path)/elsewhere") == [])
  }

  @Test("What a killed process has left is taken away by the next one; what was not its own goes back")
  func leftBehind() throws {
    let folder = try TemporaryFolder()
    try publish(["a": "1"], in: folder)
    let hidden = "\(folder.path)/\(HiddenName(for: "f").text)"
    try Files.makeFolder("\(hidden)/below/it")
    for name in ["a", "mine", "manifest.json"] {
      _ = try folder.write(name, to: "\(hidden.dropFirst(folder.path.count + 1))/\(name)")
    }
    // Names that lead out of the folder, and links, are none of ours.
    for target in ["..", "."] { try Files.makeFolder("\(folder.path)/.raftcheck-0123456789abcdef-\(target)") }
    #expect(symlink("/", "\(folder.path)/\(HiddenName(for: "f").text)") == 0)
    try publish(["a": "2"], in: folder)
    #expect(try names("\(folder.path)/f") == ["a", "below", "manifest.json", "mine"])
    #expect(try text("\(folder.path)/f/a") == "2")
    #expect(!Files.isFolder(hidden) && Files.isFolder("/"))
    #expect(try names(folder.path).count == 4)
  }

  @Test("Names of what is not there to stay are read back")
  func hiddenNames() {
    for target in ["", "f", "a-b"] { #expect(HiddenName(HiddenName(for: target).text)?.target == target) }
    for name in [
      "f", ".raftcheck-", ".raftcheck-0123456789abcdef-", ".raftcheck-0123456789abcdeg-f",
      ".raftcheck-0123456789abcdeff",
    ] {
      #expect(HiddenName(name) == nil, "\(name)")
    }
  }
}
