import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

/// Cuts its log after the previous index of every append, and believes every acknowledgement.
private enum CutsAndForgets: RaftRules {
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous.next }
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { acknowledged }
  static func installs(_ position: LogPosition, commitIndex: LogIndex) -> Bool { true }
}

/// Never takes a snapshot.
private enum TakesNoSnapshot: ReplicaRules {
  static func wantsSnapshot(
    entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
  ) -> Bool { false }
}

/// Keeps the log that a snapshot stands for.
private enum KeepsTheLog: RaftRules {
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex { .zero }
}

@Suite("What one server may not do, each thing broken on purpose")
struct NodeInvariantTests {
  private static let two = ["a", "b"].map { entry($0, term: 1) }

  private func following(_ number: UInt8, rules: RuleSet = .paper) throws -> Server {
    var server = try Server(number, rules: rules)
    server.follow(number == 2 ? 3 : 2, term: 1, Self.two)
    return server
  }

  /// Has seen the others apply the two entries.
  private func observer() throws -> Observer {
    var observer = try Observer()
    observer.see(try Server(2, log: Self.two))
    for number in [3, 2] as [UInt8] { observer.see(try following(number)) }
    return observer
  }

  @Test("Its term goes back within an incarnation")
  func term() throws {
    var observer = try Observer()
    observer.seeAnew(try Server(1, log: [entry("a", term: 5)]))
    observer.see(try Server(1, log: [entry("a", term: 4)]))
    #expect(observer.found == .termMonotonicity)
  }

  @Test("Its term goes back below what an earlier incarnation has told; what nobody was told may be forgotten")
  func toldTerm() throws {
    var observer = try Observer()
    let before = try Server(1, log: [entry("a", term: 5)])
    observer.seeAnew(before)
    observer.see(.preVoteReply(PreVoteReply(term: Term(5), isGranted: true, attempt: .first)), from: before, to: 2)
    observer.seeAnew(try Server(1))
    #expect(observer.found == nil)
    observer.see(.requestVoteReply(RequestVoteReply(term: Term(5), isGranted: false)), from: before, to: 2)
    observer.seeAnew(try Server(1))
    #expect(observer.found == .termMonotonicity)
  }

  @Test("It votes for two in one term, though it crashes in between; in another term it may")
  func vote() throws {
    var observer = try Observer()
    for (term, candidate) in [(1, 2), (2, 3)] as [(UInt64, UInt8)] {
      var voter = try Server(1)
      voter.hear(
        .requestVote(RequestVote(term: Term(term), lastPosition: .zero)), from: candidate)
      observer.seeAnew(voter)
      observer.see(
        .requestVoteReply(RequestVoteReply(term: Term(term), isGranted: true)), from: voter, to: candidate)
    }
    #expect(observer.found == nil)
    var voter = try Server(1)
    voter.hear(.requestVote(RequestVote(term: Term(2), lastPosition: .zero)), from: 2)
    observer.seeAnew(voter)
    observer.see(.requestVoteReply(RequestVoteReply(term: Term(2), isGranted: true)), from: voter, to: 2)
    #expect(observer.found == .oneVotePerTerm)
  }

  @Test("It votes for another and then leads the term by its own vote")
  func ownVote() throws {
    var observer = try Observer()
    var leader = try Server(1)
    leader.hear(.requestVote(RequestVote(term: Term(1), lastPosition: .zero)), from: 2)
    observer.seeAnew(leader)
    observer.see(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: true)), from: leader, to: 2)
    leader = try Server(1)
    leader.lead(voter: 3)
    observer.see(leader)
    #expect(observer.found == .oneVotePerTerm)
  }

  @Test("It votes for another and then asks for votes in the same term, which stands for its own")
  func voteOfCandidate() throws {
    var observer = try Observer()
    var voter = try Server(1)
    voter.hear(.requestVote(RequestVote(term: Term(1), lastPosition: .zero)), from: 2)
    observer.seeAnew(voter)
    observer.see(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: true)), from: voter, to: 2)
    observer.see(.requestVote(RequestVote(term: Term(1), lastPosition: .zero)), from: voter, to: 3)
    #expect(observer.found == .oneVotePerTerm)
  }

  @Test("Its commit index goes back; a server that starts anew knows nothing to be committed")
  func commitIndex() throws {
    var observer = try observer()
    var uncommitted = try Server(1)
    uncommitted.hear(
      .appendEntries(
        AppendEntries(term: Term(1), previous: .zero, commitIndex: .zero, round: 1, entries: Self.two)), from: 2)
    observer.see(try following(1))
    observer.seeAnew(uncommitted)
    #expect(observer.found == nil)
    observer.see(try following(1))
    observer.see(uncommitted)
    #expect(observer.found == .commitMonotonicity)
  }

  @Test("What it has applied goes back")
  func appliedIndex() throws {
    let past = ClusterPast(nodes: 3, voters: .first(3), sessions: .standard)
    var invariant = AppliedMonotonicity(nodes: 3)
    func view(_ server: Server) -> ClusterView {
      ClusterView(replicas: [server.replica], running: NodeSet(), changed: NodeID(1))
    }
    try invariant.check(view(try following(1)), knowing: past)
    invariant.noteStart(of: NodeID(1))
    try invariant.check(view(try Server(1)), knowing: past)
    try invariant.check(view(try following(1)), knowing: past)
    let violation = #expect(throws: InvariantViolation.self) {
      try invariant.check(view(try Server(1)), knowing: past)
    }
    #expect(violation?.finding.invariant == .appliedMonotonicity)
  }

  @Test("Its log ends before its commit index")
  func commitWithinLog() throws {
    var observer = try observer()
    var server = try following(1, rules: RuleSet(raft: CutsAndForgets.self))
    observer.see(server)
    #expect(observer.found == nil)
    server.hear(
      .appendEntries(AppendEntries(term: Term(1), previous: .zero, commitIndex: .zero, round: 2, entries: [])), from: 2)
    observer.see(server)
    #expect(observer.found == .commitWithinLog)
  }

  @Test("Its snapshot ends behind what it has applied")
  func snapshot() throws {
    var observer = try observer()
    var maker = try Server(2, snapshotEntries: 2)
    maker.follow(1, term: 1, Self.two)
    observer.see(maker)
    #expect(observer.found == nil)
    let snapshot = try #require(maker.replica.raft.snapshot)
    var server = try Server(1)
    server.hear(
      .installSnapshot(
        InstallSnapshot(
          term: Term(1), round: 1, position: snapshot.position, members: snapshot.members,
          logDigest: snapshot.logDigest, size: 3, offset: 0, bytes: [1, 2, 3], isDone: true)), from: 2)
    observer.see(server)
    #expect(observer.found == .snapshotWithinApplied)
  }

  @Test("It takes no snapshot though its log has grown enough, or keeps what a snapshot stands for")
  func growingLog() throws {
    let five = ["a", "b", "c", "d", "e"].map { entry($0, term: 1) }
    func finding(_ entries: [Entry], _ rules: RuleSet) throws -> Finding? {
      var observer = try Observer()
      observer.see(try Server(1, log: entries))
      for number in [3, 2] as [UInt8] {
        var server =
          number == 2 ? try Server(2, snapshotEntries: 2, rules: rules) : try Server(3)
        server.follow(1, term: 1, entries)
        observer.see(server)
      }
      return observer.finding
    }
    let node = NodeID(2)
    #expect(try finding(five, .paper) == nil)
    #expect(try finding(five.dropLast(), RuleSet(replica: TakesNoSnapshot.self)) == nil)
    #expect(
      try finding(five, RuleSet(replica: TakesNoSnapshot.self))
        == .snapshotOverdue(node, snapshot: .zero, applied: LogIndex(5), entries: 2))
    #expect(
      try finding(five, RuleSet(raft: KeepsTheLog.self))
        == .logNotCompacted(node, start: .zero, snapshot: LogIndex(5), trailing: 0))
  }

  // MARK: Durable before promised

  @Test("A vote leaves before it is durable")
  func voteBeforeSync() throws {
    let request = RequestVote(term: Term(1), lastPosition: .zero)
    let reply = RaftMessage.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: true))
    for losesWrites in [false, true] {
      var observer = try Observer()
      var voter = try Server(1)
      voter.losesWrites = losesWrites
      voter.hear(.requestVote(request), from: 2)
      observer.see(voter)
      observer.see(reply, from: voter, to: 2)
      #expect(observer.found == (losesWrites ? .durableBeforePromised : nil))
    }
  }

  @Test("A candidate asks for votes before its own is durable")
  func requestBeforeSync() throws {
    for losesWrites in [false, true] {
      var observer = try Observer()
      var candidate = try Server(1)
      candidate.losesWrites = losesWrites
      candidate.handle(.timer(.election))
      observer.see(candidate)
      observer.see(.requestVote(RequestVote(term: Term(1), lastPosition: .zero)), from: candidate, to: 2)
      #expect(observer.found == (losesWrites ? .durableBeforePromised : nil))
    }
  }

  @Test("A candidate asks for votes with a log that is not durable")
  func requestWithLogBeforeSync() throws {
    var observer = try Observer()
    // What is durable is a log of one entry and a vote; what it asks with is a log of two.
    var durable = try Server(1, log: [entry("a", term: 1)])
    durable.handle(.timer(.election))
    observer.see(durable)
    var candidate = try Server(1, log: Self.two)
    candidate.handle(.timer(.election))
    let position = candidate.replica.raft.log.lastPosition
    observer.see(.requestVote(RequestVote(term: Term(2), lastPosition: position)), from: candidate, to: 2)
    #expect(observer.found == .durableBeforePromised)
  }

  @Test("An append is acknowledged before it is durable; entries that a later term replaced do not count")
  func acknowledgementBeforeSync() throws {
    let reply = RaftMessage.appendEntriesReply(
      AppendEntriesReply(term: Term(1), round: 1, outcome: .matched(LogIndex(2))))
    for (losesWrites, laterTerm) in [(false, false), (true, false), (true, true)] {
      var observer = try observer()
      var follower = try Server(1)
      if laterTerm {
        follower.hear(.requestVoteReply(RequestVoteReply(term: Term(2), isGranted: false)), from: 3)
      }
      follower.losesWrites = losesWrites
      if !laterTerm { follower.follow(2, term: 1, Self.two) }
      observer.see(follower)
      observer.see(reply, from: follower, to: 2)
      #expect(observer.found == (losesWrites && !laterTerm ? .durableBeforePromised : nil))
    }
  }

  @Test("An append is acknowledged while the disk holds the entries, and an earlier term")
  func acknowledgementBeforeTerm() throws {
    for diskTerm in [2, 1] as [UInt64] {
      var observer = try Observer()
      var leader = try Server(2, log: [entry("a", term: 1)])
      leader.lead(voter: 3)
      observer.see(leader)
      var follower = try Server(1, log: [entry("a", term: 1)])
      if diskTerm == 2 {
        follower.hear(.requestVoteReply(RequestVoteReply(term: Term(2), isGranted: false)), from: 3)
      }
      observer.see(follower)
      let reply = AppendEntriesReply(term: Term(2), round: 1, outcome: .matched(LogIndex(1)))
      observer.see(.appendEntriesReply(reply), from: follower, to: 2)
      #expect(observer.found == (diskTerm == 1 ? .durableBeforePromised : nil))
    }
  }

  @Test("An append is acknowledged while the disk holds other entries than the leader's")
  func acknowledgementOfOthers() throws {
    var observer = try Observer()
    var leader = try Server(2, log: [entry("x", term: 1)])
    leader.lead(voter: 3)
    observer.see(leader)
    let follower = try Server(1, log: [entry("a", term: 1), entry("b", term: 2)])
    // Only its disk is seen: that the logs differ is for Log Matching to say.
    observer.seeCrash(of: follower, leaving: follower.files)
    let reply = AppendEntriesReply(term: Term(2), round: 1, outcome: .matched(LogIndex(2)))
    observer.see(.appendEntriesReply(reply), from: follower, to: 2)
    #expect(observer.found == .durableBeforePromised)
  }

  @Test("A snapshot is acknowledged before it is durable")
  func installationBeforeSync() throws {
    var maker = try Server(2, snapshotEntries: 2)
    maker.follow(1, term: 1, Self.two)
    let snapshot = try #require(maker.replica.raft.snapshot)
    let reply = RaftMessage.installSnapshotReply(
      InstallSnapshotReply(term: Term(1), round: 1, position: snapshot.position, outcome: .installed))
    let promise = RaftMessage.installSnapshotReply(
      InstallSnapshotReply(term: Term(1), round: 1, position: snapshot.position, outcome: .received(3)))
    for isInstalled in [true, false] {
      var observer = try observer()
      observer.see(maker)
      let follower = isInstalled ? try Server(1, log: [entry("c", term: 1)], behind: snapshot) : try Server(1)
      observer.see(follower)
      observer.see(promise, from: follower, to: 2)
      #expect(observer.found == nil)
      observer.see(reply, from: follower, to: 2)
      #expect(observer.found == (isInstalled ? nil : .durableBeforePromised))
    }
  }
}
