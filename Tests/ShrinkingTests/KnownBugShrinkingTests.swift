import Determinism
import Histories
import KnownBugs
import Runs
import Scenarios
import Shrinking
import Testing
import Traces

@Suite("Shrinking what shows a known bug")
struct KnownBugShrinkingTests {
  private func knobs(nodes: Int, operations: Int, milliseconds: Int64) -> ScenarioKnobs {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.operations, knobs.duration) = (nodes, operations, .milliseconds(milliseconds))
    return knobs
  }

  /// Shrinks a seed that shows a bug in a certain way: the first one tried is one that did when this was written.
  private func shrink(
    _ name: String, _ signature: FailureSignature, trying first: UInt64, _ knobs: ScenarioKnobs,
    checks: RunChecks = .all
  ) throws -> ShrunkScenario {
    let bug = try #require(KnownBug.named(name))
    for seed in [first] + (0..<200 as Range<UInt64>) {
      let run = Run(seed: seed, knobs: knobs, bug: bug, checks: checks)
      let report = run.simulate().judged()
      guard report.signature == signature else { continue }
      let shrunk = try ScenarioShrinker(bench: run.bench(for: signature)).shrink(
        run.scenario, failingWith: signature, eventHash: report.outcome.eventHash)
      let again = Run(scenario: shrunk.scenario, bug: bug, checks: checks).simulate().judged()
      #expect(again.signature == signature)
      #expect(again.outcome.eventHash == shrunk.trial.outcome?.eventHash)
      #expect(Run(scenario: shrunk.scenario).simulate().judged().verdict == .linearizable, "on the correct rules")
      #expect(shrunk.isCertified)
      return shrunk
    }
    throw NotCaught(bug: name)
  }

  private struct NotCaught: Error {
    let bug: String
  }

  @Test("A vote that is not persisted shows in the first election, without a fault or an operation")
  func vote() throws {
    let shrunk = try shrink(
      "vote-not-persisted", .invariant(.durableBeforePromised), trying: 0,
      knobs(nodes: 5, operations: 4, milliseconds: 500))
    #expect(shrunk.after.nodes == 2 && shrunk.after.faults == 0 && shrunk.after.operations == 0)
    #expect(shrunk.scenario.overrides?.elections?.count == 1)
  }

  @Test("A read at a leader that was cut off takes one partition, a write and a read")
  func staleRead() throws {
    var knobs = knobs(nodes: 3, operations: 30, milliseconds: 500)
    (knobs.clients, knobs.keys, knobs.faults) = (4, 1, [.one, .primaries, .halves])
    // Only clients look: the invariants would see most such reads before a client does.
    let shrunk = try shrink("reads-leader-without-quorum", .linearizability, trying: 1745, knobs, checks: .none)
    #expect(shrunk.after.nodes == 3 && shrunk.after.faults == 1 && shrunk.after.operations <= 3)
    guard case .partition? = shrunk.scenario.faults.first?.action else {
      Issue.record("the fault is no partition: \(shrunk.scenario.faults)")
      return
    }
  }

  @Test("Where progress is missing the calm stays")
  func progress() throws {
    let shrunk = try shrink(
      "election-not-randomised", .liveness(.noLeader), trying: 36,
      knobs(nodes: 2, operations: 1, milliseconds: 300))
    #expect(!(shrunk.scenario.overrides?.leavesOutCalm ?? false))
    #expect(shrunk.after.operations == 0 && shrunk.after.faults == 0)
  }
}
