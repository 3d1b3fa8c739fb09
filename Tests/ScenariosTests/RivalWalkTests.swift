import Determinism
import Raft
import Testing

@testable import Scenarios

@Suite("Walks of faults around two leaders")
struct RivalWalkTests {
  /// Walks in which leaders outlive their time, and such in which votes are asked for twice.
  private let walks: (outlived: [Scenario], doubled: [Scenario]) = {
    let scenarios = (0..<400 as Range<UInt64>).map { Scenario(seed: $0, knobs: .fixedMembers) }
    return (scenarios.filter(\.hasOutlivedLeader), scenarios.filter(\.hasDoubledVotes))
  }()

  @Test("About one seed of eight has such a walk, of at least three servers, and no other faults")
  func share() {
    #expect((12...45).contains(walks.outlived.count), "\(walks.outlived.count) of leaders that outlive their time")
    #expect((12...45).contains(walks.doubled.count), "\(walks.doubled.count) of votes asked for twice")
    for scenario in walks.outlived + walks.doubled {
      #expect(scenario.cluster.nodes >= 3 && !scenario.protocols.usesPreVote)
      #expect(scenario.faults.map(\.id) == Array(scenario.faults.indices))
      #expect(throws: Never.self) { try scenario.validate() }
    }
  }

  @Test("Where a leader outlives its time half of the clients stay with it and read, and the others ask anybody")
  func clients() {
    for scenario in walks.outlived {
      for (number, client) in scenario.workload.clients.enumerated() {
        for operation in client.operations {
          let stays = operation.request == .get && operation.firstNode == nil && operation.awaitsChange != nil
          #expect(number % 2 == 0 ? operation.firstNode != nil : stays)
        }
      }
    }
    #expect(walks.outlived.contains { $0.protocols.reads == .lease })
  }

  @Test("Where votes are asked for twice timeouts hardly differ, and voters crash for less than most timeouts")
  func voters() {
    for scenario in walks.doubled {
      #expect(scenario.cluster.electionTimeoutMax - scenario.cluster.electionTimeoutMin < .milliseconds(8))
      #expect(
        scenario.faults.contains { fault in
          if case .moment(.voteReply, _, _) = fault.trigger { fault.duration <= .milliseconds(30) } else { false }
        })
    }
  }

  @Test("Whoever asks for a way to read gets it, and what it rests on", arguments: ReadMode.allCases)
  func reads(_ mode: ReadMode) {
    var knobs = ScenarioKnobs()
    knobs.reads = mode
    for seed in 0..<200 as Range<UInt64> {
      let protocols = Scenario(seed: seed, knobs: knobs).protocols
      #expect(protocols.reads == mode && (mode != .lease || protocols.checksQuorum))
    }
  }

  @Test("Whoever asks for kinds of faults gets no such walk")
  func others() {
    var knobs = ScenarioKnobs.fixedMembers
    knobs.faults = FaultKind.allCases
    let walks = (0..<100 as Range<UInt64>).filter { Scenario(seed: $0, knobs: knobs).hasRivalWalk }
    #expect(walks.isEmpty)
  }
}

extension Scenario {
  /// Whether nothing but leaders that are held up, cut off, or whose clocks are slow happens, as in one kind of walk.
  fileprivate var hasOutlivedLeader: Bool {
    faults.count >= 2
      && faults.allSatisfy { fault in
        switch fault.action {
        case .slowNode(.leader, _), .clog(.leader, .inbound), .partition(.primaries, .leader, _),
          .clockDrift(.leader, _):
          true
        default: false
        }
      }
  }

  /// Whether crashes of voters follow each other, as in the other kind.
  fileprivate var hasDoubledVotes: Bool {
    let votes = faults.compactMap { fault -> Int? in
      guard case .moment(.voteReply, let ordinal, _) = fault.trigger, case .kill(.subject, _) = fault.action else {
        return nil
      }
      return ordinal
    }
    return votes.count > 30 && votes == votes.sorted()
  }

  /// Whether it has a walk around two leaders.
  var hasRivalWalk: Bool { hasOutlivedLeader || hasDoubledVotes }
}
