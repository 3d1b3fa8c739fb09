import Foundation
import KnownBugs
import Reporting
import Runs
import Testing

@Suite(
  "A failing seed becomes a minimal case", .enabled(if: Program.executable != nil, "the program is not built beside"))
struct MinimalCaseTests {
  private static let failing = [
    "--seed", "5", "--bug", "ack-before-sync", "--operations", "20", "--clients", "2", "--duration", "500ms",
  ]

  @Test("run shrinks without being asked, and saves story, page and the run as it was found")
  func unasked() throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(Self.failing + ["--out", folder.path])
    #expect(result.exitCode == 1)
    #expect(result.errors == "")
    #expect(result.output.hasPrefix("INVARIANT BROKEN   invariant/MatchIsDurable   seed 5\nshrunk in "))
    let place = "\(folder.path)/5"
    #expect(result.output.contains("\nreplay   raftcheck replay \(place)/case.json\n"))
    let names = try FileManager.default.contentsOfDirectory(atPath: place).sorted()
    #expect(
      names == [
        "case.json", "history.jsonl", "manifest.json", "report.html", "report.txt", "unshrunk.json", "unshrunk.jsonl",
      ])

    let minimal = try CaseFile(reading: Files.read("\(place)/case.json", limit: Files.caseLimit), path: "case.json")
    let unshrunk = try CaseFile(
      reading: Files.read("\(place)/unshrunk.json", limit: Files.caseLimit), path: "unshrunk.json")
    let minimality = try #require(minimal.minimality)
    #expect(minimality.isComplete && minimality.unshrunkEventHash == unshrunk.expected.eventHash)
    let size = RunSize(of: unshrunk.run.scenario, unshrunk.run.simulate().outcome)
    #expect(minimality.before.faults == size.faults)
    #expect(minimality.after.faults < minimality.before.faults)
    #expect(minimal.expected.signature == unshrunk.expected.signature)
    let signature = try #require(minimal.expected.signature)
    for line in minimality.certificate { #expect(!line.without.hasPrefix(signature), "\(line.thing)") }
    #expect(Run(scenario: minimal.run.scenario).simulate().judged().verdict == .linearizable)
  }

  @Test("Replayed in another process it has its event hash; shown it tells the same story")
  func replayed() throws {
    let folder = try TemporaryFolder()
    let found = try Program.run(Self.failing + ["--out", folder.path])
    let path = "\(folder.path)/5/case.json"
    let saved = try CaseFile(reading: Files.read(path, limit: Files.caseLimit), path: path)
    let replay = try Program.run(["replay", path, "--json"])
    #expect(replay.exitCode == 1 && replay.errors == "")
    #expect(replay.output.contains("\"eventHash\":\"\(saved.expected.eventHash ?? "none")\""))

    func body(_ story: String) -> Substring { story[(story.range(of: "\n\n")?.upperBound ?? story.startIndex)...] }
    let report = try String(contentsOfFile: "\(folder.path)/5/report.txt", encoding: .utf8)
    let shown = try Program.run(["show", path])
    #expect(shown.exitCode == 0 && body(shown.output) == body(report))
    #expect(body(found.output).hasPrefix(body(report)))
    let page = try Program.run(["show", path, "--html", "-"])
    #expect(page.exitCode == 0 && page.output.hasPrefix("<!DOCTYPE html>"))
  }

  @Test("From a case that fuzzing saved, and not from one that holds")
  func saved() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(Self.failing + ["--out", folder.path, "--no-shrink"])
    let path = "\(folder.path)/5/case.json"
    let unshrunk = try Files.read(path, limit: Files.caseLimit)
    let shrunk = try Program.run(["shrink", path, "--json"])
    #expect(shrunk.exitCode == 1)
    #expect(shrunk.output.contains("\"isComplete\":true"))
    #expect(try Files.read("\(folder.path)/5/unshrunk.json", limit: Files.caseLimit) == unshrunk)
    // Once more: there is nothing left to take away, and what it was made from stays.
    let minimal = try Files.read(path, limit: Files.caseLimit)
    #expect(try Program.run(["shrink", path]).exitCode == 1)
    #expect(try Files.read("\(folder.path)/5/unshrunk.json", limit: Files.caseLimit) == unshrunk)
    #expect(
      try CaseFile(reading: minimal, path: path).expected.eventHash
        == CaseFile(
          reading: Files.read(path, limit: Files.caseLimit), path: path
        ).expected.eventHash)

    _ = try Program.run(
      ["run", "--seed", "1", "--operations", "20", "--duration", "500ms", "--out", folder.path])
    let good = try Program.run(["shrink", "\(folder.path)/1/case.json"])
    #expect(good.exitCode == 0)
    #expect(good.errors.hasSuffix("/1/case.json: nothing broke, so that there is nothing to shrink: linearizable\n"))
  }
}
