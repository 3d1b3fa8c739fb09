import Determinism
import KnownBugs
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// Three servers without a fault before the calm.
@Suite("Disks without room in the calm")
struct RoomInCalmTests {
  private func scenario(_ seed: UInt64, third: CalmFate = .member, room: Int? = nil) -> Scenario {
    var scenario = smallScenario(seed) { $0.faults = [] }
    scenario.protocols.reads = .readIndex
    scenario.protocols.snapshotEntries = 100_000
    scenario.calm.fates = [.member, .member, third]
    scenario.calm.work = CalmWork(timeouts: 6, pause: scenario.cluster.electionTimeoutMax / 20, valueBytes: 16)
    scenario.calm.leastDelay = nil
    scenario.calm.diskRoom = room
    return scenario
  }

  private func run(_ scenario: Scenario, bug: String? = nil) throws -> RunFailure? {
    let rules = try bug.map { try #require(KnownBug.named($0)).rules } ?? .paper
    var simulation = Simulation(scenario, rules: rules)
    return simulation.run().failure
  }

  @Test("A server whose disk is full answers its leader, and leads nobody", arguments: 0..<3 as Range<UInt64>)
  func full(seed: UInt64) throws {
    #expect(try run(scenario(seed, third: .full)) == nil)
  }

  @Test("A full server that does not hear what brings entries is missed by its leader")
  func deaf() throws {
    let isMissed = try (0..<6 as Range<UInt64>).contains { seed in
      try run(scenario(seed, third: .full), bug: "deaf-when-full")?.signature == .liveness(.followerSilent)
    }
    #expect(isMissed)
  }

  @Test("A full server that goes on leading keeps the quorum from its work")
  func leading() throws {
    var (leads, follows) = (false, false)
    for seed in 0..<12 as Range<UInt64> where !(leads && follows) {
      let failure = try run(scenario(seed, third: .full), bug: "leads-without-room")
      (leads, follows) = (leads || failure != nil, follows || failure == nil)
    }
    #expect(leads && follows, "it leads in some of them only")
  }

  @Test("Where disks are nearly full, snapshots make room for what clients write", arguments: 0..<2 as Range<UInt64>)
  func nearlyFull(seed: UInt64) throws {
    var scenario = scenario(seed, room: 100)
    // Of so many writes the log is far larger than the state.
    scenario.calm.work?.timeouts = 40
    #expect(try run(scenario) == nil)
    #expect(try run(scenario, bug: "full-disk-without-snapshot") != nil)
  }
}
