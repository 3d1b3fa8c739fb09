import Determinism
import Histories
import KnownBugs
import Runs
import Scenarios
import Synchronization
import Testing

@testable import Campaigns

@Suite("Hunting known bugs")
struct BugHuntTests {
  private func plan(_ names: [String], _ seeds: Range<UInt64>, catches: Int) throws -> BugHuntPlan {
    var plan = BugHuntPlan(bugs: try names.map { try #require(KnownBug.named($0)) }, seeds: seeds)
    plan.catches = catches
    return plan
  }

  /// Everything but times.
  private func told(_ result: BugHunt.Result) -> [String] {
    result.figures.map { figures in
      let buckets = zip(figures.caughtBy.keys, figures.caughtBy.values).map { "\($0) \($1.seeds) \($1.firstSeed)" }
      return "\(figures.bug.name) \(figures.catches)/\(figures.seeds) \(figures.first?.seed ?? 0) \(buckets)"
    }
  }

  @Test("Any number of workers counts the same seeds")
  func workers() throws {
    let plan = try plan(["reads-any-node", "vote-ignores-log"], 3..<7, catches: 2)
    let alone = told(BugHunt(plan).run(workers: 1))
    #expect(alone.count == 2)
    #expect(told(BugHunt(plan).run(workers: 3)) == alone)
  }

  @Test("A bug that was caught often enough is left at that very seed, and its first catch repeats")
  func ends() throws {
    let result = BugHunt(try plan(["vote-ignores-log"], 2..<1_000, catches: 2)).run(workers: 2)
    let figures = try #require(result.figures.first)
    #expect(figures.catches == 2)
    #expect(figures.seeds < 100)
    let first = try #require(figures.first)
    #expect(first.seed > 2)
    for seed in 2...first.seed {
      let report = Run(seed: seed, bug: figures.bug).simulate().judged()
      #expect((report.signature == first.signature) == (seed == first.seed), "seed \(seed)")
    }
  }

  @Test("Of invariants and self-checks a black box shows nothing")
  func blackBox() throws {
    var plan = try plan(["ack-before-sync", "commit-regresses"], 0..<1, catches: 1)
    let (seen, hidden) = (plan.bugs[0], plan.bugs[1])
    #expect(plan.isCaught(seen, by: .invariant) && plan.isCaught(hidden, by: .invariant))
    #expect(!plan.isCaught(hidden, by: .history), "its row does not name it")
    plan.checks = .none
    #expect(plan.isCaught(seen, by: .history))
    for effect in KnownBug.Effect.allCases where effect != .history { #expect(!plan.isCaught(seen, by: effect)) }
  }

  @Test("An interruption leaves the figures of the seeds that were run")
  func interruption() throws {
    let asked = Atomic<Int>(0)
    let result = BugHunt(try plan(["fsync-error-ignored"], 0..<1_000, catches: 1)).run(
      workers: 2, shouldStop: { asked.add(1, ordering: .relaxed).newValue > 4 })
    #expect(result.wasInterrupted)
    #expect(result.figures.first?.seeds == 4)
  }

  @Test("The interval of a share is Wilson's, the median of a hunt ln 2 / p")
  func proportions() {
    func expect(_ successes: Int, of trials: Int, _ low: Double, _ high: Double) {
      let interval = Proportion(successes, of: trials).interval
      #expect(abs(interval.lowerBound - low) < 0.0005, "\(successes) of \(trials): \(interval)")
      #expect(abs(interval.upperBound - high) < 0.0005, "\(successes) of \(trials): \(interval)")
    }
    expect(0, of: 10, 0, 0.2775)
    expect(5, of: 10, 0.2366, 0.7634)
    expect(10, of: 10, 0.7225, 1)
    expect(20, of: 2_000, 0.0065, 0.0154)
    expect(0, of: 0, 0, 1)
    #expect(Proportion(0, of: 5).medianTrials == nil)
    #expect(Proportion(5, of: 5).medianTrials == 1)
    #expect(abs((Proportion(20, of: 2_000).medianTrials ?? 0) - 69.3) < 0.1)
  }

  @Test("As long as a bug's rule decides as the paper's, the run is the same event for event")
  func events() throws {
    var knobs = smallKnobs()
    knobs.faults = []
    let bug = try #require(KnownBug.named("fsync-error-ignored"))
    for seed in 0..<3 as Range<UInt64> {
      let paper = Run(seed: seed, knobs: knobs).simulate().outcome.eventHash
      #expect(Run(seed: seed, knobs: knobs, bug: bug).simulate().outcome.eventHash == paper, "seed \(seed)")
    }
  }
}
