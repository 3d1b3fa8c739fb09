import Determinism
import Foundation
import Reporting
import Runs
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@testable import Campaigns

@Suite("What a campaign tells others")
struct CampaignReportTests {
  /// Everything that some format takes for its own.
  private static let hostile =
    "]]> & <b onload=\"x\"> {0} [a](http://b) | `c` \u{0}\u{1B}[31m\u{85}\u{FFFE} 🐈 a%0Ab, c: d\r\nlast"

  // MARK: JUnit

  @Test("JUnit keeps to the rules of Jenkins' junit-10.xsd, and to what GitLab and GitHub read")
  func junit() throws {
    for record in try Self.records() {
      let file = try JUnitFile(CampaignReport(record).junit)
      #expect(file.objections == [])
      #expect(Set(file.cases.map(\.name)).count == file.cases.count, "GitLab tells tests apart by class and name")
    }
  }

  @Test("A bucket is a test that failed, what held is one that passed, and what nobody knows one that was skipped")
  func junitCases() throws {
    let cases = try JUnitFile(CampaignReport(Self.mixed()).junit).cases
    let failed = cases.filter { $0.outcome == "failure" }
    let types = ["linearizability", "stopped/trap", "liveness/NoLeader", "campaign/saved-case"]
    #expect(failed.map(\.type) == types)
    #expect(cases.filter { $0.outcome == "error" }.map(\.type) == ["campaign/problem", "campaign/blind-tester"])
    #expect(cases.filter { $0.outcome == "skipped" }.map(\.name) == ["undecided"])
    #expect(cases.filter { $0.outcome == "system-out" }.map(\.name) == ["seeds 7..<41, shard 1 of 4"])
    let stale = try #require(cases.first)
    #expect(stale.message == "c3 read x = 1, though x was 2 before.")
    #expect(stale.text.contains("n1 is leader of term 1") && stale.text.contains("again: raftcheck run --seed 9"))
    #expect(stale.text.contains("raftcheck replay failures/linearizability-"))
    let trap = try #require(cases.first { $0.type == "stopped/trap" })
    #expect(trap.text.contains("]]> & <b onload=\"x\"> {0}") && trap.text.contains("\\u{1B}[31m\\u{85}\\u{FFFE} 🐈"))
  }

  // MARK: SARIF

  @Test("SARIF has what the format and GitHub's code scanning ask for")
  func sarif() throws {
    for record in try Self.records() {
      let file = try SARIFObject(CampaignReport(record, anchor: "ci/a b:c.yml").sarif)
      #expect(file.objections == [])
      #expect(file.results.allSatisfy { $0.uri == "ci/a%20b%3Ac.yml" })
    }
  }

  @Test("A result bears its bucket, tells its story, and a result is all that is found, and nothing else")
  func sarifResults() throws {
    let record = try Self.mixed()
    let file = try SARIFObject(CampaignReport(record).sarif)
    #expect(file.category == "raftcheck/shard-1-of-4/")
    let buckets = record.ledger.buckets.map(\.name)
    let others = ["liveness-NoLeader-not-shrunk", "saved-case-b.json", "campaign-blind-tester"]
    #expect(file.results.map(\.fingerprint) == buckets + others)
    let stale = try #require(file.results.first)
    let told = "c3 read x = 1, though x was 2 before.\n2 seeds; first 9; 3 nodes, 4 operations, 1 fault."
    #expect(stale.message.hasPrefix(told))
    #expect(stale.steps == ["0.000 s n1 is leader of term 1", "0.120 s partition {{n1}} | {{n2 n3}}"])
    let trap = try #require(file.results.first { $0.rule == "stopped/trap" })
    #expect(trap.steps.first?.contains("{{0}} [a] (http://b)") == true)
    #expect(file.notes.contains { $0.contains("undecided") || $0.contains("limit") || $0.contains("killed") })
  }

  @Test("With thousands of buckets the files stay within their bounds, and say what they left out")
  func bounds() throws {
    let record = try Self.crowd(2_500)
    let report = CampaignReport(record)
    let sarif = report.sarif
    #expect(sarif.count < 10_000_000)
    let file = try SARIFObject(sarif)
    #expect(file.objections == [] && file.results.count == 1_000)
    #expect(file.notes.contains { $0.contains("1,500 more results") })
    let junit = report.junit
    #expect(junit.count < 30_000_000)
    let cases = try JUnitFile(junit)
    #expect(cases.objections == [] && cases.cases.contains { $0.name == "more buckets" })
    #expect(String(decoding: report.index, as: UTF8.self).contains("2,000 more buckets are in summary.json"))
    #expect(report.annotations.count == 10)
    #expect(report.annotations.last?.contains("2,491 seeds in 2,491 more buckets") == true)
    let summary = report.stepSummary()
    #expect(summary.utf8.count <= CampaignReport.maxSummaryBytes)
    let short = report.stepSummary(atMost: 5_000)
    #expect(short.utf8.count <= 5_000 && short.contains("more buckets are in the campaign's folder."))
  }

  // MARK: The page

  @Test("The page holds no script, leads to the buckets' pages, and shows what it tells as it is")
  func page() throws {
    for record in try Self.records() {
      let html = String(decoding: CampaignReport(record).index, as: UTF8.self)
      let page = html.dropFirst("<!DOCTYPE html>\n".count)
      // Without the style, the rest keeps to the rules of XML.
      let parser = XMLParser(data: Data(page.utf8))
      #expect(parser.parse(), "\(String(describing: parser.parserError))")
      #expect(!html.contains("<script") && !html.contains("onload=\"") && !html.contains("\u{1B}"))
    }
    let record = try Self.mixed()
    let html = String(decoding: CampaignReport(record).index, as: UTF8.self)
    // For people to look at, where they have asked for it.
    if let folder = ProcessInfo.processInfo.environment["RAFTCHECK_KEEP_PAGES"] {
      try Data(html.utf8).write(to: URL(fileURLWithPath: "\(folder)/campaign.html"))
    }
    let stale = try #require(record.ledger.buckets.first)
    #expect(html.contains("href=\"failures/\(stale.name)/report.html\""))
    #expect(html.contains("raftcheck run --seed 9") && html.contains("The tester is blind"))
  }

  // MARK: GitHub

  @Test("An annotation is one line, in which nothing ends the line, a property or the command")
  func annotations() throws {
    let record = try Self.mixed()
    let lines = CampaignReport(record, anchor: "a,b:c%.yml").annotations
    #expect(lines.count == 7)
    for line in lines {
      #expect(!line.contains("\n") && !line.contains("\r"))
      let place = " file=a%2Cb%3Ac%25.yml,line=1,title=raftcheck%3A "
      #expect(line.hasPrefix("::error\(place)") || line.hasPrefix("::warning\(place)"))
    }
    #expect(lines[0].hasSuffix("3 nodes, 4 operations, 1 fault%0Araftcheck run --seed 9 --nodes 3"))
    #expect(CampaignReport(try Self.held()).annotations == [])
  }

  @Test("A step's summary is added to what is there, within what GitHub takes of a step")
  func stepSummary() throws {
    let folder = try TemporaryFolder()
    let report = CampaignReport(try Self.mixed())
    let path = try folder.write("before\n", to: "summary")
    try report.appendStepSummary(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasPrefix("before\n\n## raftcheck: The tester is blind\n"))
    #expect(!text.contains("\u{1B}"))
    // Indented lines are text as it is.
    for line in text.split(separator: "\n") where line.contains("<b ") { #expect(line.hasPrefix("    ")) }
    try Data(repeating: 0x61, count: CampaignReport.maxSummaryBytes - 10).write(to: URL(fileURLWithPath: path))
    try report.appendStepSummary(to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count <= CampaignReport.maxSummaryBytes)
    #expect(throws: FileProblem.self) { try report.appendStepSummary(to: "\(folder.path)/none/summary") }
    try report.appendStepSummary(to: "\(folder.path)/new")
    #expect(try String(contentsOfFile: "\(folder.path)/new", encoding: .utf8).hasPrefix("## raftcheck"))
  }

  @Test("The report of two campaigns that found the same is the same, times aside")
  func determinism() throws {
    let (one, other) = (CampaignReport(try Self.mixed()), CampaignReport(try Self.mixed()))
    #expect(one.sarif == other.sarif && one.index == other.index && one.annotations == other.annotations)
    #expect(one.junit == other.junit && one.stepSummary() == other.stepSummary())
  }

  // MARK: Records

  private static func records() throws -> [CampaignRecord] {
    [CampaignRecord(CampaignPlan(count: 0)), try held(), try mixed(), try crowd(30)]
  }

  /// A campaign in which nothing broke.
  private static func held() throws -> CampaignRecord {
    var record = CampaignRecord(CampaignPlan(firstSeed: 7, count: 34))
    record.summary = try summary(failures: [], linearizable: 34)
    record.canary = Canary.Outcome(bug: "vote-expires", seeds: 3, caughtBy: 12)
    return record
  }

  /// A shard with a bucket of two seeds, one whose process trapped, one that was not shrunk, and a blind tester.
  private static func mixed() throws -> CampaignRecord {
    var plan = CampaignPlan(firstSeed: 7, count: 136)
    plan.shard = Shard(index: 1, total: 4)
    plan.options = ["--nodes 3"]
    var record = CampaignRecord(plan)
    record.summary = try summary(
      failures: [("linearizability", 2, 9), ("stopped/trap", 1, 17), ("liveness/NoLeader", 1, 21)], linearizable: 29)
    record.summary.add(
      .stopped(StoppedSeed(seed: 40, stop: .killed, sentence: "its worker was killed", errorLines: [])))
    record.canary = Canary.Outcome(bug: "vote-expires", seeds: Canary.maxSeeds)
    record.cases = [
      SavedCaseResult(path: "cases/a.json", severity: .pass, sentence: nil),
      SavedCaseResult(
        path: "cases/b.json", severity: .violation, sentence: "on the published rules it fails: \(hostile)"),
      SavedCaseResult(path: "cases/c.json", severity: .undecided, sentence: "cases/c.json: is no case", isUnread: true),
    ]
    let story = ["0.000 s n1 is leader of term 1", "0.120 s partition {n1} | {n2 n3}"]
    let minimal = FailureRecord.Minimal(
      shape: FailureShape(text: "linearizability stale-read confirms"),
      size: RunSize(nodes: 3, operations: 4, faults: 1, deliveries: 20), trials: 300, isCertified: true,
      sentence: "c3 read x = 1, though x was 2 before.", story: story)
    for seed in [9, 13] as [UInt64] {
      let place = record.ledger.add(failure(seed, .run(.linearizability)))
      if let place { record.ledger.settle(place, as: minimal) }
    }
    _ = record.ledger.add(failure(17, .worker(.trap), errorLines: [hostile, "Fatal error: \(hostile)"]))
    _ = record.ledger.add(failure(21, .run(.liveness(.noLeader))))
    return record
  }

  /// Many buckets of one seed each, the first of them with long stories.
  private static func crowd(_ count: Int) throws -> CampaignRecord {
    var record = CampaignRecord(CampaignPlan(count: UInt64(count)))
    record.summary = try summary(failures: [("linearizability", count, 0)], linearizable: 0)
    let story = (0..<30).map { "\($0) \(hostile)" }
    let long = 20 as UInt64
    for seed in 0..<UInt64(count) {
      guard let place = record.ledger.add(failure(seed, .run(.linearizability), shape: "\(seed)")) else { continue }
      let minimal = FailureRecord.Minimal(
        shape: FailureShape(text: "\(seed)"), size: RunSize(nodes: 3, operations: 4, faults: 1, deliveries: 20),
        trials: 1, isCertified: true, sentence: seed < long ? hostile : "\(seed) fails.",
        story: seed < long ? story : ["0.000 s n1 is leader of term 1"])
      record.ledger.settle(place, as: minimal)
    }
    return record
  }

  private static func failure(
    _ seed: UInt64, _ failure: SeedFailure, shape: String? = nil, errorLines: [String]? = nil
  ) -> FailureRecord {
    FailureRecord(
      seed: seed, failure: failure, anomaly: nil, bug: nil, detail: seed < 30 ? hostile : nil,
      shape: FailureShape(text: shape ?? failure.description), command: "raftcheck run --seed \(seed) --nodes 3",
      errorLines: errorLines)
  }

  /// The figures of seeds that nobody ran.
  private static func summary(
    failures: [(name: String, seeds: Int, first: UInt64)], linearizable: Int
  ) throws -> CampaignSummary {
    var text = String(decoding: CanonicalJSON.encode(CampaignSummary()), as: UTF8.self)
    let counts = failures.map { #"{"failure":"\#($0.name)","seeds":\#($0.seeds),"firstSeed":\#($0.first)}"# }
    let seeds = linearizable + failures.reduce(0) { $0 + $1.seeds }
    for (empty, full) in [
      (#""failures":[]"#, #""failures":[\#(counts.joined(separator: ","))],"lowestSeed":7,"highestSeed":40"#),
      (#""linearizable":0"#, #""linearizable":\#(linearizable)"#),
      (#""seeds":0,"seedsBy"#, #""seeds":\#(seeds),"seedsBy"#),
    ] {
      #expect(text.contains(empty))
      text = text.replacingOccurrences(of: empty, with: full)
    }
    return try CanonicalJSON.decode(CampaignSummary.self, from: Array(text.utf8), path: "summary")
  }
}
