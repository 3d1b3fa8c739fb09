import Determinism
import Foundation
import Runs
import System
import Testing

@testable import Live

@Suite("Guards", .serialized)
struct GuardTests {
  private static let patience = Duration.seconds(60)

  @Test("What a guard is told comes through its command line", arguments: [true, false])
  func words(isFull: Bool) {
    var order = Guard.Order(words: ["sh", "-c", "--log"], log: "a b")
    if isFull {
      (order.network, order.makesNetwork, order.directory, order.isTalkedWith) = (12, true, "/", true)
    }
    #expect(Guard.Order(words: order.commandWords) == order)
  }

  @Test(
    "Without a program to start an order is none, for a signal to the group 0 would be one to the guard itself",
    arguments: [["--log", "a", "--"], ["--log", "a"], []])
  func noProgram(words: [String]) {
    #expect(Guard.Order(words: words) == nil)
  }

  @Test(
    "When nobody is at the other end, a guard ends a process, its child that has left the group, and a stopped one",
    .enabled(if: Processes.areListed, "this takes Linux"))
  func ending() throws {
    let folder = try TemporaryFolder()
    let (down, up) = (try System.Pipe(), try System.Pipe())
    defer { up.reading.close() }
    let script = """
      setsid sh -c 'echo $$ > left; exec sleep 1000' &
      sh -c 'echo $$ > stopped; kill -STOP $$' &
      echo $$ > first
      wait
      """
    let order = Guard.Order(words: ["sh", "-c", script], directory: folder.path, log: "/dev/null")
    let guardian = try ChildProcess.start(
      [Program.file, Guard.word] + order.commandWords,
      joining: [.init(0, to: down.reading), .init(1, to: up.writing)])
    down.reading.close()
    up.writing.close()
    var ids: [String] = []
    for name in ["first", "left", "stopped"] {
      var id = ""
      try #require(
        Processes.wait(Self.patience) {
          id = (try? folder.text(of: name))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
          return !id.isEmpty
        })
      ids.append(id)
    }
    #expect(ids.allSatisfy(Processes.exists))

    down.writing.close()

    #expect(guardian.wait() == .code(0))
    #expect(ids.filter(Processes.exists) == [])
  }

  @Test(
    "When raftcheck itself is killed amid a run, no server and no guard is left",
    .enabled(if: Processes.areListed, "this takes Linux"))
  func killedRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      #"""
      {"name": "idle", "server": ["sleep", "1000"], "client": ["cat"], "ready": "answers-reads",
       "environment": {"IDLE": "{data}"}}
      """#, to: "system.json")
    let nothing = try Descriptor.reading("/dev/null")
    defer { nothing.close() }
    let program = try ChildProcess.start(
      [Program.file, "live", "--system", folder.path, "--seed", "1", "--nodes", "3", "--faults", "pause"]
        + ["--out", "\(folder.path)/out"],
      joining: [.init(0, to: nothing), .init(1, to: nothing), .init(2, to: nothing)])
    // Three servers, a guard for each, and the program.
    #expect(Processes.wait(Self.patience) { Processes.count(naming: folder.path) >= 7 })

    program.send(.kill)

    #expect(program.wait() == .killed)
    #expect(Processes.wait(Self.patience) { Processes.count(naming: folder.path) == 0 })
  }
}

/// Processes of this machine, as Linux lists them.
private enum Processes {
  static let areListed = Files.isFolder("/proc/self/task")

  static func exists(_ id: String) -> Bool { Files.isFolder("/proc/\(id)") }

  /// How many have this text in their words or their variables.
  static func count(naming text: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.count { name in
      guard Int32(name) != nil else { return false }
      return ["cmdline", "environ"].contains { file in
        guard let data = FileManager.default.contents(atPath: "/proc/\(name)/\(file)") else { return false }
        return data.range(of: Data(text.utf8)) != nil
      }
    }
  }

  /// Looks again and again.
  ///
  /// - Returns: whether it came true in time.
  static func wait(_ patience: Duration, until isTrue: () -> Bool) -> Bool {
    let deadline = SystemClock.monotonic + patience
    while SystemClock.monotonic < deadline {
      if isTrue() { return true }
      Pause.sleep(.milliseconds(10))
    }
    return false
  }
}
