import Determinism
import Testing

@testable import Scenarios

@Suite("Faults on real servers, beside those that are drawn")
struct LiveFaultTests {
  private func knobs(_ faults: [FaultKind], every gap: Duration? = nil) -> LiveKnobs {
    var knobs = LiveKnobs(
      nodes: 5, clients: 4, rate: 50, duration: .seconds(30), faults: faults,
      electionTimeout: .milliseconds(500)...(.seconds(1)), heartbeatInterval: .milliseconds(100),
      changes: [.put, .compareAndSet])
    knobs.faultGap = gap
    return knobs
  }

  @Test("A seed's scenario is valid, whatever faults may occur")
  func validity() throws {
    for seed in UInt64(0)..<50 {
      let kinds = FaultKind.allCases.filter { $0.isPlannable && !$0.needsWeakDisk && !$0.isBeyondBound } + [.transfer]
      try Scenario(seed: seed, live: knobs(kinds)).validate(isLive: true)
    }
  }

  @Test("Servers that are killed together all start again: at once, a majority first, or one by one")
  func restarts() {
    let scenario = Scenario(seed: 1, live: knobs([.powerLoss]))
    let nodes = NodeID.first(5)
    var sizes: Set<Int> = []
    for id in 0..<100 {
      let fault = Fault(id: id, trigger: .time(at: .zero), duration: .zero, action: .powerLoss(tearing: false))
      let restarts = scenario.restarts(of: nodes, after: fault)
      #expect(restarts.map(\.node).sorted() == nodes)
      #expect(restarts.map(\.delay) == restarts.map(\.delay).sorted())
      sizes.insert(restarts.count { $0.delay == .zero })
    }
    #expect(sizes == [1, 3, 5])
  }

  @Test("One server that is killed starts again when the fault ends")
  func oneRestart() {
    let scenario = Scenario(seed: 1, live: knobs([.kill]))
    for id in 0..<100 {
      let fault = Fault(id: id, trigger: .time(at: .zero), duration: .zero, action: .powerLoss(tearing: false))
      #expect(scenario.restarts(of: [NodeID(3)], after: fault).map(\.delay) == [.zero])
    }
  }

  @Test("Faults come as far apart as somebody says, and transfers only where they are allowed")
  func pace() {
    let scenario = Scenario(seed: 1, live: knobs([.kill], every: .seconds(5)))
    #expect(scenario.faults.count == 7)
    let both = Scenario(seed: 1, live: knobs([.kill, .transfer], every: .seconds(5)))
    #expect(both.faults.prefix(7) == scenario.faults[...])
    #expect(!both.transfers.isEmpty && Array(both.faults.dropFirst(7)) == both.transfers)
  }
}
