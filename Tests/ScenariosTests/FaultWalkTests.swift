import Determinism
import Testing

@testable import Scenarios

@Suite("Walks of faults around one follower")
struct FaultWalkTests {
  private func hasWalk(_ scenario: Scenario) -> Bool {
    scenario.faults.contains { fault in
      if case .moment(.followerReturn, _, _) = fault.trigger { true } else { false }
    }
  }

  @Test("About one seed of eight has a walk, of at least three servers, and no other faults")
  func share() {
    let walks = (0..<400 as Range<UInt64>).map { Scenario(seed: $0, knobs: .fixedMembers) }.filter(hasWalk)
    #expect(walks.count > 25 && walks.count < 75, "\(walks.count) walks")
    for scenario in walks {
      #expect(scenario.cluster.nodes >= 3)
      #expect(scenario.faults.map(\.id) == Array(scenario.faults.indices))
      #expect(throws: Never.self) { try scenario.validate() }
    }
  }

  @Test(
    "Whoever asks for kinds of faults gets those and no walk, and nothing else of a seed hangs on whether it has one")
  func others() {
    for seed in 0..<100 as Range<UInt64> {
      var knobs = ScenarioKnobs.fixedMembers
      knobs.faults = FaultKind.allCases
      var asked = Scenario(seed: seed, knobs: knobs)
      let usual = Scenario(seed: seed, knobs: .fixedMembers)
      #expect(!hasWalk(asked), "seed \(seed)")
      (asked.faults, asked.disk, asked.calm) = (usual.faults, usual.disk, usual.calm)
      if hasWalk(usual) { asked.workload = usual.workload }
      #expect(asked == usual, "seed \(seed)")
    }
  }
}
