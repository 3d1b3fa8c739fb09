import Foundation
import Runs
import Testing

@Suite(
  "The program among strangers", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct HostileProgramTests {
  private static let failing = [
    "--seed", "0", "--bug", "ack-before-sync", "--operations", "20", "--clients", "2", "--duration", "500ms",
  ]
  private static let violating = """
    {"process":0,"type":"invoke","f":"put","key":"x","value":"1"}
    {"process":0,"type":"ok","f":"put","key":"x"}
    {"process":1,"type":"invoke","f":"get","key":"x"}
    {"process":1,"type":"ok","f":"get","key":"x","value":null}

    """

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("A history whose name is no text is judged, in a folder and by its name; what cannot be read counts")
  func names() throws {
    let folder = try TemporaryFolder()
    let violating = try folder.write(Self.violating, to: "violating")
    let odd = #"$(printf 'odd\377.jsonl')"#
    let inFolder = try Program.run(
      ["check", folder.path], after: "cd '\(folder.path)'; cp '\(violating)' \"\(odd)\"; ln -s nothing dangling.jsonl")
    #expect(inFolder.exitCode == 1)
    #expect(inFolder.output.contains(#"/odd\xff.jsonl:3: c1's get x -> nothing"#))
    #expect(inFolder.output.contains("\nunreadable "))
    #expect(
      inFolder.errors == "\(folder.path)/dangling.jsonl: is a link, which is not followed; name what it leads to\n")
    // A test cannot hand over such a name, a shell can.
    let byName = try Program.run(["check"], after: "cd '\(folder.path)'; set -- \"$@\" \"\(odd)\"")
    #expect(byName.exitCode == 1 && byName.output.contains(#"   odd\xff.jsonl "#))
  }

  @Test("A pipe without a writer and a silent standard input end with the time limit")
  func deadline() throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for command in ["check", "shrink"] {
      let result = try Program.run([command, "--timeout", "200ms", pipe])
      #expect(result.exitCode == 2)
      #expect(result.errors == "\(pipe): undecided: the time limit was reached when 0 bytes of it had been read\n")
    }
    // Opened for reading and writing it has a writer, who says nothing.
    #expect(try Program.run(["check", "--timeout", "200ms", "-"], after: "exec <>'\(pipe)'").exitCode == 2)
  }

  @Test("A pipe that nobody reads is no place to write to, and is not waited for", arguments: ["shrink", "convert"])
  func unreadPipe(command: String) throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let history = try folder.write(
      """
      {"process":0,"type":"invoke","f":"get","key":"x","value":null}
      {"process":0,"type":"ok","f":"get","key":"x","value":"1"}

      """, to: "bad.jsonl")
    let words = command == "shrink" ? ["shrink", history, "--out", pipe] : ["convert", history, pipe, "--to", "edn"]
    let result = try Program.run(words)
    #expect(result.exitCode == 74 && result.errors == "\(pipe): cannot be written: nobody reads it\n")
  }

  @Test("Ctrl-C ends the waiting for a pipe", arguments: ["check", "shrink", "replay"])
  func interrupted(command: String) throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let process = Process()
    process.executableURL = Program.executable
    process.arguments = [command, pipe]
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Opened for writing once the program has opened it for reading.
    let writer = open(pipe, O_WRONLY)
    defer { close(writer) }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130 && process.terminationReason == .exit)
  }

  @Test("Whatever a stranger puts beside a case, shrinking it reads no link, waits for no pipe and writes nowhere else")
  func besideACase() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path])
    let place = "\(folder.path)/0"
    let secret = try folder.write("secret", to: "secret")
    for name in ["unshrunk.jsonl", "report.html"] {
      try FileManager.default.removeItem(atPath: "\(place)/\(name)")
      #expect(symlink(secret, "\(place)/\(name)") == 0)
    }
    #expect(mkfifo("\(place)/sequel.json", 0o600) == 0)
    #expect(try Program.run(["show", "\(place)/case.json"]).exitCode == 0)
    #expect(try Program.run(["shrink", "\(place)/case.json", "--out", "\(folder.path)/copy"]).exitCode == 1)
    #expect(try text("\(folder.path)/copy/unshrunk.jsonl").hasPrefix("{\"format\":\"raftcheck-history\""))
    #expect(try Program.run(["shrink", "\(place)/case.json"]).exitCode == 1)
    #expect(try text(secret) == "secret")
    #expect(try names(place).filter { $0.hasPrefix("former-") } == ["former-report.html", "former-unshrunk.jsonl"])
    #expect(try text("\(place)/unshrunk.jsonl") == text("\(folder.path)/copy/unshrunk.jsonl"))
  }

  @Test("A passing run leaves no report of an earlier failure beside it, also of a version that wrote no manifest")
  func stale() throws {
    let folder = try TemporaryFolder()
    for removesManifest in [false, true] {
      _ = try Program.run(Self.failing + ["--out", folder.path])
      if removesManifest { try FileManager.default.removeItem(atPath: "\(folder.path)/0/manifest.json") }
      _ = try folder.write("mine", to: "0/other-notes.json")
      let passing = Self.failing.prefix(2) + Self.failing.dropFirst(4)
      #expect(try Program.run(passing + ["--out", folder.path]).exitCode == 0)
      #expect(try names("\(folder.path)/0") == ["case.json", "history.jsonl", "manifest.json", "other-notes.json"])
    }
  }

  @Test("Processes that save in one folder at once do not disturb each other")
  func together() throws {
    let folder = try TemporaryFolder()
    let processes = try (0..<4).map { place in
      let process = Process()
      process.executableURL = Program.executable
      process.arguments = Self.failing + ["--out", folder.path] + (place % 2 == 0 ? ["--no-shrink"] : [])
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      return process
    }
    for process in processes { process.waitUntilExit() }
    #expect(processes.map(\.terminationStatus) == [1, 1, 1, 1])
    #expect(try names(folder.path) == ["0"])
    try expectWhole("\(folder.path)/0")
  }

  /// Whether the files are those that the manifest names, and the case replays.
  private func expectWhole(_ path: String) throws {
    let manifest = try #require(
      try JSONSerialization.jsonObject(with: Data(text("\(path)/manifest.json").utf8)) as? [String: Any])
    let files = try #require(manifest["files"] as? [[String: Any]])
    #expect(try names(path) == (files.compactMap { $0["name"] as? String } + ["manifest.json"]).sorted())
    for file in files {
      let name = try #require(file["name"] as? String)
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")).count == file["size"] as? Int, "\(name)")
    }
    let history = try RecordedHistory(path: "\(path)/history.jsonl", options: CheckOptions()).history
    #expect(try CaseFile(at: "\(path)/case.json").run.simulate().outcome.history.events.count == history.events.count)
  }

  @Test(
    "Killed at any renaming, a process leaves the former files or the new ones, and the next one finds its way",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed"),
    arguments: 1...2)
  func killed(at place: Int) throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path])
    _ = try folder.write("mine", to: "0/mine")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
    process.arguments =
      ["-f", "-o", "/dev/null", "-e", "trace=renameat2", "-e", "inject=renameat2:signal=SIGKILL:when=\(place)"]
      + [Program.executable?.path ?? ""] + Self.failing + ["--no-shrink", "--out", folder.path]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus != 1, "it is killed before it ends")
    #expect(try text("\(folder.path)/0/mine") == "mine")
    try FileManager.default.removeItem(atPath: "\(folder.path)/0/mine")
    try expectWhole("\(folder.path)/0")
    _ = try Program.run(Self.failing + ["--no-shrink", "--out", folder.path])
    #expect(try names(folder.path) == ["0"])
  }

  @Test("A closed standard output does not become a file of the program's")
  func closed() throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(Self.failing + ["--out", folder.path, "--no-shrink"], after: "exec <&- >&- 2>&-")
    #expect(result.exitCode == 74)
    try expectWhole("\(folder.path)/0")
  }

  @Test("A disk that is full hides no verdict")
  func full() throws {
    let folder = try TemporaryFolder()
    // No file may have more than some KiB: the verdict fits, the case does not.
    let result = try Program.run(Self.failing + ["--no-shrink", "--out", folder.path], after: "ulimit -f 8")
    #expect(result.exitCode == 74)
    #expect(result.output.hasPrefix("INVARIANT BROKEN "))
    #expect(result.output.inOneLine.contains(" replay raftcheck run --seed 0 "))
    #expect(result.errors == "\(folder.path)/0/case.json: cannot be written: file too large\n")
    #expect(try names(folder.path) == [])
    let history = try folder.write(Self.violating, to: "violating")
    let shrunk = try Program.run(["shrink", history, "--out", folder.path])
    #expect(shrunk.exitCode == 74 && shrunk.output.hasPrefix("NOT LINEARIZABLE "))
    #expect(!shrunk.output.contains("the small history is in"))
    #expect(shrunk.errors == "\(folder.path): cannot be written: is a directory\n")
  }
}
