import Foundation
import KnownBugs
import Reporting
import Runs
import Scenarios
import Shrinking
import Synchronization
import Testing

@Suite(
  "What comes of shrinking a case", .enabled(if: Program.executable != nil, "the program is not built beside the tests")
)
struct CaseShrinkingTests {
  private static let failing = [
    "--seed", "0", "--bug", "ack-before-sync", "--operations", "20", "--clients", "2", "--duration", "500ms",
  ]
  private static let kept = [
    "case.json", "history.jsonl", "manifest.json", "report.html", "report.txt", "unshrunk.json", "unshrunk.jsonl",
  ]

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("Ctrl-C keeps the smallest run so far, with what it was made from, and says so")
  func interruption() throws {
    let folder = try TemporaryFolder()
    let output = try folder.write("", to: "output")
    let process = Process()
    process.executableURL = Program.executable
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    // Large enough to take a while to shrink.
    process.arguments = ["--seed", "0", "--bug", "ack-before-sync", "--operations", "40", "--duration", "2s"]
    let handle = FileHandle(forWritingAtPath: output)
    (process.standardOutput, process.standardError) = (handle, handle)
    try process.run()
    // It is saved as it was found when the program listens already and has yet to shrink it.
    while !FileManager.default.fileExists(atPath: "\(folder.path)/out/0/case.json"), process.isRunning { continue }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(process.terminationReason == .exit)
    // It is told as far as there is time for that.
    let said = try text(output)
    #expect(said.contains("ended early") || said.contains("interrupted: "))
    let left = try names(in: "\(folder.path)/out/0")
    #expect(Self.kept.filter { !$0.hasPrefix("report.") }.allSatisfy(left.contains))
    #expect(try CaseFile(at: "\(folder.path)/out/0/case.json").minimality?.isComplete == false)
    #expect(try Program.run(["replay", "\(folder.path)/out/0/case.json"]).exitCode == 1)
  }

  private static var report: RunReport {
    var knobs = ScenarioKnobs()
    (knobs.operations, knobs.clients, knobs.duration) = (20, 2, .milliseconds(500))
    return Run(seed: 0, knobs: knobs, bug: KnownBug.named("ack-before-sync")).simulate().judged()
  }

  @Test("Whoever stops it has the smallest run so far in its folder before any of it is told")
  func stopped() throws {
    let folder = try TemporaryFolder()
    let home = CaseFolder("\(folder.path)/case")
    let isSmaller = Atomic(false)
    var saved: CaseFile?
    let ending = CaseShrinking(report: Self.report, folder: home, replay: "").shrink(
      shouldStop: { isSmaller.load(ordering: .relaxed) },
      afterEach: { if $0.size.faults == 0 { isSmaller.store(true, ordering: .relaxed) } },
      whenStopped: { _, kept in saved = kept.flatMap { try? CaseFile(at: $0.casePath) } }, willSave: {})
    guard case .shrunk(let result) = ending else {
      Issue.record("it ended otherwise: \(ending)")
      return
    }
    let minimality = try #require(saved?.minimality)
    #expect(minimality == result.minimal.minimality && minimality.end == .stopped)
    #expect(try #require(saved).encoded() == CaseFile(at: home.casePath).encoded())
    #expect(try names(in: home.path).contains("report.html"))
  }

  @Test("A budget that is used up is told as what it is")
  func budget() throws {
    let report = Self.report
    let minimal = try MinimalRun(of: report, budget: ShrinkingBudget(events: 2_000))
    #expect(!minimal.isCertified && minimal.minimality.end == .budgetUsedUp)
    let saved = try CaseFile(reading: minimal.caseFile.encoded(), path: "case.json")
    #expect(saved.minimality == minimal.minimality && !saved.isEdited)
    let failing = try #require(FailingRun(minimal.report, minimality: minimal.minimality, replay: ""))
    #expect(Story(of: failing).text().contains("the budget of work is used up: this is the best so far"))
    let page = String(decoding: saved.page(of: failing), as: UTF8.self)
    #expect(page.contains("Shrinking used up its budget of work"))
  }

  @Test(
    "A folder that cannot be made does not keep the story from being printed; if it was asked for, the exit code says so"
  )
  func unwritable() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("", to: "out")
    let result = try Program.run(Self.failing, after: "cd '\(folder.path)'")
    #expect(result.exitCode == 1)
    #expect(result.errors == "out: the folder cannot be made: file exists\n")
    #expect(result.output.contains("\nshrunk in "))
    #expect(result.output.contains("\nreplay   raftcheck run --seed 0 --clients 2 "))
    #expect(!result.output.contains("report.html"))
    let asked = try Program.run(Self.failing + ["--out", "\(folder.path)/out"])
    #expect(asked.exitCode == 74)
    #expect(asked.errors == "\(folder.path)/out: the folder cannot be made: file exists\n")
    #expect(asked.output.contains("\nshrunk in ") && !asked.output.contains("report.html"))
    #expect(try names(in: folder.path) == ["out"])
  }

  @Test("`run --json` names the case that it saved by itself, and all that lies beside it")
  func json() throws {
    let folder = try TemporaryFolder()
    let result = try object(Program.run(Self.failing + ["--json"], after: "cd '\(folder.path)'").output)
    let minimal = try #require(result["minimal"] as? [String: Any])
    #expect(result["casePath"] as? String == "out/0/case.json")
    for object in [result, minimal] { #expect(object["replay"] as? String == "raftcheck replay out/0/case.json") }
    #expect(minimal["unshrunkPath"] as? String == "out/0/unshrunk.json")
    #expect(minimal["pagePath"] as? String == "out/0/report.html")
    #expect(minimal["reportPath"] as? String == "out/0/report.txt")
    #expect((minimal["otherPaths"] as? [String])?.count == (minimal["otherFailures"] as? [String])?.count)
  }

  @Test("A run that is saved takes the place of all that an earlier one left, and of nothing else")
  func stale() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path])
    let place = "\(folder.path)/0"
    for name in ["notes.txt", "other-notes.json"] { _ = try folder.write("mine", to: "0/\(name)") }
    _ = try Program.run(Self.failing + ["--out", folder.path, "--no-shrink"])
    #expect(
      try names(in: place) == [
        "case.json", "history.jsonl", "manifest.json", "notes.txt", "other-notes.json", "report.txt",
      ])
    #expect(try text("\(place)/other-notes.json") == "mine")
  }

  @Test("A case of another name gets a folder of its own, whatever lies beside it; no name makes a file a case")
  func otherNames() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path, "--no-shrink"])
    let saved = try text("\(folder.path)/0/case.json")
    for (name, home) in [("odd.json", "odd"), ("bare", "bare.shrunk")] {
      let path = try folder.write(saved, to: name)
      _ = try folder.write("mine", to: "history.jsonl")
      #expect(try Program.run(["shrink", path]).exitCode == 1)
      #expect(try names(in: "\(folder.path)/\(home)") == Self.kept)
      #expect(try text(path) == saved)
      #expect(try text("\(folder.path)/history.jsonl") == "mine")
    }
    let history = try folder.write(text("\(folder.path)/0/history.jsonl"), to: "history.json")
    #expect(try Program.run(["shrink", history]).output.hasPrefix("NOTHING OBSERVED"))
    #expect(try Program.run(["shrink", "\(folder.path)/0/case.json", "--out", "-"]).exitCode == 64)
    let page = try Program.run(["show", "\(folder.path)/0/case.json", "--html", "\(folder.path)/0/../0/case.json"])
    #expect(page.exitCode == 64)
    #expect(try text("\(folder.path)/0/case.json") == saved)
  }

  @Test("A path with blanks and quotes is quoted in the command to type")
  func quoted() {
    #expect(CaseFile.replayCommand(for: "out/0/case.json") == "raftcheck replay out/0/case.json")
    #expect(CaseFile.replayCommand(for: "it's mine.json") == #"raftcheck replay 'it'\''s mine.json'"#)
  }

  @Test("What a minimal case was made from goes with it into another folder")
  func another() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path])
    let path = "\(folder.path)/0/case.json"
    #expect(try Program.run(["shrink", path, "--out", "\(folder.path)/z"]).exitCode == 1)
    #expect(try names(in: "\(folder.path)/z") == Self.kept)
    for name in ["unshrunk.json", "unshrunk.jsonl"] {
      #expect(try text("\(folder.path)/z/\(name)") == text("\(folder.path)/0/\(name)"))
    }
    // Where it is gone, it is still known how large it was.
    try FileManager.default.removeItem(atPath: "\(folder.path)/0/unshrunk.json")
    #expect(try Program.run(["shrink", path, "--out", "\(folder.path)/y"]).exitCode == 1)
    let minimal = try #require(try CaseFile(at: "\(folder.path)/y/case.json").minimality)
    let before = try #require(try CaseFile(at: path).minimality)
    #expect(minimal.before == before.before && minimal.unshrunkEventHash == before.unshrunkEventHash)
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/y/unshrunk.json"))
  }

  @Test("A minimal case that was edited is no longer called minimal")
  func edited() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path])
    let path = "\(folder.path)/0/case.json"
    let minimal = try text(path)
    #expect(try Program.run(["show", path]).output.contains("\nshrunk from "))
    let changes = [
      (#""seed" : 0"#, "\"seed\" : 3", "the case was edited"),
      (#""eventHash" : "[0-9a-f]+""#, "\"eventHash\" : \"0000000000000000\"", "the case was edited"),
      (#""without" : "[^"]+""#, "\"without\" : \"holds, honestly\"", "the case was edited"),
    ]
    for (saved, changed, reason) in changes {
      _ = try folder.write(
        minimal.replacingOccurrences(of: saved, with: changed, options: .regularExpression), to: "0/case.json")
      let run = try CaseFile(at: path).run
      let shown = try Program.run(["show", path])
      #expect(shown.exitCode == 0)
      #expect(!shown.output.contains("shrunk from "))
      #expect(
        shown.errors.contains(reason) && shown.errors.hasSuffix("and nothing shows any more that it is minimal\n"))
      let shrunk = try Program.run(["shrink", path])
      #expect(shrunk.exitCode == 1)
      #expect(shrunk.errors == shown.errors)
      #expect(try CaseFile(at: "\(folder.path)/0/unshrunk.json").run.identity == run.identity)
    }
  }

  @Test("A case of version 1 has no certificate")
  func firstVersion() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path])
    let minimal = try text("\(folder.path)/0/case.json")
    let path = try folder.write(
      minimal.replacingOccurrences(of: "\"version\" : 4", with: "\"version\" : 1"), to: "first.json")
    let result = try Program.run(["show", path])
    #expect(result.exitCode == 65)
    #expect(
      result.errors == "\(path): minimal: expected none in a case of version 1, which knew no minimal cases\n")
  }

  @Test(
    "A file is a case if its first object says so, wherever it is cut off behind that",
    arguments: [
      (#"{"format":"raftcheck-case""#, true),
      (#" { "a": {"format": 1, "b": [{}]}, "format" : "raftcheck-case", "x"#, true),
      (#"{"a":{"format":"raftcheck-case"}}"#, false), (#"{"format":"raftcheck-history"}"#, false), ("", false),
      (#"[{"format":"raftcheck-case"}]"#, false), (#"{"a":"x}\n{"format":"raftcheck-case"}"#, false),
      ("{}\n{\"format\":\"raftcheck-case\"}", false), (#"{"format""#, false), (#"{"a":"#, false),
    ])
  func heading(text: String, isCase: Bool) throws {
    let folder = try TemporaryFolder()
    #expect(try CaseFile.isCase(at: folder.write(text, to: "file")) == isCase)
    #expect(!CaseFile.isCase(at: folder.path) && !CaseFile.isCase(at: "\(folder.path)/missing"))
  }
}
