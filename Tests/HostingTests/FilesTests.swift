import Determinism
import Raft
import Replica
import Synchronization
import System
import Testing

@testable import Hosting

/// A folder that is gone with the test.
final class TemporaryFolder {
  let path: String

  init() {
    path = "/tmp/raftkv-tests-\(UInt64.random(in: .min ... .max))"
  }

  deinit { remove(path) }

  private func remove(_ path: String) {
    for name in (try? Folder(path).names()) ?? [] { try? Folder(path).remove(name) }
    for name in ["files", "1", "2", "3", "4"] where (try? Folder("\(path)/\(name)").names()) != nil {
      remove("\(path)/\(name)")
    }
    try? Folder.removeEmpty(path)
  }
}

@Suite("A server's folder and its disk")
struct FilesTests {
  @Test("A folder is of the server that has used it first, counts its starts, and is one process's at a time")
  func identity() throws {
    let place = TemporaryFolder()
    let folder = try DataFolder(at: place.path)
    #expect(try folder.identity() == nil)
    var identity = ServerIdentity(NodeID(3), of: ClusterID(255), founders: .first(3))
    try folder.begin(&identity)
    try folder.begin(&identity)
    let kept = try folder.identity()
    #expect(kept == identity && kept?.starts == 2)
    let refusal = #expect(throws: HostProblem.self) { try DataFolder(at: place.path) }
    #expect(refusal?.kind == .unavailable)
    folder.close()
    #expect(throws: Never.self) { try DataFolder(at: place.path).close() }
  }

  @Test("A folder with files and without a name is refused, and so is a name that is none")
  func nameless() throws {
    let place = TemporaryFolder()
    let folder = try DataFolder(at: place.path)
    try folder.files.replace("log-1", with: [1])
    #expect(throws: HostProblem.self) { try folder.identity() }
    for text in [
      "", "raftkv 2\ncluster 1\nserver 1\nfounders 1\nstarts 1\n", "raftkv 1\ncluster x\nserver 1\n",
      "raftkv 1\ncluster 1\nserver 1\nfounders 2,3\nstarts 1\n", "junk",
    ] {
      try folder.root.replace("server", with: Array(text.utf8))
      #expect(throws: HostProblem.self, "\(text)") { try folder.identity() }
    }
  }

  @Test("What is read is what was written; after a failure it is written anew")
  func recovery() throws {
    let place = TemporaryFolder()
    let folder = try DataFolder(at: place.path)
    try folder.files.replace("log-1", with: [1, 2, 3])
    folder.noteFailure()
    #expect(try folder.root.read("failed") != nil)
    #expect(try folder.recover() == [FileImage(name: "log-1", bytes: [1, 2, 3])])
    #expect(try folder.root.read("failed") == nil && folder.files.names() == ["log-1"])
  }

  /// Carries out commands, and waits for the flush behind them.
  private func outcome(
    of commands: [FileCommand], in folder: Folder, reserves: Bool = false
  ) throws -> FlushOutcome? {
    let waker = try Waker()
    let queue = try DiskQueue(in: folder, reserves: reserves) { waker.wake() }
    for command in commands { queue.ask(command) }
    queue.askForFlush()
    queue.begin()
    var waits = Waits()
    waits.add(waker.end, reads: true, writes: false)
    waits.wait(.seconds(10))
    queue.close()
    return queue.takeOutcome()
  }

  @Test("Commands are carried out in order, and the flush says so", arguments: [false, true])
  func commands(reserves: Bool) throws {
    let place = TemporaryFolder()
    let folder = Folder(place.path)
    try folder.make()
    let outcome = try outcome(
      of: [
        .create("a"), .append("a", [1, 2]), .append("a", [3]), .sync("a"), .rename("a", to: "b"), .syncDirectory,
        .append("b", [4, 5]), .truncate("b", to: 4), .create("c"), .remove("c"), .sync("b"),
      ], in: folder, reserves: reserves)
    guard case .done(let free)? = outcome else {
      Issue.record("\(String(describing: outcome))")
      return
    }
    #expect(free > 0)
    #expect(try folder.names() == ["b"] && folder.read("b") == [1, 2, 3, 4])
  }

  @Test("Zeros stand ahead in the last file of the log, and only there")
  func zerosAhead() throws {
    let place = TemporaryFolder()
    let folder = Folder(place.path)
    try folder.make()
    var files = OpenFiles(folder, reserves: true)
    defer { files.close() }
    func bytes(_ name: String) throws -> (own: [UInt8], ahead: Int) {
      let all = try folder.read(name) ?? []
      return (Array(all.prefix { $0 != 0 }), all.count { $0 == 0 })
    }
    for command in [FileCommand.create("log-1"), .append("log-1", [1, 2]), .append("log-1", [3]), .sync("log-1")] {
      #expect(files.carryOut(command) == nil)
    }
    #expect(try bytes("log-1").own == [1, 2, 3] && bytes("log-1").ahead > 1_000)
    for command in [FileCommand.create("log-2"), .append("log-2", [4, 5])] { #expect(files.carryOut(command) == nil) }
    #expect(try folder.read("log-1") == [1, 2, 3])
    #expect(try bytes("log-2").own == [4, 5] && bytes("log-2").ahead > 1_000)
    #expect(files.carryOut(.truncate("log-2", to: 1)) == nil && files.carryOut(.append("log-2", [6])) == nil)
    #expect(try bytes("log-2").own == [4, 6])
  }

  @Test("A file that is closed to make room for others is added to behind its own bytes")
  func closedFile() throws {
    let place = TemporaryFolder()
    let folder = Folder(place.path)
    try folder.make()
    var files = OpenFiles(folder, reserves: true)
    for number in 1...20 { #expect(files.carryOut(.create("log-\(number)")) == nil) }
    for number in 1...20 { #expect(files.carryOut(.append("log-\(number)", [1])) == nil) }
    for number in 1...20 { #expect(files.carryOut(.append("log-\(number)", [2])) == nil) }
    files.close()
    for number in 1...20 { #expect(try folder.read("log-\(number)") == [1, 2]) }
  }

  @Test("Behind a command that fails nothing is begun, and the flush says which it was")
  func failure() throws {
    let place = TemporaryFolder()
    let folder = Folder(place.path)
    try folder.make()
    let outcome = try outcome(of: [.create("a"), .append("x", [1]), .create("b")], in: folder)
    #expect(outcome == .failed(.write("x")))
    #expect(try folder.names() == ["a"])
  }
}
