import Runs
import Scenarios
import Shrinking
import Testing

@Suite("A bench for trials")
struct TrialBenchTests {
  @Test("It gives one trial for each scenario, in their order")
  func order() {
    let bench = TrialBench(width: 2) { scenarios, _ in
      scenarios.map { Trial(verdict: .refused("\($0.seed)"), outcome: nil) }
    }
    let trials = bench([Scenario(seed: 3), Scenario(seed: 1)]) { _, _ in false }
    #expect(trials.map { $0?.verdict } == [.refused("3"), .refused("1")])
    #expect(bench(Scenario(seed: 7)).verdict == .refused("7"))
  }

  @Test("Trials are made up to the first that shows what is looked for", arguments: [1, 2, 4])
  func found(threads: Int) {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.operations, knobs.clients, knobs.duration) = (1, 1, 1, .milliseconds(1))
    let scenarios = (0..<24 as Range<UInt64>).map { Scenario(seed: $0, knobs: knobs) }
    let bench = Run(scenario: scenarios[0]).bench(for: .linearizability, threads: threads)
    let trials = bench(scenarios) { scenario, _ in [5, 3, 20].contains(scenario.seed) }
    #expect(trials.count == scenarios.count)
    #expect(trials.prefix(4).allSatisfy { $0?.verdict == .held })
    // Others may be far ahead of a thread that stands still.
    if threads == 1 { #expect(trials.count { $0 != nil } == 4) }
  }
}
