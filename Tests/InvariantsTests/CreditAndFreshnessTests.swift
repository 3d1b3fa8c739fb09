import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

/// Log time is whatever the last leader stamped.
private enum FollowsStamps: SessionRules {
  static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant { stamp }
}

/// Leaves clients waiting, whatever became of their commands.
private enum TellsNobody: ServerRules {
  static func fate(of write: LogPosition, applied: LogPosition?, role: Role) -> WriteFate { .open }
}

@Suite("What leaders may credit, what reads may miss, who waits, and where log time goes, each broken on purpose")
struct CreditAndFreshnessTests {
  private func append(_ count: Int, round: UInt64, term: UInt64 = 1) -> RaftMessage {
    .appendEntries(
      AppendEntries(
        term: Term(term), previous: .zero, commitIndex: .zero, round: round,
        entries: Array(repeating: Entry(term: Term(term), payload: .noOp), count: count)))
  }

  private func matched(_ index: UInt64, round: UInt64) -> RaftMessage {
    .appendEntriesReply(AppendEntriesReply(term: Term(1), round: round, outcome: .matched(LogIndex(index))))
  }

  /// A leader of term 1 that took note of an answer of server 2's, to which something had come; told to both observers.
  private func finding(
    of reply: RaftMessage, after arrival: RaftMessage?, from sender: UInt8 = 1
  ) throws -> Finding? {
    var observer = try Observer()
    var leader = try Server(1)
    leader.lead(voter: 2)
    let follower = try Server(2)
    if let arrival { observer.seeArrival(of: arrival, from: sender, at: follower) }
    leader.hear(reply, from: 2)
    observer.seeArrival(of: reply, from: 2, at: leader)
    return observer.finding
  }

  @Test("A leader credits a follower with entries only that have come there from it in its term")
  func credit() throws {
    #expect(try finding(of: matched(1, round: 1), after: append(1, round: 1)) == nil)
    func unsent(_ received: UInt64) -> Finding {
      .creditedUnsent(
        leader: NodeID(1), term: Term(1), follower: NodeID(2), index: LogIndex(1), received: LogIndex(received))
    }
    #expect(try finding(of: matched(1, round: 1), after: append(0, round: 1)) == unsent(0))
    #expect(try finding(of: matched(1, round: 1), after: nil) == unsent(0))
    #expect(
      try finding(of: matched(1, round: 1), after: append(1, round: 1), from: 3) == unsent(0), "of another server")
    #expect(try finding(of: matched(1, round: 1), after: append(1, round: 1, term: 2)) == unsent(0), "in another term")
  }

  @Test("A follower that knows entries to be committed, by whatever leader's snapshot, may be credited with them")
  func creditOfCommitted() throws {
    var observer = try Observer()
    var (leader, follower) = (try Server(1), try Server(2))
    observer.see(try Server(3, log: [entry("a", term: 1)]))
    follower.follow(3, term: 1, [entry("a", term: 1)])
    observer.see(follower)
    leader.lead(voter: 2)
    leader.hear(matched(1, round: 0), from: 2)
    observer.seeArrival(of: matched(1, round: 0), from: 2, at: leader)
    #expect(observer.found == nil)
  }

  @Test("A leader takes a follower to have heard only rounds that have come there")
  func rounds() throws {
    var leader = try Server(1)
    leader.lead(voter: 2)
    let round = try #require(leader.replica.raft.lastLeadership?.round)
    try #require(round > 0)
    #expect(try finding(of: matched(1, round: round), after: append(1, round: round)) == nil)
    #expect(
      try finding(of: matched(1, round: round), after: append(1, round: round - 1))
        == .creditedUnheardRound(
          leader: NodeID(1), term: Term(1), follower: NodeID(2), round: round, received: round - 1))
  }

  @Test("A read answers from a state in which all is that anybody was told of before its call, and no more is asked")
  func freshness() throws {
    var observer = try Observer()
    observer.seeCall(by: 0)
    observer.seeCall(by: 1)
    observer.seeReturn(to: 0, isRead: false, upTo: 5, from: 1)
    observer.seeReturn(to: 1, isRead: true, upTo: 4, from: 2)
    #expect(observer.found == nil, "they overlap")
    observer.seeCall(by: 1)
    observer.seeReturn(to: 1, isRead: true, upTo: 5, from: 2)
    observer.seeCall(by: 0)
    observer.seeReturn(to: 0, isRead: false, upTo: 3, from: 2)
    #expect(observer.found == nil, "a retry is answered as the first time")
    observer.seeCall(by: 1)
    observer.seeReturn(to: 1, isRead: true, upTo: 4, from: 3)
    #expect(
      observer.finding == .readNotFresh(NodeID(3), index: LogIndex(4), told: LogIndex(5), by: NodeID(1)))
  }

  @Test("What one read was answered from, later reads may not miss")
  func freshnessOfReads() throws {
    var observer = try Observer()
    observer.seeCall(by: 0)
    observer.seeReturn(to: 0, isRead: true, upTo: 7, from: 2)
    observer.seeCall(by: 1)
    observer.seeReturn(to: 1, isRead: true, upTo: 6, from: 1)
    #expect(observer.found == .readFreshness)
  }

  @Test("Log time goes back with a leader's clock; with another incarnation it may")
  func logTime() throws {
    let entries = [7, 3].map { stamp in
      Entry(
        term: Term(1),
        payload: .command(Command(stamp: WallInstant(nanoseconds: stamp), body: .openSession).encoded()))
    }
    var observer = try Observer()
    observer.see(try Server(2, log: entries))
    var server = try Server(1, rules: RuleSet(session: FollowsStamps.self))
    server.follow(2, term: 1, Array(entries.prefix(1)))
    observer.see(server)
    #expect(observer.found == nil)
    server.follow(2, term: 1, entries)
    observer.see(server)
    #expect(
      observer.finding
        == .logTimeWentBack(NodeID(1), from: WallInstant(nanoseconds: 7), to: WallInstant(nanoseconds: 3)))

    observer = try Observer()
    server = try Server(1)
    server.follow(2, term: 1, Array(entries.prefix(1)))
    for server in [try Server(2, log: entries), server] { observer.see(server) }
    observer.seeAnew(try Server(1, log: Array(entries.prefix(1))))
    #expect(observer.found == nil)
  }

  @Test("A server campaigns only where a majority has said that it would vote for it, in that term and lately")
  func campaigns() throws {
    func granted(_ term: UInt64) -> RaftMessage {
      .preVoteReply(PreVoteReply(term: Term(term), isGranted: true, attempt: .first))
    }
    let refused = RaftMessage.preVoteReply(PreVoteReply(term: .zero, isGranted: false, attempt: .first))
    for (reply, isSound) in [(granted(0), true), (granted(1), false), (refused, false)] {
      var observer = try Observer()
      var server = try Server(1, usesPreVote: true)
      observer.seeArrival(of: reply, from: 2, at: server)
      server.campaign(voter: 2)
      observer.see(server)
      #expect(
        observer.finding
          == (isSound
            ? nil : .campaignWithoutGrants(NodeID(1), term: Term(1), by: [NodeID(1)], members: 3)))
    }
  }

  @Test("A client waits for what is applied, and at a server that leads no more")
  func waiters() throws {
    for isDeposed in [false, true] {
      var observer = try Observer()
      var server = try Server(1, rules: RuleSet(server: TellsNobody.self))
      server.lead(voter: 2)
      server.openSession()
      observer.see(server)
      #expect(observer.found == nil)
      if isDeposed {
        server.hear(.requestVoteReply(RequestVoteReply(term: Term(9), isGranted: false)), from: 2)
      } else {
        server.commitAll(with: 2)
        observer.see(try Server(2, log: (1...2).map { server.replica.raft.log[LogIndex($0)] }))
      }
      observer.see(server)
      #expect(
        observer.finding
          == (isDeposed
            ? .waitsAfterLeadership(NodeID(1), index: LogIndex(2), term: Term(9))
            : .waitsForApplied(NodeID(1), index: LogIndex(2), applied: LogIndex(2))))
    }
  }

  @Test("A read is answered once a leader was heard by a majority after its call, in its term")
  func confirmation() throws {
    let append = append(1, round: 1)
    var follower = try Server(2)
    follower.hear(append, from: 1)
    for (before, after, isConfirmed) in [
      (nil, append, true), (append, nil, false), (nil, self.append(1, round: 9, term: 0), false),
    ] {
      var observer = try Observer(reads: .readIndex)
      if let before { observer.seeArrival(of: before, from: 1, at: follower) }
      observer.seeCall(by: 0)
      if let after { observer.seeArrival(of: after, from: 1, at: follower) }
      observer.seeReturn(to: 0, isRead: true, upTo: 1, from: 1)
      #expect(
        observer.finding
          == (isConfirmed ? nil : .readNotConfirmed(NodeID(1), leader: NodeID(1), followers: [], members: 3)))
    }
  }

  @Test("A follower that answers reads may rest on any leader, and five servers need two followers")
  func confirmationOfFive() throws {
    let append = append(1, round: 1)
    var observer = try Observer(nodes: 5, reads: .follower)
    for hearers in [[2, 3], [4]] as [[UInt8]] {
      observer.seeCall(by: 3)
      for number in hearers {
        var follower = try Server(number, of: 5)
        follower.hear(append, from: 1)
        observer.seeArrival(of: append, from: 1, at: follower)
      }
      observer.seeReturn(to: 3, isRead: true, upTo: 1, from: 3)
      #expect(
        observer.finding
          == (hearers.count == 2
            ? nil : .readNotConfirmed(NodeID(3), leader: NodeID(1), followers: [NodeID(4)], members: 5)))
    }
  }

  @Test("Reads wait where they are being confirmed, and at servers that lead or answer reads as followers")
  func waitingReads() {
    var status = ReplicaStatus()
    (status.role, status.term, status.waitingReads, status.openReads) = (.leader, Term(4), 2, 2)
    func finding(_ reads: ReadMode) -> Finding? { WaitersAreAnswered.look(at: status, of: NodeID(3), reads: reads) }
    #expect(finding(.readIndex) == nil)
    status.openReads = 1
    #expect(finding(.readIndex) == .readsForgotten(NodeID(3), waiting: 2, open: 1))
    (status.role, status.openReads) = (.follower, 2)
    #expect(finding(.follower) == nil)
    #expect(finding(.log) == .readsWaitAfterLeadership(NodeID(3), term: Term(4), count: 2))
  }
}
