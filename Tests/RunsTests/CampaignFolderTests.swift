import Determinism
import Foundation
import Runs
import Testing

@testable import Campaigns

@Suite(
  "The folder of a campaign", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct CampaignFolderTests {
  private func run(
    _ plan: CampaignPlan, in path: String, stoppingAfter seeds: Int = .max
  ) throws -> CampaignRecord {
    var counted = 0
    var observer = Campaign.Observer()
    observer.counted = { _, summary in counted = summary.seeds }
    return try Campaign(plan).run(
      in: CampaignFolder(path, for: plan), telling: observer, shouldStop: { counted >= seeds })
  }

  /// All files below a folder with their content; the times of a campaign and what a machine calls its parts aside.
  private func content(of path: String) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) where Files.isFile("\(path)/\(name)") {
      var text = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
      if name == "summary.json", let times = text.range(of: #""times" : \{[^}]*\}"#, options: .regularExpression) {
        text.removeSubrange(times)
      }
      if ["index.html", "junit.xml", "results.sarif"].contains(name) { continue }
      text = text.replacingOccurrences(of: "  \"isMerged\" : true,\n", with: "")
      found[name] = text
    }
    return found
  }

  @Test("Any number of jobs finds the same, minimal cases included, and they replay")
  func jobs() throws {
    let folder = try TemporaryFolder()
    var contents: [[String: String]] = []
    for jobs in [1, 3] {
      let path = "\(folder.path)/\(jobs)"
      let record = try run(CampaignTests.failingPlan(8, jobs: jobs), in: path)
      #expect(record.isComplete && record.summary.failures == 4 && record.problem == nil)
      contents.append(try content(of: path))
    }
    #expect(contents[0] == contents[1])
    let names = contents[0].keys.filter { $0.hasPrefix("failures/") }
    let bucket = try #require(names.first).split(separator: "/")[1]
    for name in ["case.json", "minimal.json", "history.jsonl", "report.txt", "report.html", "repro.sh"] {
      #expect(names.contains("failures/\(bucket)/\(name)"))
    }
    for name in names where name.hasSuffix("minimal.json") {
      #expect(try Program.run(["replay", "\(folder.path)/1/\(name)"]).exitCode == 1)
    }
    #expect(!contents[0].keys.contains { $0.hasPrefix("found/") })
  }

  @Test("Shards that are merged come to what one campaign finds")
  func shards() throws {
    let folder = try TemporaryFolder()
    let plan = CampaignTests.failingPlan(12)
    _ = try run(plan, in: "\(folder.path)/one")
    let parts = try (0..<UInt64(3)).map { index in
      var part = plan
      part.shard = Shard(index: index, total: 3)
      _ = try run(part, in: "\(folder.path)/parts/\(index)")
      return "\(folder.path)/parts/\(index)"
    }
    let some = try CampaignMerge(of: Array(parts.dropLast()))
    #expect(some.gaps == ["1 of 3 shards are not there: 2"])
    let merge = try CampaignMerge(of: ["\(folder.path)/parts"])
    #expect(try merge.gaps == [] && merge.write(to: "\(folder.path)/merged").gaps == [])
    #expect(try content(of: "\(folder.path)/merged") == content(of: "\(folder.path)/one"))
    #expect(throws: FileProblem.self) { try CampaignMerge(of: [parts[0], parts[0]]) }
    #expect(throws: FileProblem.self) { try CampaignMerge(of: [parts[0], "\(folder.path)/one"]) }
    #expect(throws: FileProblem.self) { try CampaignMerge(of: [folder.path]) }
    // Its seeds are no longer in order: nothing goes on with it, and nothing takes its place.
    #expect(throws: FileProblem.self) { try CampaignFolder.plan(in: "\(folder.path)/merged") }
    #expect(throws: FileProblem.self) { try CampaignFolder("\(folder.path)/merged", for: plan) }
    #expect(throws: FileProblem.self) { try merge.write(to: "\(folder.path)/merged") }
    // One that has come to no figures counts as one without seeds.
    try FileManager.default.removeItem(atPath: "\(parts[1])/summary.json")
    let record = try CampaignMerge(of: parts).write(to: "\(folder.path)/open")
    #expect(record.gaps == ["Shard 1 has run 0 of 4 seeds: \(parts[1])"])
    #expect(record.severity == .violation && record.summary.seeds == 8)
  }

  @Test("One that was interrupted is gone on with, and comes to the same")
  func resumes() throws {
    let folder = try TemporaryFolder()
    let plan = CampaignTests.failingPlan(8)
    _ = try run(plan, in: "\(folder.path)/whole")
    let path = "\(folder.path)/parts"
    #expect(try run(plan, in: path, stoppingAfter: 2).wasInterrupted)
    #expect(try run(plan, in: path, stoppingAfter: 5).wasInterrupted)
    let last = try run(plan, in: path)
    #expect(last.isComplete && !last.wasInterrupted)
    #expect(try content(of: path) == content(of: "\(folder.path)/whole"))
    // Nothing is left to do, and nothing changes.
    let again = try run(plan, in: path)
    #expect(again.summary.seeds == 8 && again.isComplete)
    #expect(try content(of: path) == content(of: "\(folder.path)/whole"))
  }

  @Test("A seed that failed and was not counted is told until it is counted")
  func uncounted() throws {
    let folder = try TemporaryFolder()
    let plan = CampaignTests.failingPlan(8)
    #expect(try run(plan, in: folder.path, stoppingAfter: 2).wasInterrupted)
    let summary = "\(folder.path)/summary.json"
    let text = try String(contentsOfFile: summary, encoding: .utf8)
    try text.replacing("{", with: "{\"uncounted\": [{\"seed\": 7}],", maxReplacements: 1)
      .write(toFile: summary, atomically: true, encoding: .utf8)
    let more = try run(plan, in: folder.path, stoppingAfter: 3)
    #expect(more.summary.seeds == 8 || more.uncounted.contains(7))
    #expect(try run(plan, in: folder.path).uncounted == [])
  }

  @Test("What else lies in its folder, or is no longer as it was written, is told in a sentence")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let plan = CampaignTests.failingPlan(6)
    let path = "\(folder.path)/out"
    _ = try run(plan, in: path)
    func sentence(_ plan: CampaignPlan) -> String {
      do {
        _ = try CampaignFolder(path, for: plan)
        return "nothing"
      } catch {
        return "\(error)"
      }
    }
    var other = plan
    other.count = 7
    #expect(sentence(other).contains("holds a campaign of another plan (from seed 0 on, 6 of them)"))
    other = plan
    other.setup.bugs = []
    #expect(sentence(other).contains("with the bug vote-not-persisted"))
    let held = try CampaignFolder(path, for: plan)
    #expect(sentence(plan).contains("another campaign is under way there"))
    #expect(held.earlier?.summary.seeds == 6)
    let summary = try String(contentsOfFile: "\(path)/summary.json", encoding: .utf8)
    for (count, other) in [("\"seeds\" : 6", "\"seeds\" : -1"), ("\"seeds\" : 6", "\"seeds\" : 9223372036854775807")] {
      try summary.replacingOccurrences(of: count, with: other)
        .write(toFile: "\(path)/summary.json", atomically: true, encoding: .utf8)
      #expect(throws: FileProblem.self) { try CampaignFolder.record(in: path, plan) }
    }
    try "{".write(toFile: "\(path)/summary.json", atomically: true, encoding: .utf8)
    #expect(throws: FileProblem.self) { try CampaignFolder.record(in: path, plan) }
    try summary.write(toFile: "\(path)/summary.json", atomically: true, encoding: .utf8)
    try "".write(toFile: "\(path)/failures.ndjson", atomically: true, encoding: .utf8)
    #expect(throws: FileProblem.self) { try CampaignFolder.record(in: path, plan) }
    // A run keeps a manifest, too.
    try "{\"format\": \"raftcheck-manifest\"}".write(toFile: "\(path)/manifest.json", atomically: true, encoding: .utf8)
    #expect(throws: FileProblem.self) { try CampaignFolder("\(path)", for: plan) }
  }

  @Test("A failing seed that cannot be saved is told, and ends the campaign")
  func unsaved() throws {
    let folder = try TemporaryFolder()
    let plan = CampaignTests.failingPlan(24)
    let path = "\(folder.path)/out"
    let opened = try CampaignFolder(path, for: plan)
    // A file stands where the folders of seeds should be.
    try FileManager.default.removeItem(atPath: "\(path)/found")
    try "".write(toFile: "\(path)/found", atomically: true, encoding: .utf8)
    var failing = 0
    var observer = Campaign.Observer()
    observer.counted = { end, _ in failing += end.failure == nil ? 0 : 1 }
    let record = Campaign(plan).run(in: opened, telling: observer)
    #expect(failing == 1 && record.summary.failures == 1)
    #expect(record.problem?.kind == .system)
  }

  @Test("Seeds of six bugs fall into six to ten buckets, each with a minimal case that replays")
  func sixBugs() throws {
    let folder = try TemporaryFolder()
    var plan = CampaignPlan(firstSeed: 42, count: 12)
    (plan.jobs, plan.setup.shrinkEvents) = (2, 20_000)
    (plan.setup.knobs.operations, plan.setup.knobs.duration) = (80, .seconds(2))
    plan.setup.knobs.snapshotEntries = 5
    plan.setup.bugs = [
      "vote-not-persisted", "ack-before-sync", "reads-leader-without-quorum", "no-sessions", "append-always-truncates",
      "snapshot-newer-than-index",
    ]
    let record = try run(plan, in: folder.path)
    let buckets = record.ledger.buckets
    #expect((6...10).contains(buckets.count), "\(buckets.map { "\($0.name) \($0.seeds) \($0.bugs) \($0.shape.text)" })")
    #expect(
      buckets.allSatisfy { $0.bugs.count == 1 && Files.isFile("\(folder.path)/failures/\($0.name)/minimal.json") })
    #expect(Set(buckets.flatMap(\.bugs)).count == 6)
  }
}
