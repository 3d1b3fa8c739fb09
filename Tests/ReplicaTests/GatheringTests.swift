import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("Proposals that come together (Ongaro 2014 §10.2.2)")
struct GatheringTests {
  /// Three servers of which 1 leads and has appended one command, which its disk has not synced yet.
  private func servers() -> TestServers {
    var servers = TestServers(3)
    servers.lead(1)
    servers.ask(1, .put("a", "1", sequence: 2))
    return servers
  }

  /// How many entries each message carries that a server has sent.
  private func appends(from number: UInt8, to other: UInt8, in servers: TestServers) -> [Int] {
    servers.inFlight.filter { $0.from == NodeID(number) && $0.to == NodeID(other) }.map { message in
      if case .appendEntries(let request) = message.content { request.entries.count } else { 0 }
    }
  }

  @Test("What comes while a flush of the log is under way is one append for each follower, one record and one flush")
  func together() throws {
    var servers = servers()
    #expect(appends(from: 1, to: 2, in: servers) == [1], "the first does not wait")
    let records = try Self.entryRecords(of: servers[1].disk.log)
    for client in 2...4 { servers.ask(1, .openSession(sequence: 1), from: UInt32(client)) }
    #expect(appends(from: 1, to: 2, in: servers) == [1])
    servers.flush(1, only: .log)
    for follower: UInt8 in [2, 3] { #expect(appends(from: 1, to: follower, in: servers) == [1, 3]) }
    #expect(try Self.entryRecords(of: servers[1].disk.log) == records + [3])
    #expect(servers[1].disk.flushing == [.log])
    servers.settle()
    #expect(servers[1].answers.map(\.client.rawValue) == [1, 2, 3, 4])
    #expect(servers[1].answers.dropFirst().allSatisfy { if case .opened = $0.reply.body { true } else { false } })
  }

  @Test("Once all is committed the next command is appended, though the leader's own disk is not done")
  func slowDiskOfLeader() {
    var servers = servers()
    servers.ask(1, .put("b", "1", sequence: 3))
    // Both followers are faster than the leader's disk.
    for message in servers.inFlight where message.from == NodeID(1) {
      servers.handle(message.to.number, .peerMessage(message.content, from: message.from))
    }
    servers.flush(2)
    servers.flush(3)
    #expect(servers[1].disk.isFlushing && servers[1].answers.isEmpty)
    let isSent = { (servers: TestServers) in self.appends(from: 1, to: 2, in: servers).last == 1 }
    for message in servers.inFlight where message.to == NodeID(1) {
      servers.handle(1, .peerMessage(message.content, from: message.from))
    }
    #expect(servers[1].disk.isFlushing && servers[1].answers.count == 1 && isSent(servers))
    #expect(servers[1].replica.raft.log.lastIndex == servers[1].replica.raft.commitIndex.next)
  }

  @Test("Commands that fill an append wait for no more")
  func full() {
    var servers = servers()
    for number in 0..<99 { servers.ask(1, .openSession(sequence: 1), from: UInt32(number + 2)) }
    #expect(appends(from: 1, to: 2, in: servers) == [1])
    servers.ask(1, .openSession(sequence: 1), from: 200)
    #expect(appends(from: 1, to: 2, in: servers) == [1, 100])
  }

  @Test("A leader that is deposed refuses the commands that it has not appended: certainly nothing comes of them")
  func deposed() {
    var servers = servers()
    servers.ask(1, .openSession(sequence: 1), from: 2)
    let last = servers[1].replica.raft.log.lastIndex
    servers.handle(1, .peerMessage(.appendEntries(.presence(term: Term(9), round: 1)), from: NodeID(2)))
    #expect(servers[1].replica.raft.log.lastIndex == last)
    #expect(servers[1].answers.map(\.reply.body) == [.unknown, .notLeader(hint: NodeID(2))])
  }

  @Test("A command that was not appended goes with the connection of its client")
  func disconnection() {
    var servers = servers()
    servers.ask(1, .openSession(sequence: 1), from: 2)
    servers.ask(1, .openSession(sequence: 1), from: 3)
    servers.handle(1, .clientDisconnected(ClientID(2)))
    let last = servers[1].replica.raft.log.lastIndex
    servers.settle()
    #expect(servers[1].replica.raft.log.lastIndex == last.next)
    #expect(servers[1].answers.map(\.client.rawValue) == [1, 3])
  }

  @Test("Of commands that come together those are refused for which there is no room")
  func room() {
    var servers = TestServers(1)
    servers.lead(1)
    let reserve = StorageConfiguration().reserveBytes
    servers.setFreeBytes(reserve + 1_000, of: 1)
    servers.ask(1, .put("a", "1", sequence: 2))
    servers.ask(1, .put("b", String(repeating: "2", count: 500), sequence: 3), from: 2)
    servers.ask(1, .put("c", String(repeating: "3", count: 500), sequence: 4), from: 3)
    servers.settle()
    let bodies = servers[1].answers.sorted { $0.client < $1.client }.map(\.reply.body)
    #expect(bodies == [.written(.done), .written(.done), .notLeader(hint: nil)])
  }

  /// How many entries each record of a log's only file holds, those without any aside.
  private static func entryRecords(of log: [UInt8]) throws -> [Int] {
    let file = SegmentFile(number: 1)
    var reader = SegmentReader(
      file, of: FileOwner(NodeID(1), of: TestServers.cluster, voters: .first(3)), image: log, successor: nil,
      rules: PaperStorageRules.self)
    _ = try reader.header()
    var counts: [Int] = []
    while let frame = try reader.next() {
      if case .entries(_, let entries) = try reader.record(in: frame) { counts.append(entries.count) }
    }
    return counts
  }
}
