import Determinism
import Testing

@testable import Replica

@Suite("What a host asks of a server besides its clients' requests")
struct HostRequestTests {
  @Test("A snapshot that was asked for is taken though it is not time for one, if anything was applied since the last")
  func snapshots() {
    var servers = TestServers(1)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    #expect(!servers[1].replica.status.isWritingSnapshot)
    servers.handle(1, .snapshotRequested)
    #expect(servers[1].replica.status.isWritingSnapshot)
    servers.settle()
    #expect(!servers[1].replica.status.isWritingSnapshot)
    #expect(servers[1].replica.status.logStart.index == servers[1].replica.status.appliedIndex)
    servers.handle(1, .snapshotRequested)
    #expect(!servers[1].replica.status.isWritingSnapshot)
  }

  @Test("A server that knew its disk full takes entries again once it hears of room")
  func room() {
    var servers = TestServers(1)
    servers.lead(1)
    servers.setFreeBytes(1_000, of: 1)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    // It learns of it with the end of a flush, and has nothing more to flush.
    servers.ask(1, .put("x", "2", sequence: 3))
    servers.settle()
    #expect(servers[1].answers.last?.reply.body == .notLeader(hint: nil))
    servers.handle(1, .roomChanged(freeBytes: .max))
    servers.ask(1, .put("x", "3", sequence: 4))
    servers.settle()
    #expect(servers[1].answers.last?.reply.body == .written(.done))
  }
}
