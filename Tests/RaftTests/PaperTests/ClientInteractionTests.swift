import Determinism
import Raft
import Testing

/// Ongaro 2014 (dissertation), chapter 6 and §4.2.3, §9.6, as far as they concern the protocol; Raft §8.
@Suite("The dissertation's client interaction and disruptions")
struct ClientInteractionTests {
  private func cluster(
    _ reads: ReadMode = .readIndex, nodes: Int = 3, checksQuorum: Bool = true, usesPreVote: Bool = false
  ) -> TestCluster {
    TestCluster(nodes: nodes) {
      $0.reads = reads
      $0.checksQuorum = checksQuorum
      $0.usesPreVote = usesPreVote
    }
  }

  @Test("Raft §8: a new leader commits a blank no-op entry at the start of its term")
  func noOp() {
    var cluster = cluster()
    cluster.elect(.n1)
    #expect(cluster.hosts[0].applied == [Entry(term: Term(1), payload: .noOp)])
  }

  @Test("§6.2: a leader steps down if an election timeout elapses without a round of heartbeats to a majority")
  func stepsDown() {
    var cluster = cluster()
    cluster.elect(.n1)
    let read = cluster.read(at: .n1)
    cluster.advance(.n1, by: .milliseconds(290))
    #expect(cluster[.n1].role == .leader)
    cluster.advance(.n1, by: .milliseconds(150))
    #expect(cluster[.n1].role == .follower && cluster[.n1].term == Term(1), "in its own term: its vote stays")
    #expect(cluster[.n1].hardState.votedFor == .n1 && cluster.hosts[0].abandonedReads == [read])
  }

  @Test("§6.2: a leader that a majority answers stays")
  func stays() {
    var cluster = cluster(nodes: 5)
    cluster.elect(.n1)
    for _ in 0..<20 {
      cluster.advance(.n1, by: .milliseconds(50))
      cluster.drop { $0.to == .n4 || $0.to == .n5 }
      cluster.settle(among: [.n1, .n2, .n3])
    }
    #expect(cluster[.n1].role == .leader)
  }

  @Test("§6.4, 1: a read waits until the leader has committed an entry of its term")
  func firstCommit() {
    var cluster = cluster()
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    cluster.read(at: .n1)
    #expect(cluster[.n1].leadership?.earlyReads.count == 1 && cluster[.n1].leadership?.pendingReads.isEmpty == true)
  }

  @Test("§6.4, 2 and 3: readIndex is the commit index at arrival, confirmed by a new round of heartbeats")
  func newRound() throws {
    var cluster = cluster()
    cluster.elect(.n1)
    cluster.read(at: .n1)
    let read = try #require(cluster[.n1].leadership?.pendingReads.first)
    #expect(read.index == cluster[.n1].commitIndex && read.round == cluster[.n1].leadership?.round)
    cluster.hand(.matched(1, term: 1, round: read.round - 1), from: .n2, to: .n1)
    #expect(cluster.hosts[0].confirmedReads.isEmpty)
    cluster.hand(.matched(1, term: 1, round: read.round), from: .n2, to: .n1)
    #expect(cluster.hosts[0].confirmedReads.map(\.index) == [LogIndex(1)])
  }

  @Test("§6.4: one round of heartbeats serves any number of reads that have gathered")
  func gathering() {
    var cluster = cluster()
    cluster.elect(.n1)
    for _ in 0..<10 { cluster.read(at: .n1) }
    #expect(cluster.messages(from: .n1, to: .n2).count == 1)
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.count == 10)
    #expect(cluster[.n1].leadership?.round == 3, "the election's, the first read's, and that of the other nine")
  }

  @Test("§6.4: nobody can acknowledge a round that has not begun")
  func futureRound() {
    var cluster = cluster()
    cluster.elect(.n1)
    cluster.hand(.matched(1, term: 1, round: .max), from: .n2, to: .n1)
    cluster.read(at: .n1)
    #expect(cluster.hosts[0].confirmedReads.isEmpty)
  }

  @Test("§6.4, end: a follower asks the leader for its readIndex and waits until it has applied as much")
  func followerRead() {
    var cluster = cluster(.follower)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    cluster.settle(among: [.n1, .n2])
    cluster.heartbeat(.n1)
    cluster.drop()
    let read = cluster.read(at: .n3)
    cluster.sync(.n3)
    cluster.deliver(from: .n3, to: .n1)
    cluster.drop { $0.to == .n3 }
    cluster.settle(among: [.n1, .n2])
    #expect(cluster.hosts[2].confirmedReads.isEmpty)
    let id = ForwardedReadID(starts: 0, read: read)
    cluster.hand(.readIndexReply(ReadIndexReply(term: Term(1), id: id, index: LogIndex(2))), from: .n1, to: .n3)
    #expect(cluster.hosts[2].confirmedReads.isEmpty, "it is not there yet")
    cluster.heartbeat(.n1)
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    #expect(cluster.hosts[2].confirmedReads.map(\.index) == [LogIndex(2)])
  }

  @Test("§6.4, end: an answer to another incarnation of the follower is not taken for one to this one")
  func otherIncarnation() {
    var cluster = cluster(.follower)
    cluster.elect(.n1)
    let read = cluster.read(at: .n3)
    for starts in [1, 7] as [UInt64] {
      let id = ForwardedReadID(starts: starts, read: read)
      cluster.hand(.readIndexReply(ReadIndexReply(term: Term(1), id: id, index: .zero)), from: .n1, to: .n3)
    }
    #expect(cluster.hosts[2].confirmedReads.isEmpty)
  }

  @Test(
    "§6.4.1: the lease ends at start + electionTimeout / clockDriftBound, exactly",
    arguments: [
      (Ratio.zero, 150_000_000), (Ratio(1, 10), 122_727_272), (Ratio(1, 2), 50_000_000), (Ratio(1, 1), 0),
      (Ratio(1, .max), 149_999_999), (Ratio(.max, .max), 0),
    ] as [(Ratio, Int64)])
  func leaseEnd(bound: Ratio, length: Int64) {
    let end = PaperRaftRules.leaseEnd(
      sentAt: LocalInstant(nanoseconds: 1_000), acknowledgedAt: LocalInstant(nanoseconds: 999_999_999),
      promise: .milliseconds(150), clockRateBound: bound)
    #expect(end == LocalInstant(nanoseconds: 1_000 + length))
  }

  @Test("§6.4.1: within the lease a read asks nobody; after it, it asks")
  func lease() {
    var cluster = cluster(.lease)
    cluster.elect(.n1)
    cluster.read(at: .n1)
    #expect(cluster.hosts[0].confirmedReads.count == 1 && cluster.inFlight.isEmpty)
    cluster.pass(.milliseconds(123), at: .n1)
    cluster.read(at: .n1)
    #expect(cluster.hosts[0].confirmedReads.count == 1 && !cluster.inFlight.isEmpty)
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.count == 2)
  }

  @Test("§6.4.1: a lease is its term's, and needs its term's first commit")
  func leaseOfTerm() {
    #expect(
      !PaperRaftRules.holdsLease(
        until: LocalInstant(nanoseconds: 9), now: LocalInstant(nanoseconds: 1), ledTerm: Term(1), current: Term(2)))
    var cluster = TestCluster(nodes: 3, logs: [[1], [1], [1]]) {
      $0.reads = .lease
      $0.checksQuorum = true
    }
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 2), from: .n2, to: .n1)
    cluster.hand(.conflict(index: 1, term: 2, round: 1), from: .n2, to: .n1)
    cluster.read(at: .n1)
    #expect(cluster[.n1].leadership?.leaseEnd != nil && cluster.hosts[0].confirmedReads.isEmpty)
  }

  @Test("A leader remembers the time of so many rounds only, and no lease starts from one that it has forgotten")
  func timedRounds() {
    var cluster = cluster(.lease)
    cluster.elect(.n1)
    let held = cluster[.n1].leadership?.leaseEnd
    for _ in 0..<RaftConfiguration.maxTimedRounds + 3 {
      cluster.heartbeat(.n1)
      cluster.pass(.milliseconds(1), at: .n1)
    }
    #expect(cluster[.n1].leadership?.timedRounds.count == RaftConfiguration.maxTimedRounds)
    cluster.hand(.matched(1, term: 1, round: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.leaseEnd == held)
  }

  @Test("§6.4, last resort: a read as an entry of the log is confirmed when it commits in the same term")
  func logRead() {
    var cluster = cluster(.log)
    cluster.elect(.n1)
    let lost = cluster.read(at: .n1)
    #expect(cluster[.n1].log.lastIndex == LogIndex(2))
    cluster.hand(.vote(term: 9, granted: false), from: .n2, to: .n1)
    #expect(cluster.hosts[0].abandonedReads == [lost])
    cluster.drop()
    cluster.pass(.milliseconds(400), at: .n2)
    cluster.pass(.milliseconds(400), at: .n3)
    cluster.elect(.n1)
    let read = cluster.read(at: .n1)
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.map(\.id) == [read])
  }

  @Test("§4.2.3: within the minimum election timeout of hearing a leader, a server neither votes nor updates its term")
  func stickiness() {
    var cluster = cluster()
    cluster.elect(.n1)
    for request in [RaftMessage.requestVote(term: 9, last: (9, 9)), .preVote(term: 8, last: (9, 9))] {
      cluster.pass(.milliseconds(74), at: .n2)
      #expect(cluster.hand(request, from: .n3, to: .n2).allMessages.isEmpty)
      #expect(cluster.hand(request, from: .n3, to: .n1).allMessages.isEmpty, "a leader that a quorum answers")
      #expect(cluster[.n1].term == Term(1) && cluster[.n2].term == Term(1))
    }
    cluster.pass(.milliseconds(2), at: .n2)
    #expect(cluster.hand(.requestVote(term: 9, last: (9, 9)), from: .n3, to: .n2).allMessages == [.vote(term: 9)])
  }

  @Test("§4.2.3: who ignores votes still answers a stale leader with its term, or that one would never learn")
  func answersStaleAppends() {
    var cluster = cluster()
    cluster.hand(.append(term: 5), from: .n3, to: .n2)
    #expect(cluster.hand(.append(term: 4), from: .n1, to: .n2).allMessages.map(\.term) == [Term(5)])
    #expect(
      cluster.hand(.install([.old(term: 1, index: 1)], term: 4), from: .n1, to: .n2).allMessages.map(\.term) == [
        Term(5)
      ])
  }

  @Test("§6.4.1: a server that restarts votes for nobody until its promise would be over; one that starts first may")
  func restart() {
    var cluster = cluster()
    cluster.restart(.n2)
    cluster.sync(.n2)
    #expect(cluster.hand(.requestVote(term: 1, last: (0, 0)), from: .n1, to: .n2).allMessages.count == 1)
    cluster.sync(.n2)
    cluster.crash(.n2)
    cluster.restart(.n2)
    #expect(cluster[.n2].hardState.starts == 2)
    cluster.timeout(.n2)
    #expect(cluster[.n2].role == .follower, "nor for itself")
    cluster.pass(.milliseconds(149), at: .n2)
    #expect(cluster.hand(.requestVote(term: 2, last: (0, 0)), from: .n1, to: .n2).allMessages.isEmpty)
    cluster.pass(.milliseconds(1), at: .n2)
    #expect(cluster.hand(.requestVote(term: 2, last: (0, 0)), from: .n1, to: .n2).allMessages.count == 1)
  }

  @Test("§9.6: a candidate increments its term only if a majority would grant their votes")
  func preVote() {
    var cluster = cluster(nodes: 5, usesPreVote: true)
    let asked = cluster.timeout(.n1)
    #expect(asked.hardState == nil && asked.messagesAfterSync.map(\.to) == [.n2, .n3, .n4, .n5])
    cluster.hand(.preVoteReply(term: 0), from: .n2, to: .n1)
    cluster.hand(.preVoteReply(term: 0), from: .n2, to: .n1)
    cluster.hand(.preVoteReply(term: 0, granted: false), from: .n3, to: .n1)
    #expect(cluster[.n1].role == .preCandidate && cluster[.n1].term == .zero)
    cluster.hand(.preVoteReply(term: 0), from: .n4, to: .n1)
    #expect(cluster[.n1].role == .candidate && cluster[.n1].term == Term(1), "its own needs no sync")
  }

  @Test("§9.6: a pre-vote promises nothing: it is given to any number, and no vote is spent by it")
  func preVoteIsNoVote() {
    var cluster = cluster(usesPreVote: true)
    for candidate in [NodeID.n1, .n3] {
      let ready = cluster.hand(.preVote(term: 0, last: (0, 0)), from: candidate, to: .n2)
      #expect(ready.messages == [.init(to: candidate, message: .preVoteReply(term: 0))] && ready.hardState == nil)
    }
  }

  @Test("§9.6: an outdated log wins no pre-vote, and an outdated term is told the later one")
  func preVoteDenied() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 2]]) { $0.usesPreVote = true }
    #expect(
      cluster.hand(.preVote(term: 2, last: (9, 1)), from: .n1, to: .n2).allMessages == [
        .preVoteReply(term: 2, granted: false)
      ])
    #expect(
      cluster.hand(.preVote(term: 1, last: (2, 2)), from: .n1, to: .n2).allMessages == [
        .preVoteReply(term: 2, granted: false)
      ])
  }

  @Test("A cluster of one elects itself by pre-vote and vote, once its vote is durable")
  func alone() {
    var cluster = cluster(nodes: 1, usesPreVote: true)
    cluster.timeout(.n1)
    #expect(cluster[.n1].role == .candidate)
    cluster.sync(.n1)
    #expect(cluster[.n1].role == .leader)
  }
}
