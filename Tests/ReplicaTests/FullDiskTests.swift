import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("A server whose disk is full")
struct FullDiskTests {
  /// Three servers, of which 1 leads and 3 knows that its disk is full.
  private func servers(rules: RuleSet = .paper) -> TestServers {
    var servers = TestServers(3, rules: rules)
    servers.lead(1)
    servers.setFreeBytes(1_000_000, of: 3)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    return servers
  }

  /// Lets 2 lead the next term without 3, and hands 3 its first append and no answer of 3 to anybody.
  private func appendOfNextTerm(_ servers: inout TestServers) {
    servers.elect(2, among: [1, 2])
    servers.handle(2, .timer(.heartbeat))
    let appends = servers.inFlight.filter { $0.to == NodeID(3) }
    #expect(!appends.isEmpty)
    for append in appends { servers.handle(3, .peerBytes(append.bytes, from: append.from)) }
    servers.flush(3)
  }

  @Test("A follower without room hears its leader and enters its term, and takes on no entries")
  func hears() {
    var servers = servers()
    let before = servers[3].replica.status
    appendOfNextTerm(&servers)
    let status = servers[3].replica.status
    #expect(status.term == servers[2].replica.status.term && status.term > before.term)
    #expect(servers[3].replica.raft.leader == NodeID(2) && status.lastIndex == before.lastIndex)
  }

  @Test("A server that does not hear what it has no room for knows nothing of its leader")
  func deaf() {
    enum Deaf: ReplicaRules {
      static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool { hasRoom }
    }
    var servers = servers(rules: RuleSet(replica: Deaf.self))
    let before = servers[3].replica.status
    appendOfNextTerm(&servers)
    #expect(servers[3].replica.status.term == before.term && servers[3].replica.raft.leader == NodeID(1))
  }

  @Test("Its leader takes nothing for held that it does not hold, and does not send again at once")
  func acknowledgement() {
    var servers = servers()
    let held = servers[3].replica.status.lastIndex
    var messages = 0
    for sequence in 3..<13 as Range<UInt64> {
      servers.ask(1, .put("x", "2", sequence: sequence))
      messages += servers.inFlight.count
      servers.settle()
      messages += servers.delivered
    }
    #expect(servers[1].answers.last?.reply.body == .written(.done))
    #expect(servers[3].replica.status.lastIndex == held)
    #expect(servers[1].replica.raft.matchIndices[2] <= held)
    #expect(messages < 100, "of each write one append and one answer for each follower")
    servers.setFreeBytes(.max, of: 3)
    servers.handle(3, .roomChanged(freeBytes: .max))
    for _ in 0..<3 {
      servers.pass(.milliseconds(200))
      servers.handle(1, .timer(.heartbeat))
      servers.settle()
    }
    #expect(servers[3].replica.status.lastIndex == servers[1].replica.status.lastIndex)
  }
}
