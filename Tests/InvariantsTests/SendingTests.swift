import Determinism
import Invariants
import Raft
import Testing
import Traces

@Suite("What leaders send their followers: at once, and once")
struct SendingTests {
  private let leader = NodeID(1)
  private let follower = NodeID(2)

  /// What is said of a leader that knows this of its follower, and whose log ends so many entries behind what has left.
  private func finding(_ server: Server, unsent: Int) -> Finding? {
    server.replica.raft.lastLeadership.flatMap { finding(server, $0.progress.slots[1], unsent: unsent) }
  }

  /// What would be said of it if it knew this.
  private func finding(_ server: Server, _ progress: Progress, unsent: Int) -> Finding? {
    let raft = server.replica.raft
    return NothingWaitsUnsent.look(
      at: progress, of: follower, by: leader, in: raft.term,
      last: LogIndex(progress.next.previous.rawValue + UInt64(unsent)), under: raft.configuration)
  }

  private func answer(_ outcome: AppendEntriesReply.Outcome, in server: Server) -> RaftMessage {
    .appendEntriesReply(AppendEntriesReply(term: server.replica.raft.term, round: 1, outcome: outcome))
  }

  @Test("Entries leave once the follower's log is known, as far as the window has room")
  func window() throws {
    var server = try Server(1)
    server.lead(voter: 2)
    #expect(finding(server, unsent: 1) == nil, "the first append asks where the logs agree")
    server.hear(answer(.matched(LogIndex(1)), in: server), from: 2)
    #expect(finding(server, unsent: 0) == nil)
    #expect(
      finding(server, unsent: 1)
        == .entriesUnsent(
          leader: leader, term: Term(1), follower: follower, match: LogIndex(1), last: LogIndex(2)))
    for _ in 0..<35 { server.openSession() }
    #expect(finding(server, unsent: 5) != nil, "35 entries are on their way, of 40")
    #expect(finding(server, unsent: 6) == nil, "an append takes ten if there are so many, and waits for room")
  }

  @Test("A leader that looks for where the logs agree asks after each refusal")
  func probe() throws {
    var server = try Server(1, log: [entry("a", term: 1)])
    server.lead(voter: 2)
    server.hear(answer(.conflict(index: LogIndex(1), term: nil), in: server), from: 2)
    var progress = try #require(server.replica.raft.lastLeadership?.progress.slots[1])
    #expect(progress.mode == .probe && progress.isAwaiting, "it has asked again")
    #expect(finding(server, progress, unsent: 2) == nil)
    // Had it not asked, the entries would wait for the next heartbeat.
    progress.isAwaiting = false
    let last = LogIndex(progress.next.previous.rawValue + 2)
    #expect(
      finding(server, progress, unsent: 2)
        == .entriesUnsent(
          leader: leader, term: server.replica.raft.term, follower: follower, match: .zero, last: last))
  }

  @Test("A leader may go back many times in what it sends, and not for ever")
  func returns() {
    var watch = LittleIsSentAgain(nodes: 3, heartbeatInterval: .milliseconds(50))
    func send(behind index: UInt64, at milliseconds: Int64) -> Finding? {
      let append = AppendEntries(
        term: Term(1), previous: LogPosition(index: LogIndex(index), term: Term(1)), commitIndex: .zero, round: 1,
        entries: [Entry(term: Term(1), payload: .noOp)])
      return watch.look(
        at: MessageLabel(.appendEntries(append)), from: leader, to: follower,
        at: LocalInstant(nanoseconds: milliseconds * 1_000_000))
    }
    for index in 0..<2_000 { #expect(send(behind: UInt64(index), at: 0) == nil) }
    for time in [0, 50] as [Int64] {
      for _ in 0..<LittleIsSentAgain.mostReturns { #expect(send(behind: 7, at: time) == nil) }
    }
    #expect(
      send(behind: 7, at: 99)
        == .sentAgain(leader: leader, term: Term(1), follower: follower, returns: LittleIsSentAgain.mostReturns + 1))
  }
}
