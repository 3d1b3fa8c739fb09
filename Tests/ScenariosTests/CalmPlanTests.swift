import Determinism
import Testing

@testable import Scenarios

@Suite("The calm of a seed")
struct CalmPlanTests {
  @Test("A quorum heals, mostly a bare majority, and each fate befalls some outsider")
  func fates() {
    var bare = 0
    var seen: Set<CalmFate> = []
    for seed in 0..<300 as Range<UInt64> {
      let scenario = Scenario(seed: seed, knobs: .fixedMembers)
      let majority = scenario.cluster.nodes / 2 + 1
      #expect(scenario.calm.members.count >= majority, "seed \(seed)")
      if scenario.calm.members.count == majority { bare += 1 }
      seen.formUnion(scenario.calm.fates)
    }
    #expect(bare > 150 && bare < 300)
    #expect(seen == Set(CalmFate.allCases))
  }

  @Test("A node talks without hearing only where check-quorum and pre-vote, or unlike timeouts, protect the others")
  func noise() {
    var deaf = 0
    for seed in 0..<300 as Range<UInt64> {
      let scenario = Scenario(seed: seed, knobs: .fixedMembers)
      guard scenario.calm.fates.contains(.deaf) else { continue }
      deaf += 1
      let cluster = scenario.cluster
      let isSpread = cluster.electionTimeoutMax >= cluster.electionTimeoutMin * 3 / 2
      #expect(scenario.protocols.checksQuorum && (scenario.protocols.usesPreVote || isSpread), "seed \(seed)")
    }
    #expect(deaf > 20)
  }

  @Test("A request for a vote takes less than timeouts differ by, sync included, and much less than they last")
  func delays() {
    for seed in 0..<300 as Range<UInt64> {
      let (cluster, calm) = (
        Scenario(seed: seed, knobs: .fixedMembers).cluster, Scenario(seed: seed, knobs: .fixedMembers).calm
      )
      let spread = cluster.electionTimeoutMax - cluster.electionTimeoutMin
      #expect(calm.longestSync >= .microseconds(1) && calm.longestDelay >= calm.longestSync)
      if let least = calm.leastDelay {
        #expect(least * 2 > cluster.heartbeatInterval && least <= calm.longestDelay, "seed \(seed)")
        #expect(calm.longestDelay * 4 <= cluster.electionTimeoutMin && calm.longestDelay * 5 <= spread * 3)
        continue
      }
      #expect((calm.longestDelay + calm.longestSync) * 5 < spread * 2, "seed \(seed)")
      #expect((calm.longestDelay + calm.longestSync) * 13 < cluster.electionTimeoutMin, "seed \(seed)")
    }
  }

  @Test("Nodes of which nothing can be demanded are no members")
  func unfit() {
    for seed in 0..<100 as Range<UInt64> {
      let scenario = Scenario(seed: seed, knobs: .fixedMembers)
      guard scenario.cluster.nodes >= 3 else { continue }
      let plan = CalmPlan(
        drawnFrom: scenario.dice, cluster: scenario.cluster, protocols: scenario.protocols,
        weak: [NodeID(2)])
      #expect(!plan.members.contains(NodeID(2)), "seed \(seed)")
      #expect(plan.members.count >= scenario.cluster.nodes / 2 + 1, "seed \(seed)")
    }
  }
}
