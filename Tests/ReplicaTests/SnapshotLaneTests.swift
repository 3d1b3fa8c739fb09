import Determinism
import Raft
import Testing

@testable import Replica

@Suite("A snapshot whose sync takes long")
struct SnapshotLaneTests {
  private enum OneQueue: StorageRules {
    static func lane(ofSnapshot file: SnapshotFile) -> FileLane { .log }
  }

  /// Three servers of which 1 leads, and one of which writes a snapshot.
  private func servers(writing number: UInt8, rules: RuleSet = .paper) -> TestServers {
    var servers = TestServers(3, rules: rules)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    servers.handle(number, .snapshotRequested)
    #expect(servers[number].replica.status.isWritingSnapshot)
    return servers
  }

  /// What 2 answers to a candidate and to its leader while the sync of its snapshot is under way.
  private func answers(rules: RuleSet) -> [RaftMessage.Kind] {
    var servers = servers(writing: 2, rules: rules)
    servers.handle(1, .timer(.heartbeat))
    servers.handle(3, .timer(.election))
    servers.flush(3)
    let asked = servers.inFlight.filter { $0.to == NodeID(2) }
    for message in asked { servers.handle(2, .peerMessage(message.content, from: message.from)) }
    // Where both are in one queue, that is what takes long.
    if rules.storage.lane(ofSnapshot: SnapshotFile(index: .zero)) == .snapshots {
      while servers[2].disk.flushing.contains(.log) { servers.flush(2, only: .log) }
    }
    return servers.inFlight.filter { $0.from == NodeID(2) }.map { $0.content.kind }
  }

  @Test("Votes and acknowledgements of heartbeats wait for the sync of the log, and not for that of a snapshot")
  func answers() {
    #expect(answers(rules: .paper) == [.appendEntriesReply, .requestVoteReply])
    #expect(answers(rules: RuleSet(storage: OneQueue.self)).isEmpty)
  }

  @Test("A leader that waits for the sync of its snapshot for long goes on leading; of its log it would not")
  func leads() {
    for rules in [RuleSet.paper, RuleSet(storage: OneQueue.self)] {
      var servers = servers(writing: 1, rules: rules)
      servers.pass(.milliseconds(201))
      servers.handle(1, .timer(.heartbeat))
      let isOneQueue = rules.storage.lane(ofSnapshot: SnapshotFile(index: .zero)) == .log
      #expect((servers[1].replica.status.role == .leader) == !isOneQueue)
    }
  }

  @Test("Nothing of the log goes before the snapshot is durable, and a failed sync of it stops the server")
  func failure() {
    var servers = servers(writing: 2)
    servers.flush(2, only: .log)
    #expect(servers[2].replica.status.logStart == .zero)
    servers.flush(2, only: .snapshots, failing: .sync("snapshot-3.tmp"))
    #expect(servers[2].stopReason == .disk(.sync("snapshot-3.tmp")))
  }

  @Test("Members take their first snapshots at different entries, no later than the threshold says")
  func spread() {
    let thresholds = SnapshotThresholds(entries: 90, bytes: .max)
    #expect((0..<3).map { thresholds.first(at: $0, of: 3).entries } == [90, 60, 30])
    #expect(SnapshotThresholds(entries: 1, bytes: 1).first(at: 4, of: 5) == SnapshotThresholds(entries: 1, bytes: 1))
  }

  @Test("A client that has gone is answered nothing, and another of its name nothing that it did not ask for")
  func disconnection() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.ask(1, .get("x", sequence: 3), from: 7)
    servers.handle(1, .clientDisconnected(ClientID(1)))
    servers.handle(1, .clientDisconnected(ClientID(7)))
    servers.settle()
    #expect(servers[1].answers.isEmpty && servers[1].replica.status.waitingReads == 0)
    servers.ask(1, .get("x", sequence: 1))
    servers.settle()
    #expect(servers[1].answers.map(\.reply.body) == [.value(Array("1".utf8))], "it was applied all the same")
  }
}
