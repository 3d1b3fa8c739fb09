import Scenarios
import Shrinking
import Testing

@Suite("A bench for trials")
struct TrialBenchTests {
  @Test("It gives one trial for each scenario, in their order")
  func order() {
    let bench = TrialBench(width: 2) { scenarios in
      scenarios.map { Trial(verdict: .refused("\($0.seed)"), outcome: nil) }
    }
    #expect(bench([Scenario(seed: 3), Scenario(seed: 1)]).map(\.verdict) == [.refused("3"), .refused("1")])
  }
}
