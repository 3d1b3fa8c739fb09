import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("A server without I/O")
struct ReplicaTests {
  private func replies(_ servers: TestServers, _ number: UInt8) -> [ClientReply.Body] {
    servers[number].answers.map(\.reply.body)
  }

  private func value(_ text: String) -> ClientReply.Body { .value(Array(text.utf8)) }

  @Test("A write is answered once it is committed and applied, and not before")
  func answersAfterCommit() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 1))
    #expect(servers[1].answers.isEmpty)
    servers.flush(1)
    #expect(servers[1].answers.isEmpty, "durable here and nowhere else")
    servers.settle()
    #expect(replies(servers, 1) == [.written(.done)])
    #expect(servers[1].answers[0].reply.sequence == SequenceNumber(1))
  }

  @Test("A read is answered once a majority has confirmed the leader")
  func readsAfterConfirmation() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 1))
    servers.settle()
    servers.ask(1, .get("x", sequence: 2))
    servers.ask(1, .get("y", sequence: 3))
    #expect(servers[1].answers.count == 1)
    servers.settle(among: [1, 2])
    #expect(replies(servers, 1) == [.written(.done), value("1"), .value(nil)])
  }

  @Test("Whoever does not lead appends nothing and names whom it follows")
  func hints() {
    var servers = TestServers(3)
    servers.ask(2, .put("x", "1", sequence: 1))
    servers.elect(1)
    servers.ask(2, .put("x", "1", sequence: 1))
    servers.ask(2, .get("x", sequence: 2))
    let expected: [ClientReply.Body] = [
      .notLeader(hint: nil), .notLeader(hint: NodeID(1)), .notLeader(hint: NodeID(1)),
    ]
    #expect(replies(servers, 2) == expected)
    #expect(servers[2].replica.status.lastIndex == LogIndex(1))
  }

  @Test("A leader that is deposed answers unknown to writes and openings, and sends readers away, each once")
  func deposed() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 1), from: 1)
    servers.ask(1, .get("x", sequence: 1), from: 2)
    servers.ask(1, .openSession(sequence: 1), from: 3)
    servers.settle(among: [2, 3])
    servers.elect(2, among: [2, 3])
    servers.handle(2, .timer(.heartbeat))
    servers.settle()
    let answers = servers[1].answers.sorted { $0.client < $1.client }.map(\.reply.body)
    #expect(answers == [.unknown, .notLeader(hint: NodeID(2)), .unknown])
    #expect(servers[1].replica.stateMachine.value(of: Array("x".utf8)) == nil)
  }

  @Test("A client waits while its server leads, and hears what its own entry came to, not what another's did")
  func fates() {
    let rules = PaperServerRules.self
    let write = LogPosition(index: LogIndex(5), term: Term(2))
    let other = LogPosition(index: LogIndex(5), term: Term(3))
    #expect(rules.fate(of: write, applied: nil, role: .leader) == .open)
    #expect(rules.fate(of: write, applied: nil, role: .follower) == .unknown)
    #expect(rules.fate(of: write, applied: write, role: .follower) == .answered)
    #expect(rules.fate(of: write, applied: other, role: .leader) == .unknown)
  }

  @Test("A retry is answered as the first attempt was, and applied once (Ongaro 2014 §6.3)")
  func retries() {
    var servers = TestServers(3)
    servers.lead(1)
    for _ in 0..<3 { servers.ask(1, .append("x", "a", sequence: 1)) }
    servers.settle()
    servers.elect(2)
    servers.ask(2, .append("x", "a", sequence: 1))
    servers.ask(2, .get("x", sequence: 2))
    servers.settle()
    #expect(replies(servers, 1) == [.written(.done), .written(.done), .written(.done)])
    #expect(Set(replies(servers, 2)) == [.written(.done), value("a")])
  }

  @Test("A command older than its session's last is dropped, and its outcome unknown")
  func oldCommands() {
    var servers = TestServers(1)
    servers.lead(1)
    servers.ask(1, .put("x", "new", sequence: 2))
    servers.settle()
    servers.ask(1, .put("x", "old", sequence: 1))
    servers.settle()
    #expect(replies(servers, 1) == [.written(.done), .unknown])
    #expect(servers[1].replica.stateMachine.value(of: Array("x".utf8)) == Array("new".utf8))
  }

  @Test("Every opening opens a session, named after its place in the log; a change in no open session is not made")
  func sessions() {
    var servers = TestServers(3, sessions: SessionSettings(lifetime: .seconds(1), maxOpen: 2))
    servers.lead(1)
    for _ in 0..<2 { servers.ask(1, .openSession(sequence: 2)) }
    servers.ask(1, .put("x", "1", sequence: 3))
    servers.settle()
    #expect(replies(servers, 1) == [.opened(SessionID(3)), .opened(SessionID(4)), .sessionExpired])
    for server in [1, 2, 3] as [UInt8] {
      servers.handle(1, .timer(.heartbeat))
      servers.settle()
      #expect(servers[server].replica.stateMachine.value(of: Array("x".utf8)) == nil)
      #expect(servers[server].replica.stateMachine.sessionCount == 2)
    }
  }

  @Test("A session expires by the stamps in the log: the clocks of those who only apply have no say")
  func expiry() {
    var servers = TestServers(3, sessions: SessionSettings(lifetime: .seconds(1), maxOpen: 2))
    servers.lead(1)
    servers.walls[1] = .seconds(1_000)
    servers.ask(1, .put("x", "1", sequence: 1))
    servers.settle()
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    #expect(servers[1].replica.status.stateDigest == servers[2].replica.status.stateDigest)
    servers.elect(2)
    servers.ask(2, .put("x", "2", sequence: 2))
    servers.settle()
    #expect(replies(servers, 1) == [.written(.done)] && replies(servers, 2) == [.sessionExpired])
  }

  @Test("A request beyond the limits is refused at once, by whomever, and never appended")
  func refused() {
    var servers = TestServers(3)
    servers.elect(1)
    let long = String(repeating: "k", count: KeyValueLimits.maxKeyBytes + 1)
    let value = String(repeating: "v", count: KeyValueLimits.maxValueBytes + 1)
    for server in [1, 2] as [UInt8] {
      servers.ask(server, .put(long, "1", sequence: 1))
      servers.ask(server, .get(long, sequence: 2))
      servers.ask(server, .append("x", value, sequence: 3))
      #expect(replies(servers, server) == [.refused(.keyTooLong), .refused(.keyTooLong), .refused(.valueTooLong)])
      #expect(servers[server].replica.status.lastIndex == LogIndex(1))
    }
  }

  @Test("A message that names the receiver as its sender is ignored")
  func ownName() {
    var servers = TestServers(3)
    servers.handle(1, .timer(.election))
    let vote = RequestVoteReply(term: Term(1), isGranted: true)
    servers.handle(1, .peerMessage(.requestVoteReply(vote), from: NodeID(1)))
    servers.handle(1, .peerMessage(.requestVoteReply(vote), from: NodeID(2)))
    #expect(servers[1].replica.status.role == .candidate, "its own vote is not durable yet")
  }
}

@Suite("A server and its disk")
struct ReplicaRecoveryTests {
  /// Three servers, twenty committed writes.
  private func servers() -> TestServers {
    var servers = TestServers(3)
    servers.lead(1)
    for number in 1...20 as ClosedRange<UInt64> {
      servers.ask(1, .append("k\(number % 3)", "\(number),", sequence: number))
      servers.settle()
    }
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    return servers
  }

  @Test("A server that restarts has its term, vote and log again, and its state once it hears what is committed")
  func replay() throws {
    var servers = servers()
    let before = servers[2].replica
    try servers.restart(2)
    var hardState = before.raft.hardState
    hardState.starts += 1
    #expect(servers[2].replica.raft.hardState == hardState)
    #expect(servers[2].replica.raft.log == before.raft.log)
    #expect(servers[2].replica.appliedIndex == .zero)
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    #expect(servers[2].replica.stateMachine == before.stateMachine)
    #expect(servers[2].replica.status.stateDigest == servers[1].replica.status.stateDigest)
  }

  @Test("Servers that all restart elect a leader that has everything, and answer a retry again")
  func everyoneRestarts() throws {
    var servers = servers()
    let state = servers[1].replica.stateMachine
    for number in 1...3 as ClosedRange<UInt8> { try servers.restart(number) }
    servers.elect(3)
    #expect(servers[3].replica.stateMachine == state)
    servers.ask(3, .append("k2", "20,", sequence: 20))
    servers.settle()
    #expect(servers[3].answers.map(\.reply.body) == [.written(.done)])
    #expect(servers[3].replica.stateMachine.value(of: Array("k2".utf8)) == state.value(of: Array("k2".utf8)))
  }

  @Test("A torn tail is cut off, and the server rejoins and catches up", arguments: [0, 1, 7, 8, 9, 40])
  func tornTail(bytes: Int) throws {
    var servers = servers()
    let before = servers[2].replica
    let length = servers[2].disk.log.count
    // The last synced write and a part of one that never was.
    var log = SegmentedLog(
      closed: [], number: 1, length: length, hardState: before.raft.hardState, lastIndex: before.raft.log.lastIndex)
    let next = log.bytes(.entries(first: before.raft.log.lastIndex.next, [Entry(term: Term(1), payload: .noOp)]))
    try servers.restart(2) { $0[0].bytes += next.prefix(min(bytes, next.count - 1)) }
    let start = LogLimits.frameBytes + RecordKind.hardStateBytes
    #expect(servers[2].disk.log.count == length + start, "the file is cut before the new start is added")
    #expect(servers[2].replica.raft.log == before.raft.log)
    servers.ask(1, .put("x", "1", sequence: 21))
    servers.settle()
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    try servers.restart(2)
    #expect(servers[2].replica.raft.log == servers[1].replica.raft.log)
  }

  @Test("A log damaged in its middle is refused: what the server promised may be lost")
  func damaged() throws {
    var servers = servers()
    do {
      try servers.restart(2) { $0[0].bytes[$0[0].bytes.count / 2] ^= 1 }
      Issue.record("the server started")
    } catch let damage as StorageDamage {
      guard case .badRecord = damage.reason else { throw damage }
    }
  }

  @Test("What was not synced is gone after a crash, and nobody had been told of it")
  func unsynced() throws {
    var servers = servers()
    let length = servers[2].disk.log.count
    servers.ask(1, .put("x", "1", sequence: 21))
    let messages = servers.inFlight.filter { $0.to == NodeID(2) }
    servers.settle(among: [])
    for message in messages { servers.handle(2, .peerMessage(message.content, from: message.from)) }
    #expect(servers[2].disk.log.count > length && servers[2].disk.isFlushing)
    #expect(servers.inFlight.isEmpty)
    try servers.restart(2)
    #expect(servers[2].replica.status.lastIndex == LogIndex(22))
  }
}

@Suite("A server whose disk fails")
struct FailingDiskTests {
  @Test("A failed flush stops the server for good, and nobody hears what waited for it")
  func failedFlush() {
    var servers = TestServers(3)
    servers.elect(1)
    servers.ask(1, .put("x", "1", sequence: 1))
    let messages = servers.inFlight.filter { $0.to == NodeID(2) }
    servers.settle(among: [])
    for message in messages { servers.handle(2, .peerMessage(message.content, from: message.from)) }
    servers.flush(2, failing: .sync("log-1"))
    #expect(servers[2].stopReason == .disk(.sync("log-1")) && servers.inFlight.isEmpty)
    servers.handle(2, .timer(.election))
    #expect(servers.inFlight.isEmpty && !servers[2].disk.isFlushing)
  }

  @Test("A rule that takes the failure for success lets the acknowledgement leave")
  func ignoredFailure() {
    enum FailureIgnored: StorageRules {
      static func outcome(of reported: FlushOutcome) -> FlushOutcome { .done(freeBytes: .max) }
    }
    var servers = TestServers(3, rules: RuleSet(storage: FailureIgnored.self))
    servers.settle()
    servers.handle(1, .timer(.election))
    servers.flush(1, failing: .sync("log-1"))
    #expect(servers[1].stopReason == nil && !servers.inFlight.isEmpty)
  }

  @Test("A leader without room takes no proposals and still leads; a follower without room takes no entries")
  func full() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.setFreeBytes(1_000_000, of: 1)
    servers.setFreeBytes(1_000_000, of: 3)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    #expect(servers[1].answers.map(\.reply.body) == [.written(.done)])
    servers.ask(1, .put("x", "2", sequence: 3))
    #expect(servers[1].answers.last?.reply.body == .notLeader(hint: nil))
    #expect(servers[1].replica.status.role == .leader && servers[1].replica.status.lastIndex == LogIndex(3))
    servers.elect(2)
    servers.ask(2, .put("x", "3", sequence: 4))
    servers.settle()
    #expect(servers[2].replica.status.lastIndex == LogIndex(5))
    #expect(servers[3].replica.status.lastIndex == LogIndex(3) && servers[3].stopReason == nil)
  }

  @Test("Once somebody has made room, a leader takes proposals again, and a follower entries")
  func roomAgain() {
    var servers = TestServers(3)
    servers.lead(1)
    for number: UInt8 in [1, 3] { servers.setFreeBytes(1_000_000, of: number) }
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    for number: UInt8 in [1, 3] { servers.setFreeBytes(.max, of: number) }
    // The first one is refused, and asks; the next one finds room.
    servers.ask(1, .put("x", "2", sequence: 3))
    servers.flush(1)
    servers.ask(1, .put("x", "2", sequence: 3))
    servers.settle()
    for _ in 0..<3 {
      servers.handle(1, .timer(.heartbeat))
      servers.settle()
    }
    #expect(servers[1].answers.map(\.reply.body) == [.written(.done), .notLeader(hint: nil), .written(.done)])
    #expect(servers[3].replica.status.lastIndex == LogIndex(4))
  }
}
