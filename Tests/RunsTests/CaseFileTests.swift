import Foundation
import Reporting
import Scenarios
import Testing

@testable import Runs

@Suite("A case file that is wrong says where and what was expected")
struct CaseFileTests {
  private static let report = Run(seed: 7, knobs: smallKnobs()).simulate().judged()

  private let good = String(decoding: CaseFile(report).encoded(), as: UTF8.self)

  private func problem(_ text: String) -> String {
    do {
      _ = try CaseFile(reading: Array(text.utf8), path: "case.json")
      return "no problem"
    } catch {
      #expect(error.kind == .content)
      return error.description
    }
  }

  @Test("The same case is always the same bytes, with sorted keys")
  func bytes() throws {
    let again = try CaseFile(reading: Array(good.utf8), path: "case.json")
    #expect(String(decoding: again.encoded(), as: UTF8.self) == good)
    let places = try [
      "\"checksInvariants\"", "\"expected\"", "\"format\"", "\"program\"", "\"scenario\"", "\"version\"",
    ]
    .map { try #require(good.range(of: $0)).lowerBound }
    #expect(places == places.sorted())
  }

  @Test("A file that is not JSON is refused with file, line and column")
  func syntax() {
    #expect(problem("") == "case.json:1:1: expected a JSON value")
    #expect(problem("{\n  \"format\": raftcheck\n}") == "case.json:2:13: expected a JSON value")
    #expect(problem("\u{0}\u{1}\u{2}") == "case.json:1:1: expected a JSON value")
    #expect(problem(good + "}").hasSuffix(":1: expected the end of the file"))
    #expect(problem("[1, 2") == "case.json:1:6: expected ',' or ']'")
    #expect(problem("{\"a\" 1}") == "case.json:1:6: expected ':'")
    #expect(problem("{a: 1}") == "case.json:1:2: expected a key in quotes")
    #expect(problem("\"a\\") == "case.json:1:4: expected the end of a string")
    #expect(problem("[--1]") == "case.json:1:2: expected a number")
    #expect(problem(String(repeating: "[", count: 5_000)) == "case.json:1:101: expected less nesting")
  }

  @Test("A case that is cut off anywhere is refused with a place")
  func cut() {
    for length in stride(from: 1, to: good.count - 2, by: 97) {
      #expect(problem(String(good.prefix(length))).contains(#/^case\.json:\d+:\d+: expected /#), "cut at \(length)")
    }
  }

  @Test("Another format, a later version and an unknown bug are refused")
  func heading() {
    let other = good.replacingOccurrences(of: "raftcheck-case", with: "raftcheck-history")
    #expect(problem(other) == "case.json: format: expected \"raftcheck-case\", found \"raftcheck-history\"")
    let later = good.replacingOccurrences(of: "\"version\" : 4", with: "\"version\" : 5")
    #expect(problem(later) == "case.json: version: expected 1 to 4, the latest that this program reads, found 5")
    let earlier = good.replacingOccurrences(of: "\"version\" : 4", with: "\"version\" : 1")
    #expect(problem(earlier) == "no problem")
    let bug = good.replacingOccurrences(of: "\"program\"", with: "\"bug\" : \"gremlins\",\n  \"program\"")
    #expect(problem(bug) == "case.json: bug: there is no known bug \"gremlins\"; see `raftcheck bugs list`")
  }

  @Test("A field that is missing or of the wrong type is refused with its path")
  func fields() {
    let missing = good.replacingOccurrences(of: "\"maxEntriesPerAppend\"", with: "\"maxEntries\"")
    #expect(
      problem(missing) == "case.json: scenario.cluster.maxEntriesPerAppend: expected a value, found nothing")
    // As in a case that was saved before there were any.
    let older = replacing(#""sessions" : \{[^}]*\},"#, with: "")
    #expect(older != good && problem(older) == "case.json: scenario.sessions: expected a value, found nothing")
    let wrong = good.replacingOccurrences(of: "\"seed\" : 7", with: "\"seed\" : \"seven\"")
    #expect(problem(wrong) == "case.json: scenario.seed: expected a whole number, found a string")
  }

  private func replacing(_ pattern: String, with text: String) -> String {
    good.replacingOccurrences(of: pattern, with: text, options: .regularExpression)
  }

  @Test("A number out of range is refused with its path and what was expected")
  func numbers() {
    for number in ["99999999999999999999", "2.5"] {
      #expect(
        problem(replacing(#""nodes" : \d+"#, with: "\"nodes\" : \(number)"))
          == "case.json: scenario.cluster.nodes: expected a whole number, found \(number)")
    }
    for number in ["-1", "18446744073709551616"] {
      #expect(
        problem(replacing(#""seed" : 7"#, with: "\"seed\" : \(number)"))
          == "case.json: scenario.seed: expected a whole number from 0 to 2^64 - 1, found \(number)")
    }
  }

  @Test("An unknown action, trigger or request is refused with its path and the known ones")
  func alternatives() {
    let request = problem(replacing(#""get" :"#, with: "\"fetch\" :"))
    #expect(
      request.contains(#".request: expected an object with one key out of get, put, append, delete, cas, create; "#))
    #expect(request.hasSuffix("found \"fetch\""))
    let trigger = problem(replacing(#""(time|moment)" : \{"#, with: "\"dawn\" : {"))
    #expect(trigger.hasSuffix(".trigger: expected an object with one key out of time, moment; found \"dawn\""))
    let action = problem(replacing(#""action" : \{\s*"\w+""#, with: "\"action\" : { \"explode\""))
    let known = FaultAction.codedNames.joined(separator: ", ")
    #expect(action.contains("scenario.faults[0].action: expected an object with one key out of \(known); found \"ex"))
  }

  @Test("An unknown or repeated key is refused with its path, at any depth")
  func strayKeys() {
    #expect(
      problem(replacing(#""calm""#, with: "\"fautls\" : [], \"calm\""))
        == "case.json: scenario.fautls: is not a key that this program knows")
    #expect(
      problem(replacing(#""format""#, with: "\"note\" : {\"a\" : [1, -2e3, null, \"\", true]}, \"format\""))
        == "case.json: note: is not a key that this program knows")
    #expect(
      problem(replacing(#""get" : \{"#, with: "\"get\" : { \"twice\" : 2"))
        .contains(#/\.operations\[\d+\]\.request\.get\.twice: is not a key/#))
    #expect(
      problem(replacing(#""calm""#, with: "\"faults\" : [], \"calm\"")) == "case.json: scenario.faults: is given twice")
    #expect(problem(replacing(#""format""#, with: "\"bug\" : null, \"format\"")) == "no problem")
  }

  @Test("A scenario that cannot be run is refused")
  func scenario() {
    let text = good.replacingOccurrences(
      of: #""maxEntriesPerAppend" : \d+"#, with: "\"maxEntriesPerAppend\" : 0", options: .regularExpression)
    #expect(problem(text).hasPrefix("case.json: scenario: cluster.maxEntriesPerAppend is 0; expected 1 to"))
    let version = good.replacingOccurrences(
      of: "\"scenarioVersion\" : \(Scenario.currentVersion)", with: "\"scenarioVersion\" : 99")
    #expect(problem(version).contains("scenarioVersion is 99"))
    let others = version.replacingOccurrences(of: "\"cluster\"", with: "\"servers\"")
    #expect(problem(others).contains("scenarioVersion is 99"), "another version has other fields")
  }

  @Test("Figures beyond the limits, and certificates too long or with unprintable lines, are refused")
  func minimality() throws {
    let size = RunSize(nodes: 3, operations: 2, faults: 1, deliveries: 9)
    let limit = CaseFile.Minimality.maxFigure
    func text(_ change: (inout CaseFile.Minimality) -> Void) -> String {
      var minimality = CaseFile.Minimality(
        before: size, after: size, trials: limit, isComplete: true, certificate: [], otherFailures: [],
        unshrunkEventHash: "0123456789abcdef")
      change(&minimality)
      return String(decoding: CaseFile(Self.report, minimality: minimality).encoded(), as: UTF8.self)
    }
    func problem(_ change: (inout CaseFile.Minimality) -> Void) -> String { self.problem(text(change)) }
    #expect(problem { _ in } == "no problem")
    let expected = "expected a whole number from 0 to \(limit), found"
    #expect(problem { $0.before.deliveries = -1 } == "case.json: minimal.before.deliveries: \(expected) -1")
    #expect(problem { $0.after.nodes = .min } == "case.json: minimal.after.nodes: \(expected) \(Int.min)")
    #expect(problem { $0.trials = limit + 1 } == "case.json: minimal.trials: \(expected) \(limit + 1)")
    let lines = Array(repeating: #"{"thing":"n1","without":"held"}"#, count: 100_001).joined(separator: ",")
    let long = text { _ in }.replacing(#/"certificate" : \[\s*\]/#, with: "\"certificate\" : [\(lines)]")
    #expect(
      self.problem(long)
        == "case.json: minimal.certificate: expected at most 100000 lines, found 100001")
    #expect(
      problem { $0.certificate = [CertificateLine(.node, thing: "n\u{1B}1", without: "\n", isReplaceable: false)] }
        == "no problem")
    for text in ["", "n\u{1B}1", String(repeating: "n", count: 401)] {
      #expect(
        problem {
          $0.certificate = [CertificateLine(.node, thing: "n1", without: "held", isReplaceable: false)]
          $0.certificate[0].without = text
        } == "case.json: minimal.certificate[0].without: expected 1 to 400 characters that can be printed")
    }
    #expect(
      problem { $0.unshrunkEventHash = "0" }
        == "case.json: minimal.unshrunkEventHash: expected 16 hexadecimal digits, found \"0\"")
    #expect(
      problem { $0.otherFailures = ["foo/bar"] }.hasPrefix("case.json: minimal.otherFailures[0]: expected linear"))
  }

  @Test("An expectation that no run can have is refused")
  func expectation() {
    #expect(
      problem(replacing(#""verdict" : "[^"]*""#, with: #""verdict" : "wonderful""#))
        == "case.json: expected.verdict: expected one of linearizable, not-linearizable, invariant-broken, no-progress, "
        + "node-stopped, unknown; found \"wonderful\"")
    #expect(
      problem(replacing(#""verdict" :"#, with: #""signature" : "foo/bar", "verdict" :"#))
        == "case.json: expected.signature: expected linearizability, or a name behind invariant/, liveness/ or stopped/; "
        + "found \"foo/bar\"")
    for hash in ["zzz", "0123456789ABCDEF", "+123456789abcdef", ""] {
      #expect(
        problem(replacing(#""eventHash" : "[^"]*""#, with: "\"eventHash\" : \"\(hash)\""))
          == "case.json: expected.eventHash: expected 16 hexadecimal digits, found \"\(hash)\"")
    }
  }

  @Test("A history and bytes that are not UTF-8 are refused; an error quotes only the beginning of a long value")
  func noCase() throws {
    let folder = try TemporaryFolder()
    let history = try folder.write("{\"format\":\"raftcheck-history\",\"version\":1}\n{}\n", to: "history.jsonl")
    let path = "\(folder.path)/bytes.json"
    try Files.write([0x22, 0xFF, 0x22], to: path)
    for (file, expected) in [
      (history, "is a history and no case; see `raftcheck check` and `raftcheck shrink`"),
      (path, "expected text in UTF-8"),
    ] {
      do {
        _ = try CaseFile(at: file)
        Issue.record("\(file) is no case")
      } catch {
        #expect(error.description == "\(file): \(expected)")
      }
    }
    let long = problem(
      replacing(
        #""bug" : null,|"program""#, with: "\"bug\" : \"\(String(repeating: "x", count: 3_000_000))\", \"program\""))
    #expect(long.count < 900 && long.hasSuffix("see `raftcheck bugs list`"))
  }

  @Test("Files that cannot be read are reported")
  func files() throws {
    let folder = try TemporaryFolder()
    func problem(_ path: String, limit: Int = 10) -> FileProblem? {
      do {
        _ = try Files.read(path, limit: limit)
        return nil
      } catch { return error }
    }
    let missing = "\(folder.path)/missing.json"
    #expect(problem(missing)?.description == "\(missing): cannot be read: there is no such file or folder")
    #expect(problem(missing)?.kind == .system)
    #expect(problem(folder.path)?.description == "\(folder.path): is a folder; expected a file")
    let large = "\(folder.path)/large"
    try Files.write(Array("eleven byte".utf8), to: large)
    #expect(problem(large)?.kind == .content)
    #expect(problem(large, limit: 11) == nil)
    #expect(throws: FileProblem.self) { try Files.write([], to: "\(folder.path)/no/such/folder") }
    #expect(throws: FileProblem.self) { try Files.makeFolder("\(large)/below") }
  }

  @Test("A pipe is written to and not replaced, and nothing is left of what failed")
  func specialFiles() throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    // Open at both ends, so that the writer does not wait for a reader.
    let reader = open(pipe, O_RDWR)
    defer { close(reader) }
    try Files.write(Array("tea".utf8), to: pipe)
    var bytes = [UInt8](repeating: 0, count: 10)
    #expect(read(reader, &bytes, 10) == 3)
    #expect(throws: FileProblem.self) { try Files.write([], to: folder.path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pipe"])
  }

  @Test("A folder gives its histories by name, those below it too")
  func folders() throws {
    let folder = try TemporaryFolder()
    try Files.makeFolder("\(folder.path)/b/c")
    for name in ["z.jsonl", "a.log", "README.md", ".hidden.jsonl", "b/c/m.jsonl", "b/h.edn"] {
      try Files.write([], to: "\(folder.path)/\(name)")
    }
    let names = try HistorySearch(in: folder.path).findings.map {
      String(try $0.get().path.dropFirst(folder.path.count + 1))
    }
    #expect(names == ["a.log", "b/c/m.jsonl", "b/h.edn", "z.jsonl"])
  }
}
