import Determinism
import Foundation
import KnownBugs
import Scenarios
import Simulation
import Testing

@Suite("The incremental checker finds what the exhaustive one finds")
struct ExhaustiveTests {
  /// How many failing seeds of all bugs are compared: a few, for debug builds, unless the environment asks for more.
  private static let wanted =
    ProcessInfo.processInfo.environment["RAFTCHECK_EXHAUSTIVE_SEEDS"].flatMap { Int($0) } ?? 10

  private func scenario(_ seed: UInt64, changingMembers: Bool? = nil) -> Scenario {
    var knobs = ScenarioKnobs()
    (knobs.clients, knobs.operations, knobs.duration) = (3, 20, .milliseconds(500))
    knobs.changesMembers = changingMembers
    return Scenario(seed: seed, knobs: knobs)
  }

  @Test("On seeds that break an invariant both observers report the same at the same event")
  func same() {
    var compared = 0
    let bugs = KnownBug.catalogue.filter { $0.allEffects.contains(.invariant) }
    for seed in 0... as PartialRangeFrom<UInt64> {
      // Each seed another third of the bugs, so that few seeds show many.
      for (place, bug) in bugs.enumerated() where UInt64(place) % 3 == seed % 3 {
        let scenario = scenario(seed, changingMembers: bug.takesChanges ? true : nil)
        var incremental = Simulation(scenario, rules: bug.rules)
        // What is no invariant's failure both see alike.
        guard let failure = incremental.run().failure, case .invariant = failure.signature else { continue }
        var exhaustive = Simulation(scenario, rules: bug.rules, options: SimulationOptions(isExhaustive: true))
        #expect(exhaustive.run().failure == failure, "\(bug.name), seed \(seed)")
        compared += 1
        if compared == Self.wanted { return }
      }
    }
  }

  @Test("On the correct rules neither finds anything, and both see the same run", arguments: 0..<2 as Range<UInt64>)
  func correct(seed: UInt64) {
    var incremental = Simulation(scenario(seed))
    var exhaustive = Simulation(scenario(seed), options: SimulationOptions(isExhaustive: true))
    let (one, other) = (incremental.run(), exhaustive.run())
    #expect(one.failure == nil && other.failure == nil)
    #expect(one.eventHash == other.eventHash)
  }
}
