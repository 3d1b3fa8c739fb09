import Determinism
import Foundation
import Histories
import KnownBugs
import Runs
import Testing

@testable import Campaigns

@Suite("Many seeds")
struct CampaignTests {
  private func plan(_ first: UInt64, _ count: UInt64) -> CampaignPlan {
    var plan = CampaignPlan(firstSeed: first, count: count)
    plan.knobs = smallKnobs()
    return plan
  }

  @Test("A plan ends after its last seed, and at the last seed there is")
  func seeds() {
    #expect((0..<4).map { plan(5, 3).seed(at: $0) } == [5, 6, 7, nil])
    #expect(CampaignPlan(firstSeed: .max).seed(at: 0) == .max)
    #expect(CampaignPlan(firstSeed: .max).seed(at: 1) == nil)
    #expect(CampaignPlan(firstSeed: 3).seed(at: 1_000_000) == 1_000_003)
  }

  @Test("Every seed is run once, in order, and its figures are added up")
  func adds() throws {
    var results: [SeedResult] = []
    let summary = try Campaign(plan(3, 4)).run { result, _ in results.append(result) }
    #expect(results.map(\.seed) == [3, 4, 5, 6])
    #expect(summary.seeds == 4)
    #expect(summary.severity == .pass)
    #expect(summary.count(of: .linearizable) == 4)
    #expect(summary.operations == results.reduce(0) { $0 + $1.statistics.operations })
    #expect(summary.events == results.reduce(0) { $0 + $1.statistics.events })
    for (result, seed) in zip(results, UInt64(3)...) {
      let alone = Run(seed: seed, knobs: smallKnobs()).simulate().outcome.eventHash
      #expect(result.eventHash == alone, "what a seed does must not depend on the seeds before it: \(seed)")
    }
  }

  @Test("The seeds in which members change are counted by themselves", arguments: [true, false])
  func members(_ change: Bool) throws {
    var plan = plan(0, 6)
    (plan.knobs.nodes, plan.knobs.changesMembers) = (nil, change)
    var aims = 0
    let summary = try Campaign(plan).run { result, _ in aims += result.memberAims?.count ?? 0 }
    #expect(summary.members.seeds == (change ? 6 : 0))
    #expect(summary.members.aims.reduce(0) { $0 + $1.seeds } == aims && (aims >= 6) == change)
    #expect((summary.members.slowestRequest > 0) == change)
  }

  @Test("Failing seeds fall into buckets, stop the campaign and are saved")
  func failures() throws {
    let folder = try TemporaryFolder()
    var plan = CampaignPlan(firstSeed: 0, count: 60)
    plan.bug = KnownBug.named("reads-any-node")
    plan.checks = .none
    plan.failureLimit = 1
    plan.directory = folder.path
    var failing: SeedResult?
    let summary = try Campaign(plan).run { result, _ in
      if result.severity > .pass { failing = result }
    }
    let result = try #require(failing)
    #expect(summary.failures == 1)
    #expect(summary.severity == .violation)
    #expect(summary.buckets[.linearizability]?.firstSeed == result.seed)

    let casePath = try #require(result.casePath)
    let saved = try CaseFile(reading: Files.read(casePath, limit: Files.caseLimit), path: casePath)
    #expect(saved.expected.verdict == "not-linearizable")
    #expect(result.detail?.contains("line") == true, "it names lines of the saved history")
    #expect(saved.run.simulate().outcome.eventHash == result.eventHash)
    let recorded = try RecordedHistory(path: "\(folder.path)/\(result.seed)/history.jsonl", options: CheckOptions())
    let checked = recorded.judged(CheckOptions())
    #expect(checked.severity == .violation)
    #expect(!checked.places.isEmpty, "each operation at fault has its line")
    let explanation = try Files.read("\(folder.path)/\(result.seed)/report.txt", limit: 1 << 20)
    #expect(String(decoding: explanation, as: UTF8.self).contains("line"))
  }

  @Test("A failing seed is reported before it is saved; if saving fails, the campaign ends with the reason")
  func unsaved() throws {
    let folder = try TemporaryFolder()
    var plan = CampaignPlan(firstSeed: 0, count: 60)
    plan.bug = KnownBug.named("reads-any-node")
    plan.checks = .none
    plan.directory = folder.path
    var isTold = false
    let summary = try Campaign(plan).run { result, _ in
      guard result.severity > .pass else { return }
      isTold = true
      #expect(!Files.isFolder("\(folder.path)/\(result.seed)"))
      #expect(throws: Never.self) { try folder.write("", to: "\(result.seed)") }
    }
    #expect(isTold)
    #expect(summary.failures == 1)
    #expect(summary.problem?.kind == .system)
    plan.directory = "\(folder.path)/\(try #require(summary.buckets[.linearizability]).firstSeed)/x"
    #expect(throws: FileProblem.self) { try Campaign(plan).run { _, _ in Issue.record("no seed may run") } }
  }

  @Test("An interruption ends it between two seeds and keeps what was done")
  func interruption() throws {
    var asked = 0
    let summary = try Campaign(plan(0, 10)).run(shouldStop: {
      asked += 1
      return asked > 2
    })
    #expect(summary.wasInterrupted)
    #expect(summary.seeds == 2)
  }

  @Test("A campaign out of time runs nothing")
  func outOfTime() throws {
    var plan = plan(0, 10)
    plan.timeLimit = .zero
    #expect(try Campaign(plan).run().seeds == 0)
  }

  @Test("Running every seed twice finds no difference")
  func determinism() throws {
    var plan = plan(0, 2)
    plan.checksDeterminism = true
    let summary = try Campaign(plan).run()
    #expect(summary.nondeterministic == 0)
    #expect(summary.severity == .pass)
  }

  @Test("A difference outweighs a violation")
  func severities() {
    let report = Run(seed: 0, knobs: smallKnobs()).simulate().judged()
    #expect(SeedResult(report, secondRun: .differed("")).severity == .nondeterminism)
    var summary = CampaignSummary()
    summary.add(SeedResult(report))
    #expect(summary.severity == .pass)
    summary.add(SeedResult(report, secondRun: .differed("")))
    #expect(summary.severity == .nondeterminism)
    #expect(summary.nondeterministic == 1)
    let order: [Severity] = [.pass, .undecided, .violation, .nondeterminism, .internalError]
    #expect(order == order.sorted())
  }
}
