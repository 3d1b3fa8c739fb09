import Determinism
import Foundation
import KnownBugs
import Runs
import System
import Testing

@testable import Campaigns

@Suite("Many seeds", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct CampaignTests {
  static func plan(_ first: UInt64, _ count: UInt64, jobs: Int = 2) -> CampaignPlan {
    var plan = CampaignPlan(firstSeed: first, count: count)
    plan.setup.knobs = smallKnobs()
    plan.jobs = jobs
    return plan
  }

  /// One of which every second seed fails, each in one of two ways, and little is shrunk.
  static func failingPlan(_ count: UInt64, jobs: Int = 2) -> CampaignPlan {
    var plan = plan(0, count, jobs: jobs)
    plan.setup.bugs = ["vote-not-persisted", "", "ack-before-sync", ""]
    plan.setup.shrinkEvents = 3_000
    return plan
  }

  @Test("A plan ends after its last seed, and at the last seed there is")
  func seeds() {
    #expect((0..<4).map { Self.plan(5, 3).seed(at: $0) } == [5, 6, 7, nil])
    #expect(CampaignPlan(firstSeed: .max).seed(at: 0) == .max)
    #expect(CampaignPlan(firstSeed: .max).seed(at: 1) == nil)
    #expect(CampaignPlan(firstSeed: 3).seed(at: 1_000_000) == 1_000_003)
  }

  @Test("Each seed belongs to one shard, that of its remainder", arguments: [(0, 10), (7, 3), (100, 1), (6, 0)])
  func shards(_ first: UInt64, _ count: UInt64) {
    var found: [UInt64] = []
    for index in 0..<UInt64(4) {
      var plan = Self.plan(first, count)
      plan.shard = Shard(index: index, total: 4)
      let seeds = (0..<20).compactMap { plan.seed(at: $0) }
      #expect(seeds.allSatisfy { $0 % 4 == index })
      #expect(plan.seedCount == UInt64(seeds.count))
      found += seeds
    }
    #expect(found.sorted() == Array(first..<(first + count)))
  }

  @Test("Every seed is counted once, in order, and its figures are added up")
  func adds() throws {
    var results: [SeedResult] = []
    var observer = Campaign.Observer()
    observer.counted = { end, _ in if case .ran(let result) = end { results.append(result) } }
    let summary = Campaign(Self.plan(3, 6)).run(telling: observer).summary
    #expect(results.map(\.seed) == [3, 4, 5, 6, 7, 8])
    #expect(summary.seeds == 6)
    #expect(summary.severity == .pass)
    #expect(summary.verdicts[.linearizable] == 6)
    #expect(summary.operations == results.reduce(0) { $0 + $1.statistics.operations })
    #expect(summary.events == results.reduce(0) { $0 + $1.statistics.events })
    for result in results {
      let alone = Run(seed: result.seed, knobs: smallKnobs()).simulate().outcome.eventHash
      #expect(result.eventHash == alone, "what a seed does must not depend on the seeds before it: \(result.seed)")
    }
  }

  @Test("The seeds in which members change are counted by themselves", arguments: [true, false])
  func members(_ change: Bool) throws {
    var plan = Self.plan(0, 6)
    (plan.setup.knobs.nodes, plan.setup.knobs.changesMembers) = (nil, change)
    let summary = Campaign(plan).run().summary
    #expect(summary.members.seeds == (change ? 6 : 0))
    #expect((summary.members.aims.present.reduce(0) { $0 + $1.count } >= 6) == change)
    #expect((summary.members.slowestRequest > 0) == change)
  }

  @Test("A limit of failing seeds stops it right behind the last of them")
  func failureLimit() throws {
    var plan = Self.failingPlan(60, jobs: 3)
    (plan.failureLimit, plan.shrinks) = (2, false)
    let record = Campaign(plan).run()
    #expect(record.summary.failures == 2)
    #expect(record.summary.severity == .violation)
    #expect(record.ledger.records.last?.seed == record.summary.highestSeed)
  }

  @Test("An interruption ends it and keeps what was done")
  func interruption() throws {
    var counted = 0
    var observer = Campaign.Observer()
    observer.counted = { _, summary in counted = summary.seeds }
    let record = Campaign(Self.plan(0, 100_000)).run(telling: observer, shouldStop: { counted > 2 })
    #expect(record.wasInterrupted)
    #expect(record.summary.seeds == counted)
  }

  @Test("A campaign out of time runs nothing")
  func outOfTime() throws {
    var plan = Self.plan(0, 10)
    plan.timeLimit = .zero
    #expect(Campaign(plan).run().summary.seeds == 0)
  }

  @Test("Running every seed twice finds no difference")
  func determinism() throws {
    var plan = Self.plan(0, 2)
    plan.setup.checksDeterminism = true
    let summary = Campaign(plan).run().summary
    #expect(summary.nondeterministic == 0)
    #expect(summary.severity == .pass)
  }

  @Test("A difference outweighs a violation")
  func severities() {
    let report = Run(seed: 0, knobs: smallKnobs()).simulate().judged()
    #expect(SeedResult(report, secondRun: .differed("")).severity == .nondeterminism)
    var summary = CampaignSummary()
    summary.add(.ran(SeedResult(report)))
    #expect(summary.severity == .pass)
    summary.add(.ran(SeedResult(report, secondRun: .differed(""))))
    #expect(summary.severity == .nondeterminism)
    #expect(summary.nondeterministic == 1)
    let order: [Severity] = [.pass, .undecided, .violation, .nondeterminism, .internalError]
    #expect(order == order.sorted())
  }

  @Test(
    "What happens to one worker is a result of its seed, and nothing else is lost",
    arguments: [
      (.trap, .trap), (.hang, .seedTimeout), (.sleep, .seedTimeout), (.allocate, .seedMemory), (.killed, .killed),
      (.killedOnce, nil),
    ] as [(WorkerSetup.Mishap, WorkerStop?)])
  func mishaps(_ mishap: WorkerSetup.Mishap, _ stop: WorkerStop?) throws {
    var plan = Self.plan(0, 8)
    plan.setup.mishaps = [.init(seed: 3, mishap: mishap)]
    (plan.setup.limits.time, plan.setup.limits.bytes) = (.seconds(3), 300 << 20)
    if mishap == .sleep { (plan.setup.limits.time, plan.setup.limits.wallFactor) = (.seconds(12), 1) }
    var ends: [SeedEnd] = []
    var observer = Campaign.Observer()
    observer.counted = { end, _ in ends.append(end) }
    let record = Campaign(plan).run(telling: observer)
    #expect(ends.map(\.seed) == Array(0..<8))
    let stopped = ends.compactMap { if case .stopped(let stopped) = $0 { stopped } else { nil } }
    #expect(stopped.map(\.stop) == (stop.map { [$0] } ?? []) && stopped.allSatisfy { $0.seed == 3 })
    #expect(record.summary.verdicts[.linearizable] == 8 - stopped.count)
    switch stop {
    case nil: #expect(record.severity == .pass)
    case .killed: #expect(record.severity == .undecided && record.summary.killed == 1 && record.ledger.records.isEmpty)
    case let stop?:
      #expect(record.severity == .violation)
      let failure = try #require(record.ledger.records.first)
      #expect(
        failure.failure.description == "stopped/\(stop.rawValue)"
          && failure.command.hasPrefix("raftcheck run --seed 3 --no-shrink"))
      let says = failure.errorLines?.contains { $0.contains("a worker of a test traps") } ?? false
      #expect(says == (stop == .trap), "\(failure.errorLines ?? [])")
    }
  }

  @Test("A worker that is asked nothing more ends by itself, and its program is the file that others know it by")
  func dismissal() throws {
    #expect(!Runs.Program.file.hasPrefix("/proc") && Files.isFile(Runs.Program.file))
    let worker = try WorkerProcess(program: Runs.Program.file, WorkerSetup())
    worker.dismiss()
    let deadline = Date() + 10
    while worker.endingIfEnded == nil, Date() < deadline { usleep(1_000) }
    #expect(worker.end() == .code(0))
  }

  @Test("Where no worker can be started there is no campaign, and that is told")
  func noWorkers() {
    var plan = Self.plan(0, 4)
    plan.program = "/missing/raftcheck"
    let record = Campaign(plan).run()
    #expect(
      record.problem?.description
        == "a worker cannot be started: cannot start /missing/raftcheck: no such file or directory")
    #expect(record.summary.seeds == 0)
  }
}
