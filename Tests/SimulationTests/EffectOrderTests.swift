import Determinism
import Judging
import Raft
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

@Suite("The order in which operations took effect")
struct EffectOrderTests {
  /// How many keys of a run there are, and for how many the order of effects explains what clients saw.
  private func keys(_ scenario: Scenario, checks: RunChecks = .all) -> (all: Int, inOrder: Int) {
    let judgement = Judge().judge(run(scenario, checks: checks).history)
    return (judgement.keys.count, judgement.keysInGivenOrder)
  }

  @Test("On the correct rules it explains every key, however reads are served", arguments: ReadMode.allCases)
  func explains(reads: ReadMode) {
    for seed in 0..<6 as Range<UInt64> {
      let counts = keys(smallScenario(seed) { $0.reads = reads })
      #expect(counts.all > 0 && counts.inOrder == counts.all, "seed \(seed)")
    }
  }

  @Test("Also where sessions expire, retries abound and nobody checks invariants", arguments: 0..<6 as Range<UInt64>)
  func expiry(seed: UInt64) {
    var scenario = smallScenario(seed)
    scenario.network.clientLoss = Ratio(1, 4)
    scenario.workload.attemptTimeout = .milliseconds(30)
    scenario.sessions = SessionPlan(lifetime: .seconds(3_600), maxOpen: 2, outlastDoubt: seed % 2 == 0)
    let counts = keys(scenario, checks: .none)
    #expect(counts.all > 0 && counts.inOrder == counts.all)
  }

  @Test("It is the same whether or not events are traced")
  func traced() {
    let scenario = smallScenario(3)
    var simulation = Simulation(scenario, options: SimulationOptions(tracing: .start))
    #expect(simulation.run().history.jsonLines() == run(scenario).history.jsonLines())
  }

  @Test("An operation that never took effect has no place, and one that did has one though nobody was told")
  func unknown() {
    var placed = 0
    for seed in 0..<8 as Range<UInt64> {
      var scenario = smallScenario(seed)
      scenario.network.clientLoss = Ratio(1, 5)
      let history = run(scenario).history
      for operation in history.operations() {
        let place = history.givenPlace(of: operation)
        if operation.kind == .fail { #expect(place == nil, "seed \(seed)") }
        if operation.kind == .ok { #expect(place != nil, "seed \(seed)") }
        if operation.isUnknown, operation.function != .get, place != nil { placed += 1 }
      }
    }
    #expect(placed > 0)
  }
}
