import Determinism
import Foundation
import Scenarios
import Testing

@Suite("What a seed means")
struct GenerationTests {
  private func scenario(_ seed: UInt64, _ turn: (inout ScenarioKnobs) -> Void = { _ in }) -> Scenario {
    var knobs = ScenarioKnobs.fixedMembers
    turn(&knobs)
    return Scenario(seed: seed, knobs: knobs)
  }

  @Test("The same seed is the same scenario, another seed another one")
  func seeds() {
    for seed in 0..<50 as Range<UInt64> {
      #expect(scenario(seed) == scenario(seed))
      #expect(scenario(seed) != scenario(seed + 1))
    }
  }

  @Test("Every seed's scenario can be run", arguments: 0..<8 as Range<UInt64>)
  func valid(block: UInt64) throws {
    for seed in block * 60..<(block + 1) * 60 { try scenario(seed).validate() }
  }

  @Test("A scenario is saved and read back as it was")
  func coding() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for seed in 0..<50 as Range<UInt64> {
      let original = scenario(seed)
      let data = try encoder.encode(original)
      let read = try JSONDecoder().decode(Scenario.self, from: data)
      #expect(read == original, "seed \(seed)")
      #expect(try encoder.encode(read) == data, "seed \(seed)")
    }
  }

  @Test("Every kind of fault that can be asked for occurs, timed and at every moment")
  func kinds() {
    var kinds: Set<FaultKind> = []
    var moments: Set<Moment> = []
    var timed = 0
    for seed in 0..<200 as Range<UInt64> {
      let scenario = scenario(seed)
      for fault in scenario.faults {
        kinds.insert(fault.action.plannedKind(in: scenario.cluster))
        switch fault.trigger {
        case .time: timed += 1
        case .moment(let moment, _, _): moments.insert(moment)
        }
      }
    }
    #expect(kinds == Set(FaultKind.allCases.filter(\.isPlannable)))
    #expect(moments == Set(Moment.allCases.filter { $0 != .configuration }))
    #expect(timed > 0)
  }

  @Test("Clusters of every planned size occur, even ones too, and one entry an append as well as all")
  func clusters() {
    let clusters = (0..<300 as Range<UInt64>).map { scenario($0).cluster }
    #expect(Set(clusters.map(\.nodes)) == Set(2...7))
    #expect(Set(clusters.map(\.maxEntriesPerAppend)).isSuperset(of: [1, 4_096]))
  }

  @Test("Sessions mostly outlast the run; now and then they are short, few, or left after an unknown outcome")
  func sessions() {
    let plans = (0..<300 as Range<UInt64>).map { scenario($0).sessions }
    let short = plans.count { $0.lifetime < .seconds(10) }
    let few = plans.count { $0.maxOpen < 10 }
    let left = plans.count { !$0.outlastDoubt }
    for count in [short, few, left] { #expect(count > 20 && count < 100) }
  }

  @Test("Identities are unique, faults' and operations', and stand in order")
  func identities() {
    for seed in 0..<50 as Range<UInt64> {
      let scenario = scenario(seed)
      #expect(scenario.faults.map(\.id) == Array(0..<scenario.faults.count))
      let operations = scenario.workload.clients.flatMap(\.operations)
      #expect(operations.map(\.id) == Array(0..<operations.count))
    }
  }

  @Test("Every value that is written is unique in its scenario, save the empty one")
  func values() {
    for seed in 0..<50 as Range<UInt64> {
      let written = scenario(seed).workload.clients.flatMap(\.operations).compactMap { operation -> String? in
        switch operation.request {
        case .put(let value), .append(let value), .create(let value), .cas(let value, _): value.isEmpty ? nil : value
        case .get, .delete: nil
        }
      }
      #expect(Set(written.map { $0.drop { $0 == "," } }).count == written.count, "seed \(seed)")
    }
  }
}

@Suite("Knobs")
struct KnobTests {
  /// The scenario of a seed with and without a knob.
  private func pair(_ seed: UInt64, _ turn: (inout ScenarioKnobs) -> Void) -> (plain: Scenario, turned: Scenario) {
    var knobs = ScenarioKnobs.fixedMembers
    turn(&knobs)
    return (Scenario(seed: seed, knobs: .fixedMembers), Scenario(seed: seed, knobs: knobs))
  }

  private let seeds = 0..<6 as Range<UInt64>

  @Test("Knobs of the workload leave servers, network, disks, clocks and faults as they were")
  func workload() {
    for seed in seeds {
      for turn in [{ $0.keys = 9 }, { $0.clients = 2 }, { $0.operations = 7 }] as [(inout ScenarioKnobs) -> Void] {
        var (plain, turned) = pair(seed, turn)
        #expect(plain != turned)
        plain.workload = turned.workload
        #expect(plain == turned, "seed \(seed)")
      }
    }
  }

  @Test("Keys, clients and operations are as many as asked for")
  func counts() {
    for seed in seeds {
      let scenario = pair(seed) { ($0.keys, $0.clients, $0.operations) = (9, 2, 7) }.turned
      #expect(scenario.workload.keys.count == 9 && scenario.workload.clients.count == 2)
      #expect(scenario.workload.clients.map(\.operations.count) == [4, 3])
    }
  }

  @Test("The number of keys changes neither the requests nor their times")
  func keys() {
    for seed in seeds {
      let (plain, turned) = pair(seed) { $0.keys = 9 }
      func withoutKeys(_ scenario: Scenario) -> [PlannedOperation] {
        scenario.workload.clients.flatMap(\.operations).map { operation in
          var operation = operation
          operation.key = ""
          return operation
        }
      }
      #expect(withoutKeys(plain) == withoutKeys(turned))
    }
  }

  @Test("No faults leave everything else as it was")
  func noFaults() {
    for seed in seeds {
      var (plain, turned) = pair(seed) { $0.faults = [] }
      #expect(turned.faults.isEmpty && !plain.faults.isEmpty)
      plain.faults = []
      #expect(plain == turned)
    }
  }

  @Test("Of the faults only the kinds asked for occur", arguments: FaultKind.allCases.filter(\.isPlannable))
  func faults(kind: FaultKind) throws {
    for seed in seeds {
      var knobs = ScenarioKnobs.fixedMembers
      knobs.driftsBeyondBound = kind.isBeyondBound ? true : nil
      let plain = Scenario(seed: seed, knobs: knobs)
      knobs.faults = [kind]
      try knobs.validate()
      let turned = Scenario(seed: seed, knobs: knobs)
      #expect(turned.faults.isEmpty == (plain.cluster.nodes < kind.fewestNodes))
      #expect(turned.faults.allSatisfy { $0.action.plannedKind(in: turned.cluster) == kind })
      #expect(turned.workload == plain.workload && turned.cluster == plain.cluster && turned.clocks == plain.clocks)
    }
  }

  @Test("A fault of clocks that servers count on is refused where clocks keep within the bound")
  func bound() throws {
    var knobs = ScenarioKnobs.fixedMembers
    knobs.faults = [.kill, .clockLeap]
    let error = try #require(throws: ScenarioError.self) { try knobs.validate() }
    #expect(error.description == "faults name clock-leap, which only occurs where clocks drift beyond the bound")
  }

  @Test("The number of nodes leaves timeouts, network, disks and what clients ask as they were", arguments: 1...9)
  func nodes(count: Int) throws {
    for seed in seeds {
      let (plain, turned) = pair(seed) { $0.nodes = count }
      #expect(turned.cluster.nodes == count)
      try turned.validate()
      var cluster = turned.cluster
      cluster.nodes = plain.cluster.nodes
      var disk = turned.disk
      #expect(disk.weak.count <= (count - 1) / 2)
      disk.weak = plain.disk.weak
      #expect(cluster == plain.cluster && turned.network == plain.network && disk == plain.disk)
      #expect(
        turned.workload.clients.map { $0.operations.map(\.request) }
          == plain.workload.clients.map { $0.operations.map(\.request) })
    }
  }

  @Test("The duration is the storm's")
  func duration() {
    for seed in seeds {
      let (plain, turned) = pair(seed) { $0.duration = .seconds(2) }
      #expect(turned.stormEnd == .seconds(2))
      #expect(turned.cluster == plain.cluster && turned.network == plain.network && turned.clocks == plain.clocks)
    }
  }

  @Test("A fault stays what it is, whatever other faults there are: each has dice of its own")
  func stableFaults() {
    // A longer storm has more faults at the same gaps; those at moments do not hang on its length.
    for seed in seeds {
      let short = pair(seed) { $0.duration = .seconds(4) }.turned.faults
      let long = pair(seed) { $0.duration = .seconds(8) }.turned.faults
      #expect(long.count > short.count)
      for (one, other) in zip(short, long) {
        #expect(one.action == other.action && one.duration == other.duration && one.id == other.id)
        if case .moment = one.trigger { #expect(one == other) }
      }
    }
  }

  /// Knobs that ask for too much or too little, with the name that the refusal must give.
  private static let badKnobs: [(name: String, knobs: ScenarioKnobs)] = [
    knobs("nodes") { $0.nodes = 0 }, knobs("nodes") { $0.nodes = 10 }, knobs("clients") { $0.clients = 0 },
    knobs("clients") { $0.clients = 65 }, knobs("keys") { $0.keys = 0 }, knobs("keys") { $0.keys = 257 },
    knobs("operations") { $0.operations = -1 }, knobs("operations") { $0.operations = 100_001 },
    knobs("duration") { $0.duration = .zero }, knobs("duration") { $0.duration = .seconds(3_601) },
  ]

  private static func knobs(
    _ name: String, _ turn: (inout ScenarioKnobs) -> Void
  ) -> (name: String, knobs: ScenarioKnobs) {
    var knobs = ScenarioKnobs.fixedMembers
    turn(&knobs)
    return (name, knobs)
  }

  @Test("A knob out of range is refused with a sentence that names it")
  func refused() throws {
    try ScenarioKnobs().validate()
    for (name, knobs) in Self.badKnobs {
      let error = try #require(throws: ScenarioError.self) { try knobs.validate() }
      #expect(error.description.hasPrefix("\(name) is ") && error.description.contains("expected"), "\(error)")
    }
  }

  @Test("A fault that cannot occur in so small a cluster is refused, and every other occurs", arguments: 1...4)
  func smallClusters(nodes: Int) throws {
    for kind in FaultKind.allCases where kind.isPlannable {
      var knobs = ScenarioKnobs.fixedMembers
      knobs.nodes = nodes
      knobs.faults = [kind]
      knobs.driftsBeyondBound = true
      if kind.fewestNodes > nodes {
        let error = try #require(throws: ScenarioError.self) { try knobs.validate() }
        let cluster = nodes == 1 ? "1 node" : "\(nodes) nodes"
        #expect(error.description == "faults name \(kind.rawValue), which cannot occur in a cluster of \(cluster)")
      } else {
        try knobs.validate()
        let scenario = Scenario(seed: 1, knobs: knobs)
        try scenario.validate()
        #expect(!scenario.faults.isEmpty, "\(kind)")
      }
    }
  }
}

extension FaultAction {
  /// Its kind if it hits whom it names; the leader or the subject is one node.
  fileprivate func plannedKind(in cluster: ClusterPlan) -> FaultKind {
    guard case .nodes(let nodes)? = target else { return kind(hitting: 1, of: cluster.nodes) }
    return kind(hitting: nodes.count, of: cluster.nodes)
  }
}
