import Foundation
import Testing

/// The program beside the test bundle, as a user runs it.
struct Program {
  struct Result {
    let exitCode: Int32
    let output: String
    let errors: String
  }

  static let executable: URL? = {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let file = folder.appendingPathComponent("raftcheck")
    return FileManager.default.isExecutableFile(atPath: file.path) ? file : nil
  }()

  /// Runs it to its end.
  ///
  /// - Parameters:
  ///   - output: where standard output goes; a file of its own unless given.
  ///   - shell: what a shell does first, as `ulimit` and `export`.
  static func run(
    _ arguments: [String], input: String = "", output: String? = nil, after shell: String? = nil
  ) throws -> Result {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = shell == nil ? executable : URL(fileURLWithPath: "/bin/sh")
    let words = shell.map { ["-c", "\($0); exec \"$0\" \"$@\"", executable?.path ?? ""] } ?? []
    process.arguments = words + arguments
    // Files, not pipes: nobody has to empty them while it runs.
    let inputPath = try folder.write(input, to: "input")
    _ = FileManager.default.createFile(atPath: "\(folder.path)/output", contents: nil)
    _ = FileManager.default.createFile(atPath: "\(folder.path)/errors", contents: nil)
    process.standardInput = FileHandle(forReadingAtPath: inputPath)
    process.standardOutput = FileHandle(forWritingAtPath: output ?? "\(folder.path)/output")
    process.standardError = FileHandle(forWritingAtPath: "\(folder.path)/errors")
    try process.run()
    process.waitUntilExit()
    return Result(
      exitCode: process.terminationStatus,
      output: try String(contentsOfFile: "\(folder.path)/output", encoding: .utf8),
      errors: try String(contentsOfFile: "\(folder.path)/errors", encoding: .utf8))
  }
}

extension String {
  /// Its words in one line, wherever lines were broken.
  var inOneLine: String { split { $0 == " " || $0 == "\n" }.joined(separator: " ") }
}

@Suite("The program", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct ProgramTests {
  private let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms"]

  @Test("A seed: verdict, seed, version, cluster, operations, faults, times, event hash")
  func run() throws {
    let short = try Program.run(["--seed", "42"] + quick)
    #expect(short.exitCode == 0)
    #expect(short.errors == "")
    #expect(short.output.hasPrefix("LINEARIZABLE   seed 42 "))
    let labels = "version cluster operations faults final-reads messages simulated wall event-hash"
    for label in labels.split(separator: " ").map({ $0.replacingOccurrences(of: "-", with: " ") }) {
      #expect(short.output.contains("\n\(label) "), "\(label)")
    }
    let long = try Program.run(["run", "--seed=42"] + quick)
    let hash = { (text: String) in text.split(separator: "\n").first { $0.hasPrefix("event hash") } }
    #expect(hash(long.output) == hash(short.output))
  }

  @Test("JSON is one object, which says whether a second run was the same")
  func json() throws {
    let result = try Program.run(["--seed", "42", "--json", "--check-determinism"] + quick)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    for key in ["verdict", "seed", "version", "scenarioVersion", "model", "operations", "eventHash"] {
      #expect(object[key] != nil, "\(key)")
    }
    #expect(object["verdict"] as? String == "linearizable")
    #expect(object["isDeterministic"] as? Bool == true)
  }

  @Test(
    "What cannot be understood is said in one sentence",
    arguments: [
      (["fuz"], "Did you mean \"fuzz\"?"), ([], "nothing to do"), (["bugs"], "raftcheck bugs list"),
      (["run"], "needs a seed"), (["--seed"], "--seed needs a value"), (["--seed", "abc"], "--seed is \"abc\""),
      (["--seed", "-1"], "--seed is \"-1\""), (["--seed", "18446744073709551616"], "0 to 2^64 - 1"),
      (["--seed", "1", "--seed", "2"], "--seed is given twice"), (["--sede", "1"], "Did you mean \"--seed\"?"),
      (["run", "x"], "The seed is \"x\""), (["7", "8"], "takes one seed"),
      (["bugs", "list", "x"], "takes no operand"), (["--seed", "1", "--json=yes"], "takes no value"),
      (["--seed", "1", "--nodes", "0"], "--nodes is \"0\""), (["--seed", "1", "--nodes", "three"], "--nodes is"),
      (["--seed", "1", "--bug", "no-session"], "Did you mean \"no-sessions\"?"),
      (["--seed", "1", "--faults", "kil"], "Did you mean \"kill\"?"),
      (["--seed", "1", "--duration", "5"], "expected a time above zero with its unit"),
      (["--seed", "1", "--duration", "200h"], "duration is"), (["--seed", "1", "--expected"], "needs --history"),
      (["--seed", "1", "--duration", "99999999h"], "expected at most 10000h"),
      (["fuzz", "--time", "99999999h"], "expected at most 10000h"),
      (["check", "x", "--timeout", "9223372036854775807ms"], "expected at most 10000h"),
      (["fuzz"], "needs --seeds"), (["fuzz", "--seeds", "5..<5"], "holds no seed"),
      (["fuzz", "--seeds", "9..<5"], "holds no seed"), (["fuzz", "--seeds", "0,5"], "expected a range of seeds"),
      (["fuzz", "--seeds", "0..<5", "--count", "2"], "cannot stand beside it"),
      (["fuzz", "--start", "18446744073709551614", "--count", "5"], "goes beyond the last seed"),
      (["--seed", "1", "--nodes", "1", "--faults", "kill,halves"], "halves, which cannot occur in a cluster of 1"),
      (["fuzz", "--count", "-1"], "--count is \"-1\""), (["fuzz", "--time", "0s"], "expected a time above zero"),
      (["fuzz", "--count", "5", "--stop-after", "0"], "--stop-after is"), (["check"], "needs a file"),
      (["check", "x", "--model", "heap"], "expected one of kv"), (["check", "x", "--format", "elle"], "--format is"),
      (["check", "x", "--memory", "12"], "expected a size with its unit"), (["replay"], "needs one case file"),
      (["replay", "a", "b"], "needs one case file"),
    ] as [([String], String)])
  func usage(words: [String], sentence: String) throws {
    let result = try Program.run(words)
    #expect(result.exitCode == 64)
    #expect(result.output == "")
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test("Files that are missing or not what they should be")
  func badFiles() throws {
    let folder = try TemporaryFolder()
    let call = #"{"process":0,"type":"invoke","f":"get","key":"x"}"#
    let header = #"{"format":"raftcheck-history","version":1,"model":"kv"}"#
    let cases: [(name: String, text: String, place: String)] = [
      ("empty", "", ":1:1: "), ("binary", "\u{1}\u{2}\u{0}\u{3}", ":1:1: "),
      ("later", header.replacingOccurrences(of: ":1,", with: ":2,") + "\n", ":1:"),
      ("cut", "\(header)\n\(call)\n{\"process\":0,\"ty", ":3:"),
      ("return", "\(header)\n" + call.replacingOccurrences(of: "invoke", with: "ok"), ":2:"),
      ("two-calls", "\(header)\n\(call)\n\(call)\n", ":3:"),
      ("key-type", "\(header)\n" + call.replacingOccurrences(of: "\"x\"", with: "[1]"), ":2:"),
    ]
    for (name, text, place) in cases {
      let path = try folder.write(text, to: "\(name).jsonl")
      let result = try Program.run(["check", path])
      #expect(result.exitCode == 65, "\(name)")
      #expect(result.errors.hasPrefix(path + place), "\(name): \(result.errors)")
      #expect(result.errors.contains("expected"), "\(name): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(name)")
    }
    for command in ["check", "replay"] {
      let missing = try Program.run([command, "\(folder.path)/missing"])
      #expect(missing.exitCode == 74)
      #expect(missing.errors.contains("there is no such file"))
    }
    #expect(try Program.run(["replay", "\(folder.path)/empty.jsonl"]).exitCode == 65)
    #expect(try Program.run(["replay", folder.path]).exitCode == 74)
    #expect(try Program.run(["--seed", "1", "--out", "\(folder.path)/empty.jsonl/x"] + quick).exitCode == 74)
  }

  @Test("A line of 100 MB is refused with its place")
  func longLine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "x", count: 100_000_000), to: "long.jsonl")
    let result = try Program.run(["check", path])
    #expect(result.exitCode == 65)
    #expect(result.errors.hasPrefix("\(path):1:"), "\(result.errors.prefix(300))")
  }

  @Test("A campaign without seeds and a folder without histories exit with 4")
  func nothingRan() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(["fuzz", "--count", "0"]).exitCode == 4)
    #expect(try Program.run(["check", folder.path]).exitCode == 4)
  }

  @Test("A campaign ends at the largest seed")
  func lastSeeds() throws {
    let result = try Program.run(["fuzz", "--start", "18446744073709551614", "--count", "2"] + quick)
    #expect(result.exitCode == 0)
    #expect(result.output.contains("2 seeds (18446744073709551614...18446744073709551615)"))
  }

  @Test(
    "Output that goes nowhere is an error, whatever would have been said",
    arguments: [
      "--seed 1", "fuzz 0..<1", "fuzz 0..<2 --hashes", "fuzz 0..<2 --json", "bugs list",
      "bugs show no-sessions",
      "bench agree --operations 1", "--help", "--version", "check --help",
    ])
  func lostOutput(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let full = try Program.run(words, output: "/dev/full")
    #expect(full.exitCode == 74)
    #expect(full.errors == "standard output cannot be written: no space left on device\n")
    let closed = try Program.run(words, after: "exec >&-")
    #expect(closed.exitCode == 74)
    #expect(closed.errors == "standard output cannot be written: bad file descriptor\n")
  }

  @Test("A reader that has left is an error, too, and nothing is claimed to have held")
  func leftReader() throws {
    let result = try Program.run(
      ["fuzz", "--seeds", "0..<40", "--hashes"] + quick, after: #"{ "$0" "$@"; echo $? >&2; } | head -n 1; exit 0"#)
    #expect(result.errors == "74\n" && result.output.split(separator: "\n").count == 1)
  }

  @Test("What is printed never lands in a file that was opened in the place of a closed descriptor")
  func closedDescriptor() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/history.jsonl"
    let result = try Program.run(["--seed", "1", "--history", path] + quick, after: "exec >&- 2>&-")
    #expect(result.exitCode == 74)
    #expect(try Program.run(["check", path]).exitCode == 0)
  }

  @Test("A campaign whose output goes nowhere ends after the present seed")
  func fullOutputOfMany() throws {
    let result = try Program.run(["fuzz", "--start", "0", "--time", "10000h", "--hashes"] + quick, output: "/dev/full")
    #expect(result.exitCode == 74)
    #expect(result.errors == "standard output cannot be written: no space left on device\n")
  }

  @Test("What the system warns a second run of is no difference")
  func warnedSecondRun() throws {
    let result = try Program.run(
      ["--seed", "1", "--check-determinism"] + quick, after: "export LD_PRELOAD=/missing.so")
    #expect(result.errors.contains("/missing.so"), "the system warns of it: \(result.errors)")
    #expect(result.exitCode == 0, "\(result.output)")
  }

  @Test("A failing seed that cannot be run a second time is printed and saved")
  func noSecondRun() throws {
    let folder = try TemporaryFolder()
    // A folder can be made and files in it, two channels cannot; also where a test's process has inherited something.
    let limit = "exec 3>&- 4>&- 5>&- 6>&-; ulimit -n 7"
    let bug = ["--bug", "reads-any-node", "--no-invariants"]
    let many = try Program.run(["fuzz", "--seeds", "0..<60"] + bug, after: limit)
    #expect(many.exitCode == 74)
    #expect(many.errors.contains("a worker cannot be started: cannot make a pipe: too many open files"))

    let one = try Program.run(["--seed", "0"] + bug + ["--out", "\(folder.path)/one"], after: limit)
    #expect(one.exitCode == 74)
    let reason = "a channel to another process cannot be made: too many open files"
    #expect(one.errors == "\(reason)\n")
    #expect(one.output.hasPrefix("NOT LINEARIZABLE "))
    #expect(one.output.contains("\n  Not run a second time: \(reason).\n"))
  }

  @Test("Nothing but text reaches a file: no colour, no progress")
  func plainText() throws {
    let result = try Program.run(["fuzz", "--seeds", "0..<3"] + quick)
    #expect(result.exitCode == 0)
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.errors == "")
  }

  @Test("Ctrl-C ends a single run at once")
  func interruptedRun() throws {
    let process = Process()
    process.executableURL = Program.executable
    process.arguments = ["replay", "-"]
    let input = Pipe()
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    // More than a pipe holds: once it is written, the program has begun to read, and waits for the rest.
    try input.fileHandleForWriting.write(contentsOf: Data(repeating: 0x20, count: 1 << 20))
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(process.terminationReason == .exit)
  }

  @Test("Ctrl-C ends a campaign after the present seed, with its summary")
  func interruption() throws {
    let folder = try TemporaryFolder()
    _ = FileManager.default.createFile(atPath: "\(folder.path)/hashes", contents: nil)
    let process = Process()
    process.executableURL = Program.executable
    process.arguments = ["fuzz", "--start", "0", "--time", "30s", "--hashes"] + quick
    process.standardOutput = FileHandle(forWritingAtPath: "\(folder.path)/hashes")
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Its first line says that it listens.
    while try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/hashes")).isEmpty, process.isRunning { continue }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(process.terminationReason == .exit)
  }
}
