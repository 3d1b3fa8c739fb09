import Determinism
import KnownBugs
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// Runs of three servers, one of which has room for votes and none for entries from 600 ms on.
@Suite("A cluster in which one disk is full")
struct FullDiskTests {
  private static let full = Duration.milliseconds(600)

  private func scenario(
    _ seed: UInt64, full target: FaultTarget, preVote: Bool = true, checkQuorum: Bool = true
  ) -> Scenario {
    var scenario = smallScenario(seed) { ($0.faults, $0.duration, $0.operations) = ([], .seconds(10), 300) }
    scenario.disk.weak = NodeID.first(3)
    scenario.protocols.usesPreVote = preVote
    scenario.protocols.checksQuorum = checkQuorum
    scenario.protocols.reads = .readIndex
    scenario.faults = [
      Fault(
        id: 1, trigger: .time(at: Self.full), duration: .seconds(20),
        action: .diskFull(target: target, room: 1_000_000))
    ]
    return scenario
  }

  private func rules(_ bug: String) throws -> RuleSet {
    try #require(KnownBug.disksInTheWay.first { $0.name == bug }).rules
  }

  private func run(_ scenario: Scenario, _ rules: RuleSet = .paper) -> RunOutcome {
    var simulation = Simulation(scenario, rules: rules)
    return simulation.run()
  }

  /// How many writes were done in the storm a second after the disk was full.
  private func writes(_ outcome: RunOutcome, _ scenario: Scenario) -> Int {
    let (from, to) = ((Self.full + .seconds(1)).nanoseconds, scenario.stormEnd.nanoseconds)
    return outcome.history.events.count {
      $0.kind == .ok && $0.answer != .value && $0.time > from && $0.time < to
    }
  }

  @Test("A full follower that would campaign does not campaign against a leader that it hears")
  func follower() throws {
    // That a full server does not campaign at all would hide it.
    var campaigning = try rules("leads-without-room")
    let hearing = campaigning
    campaigning.replica = try rules("deaf-when-full").replica
    var (leaders, withBug) = (0, 0)
    for seed in 0..<3 as Range<UInt64> {
      for node in NodeID.first(3) {
        let scenario = scenario(seed, full: .nodes([node]), preVote: false, checkQuorum: false)
        let outcome = run(scenario)
        #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
        leaders += run(scenario, hearing).statistics.leaderChanges
        withBug += run(scenario, campaigning).statistics.leaderChanges
      }
    }
    #expect(leaders <= 27 && withBug >= 2 * leaders, "\(leaders) leaders, \(withBug) with the bug")
  }

  @Test("A leader whose disk is full makes way, and writes go on", arguments: 0..<3 as Range<UInt64>)
  func leader(seed: UInt64) throws {
    let scenario = scenario(seed, full: .leader)
    let outcome = run(scenario)
    #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
    let done = writes(outcome, scenario)
    let withBug = writes(run(scenario, try rules("leads-without-room")), scenario)
    #expect(done > 20 && withBug == 0, "\(done) writes, \(withBug) with the bug")
    #expect(outcome.statistics.leaderChanges <= 3)
  }
}
