import Determinism
import Scenarios
import Testing

@Suite("What a seed means for real servers")
struct LiveScenarioTests {
  private static let kinds: [FaultKind] = [
    .kill, .killMajority, .powerLoss, .crashLoop, .pause, .one, .halves, .majority, .bridge, .oneWay, .loss,
  ]

  private func knobs(faults: [FaultKind] = kinds) -> LiveKnobs {
    LiveKnobs(
      nodes: 5, clients: 7, rate: 50, duration: .seconds(20), faults: faults,
      electionTimeout: .milliseconds(300)...(.milliseconds(600)), heartbeatInterval: .milliseconds(60),
      changes: LiveChange.allCases)
  }

  private func scenario(_ seed: UInt64) -> Scenario { Scenario(seed: seed, live: knobs()) }

  @Test("The same seed is the same scenario, which can be run")
  func deterministic() throws {
    for seed in 0..<60 as Range<UInt64> {
      let scenario = scenario(seed)
      #expect(scenario == self.scenario(seed), "seed \(seed)")
      #expect(scenario != self.scenario(seed + 1), "seed \(seed)")
      try scenario.validate()
    }
  }

  @Test("Faults begin at times and are of kinds that were asked for; no disk tears a write")
  func faults() {
    var seen: Set<FaultKind> = []
    for kinds in [Self.kinds, [.pause], [.kill, .oneWay], []] {
      for seed in 0..<60 as Range<UInt64> {
        let scenario = Scenario(seed: seed, live: knobs(faults: kinds))
        for fault in scenario.faults {
          let note: Comment = "seed \(seed): \(fault)"
          var hit = 1
          if case .nodes(let nodes)? = fault.action.target { hit = nodes.count }
          let kind = fault.action.kind(hitting: hit, of: 5)
          #expect(kinds.contains(kind), note)
          seen.insert(kind)
          if case .time(let at) = fault.trigger {
            #expect(at < scenario.stormEnd, note)
          } else {
            Issue.record(note)
          }
          switch fault.action {
          case .kill(_, let tearing), .powerLoss(let tearing), .crashLoop(_, _, let tearing): #expect(!tearing, note)
          default: break
          }
        }
      }
    }
    #expect(seen == Set(Self.kinds))
  }

  @Test("Operations are as many as the rate says, one after the other; each writes a value of its own")
  func operations() {
    for seed in 0..<6 as Range<UInt64> {
      let scenario = scenario(seed)
      var values: Set<String> = []
      var ids: Set<Int> = []
      var count = 0
      for client in scenario.workload.clients {
        #expect(zip(client.operations, client.operations.dropFirst()).allSatisfy { $0.at <= $1.at })
        for operation in client.operations {
          count += 1
          #expect(ids.insert(operation.id).inserted)
          #expect(scenario.workload.keys.contains(operation.key))
          #expect(operation.at < scenario.stormEnd)
          #expect(operation.firstNode.map { 1...5 ~= $0.number } == true)
          switch operation.request {
          case .put(let value), .append(let value), .create(let value), .cas(let value, _):
            #expect(values.insert(value).inserted, "seed \(seed): \(value)")
          case .get, .delete: break
          }
        }
      }
      #expect(count == 1_000)
    }
  }

  @Test("More operations than a run may have are refused")
  func limits() {
    var knobs = knobs()
    knobs.rate = 100_000
    #expect(throws: ScenarioError.self) { try knobs.validate() }
  }
}
