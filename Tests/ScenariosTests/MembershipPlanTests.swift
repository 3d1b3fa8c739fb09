import Determinism
import Foundation
import Scenarios
import Testing

@Suite("What operators want of the members, as a seed draws it")
struct MembershipPlanTests {
  private func scenario(_ seed: UInt64, _ turn: (inout ScenarioKnobs) -> Void = { _ in }) -> Scenario {
    var knobs = ScenarioKnobs()
    turn(&knobs)
    return Scenario(seed: seed, knobs: knobs)
  }

  private func changing(_ seed: UInt64) -> Scenario { scenario(seed) { $0.changesMembers = true } }

  @Test("About one seed of four changes its members, and only there does a cluster begin with some of its servers")
  func share() {
    var count = 0
    for seed in 0..<400 as Range<UInt64> {
      let scenario = scenario(seed)
      #expect((scenario.membership == nil) == (scenario.cluster.founders == nil), "seed \(seed)")
      count += scenario.membership == nil ? 0 : 1
    }
    #expect((70...130).contains(count), "\(count) of 400")
  }

  @Test(
    "Whether members change is as asked for; whoever fixes the servers or the faults gets no changes unless asked for")
  func knobs() {
    for seed in 0..<40 as Range<UInt64> {
      #expect(scenario(seed) { $0.changesMembers = false }.membership == nil)
      #expect(scenario(seed) { $0.nodes = 5 }.membership == nil)
      #expect(scenario(seed) { $0.faults = [] }.membership == nil)
      #expect(scenario(seed) { $0.faults = [.kill] }.membership == nil)
      #expect(changing(seed).membership != nil)
      #expect(scenario(seed) { ($0.changesMembers, $0.faults) = (true, []) }.membership != nil)
    }
  }

  @Test(
    "Who asks for changes and a number of servers gets a cluster that begins with so many, if others can join",
    arguments: 1...9)
  func founders(count: Int) throws {
    for seed in 0..<10 as Range<UInt64> {
      let scenario = scenario(seed) { ($0.changesMembers, $0.nodes) = (true, count) }
      try scenario.validate()
      #expect(scenario.cluster.founders == min(count, 8))
      #expect(scenario.cluster.nodes > min(count, 8) && scenario.cluster.nodes <= 9)
    }
  }

  @Test("A seed that changes its members by itself is the same where that is asked for")
  func asked() {
    for seed in 0..<100 as Range<UInt64> where scenario(seed).membership != nil {
      #expect(scenario(seed) == changing(seed), "seed \(seed)")
    }
  }

  @Test("Every aim is drawn")
  func aims() {
    var aims: Set<MembershipAim> = []
    for seed in 0..<400 as Range<UInt64> { aims.formUnion(changing(seed).membership?.aims ?? []) }
    #expect(aims == Set(MembershipAim.allCases))
  }

  @Test("What is drawn can be run, and is saved and read back as it was", arguments: 0..<4 as Range<UInt64>)
  func drawn(block: UInt64) throws {
    for seed in block * 50..<(block + 1) * 50 {
      let scenario = changing(seed)
      try scenario.validate()
      let read = try JSONDecoder().decode(Scenario.self, from: JSONEncoder().encode(scenario))
      #expect(read == scenario, "seed \(seed)")
      let membership = try #require(scenario.membership)
      #expect((1...3).contains(membership.aims.count) && Set(membership.aims).count == membership.aims.count)
      let founders = try #require(scenario.cluster.founders)
      #expect(founders >= 1 && founders < scenario.cluster.nodes && scenario.cluster.nodes <= 9, "seed \(seed)")
      #expect(scenario.protocols.usesPreVote || scenario.protocols.checksQuorum, "seed \(seed)")
    }
  }

  @Test(
    "A disk is lost as the leader is cut off, those who were away are back within two election timeouts, all in the storm"
  )
  func losses() {
    let losing = (0..<200 as Range<UInt64>).map(changing).filter { $0.membership?.aims.contains(.replaceLost) ?? false }
    #expect(losing.count > 8)
    for scenario in losing {
      var (lostAt, cutOffAt, backAt): (Duration?, Duration?, Duration?)
      for fault in scenario.faults where fault.id >= 100_000 {
        guard case .time(let at) = fault.trigger else { continue }
        #expect(at < scenario.stormEnd, "seed \(scenario.seed), fault \(fault.id)")
        switch fault.action {
        case .diskLost: lostAt = at
        case .partition(.primaries, .leader, .both) where at == lostAt: cutOffAt = at
        case .partition(.majority, _, .both): backAt = at + fault.duration
        default: break
        }
      }
      guard let lostAt, let backAt else { continue }
      #expect(cutOffAt == lostAt, "seed \(scenario.seed)")
      #expect(
        backAt >= lostAt && backAt <= lostAt + scenario.cluster.electionTimeoutMax * 2, "seed \(scenario.seed)")
    }
  }

  @Test(
    "Where two leaders shall change the members of four servers, nothing else goes wrong, and each is asked for one less"
  )
  func twoLeaders() {
    let scenarios = (0..<200 as Range<UInt64>).map(changing).filter { $0.membership?.aims == [.twoLeaders] }
    #expect(scenarios.count > 8)
    for scenario in scenarios {
      #expect(
        scenario.cluster.founders == 4 && scenario.faults.allSatisfy { $0.id >= 100_000 }, "seed \(scenario.seed)")
      #expect(Set(scenario.faults.map(\.id)).count == scenario.faults.count, "seed \(scenario.seed)")
      for fault in scenario.faults {
        guard case .changeMembers(let voters, let learners, let removed, _) = fault.action else { continue }
        let fewer = learners.count + (removed == .nodes([]) ? 0 : 1)
        #expect(fewer == (voters.isEmpty ? 1 : 0), "seed \(scenario.seed), fault \(fault.id)")
      }
    }
    #expect(
      !(0..<200 as Range<UInt64>).map(changing).contains { scenario in
        scenario.membership.map { $0.aims.count > 1 && $0.aims.contains(.twoLeaders) } ?? false
      })
  }

  @Test("Whoever asks for kinds of faults gets them, where two leaders change the members, too")
  func askedFaults() {
    let seeds = (0..<100 as Range<UInt64>).filter { changing($0).membership?.aims == [.twoLeaders] }
    #expect(!seeds.isEmpty)
    for seed in seeds {
      let scenario = scenario(seed) { ($0.changesMembers, $0.faults) = (true, [.kill]) }
      let kinds = scenario.faults.filter { $0.id < 100_000 }.map { $0.action.specification.kind }
      #expect(scenario.membership?.aims == [.twoLeaders] && !kinds.isEmpty && kinds.allSatisfy { $0 == .kill })
    }
  }

  @Test("A storm of an hour has no more faults than a scenario may have, those of operators among them")
  func longest() throws {
    for seed in 0..<12 as Range<UInt64> {
      let scenario = scenario(seed) { ($0.changesMembers, $0.duration) = (true, .seconds(3_600)) }
      try scenario.validate()
      #expect(scenario.faults.contains { $0.id >= 100_000 }, "seed \(seed)")
    }
    #expect((0..<12 as Range<UInt64>).contains { changing($0).membership?.aims == [.twoLeaders] })
  }

  /// The sentence with which a scenario is refused that somebody has changed.
  private func refusal(_ change: (inout Scenario) throws -> Void) throws -> String {
    var scenario = changing(1)
    try scenario.validate()
    try change(&scenario)
    return try #require(throws: ScenarioError.self) { try scenario.validate() }.description
  }

  @Test("An order of healing that does not name each node once is refused")
  func healing() throws {
    let nodes = changing(1).cluster.nodes
    for (count, change) in [
      (nodes - 1, { $0.removeLast() }), (nodes + 1, { $0.append($0[0]) }), (nodes, { $0[0] = $0[1] }),
      (nodes, { $0[0] = NodeID(100) }),
    ] as [(Int, (inout [NodeID]) -> Void)] {
      let sentence = try refusal { scenario in
        var membership = try #require(scenario.membership)
        change(&membership.healing)
        scenario.membership = membership
      }
      #expect(sentence == "membership.healing names \(count) nodes; expected each node once")
    }
  }

  @Test("Founders that are none, or more than there are servers, are refused")
  func foundersInRange() throws {
    for founders in [0, changing(1).cluster.nodes + 1] {
      #expect(try refusal { $0.cluster.founders = founders }.hasPrefix("cluster.founders is \(founders)"))
    }
    var scenario = changing(1)
    scenario.cluster.founders = scenario.cluster.nodes
    try scenario.validate()
  }

  @Test("Servers that there are not can neither join nor lead, nor be changed in the end")
  func strangers() throws {
    let stranger = NodeID(UInt8(changing(1).cluster.nodes + 1))
    func fault(_ action: FaultAction) -> [Fault] {
      [Fault(id: 7, trigger: .time(at: .zero), duration: .zero, action: action)]
    }
    for (voters, learners) in [([stranger], []), ([], [stranger])] as [([NodeID], [NodeID])] {
      let action = FaultAction.changeMembers(voters: voters, learners: learners, removed: .nodes([]), neverCome: false)
      #expect(try refusal { $0.faults = fault(action) }.hasPrefix("fault 7: voters and learners "))
    }
    let removal = FaultAction.changeMembers(voters: [], learners: [], removed: .nodes([stranger]), neverCome: false)
    #expect(try refusal { $0.faults = fault(removal) }.hasPrefix("fault 7: target "))
    #expect(
      try refusal { $0.faults = fault(.transferLeadership(to: .node(stranger))) }.hasPrefix("fault 7: to "))
    let last = try refusal { scenario in scenario.membership?.lastChange = stranger }
    #expect(last.hasPrefix("membership.lastChange "))
  }
}
