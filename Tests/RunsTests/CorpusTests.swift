import Foundation
import KnownBugs
import Runs
import Testing
import Traces

@testable import Campaigns

@Suite("A corpus of cases that once failed")
struct CorpusTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let minimal = root.appendingPathComponent("Tests/ReportingTests/Cases").path

  private func problem(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no problem"
    } catch {
      return "\(error)"
    }
  }

  @Test("Each case of this project holds on the published rules, and fails with its known bug as it did")
  func own() throws {
    let corpus = Corpus(Self.root.appendingPathComponent(Corpus.standardFolder).path)
    let (cases, problems) = try corpus.entries()
    #expect(problems == [] && cases.count >= 3)
    for entry in cases {
      let replay = CorpusReplay(of: entry)
      #expect(replay.finding == .held, "\(entry.name)")
      #expect(entry.name.contains(entry.saved.run.identity.prefix(8)), "\(entry.name)")
    }
    #expect(Corpus.covered(among: cases).isEmpty)
  }

  @Test("A case is taken in once, under the name of its bug, and comes back as it was")
  func additions() throws {
    let folder = try TemporaryFolder()
    let corpus = Corpus("\(folder.path)/new/cases")
    let source = "\(Self.minimal)/deaf-when-full.json"
    let entry = try corpus.add(source)
    #expect(entry.name.contains(#/^deaf-when-full-[0-9a-f]{8}\.json$/#))
    #expect(try Files.read(entry.path, limit: Files.caseLimit) == Files.read(source, limit: Files.caseLimit))
    #expect(try corpus.names() == [entry.name])
    #expect(problem { _ = try corpus.add(source) } == "\(source): is in the corpus already, as \(entry.path)")
    try corpus.remove(entry)
    #expect(try corpus.names() == [])
  }

  @Test("What held, is no case or does not read is not taken in")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let corpus = Corpus(folder.path)
    let held = CaseFile(Run(seed: 7, knobs: smallKnobs()).simulate().judged())
    let path = try folder.write(String(decoding: held.encoded(), as: UTF8.self), to: "held")
    #expect(problem { _ = try corpus.add(path) } == "\(path): held when it was saved; expected a case that failed")
    let broken = try folder.write("{\"format\" : \"raftcheck-case\"", to: "broken")
    #expect(problem { _ = try corpus.add(broken) }.hasPrefix("\(broken):1:29: expected"))
    #expect(problem { _ = try corpus.add("\(folder.path)/missing") }.contains("there is no such file"))
    #expect(problem { _ = try Corpus("\(folder.path)/nowhere").names() }.contains("there is no such folder"))
  }

  @Test("A case that is not what it was is told with file and place, and the others are read")
  func corruption() throws {
    let folder = try TemporaryFolder()
    let corpus = Corpus(folder.path)
    let entry = try corpus.add("\(Self.minimal)/deaf-when-full.json")
    let text = String(decoding: try Files.read(entry.path, limit: Files.caseLimit), as: UTF8.self)
    let cut = try folder.write(String(text.prefix(900)), to: "cut.json")
    let other = try folder.write(
      text.replacingOccurrences(of: "\"deaf-when-full\"", with: "\"deaf\""), to: "no-such-bug.json")
    let (cases, problems) = try corpus.entries()
    #expect(cases.map(\.name) == [entry.name])
    #expect(problems.count == 2 && problems.allSatisfy { $0.kind == .content })
    #expect(problems[0].description.hasPrefix("\(cut):") && problems[0].description.contains("expected"))
    #expect(problems[1].description.hasPrefix("\(other): bug: there is no known bug"))
  }

  @Test("A case whose bug is not noticed any more, and one that fails without a bug, are found")
  func findings() throws {
    let folder = try TemporaryFolder()
    let text = String(
      decoding: try Files.read("\(Self.minimal)/deaf-when-full.json", limit: Files.caseLimit), as: UTF8.self)
    func replay(_ changed: String) throws -> CorpusReplay {
      _ = try folder.write(changed, to: "changed.json")
      return CorpusReplay(of: try Corpus(folder.path).entry("changed.json"))
    }
    #expect(try replay(text).finding == .held && !replay(text).runsOtherwise)
    // Another bug, which this run does not bring out.
    let otherBug = try replay(text.replacingOccurrences(of: "\"deaf-when-full\"", with: "\"no-sessions\""))
    #expect(otherBug.finding == .notCaught(nil) && otherBug.severity == .violation && otherBug.runsOtherwise)
    let otherSignature = text.replacingOccurrences(of: "liveness/FollowerSilent", with: "liveness/NoLeader")
    #expect(try replay(otherSignature).finding == .notCaught(.liveness(.followerSilent)))
    // As another version saved it: how it ends is all that counts.
    let otherVersion = text.replacingOccurrences(of: "\"program\" : \"0.1.0\"", with: "\"program\" : \"0.0.9\"")
    #expect(otherVersion != text)
    #expect(try replay(otherVersion).finding == .held && replay(otherVersion).runsOtherwise)
  }

  @Test("Of the cases of one bug that fail alike the smallest stays; those without a bug stay all")
  func minimising() throws {
    let folder = try TemporaryFolder()
    let text = String(
      decoding: try Files.read("\(Self.minimal)/deaf-when-full.json", limit: Files.caseLimit), as: UTF8.self)
    let withoutBug = text.replacingOccurrences(of: "\"bug\" : \"deaf-when-full\",\n", with: "")
    for (name, content) in [
      ("a", text + "\n\n"), ("b", text), ("c", text + "\n"), ("d", withoutBug), ("e", withoutBug + "\n"),
      ("f", text.replacingOccurrences(of: "FollowerSilent", with: "NotCaughtUp")),
    ] { _ = try folder.write(content, to: "\(name).json") }
    let covered = Corpus.covered(among: try Corpus(folder.path).entries().cases)
    #expect(covered.map(\.entry.name) == ["a.json", "c.json"])
    #expect(covered.allSatisfy { $0.smaller.name == "b.json" })
  }
}

@Suite(
  "The commands of the corpus", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct CorpusProgramTests {
  private static let minimal = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ReportingTests/Cases").path

  @Test("Cases are added, replayed and minimised; a corrupt one ends with 65, and the others still run")
  func commands() throws {
    let folder = try TemporaryFolder()
    let corpus = ["--corpus", "\(folder.path)/cases"]
    let sources = ["deaf-when-full", "leads-without-room"].map { "\(Self.minimal)/\($0).json" }
    let added = try Program.run(["corpus", "add"] + sources + corpus)
    #expect(added.exitCode == 0 && added.errors == "" && added.output.split(separator: "\n").count == 2)
    let again = try Program.run(["corpus", "add", sources[0]] + corpus)
    #expect(again.exitCode == 65 && again.errors.contains("is in the corpus already"))
    let run = try Program.run(["corpus", "run"] + corpus)
    #expect(run.exitCode == 0 && run.output.contains("\nALL HELD   2 cases   \(folder.path)/cases\n"), "\(run.output)")
    let minimised = try Program.run(["corpus", "minimise"] + corpus)
    #expect(minimised.exitCode == 0 && minimised.output == "NOTHING TO REMOVE   2 cases\n")

    let broken = try folder.write("{", to: "cases/broken.json")
    let corrupt = try Program.run(["corpus", "run"] + corpus)
    #expect(corrupt.exitCode == 65 && corrupt.errors.hasPrefix("\(broken):1:2: expected"))
    #expect(corrupt.output.contains("\nNOT ALL HELD   2 cases   \(folder.path)/cases   unreadable 1\n"))
    #expect(
      try Program.run(["corpus", "run"], after: "cd '\(folder.path)'").errors.contains("name the corpus by --corpus"))
    #expect(try Program.run(["corpus", "run", "--corpus", "\(folder.path)/none"]).exitCode == 74)
  }

  @Test("A case that fails on the published rules ends with 1; the larger of two alike is removed if asked")
  func failing() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOfFile: "\(Self.minimal)/deaf-when-full.json", encoding: .utf8)
    _ = try folder.write(text, to: "small.json")
    _ = try folder.write(text + "\n", to: "large.json")
    let named = try Program.run(["corpus", "minimise", "--corpus", folder.path])
    #expect(named.output.hasPrefix("could go    large.json\n"))
    #expect(named.output.contains("\n1 case of 2 is enough; --remove removes the others\n"))
    let removed = try Program.run(["corpus", "minimise", "--remove", "--corpus", folder.path])
    #expect(removed.exitCode == 0 && removed.output.hasPrefix("removed     large.json\n"))
    _ = try folder.write(
      text.replacingOccurrences(of: "liveness/FollowerSilent", with: "liveness/NoLeader"), to: "small.json")
    let run = try Program.run(["corpus", "run", "--corpus", folder.path])
    #expect(run.exitCode == 1 && run.output.hasPrefix("NOT CAUGHT  small.json\n"), "\(run.output)")
    #expect(run.output.inOneLine.contains("and fails otherwise: liveness/FollowerSilent; raftcheck replay"))
  }
}
