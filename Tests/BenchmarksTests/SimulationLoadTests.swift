import Benchmarks
import Determinism
import Testing

@Suite("Whole runs as a load")
struct SimulationLoadTests {
  @Test("Five servers for half a minute, a thousand operations; to look at invariants changes no event")
  func load() {
    let looking = SimulationLoad.run(seeds: 7..<8, checksInvariants: true) { .zero }
    let blind = SimulationLoad.run(seeds: 7..<8, checksInvariants: false) { .zero }
    #expect(looking.unsound == 0 && looking.events == blind.events)
    #expect(looking.operations >= 1_000 && looking.faults > 50)
    #expect(looking.virtualNanoseconds > Duration.seconds(30).nanoseconds)
  }
}
