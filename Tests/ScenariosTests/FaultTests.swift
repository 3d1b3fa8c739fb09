import Determinism
import Testing

@testable import Scenarios

@Suite("What a fault is")
struct FaultTests {
  /// Who hears whom of so many nodes, besides itself, while a partition is in force.
  private func hearing(
    _ shape: PartitionShape, side: [NodeID], of count: Int, _ direction: LinkDirection = .both
  ) -> [[NodeID]] {
    let members = NodeID.first(count)
    let cuts = shape.cuts(side: side, of: members, direction: direction)
    return members.map { node in
      members.filter { other in
        other != node && !cuts.contains { $0.senders.contains(other) && $0.recipients.contains(node) }
      }
    }
  }

  private func nodes(_ numbers: UInt8...) -> [NodeID] { numbers.map { NodeID($0) } }

  @Test("In a ring every node hears a majority, itself included, and no two hear the same one", arguments: 4...9)
  func ring(count: Int) {
    var draws = Dice(seed: 3).sequence(Purpose(rawValue: 1))
    let ring = draws.permute(NodeID.first(count))
    let heard = hearing(.majoritiesRing, side: ring, of: count)
    for (node, others) in zip(NodeID.first(count), heard) {
      #expect(others.count + 1 > count / 2 && others.count + 1 < count, "\(node)")
      for other in others { #expect(heard[other.offset].contains(node), "both ways") }
    }
    let majorities = zip(NodeID.first(count), heard).map { ([$0] + $1).sorted() }
    #expect(Set(majorities).count == count)
  }

  @Test("A bridge hears both parts, and they hear it, but not each other")
  func bridge() {
    #expect(
      hearing(.bridge, side: nodes(3, 1, 5), of: 5)
        == [nodes(3, 5), nodes(3, 4), nodes(1, 2, 4, 5), nodes(2, 3), nodes(1, 3)])
  }

  @Test("A partition cuts what goes between its side and the others, both ways, or only one")
  func directions() {
    #expect(hearing(.halves, side: nodes(1, 2), of: 4) == [nodes(2), nodes(1), nodes(4), nodes(3)])
    #expect(hearing(.one, side: nodes(2), of: 3, .outbound) == [nodes(3), nodes(1, 3), nodes(1)])
    #expect(hearing(.one, side: nodes(2), of: 3, .inbound) == [nodes(2, 3), [], nodes(1, 2)])
  }

  @Test("A majority is left on one side, and of a minority third less than a third is cut off", arguments: 2...9)
  func sides(count: Int) {
    var seen: Set<PartitionShape> = []
    for seed in 0..<30 as Range<UInt64> {
      var knobs = ScenarioKnobs.fixedMembers
      knobs.nodes = count
      for fault in Scenario(seed: seed, knobs: knobs).faults {
        guard case .partition(let shape, .nodes(let side), _) = fault.action else { continue }
        seen.insert(shape)
        if shape == .majority { #expect(side.count * 2 < count) }
        if shape == .minorityThird { #expect(side.count * 3 < count && !side.isEmpty) }
      }
    }
    #expect(seen.contains(.majority) == (count >= 3) && seen.contains(.minorityThird) == (count >= 4))
  }

  /// Those of operators, who have plans of their own.
  private static let planned = [FaultKind.addServers, .removeServers, .replaceServers, .demote, .transfer]

  @Test(
    "A kind that can be planned has odds, one that follows from a crash or from an operator's plan has none",
    arguments: FaultKind.allCases)
  func odds(kind: FaultKind) {
    let odds = kind.specification
    #expect(kind.isPlannable == !([.tornWrite, .lostWrite] + Self.planned).contains(kind))
    #expect((odds.seeds > 0) == kind.isPlannable && (odds.weight > 0) == kind.isPlannable)
    #expect(odds.seeds < 100, "every kind is switched off in some seed")
    for range in [odds.lasts ?? 1...1, odds.span, odds.every] { #expect(range.lowerBound > 0) }
    #expect(odds.percent.upperBound <= 100 && odds.percent.lowerBound >= 0)
  }

  @Test("A seed switches off whole kinds, each of them in some seed, and hardly two seeds the same ones")
  func swarm() {
    var missing: [Set<FaultKind>] = []
    // Walks around two leaders are of the same few kinds.
    let scenarios = (0..<70 as Range<UInt64>).map { Scenario(seed: $0, knobs: .fixedMembers) }
      .filter { !$0.hasRivalWalk }
    for scenario in scenarios {
      let present = scenario.faults.map { $0.action.kind(hitting: 1, of: scenario.cluster.nodes) }
      missing.append(Set(FaultKind.allCases.filter(\.isPlannable)).subtracting(present))
    }
    let everMissing = missing.reduce(Set()) { $0.union($1) }
    #expect(everMissing == Set(FaultKind.allCases.filter(\.isPlannable)))
    // Walks of disks, one seed in eight, are too.
    #expect(Set(missing).count * 5 > scenarios.count * 4)
  }

  @Test("Weak disks are a minority, often none, and faults that need them occur only where there are some")
  func weakDisks() {
    var counts: Set<Int> = []
    for seed in 0..<200 as Range<UInt64> {
      let scenario = Scenario(seed: seed, knobs: .fixedMembers)
      counts.insert(scenario.disk.weak.count)
      #expect(scenario.disk.weak.count * 2 < scenario.cluster.nodes)
      let needing = scenario.faults.filter { $0.action.kind(hitting: 1, of: 3).needsWeakDisk }
      #expect(needing.isEmpty || !scenario.disk.weak.isEmpty)
    }
    #expect(counts == [0, 1, 2, 3])
  }

  @Test("One seed in five that does not read by lease has clocks beyond the bound, and no other has")
  func beyondBound() {
    let scenarios = (0..<400 as Range<UInt64>).map { Scenario(seed: $0, knobs: .fixedMembers) }
    let beyond = scenarios.filter(\.driftsBeyondBound)
    #expect(beyond.count > 40 && beyond.count < 100)
    #expect(!beyond.contains { $0.protocols.reads == .lease })
    let leaps = { (scenario: Scenario) in
      scenario.faults.contains { if case .clockLeap = $0.action { true } else { false } }
    }
    #expect(beyond.contains(where: leaps) && !scenarios.contains { !$0.driftsBeyondBound && leaps($0) })
    var knobs = ScenarioKnobs.fixedMembers
    knobs.driftsBeyondBound = false
    #expect(!(0..<50 as Range<UInt64>).contains { Scenario(seed: $0, knobs: knobs).driftsBeyondBound })
  }
}

@Suite("Delays")
struct DelayShapeTests {
  @Test("Delays of every shape have the mean that was asked for", arguments: DelayShape.allCases)
  func mean(shape: DelayShape) {
    let mean = Duration.milliseconds(8)
    let delays = (0..<4_000 as Range<UInt64>).map {
      Dice(seed: $0).draw(Purpose(rawValue: 1), 7).delay(mean: mean, shape: shape)
    }
    let sum = delays.reduce(Duration.zero, +) / 4_000
    #expect(sum > mean * 19 / 20 && sum < mean * 21 / 20)
    #expect(delays.allSatisfy { $0 >= .zero && $0 <= mean * 8 })
    switch shape {
    case .constant: #expect(delays.allSatisfy { $0 == mean })
    case .uniform: #expect(delays.allSatisfy { $0 <= mean * 2 })
    case .exponential: #expect(delays.contains { $0 > mean * 4 } && delays.contains { $0 < mean / 10 })
    case .bimodal:
      #expect(!delays.contains { $0 > mean / 2 && $0 < mean * 5 })
      let long = delays.count { $0 >= mean * 5 }
      #expect(long > 400 && long < 600)
    }
  }
}

@Suite("What is special about clients")
struct WorkloadTraitTests {
  private func workload(_ operations: [PlannedOperation]) -> WorkloadPlan {
    var workload = Scenario(seed: 1, knobs: .fixedMembers).workload
    workload.clients = [ClientPlan(operations: operations)]
    return workload
  }

  /// Four operations at two keys, nothing about them special.
  private func operation(_ id: Int) -> PlannedOperation {
    PlannedOperation(
      id: id, at: .milliseconds(Int64(id)), think: .zero, key: "k\(id % 2)",
      request: id == 0 ? .get : id == 1 ? .cas(new: "1", guess: nil) : .put(value: "\(id)"), firstNode: nil)
  }

  @Test("Each trait is read off the operations that show it")
  func traits() {
    let plain = (0..<4).map(operation)
    #expect(workload(plain).traits.isEmpty && workload([]).traits.isEmpty)
    func traits(_ change: (inout PlannedOperation) -> Void) -> [WorkloadTrait] {
      var changed = plain
      for place in 0..<3 { change(&changed[place]) }
      return workload(changed).traits
    }
    #expect(traits { $0.key = "k0" } == [.hotKeys])
    #expect(traits { $0.at = .zero } == [.bursts])
    #expect(traits { $0.request = .get } == [.readHeavy])
    #expect(traits { $0.request = .cas(new: "2", guess: nil) } == [.casHeavy])
    #expect(traits { $0.leavesSession = true } == [.abandonedSessions, .manySessions])
    #expect(traits { $0.patience = .milliseconds(1) } == [.impatience])
    #expect(traits { $0.fill = 300 } == [.largeValues])
    #expect(traits { $0.awaitsChange = .milliseconds(1) } == [.readAfterWrite])
    #expect(traits { $0.request = .create(value: "2") } == [.casHeavy, .absentSwaps])
    for request in [.put(value: ""), .append(value: ""), .create(value: "")] as [PlannedRequest] {
      #expect(traits { $0.request = request }.contains(.emptyValues))
    }
    #expect(traits { $0.request = .cas(new: "", guess: nil) } == [.casHeavy, .emptyValues])
    #expect(traits { $0.request = .cas(new: "2", guess: "") } == [.casHeavy, .emptyValues])
  }

  @Test("Each trait shows in some seeds and not in most")
  func seeds() {
    let traits = (0..<100 as Range<UInt64>).map { Scenario(seed: $0, knobs: .fixedMembers).traits }
    for trait in WorkloadTrait.allCases {
      let count = traits.count { $0.contains(trait) }
      #expect(count > 5 && count < 60, "\(trait) in \(count)")
    }
  }
}
