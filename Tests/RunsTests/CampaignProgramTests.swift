import Foundation
import System
import Testing

@Suite(
  "`raftcheck fuzz` and `raftcheck merge`",
  .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct CampaignProgramTests {
  private static let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
  private static let failing = quick + ["--bug", "vote-not-persisted", "--no-shrink"]

  private func start(_ arguments: [String], in folder: TemporaryFolder) throws -> Process {
    let process = Process()
    process.executableURL = Program.executable
    process.arguments = arguments
    for name in ["output", "errors"] {
      _ = FileManager.default.createFile(atPath: "\(folder.path)/\(name)", contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: "\(folder.path)/output")
    process.standardError = FileHandle(forWritingAtPath: "\(folder.path)/errors")
    try process.run()
    return process
  }

  private func text(_ name: String, in folder: TemporaryFolder) -> String {
    (try? String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)) ?? ""
  }

  /// The workers of a process that are there.
  private func workers(of process: Int32) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { id in
      let words = (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? ""
      let status = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
      return words.contains("campaign-worker") && status.contains("PPid:\t\(process)\n")
    }
  }

  @Test(
    "A signal ends it soon, with all that was done, and says how to go on",
    arguments: [(SIGINT, quick, 130), (SIGTERM, quick, 130), (SIGHUP, failing, 1)] as [(Int32, [String], Int32)])
  func interruption(_ signal: Int32, _ options: [String], _ exitCode: Int32) throws {
    // Where whoever runs the tests ignores it, as nohup does, the program does so, too.
    var action = sigaction()
    sigaction(signal, nil, &action)
    let isIgnored =
      unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    guard signal != SIGHUP || !isIgnored else { return }
    let folder = try TemporaryFolder()
    let out = "\(folder.path)/out"
    let process = try start(["fuzz", "--seeds", "0..<100000", "--hashes", "--out", out] + options, in: folder)
    while text("output", in: folder).split(separator: "\n").count < 12, process.isRunning { usleep(1_000) }
    let told = Date()
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(-told.timeIntervalSinceNow < 5)
    #expect(process.terminationStatus == exitCode && process.terminationReason == .exit)
    #expect(text("errors", in: folder).inOneLine.contains("to go on raftcheck fuzz --resume \(out)"))
    #expect(text("out/summary.json", in: folder).contains("raftcheck-campaign-summary/1"))
    // It goes on where it stopped.
    let counted = text("output", in: folder).split(separator: "\n").count
    let next = try start(["fuzz", "--resume", out, "--hashes", "--stop-after", "1", "--time", "1s"], in: folder)
    next.waitUntilExit()
    let first = text("output", in: folder).split(separator: " ").first.flatMap { Int($0) }
    #expect(first == counted)
  }

  @Test("When it is killed itself its workers end, and what it has written is gone on with")
  func killed() throws {
    let folder = try TemporaryFolder()
    let out = "\(folder.path)/out"
    let process = try start(
      ["fuzz", "--seeds", "0..<100000", "--log-seeds", "--hashes", "--out", out] + Self.failing, in: folder)
    while !FileManager.default.fileExists(atPath: "\(out)/summary.json"), process.isRunning { usleep(1_000) }
    let workers = workers(of: process.processIdentifier)
    #expect(!workers.isEmpty)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let deadline = Date() + 10
    func isThere(_ id: Int32) -> Bool {
      let words = (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? ""
      return words.contains("campaign-worker")
    }
    while workers.contains(where: isThere), Date() < deadline { usleep(10_000) }
    #expect(!workers.contains(where: isThere))
    let again = try Program.run(["fuzz", "--resume", out, "--stop-after", "1", "--log-seeds"])
    #expect(again.exitCode == 1, "\(again.errors)")
  }

  @Test("A worker that somebody kills costs nothing")
  func killedWorker() throws {
    let folder = try TemporaryFolder()
    let process = try start(["fuzz", "--seeds", "0..<60", "--jobs", "2"] + Self.quick, in: folder)
    var killed = 0
    while killed < 2, process.isRunning {
      for worker in workers(of: process.processIdentifier).prefix(1) where kill(worker, SIGKILL) == 0 { killed += 1 }
      usleep(100_000)
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text("errors", in: folder))")
    #expect(text("output", in: folder).contains("ALL HELD   60 seeds (0..<60)"))
  }

  @Test("A full disk and a folder that nobody may write to end it with a sentence and 74")
  func fullDisk() throws {
    let folder = try TemporaryFolder()
    // No file may grow beyond a few kibibytes.
    let full = try Program.run(
      ["fuzz", "--seeds", "0..<60", "--out", "\(folder.path)/out"] + Self.failing, after: "ulimit -f 4")
    #expect(full.exitCode == 74)
    #expect(full.errors.contains("cannot be written: file too large"), "\(full.errors)")
    #expect(full.output.contains("VIOLATIONS"))
    let taken = try folder.write("", to: "taken")
    let nowhere = try Program.run(["fuzz", "--seeds", "0..<2", "--out", "\(taken)/x"] + Self.quick)
    #expect(nowhere.exitCode == 74 && nowhere.output == "")
    #expect(nowhere.errors.contains("the folder cannot be made"))
  }

  @Test(
    "What does not go together is refused in a sentence",
    arguments: [
      (["fuzz", "--resume", "x", "--seeds", "0..<3"], 64, "--seeds cannot stand beside it"),
      (["fuzz", "--resume", "missing"], 65, "missing: is no folder of a campaign"),
      (["fuzz", "--count", "1", "--jobs", "0"], 64, "--jobs is \"0\""),
      (["fuzz", "--count", "1", "--seed-memory", "2"], 64, "--seed-memory is \"2\""),
      (["fuzz", "--count", "1", "--log-seeds"], 64, "--log-seeds needs --out"),
      (["merge"], 64, "needs the folders"), (["merge", "x"], 64, "needs --out"),
      (["merge", "missing", "--out", "y"], 74, "missing: cannot be read"),
    ] as [([String], Int32, String)])
  func refusals(_ words: [String], _ exitCode: Int32, _ sentence: String) throws {
    let result = try Program.run(words)
    #expect(result.exitCode == exitCode && result.errors.contains(sentence), "\(result.errors)")
  }
}
