import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

/// Takes the latest acknowledgement for all there is.
private enum BelievesTheLatest: RaftRules {
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { acknowledged }
}

/// Leaves log time where it is.
private enum StandsStill: SessionRules {
  static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant { current }
}

@Suite("What leaders may not believe and clusters may not lose, each thing broken on purpose")
struct ClusterInvariantTests {
  /// A leader of term 1 with its no-op, and a follower that holds it.
  private func pair(rules: RuleSet = .paper, followerLoses: Bool = false) throws -> (leader: Server, follower: Server) {
    var leader = try Server(1, rules: rules)
    leader.lead(voter: 2)
    var follower = try Server(2)
    follower.losesWrites = followerLoses
    follower.hear(append([Entry(term: Term(1), payload: .noOp)], after: .zero), from: 1)
    return (leader, follower)
  }

  private func append(_ entries: [Entry], after previous: LogPosition, commit: UInt64 = 0) -> RaftMessage {
    .appendEntries(
      AppendEntries(
        term: Term(1), previous: previous, commitIndex: LogIndex(commit), round: 1, entries: entries))
  }

  private func matched(_ index: UInt64) -> RaftMessage {
    .appendEntriesReply(AppendEntriesReply(term: Term(1), round: 1, outcome: .matched(LogIndex(index))))
  }

  @Test("What a leader knows a member to hold becomes less; in another term it may")
  func matchDecreases() throws {
    var observer = try Observer()
    var (leader, follower) = try pair(rules: RuleSet(raft: BelievesTheLatest.self))
    leader.hear(matched(1), from: 2)
    for server in [follower, leader] { observer.see(server) }
    #expect(observer.found == nil)
    leader.hear(matched(0), from: 2)
    observer.see(leader)
    #expect(observer.found == .matchMonotonicity)

    observer = try Observer()
    for server in [follower, leader] { observer.see(server) }
    leader.hear(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: false)), from: 2)
    var again = try Server(1, log: [Entry(term: Term(1), payload: .noOp)])
    again.lead(voter: 3)
    observer.seeAnew(again)
    #expect(observer.found == nil)
  }

  @Test("A leader believes that a member holds what is not durable there")
  func matchBeyondDisk() throws {
    for followerLoses in [false, true] {
      var observer = try Observer()
      var (leader, follower) = try pair(followerLoses: followerLoses)
      observer.see(follower)
      observer.see(leader)
      #expect(observer.found == nil)
      leader.hear(matched(1), from: 2)
      observer.see(leader)
      #expect(observer.found == (followerLoses ? .matchIsDurable : nil))
      #expect(
        observer.finding
          == (followerLoses
            ? .matchNotDurable(
              leader: NodeID(1), term: Term(1), member: NodeID(2), index: LogIndex(1), durable: .noEntries) : nil))
    }
  }

  @Test("A member's disk loses what its leader knows to be there")
  func matchLost() throws {
    var observer = try Observer(nodes: 5)
    // Too few know for it to be committed.
    var (leader, follower) = (try Server(1, of: 5), try Server(2, of: 5))
    leader.lead(voters: [2, 3])
    follower.hear(append([Entry(term: Term(1), payload: .noOp)], after: .zero), from: 1)
    leader.hear(matched(1), from: 2)
    for server in [follower, leader] { observer.see(server) }
    #expect(observer.found == nil)
    var empty = try Server(2, of: 5)
    empty.hear(append([], after: .zero), from: 1)
    observer.seeCrash(of: follower, leaving: empty.files)
    #expect(observer.found == .matchIsDurable)
  }

  @Test("An entry is committed, and durable at a minority")
  func committedAtFew() throws {
    var observer = try Observer()
    // Nobody leads any more: nothing is said of what is believed.
    let entries = [entry("a", term: 1)]
    var one = try Server(1)
    one.follow(3, term: 1, entries)
    observer.see(one)
    #expect(observer.found == .committedOnQuorum)

    observer = try Observer()
    observer.see(try Server(2, log: entries))
    observer.see(one)
    #expect(observer.found == nil)
    // A disk that loses it later breaks it too.
    let other = try Server(2, log: [entry("b", term: 2)])
    observer.seeCrash(of: try Server(2, log: entries), leaving: other.files)
    #expect(observer.found == .committedOnQuorum)
  }

  @Test("What is committed is durable at a majority, and one who lacks it could yet be elected")
  func electableLacksCommitted() throws {
    for term in [1, 2] as [UInt64] {
      var observer = try Observer()
      let entries = [entry("a", term: 1), entry("b", term: 1)]
      observer.see(try Server(2, log: entries))
      // As in Figure 8: the later term's entry at the same place makes its log more up to date.
      observer.see(try Server(3, log: [entries[0], entry("c", term: term)].dropLast(term == 1 ? 1 : 0)))
      var one = try Server(1)
      one.follow(2, term: 1, entries)
      observer.see(one)
      #expect(observer.found == (term == 1 ? nil : .electableHoldsCommitted))
    }
  }

  @Test("A leader holds a lease while enough others are free to vote")
  func leaseWithoutPromise() throws {
    for hearsLeader in [true, false] {
      var observer = try Observer()
      var leader = try Server(1, reads: .lease)
      leader.lead(voter: 2)
      var follower = try Server(2, reads: .lease)
      if hearsLeader { follower.hear(append([Entry(term: Term(1), payload: .noOp)], after: .zero), from: 1) }
      for server in [follower, leader] { observer.see(server) }
      #expect(observer.found == nil)
      leader.hear(matched(0), from: 2)
      observer.see(leader)
      #expect(observer.found == (hearsLeader ? nil : .leaseIsPromised))
    }
  }

  @Test("A client is told of an entry that the server's log does not hold, or holds of another term")
  func answerAboutNothing() throws {
    for (index, term) in [(1, 1), (1, 2), (2, 1)] as [(UInt64, UInt64)] {
      var observer = try Observer()
      let (leader, _) = try pair()
      observer.see(leader)
      observer.seeAnswer(of: leader, about: LogPosition(index: LogIndex(index), term: Term(term)))
      #expect(observer.found == ((index, term) == (1, 1) ? nil : .acknowledgedWriteSurvives))
    }
  }

  @Test("A leader of a later term lacks what a client was told of, whichever comes first")
  func answerLost() throws {
    for leaderComesFirst in [false, true] {
      var observer = try Observer()
      let (old, _) = try pair()
      var new = try Server(3)
      new.handle(.timer(.election))
      new.lead(voter: 2)
      observer.see(old)
      if leaderComesFirst { observer.see(new) } else { observer.seeAnswer(of: old) }
      #expect(observer.found == nil)
      if leaderComesFirst { observer.seeAnswer(of: old) } else { observer.see(new) }
      #expect(observer.found == .acknowledgedWriteSurvives)
    }
  }

  @Test("What a client was told of may be in a later leader's snapshot, and an earlier leader may lack it")
  func answerKept() throws {
    var observer = try Observer()
    var two = try Server(2)
    two.follow(1, term: 1, [entry("a", term: 1)])
    observer.see(try Server(3, log: [entry("a", term: 1)]))
    observer.see(two)
    observer.seeAnswer(of: two)
    var maker = try Server(1, snapshotEntries: 1)
    maker.follow(2, term: 1, [entry("a", term: 1)])
    maker.lead(voter: 2)
    observer.see(maker)
    #expect(observer.found == nil)
  }

  @Test("A retry is applied again")
  func appliedTwice() throws {
    let change = Command.Body.change(.append(key: [1], value: [2]), session: SessionID(1), sequence: .first)
    let entries = commands([.openSession, change, change])
    for rules in [RuleSet.paper, RuleSet(session: AppliesRetries.self)] {
      var observer = try Observer()
      observer.see(try Server(2, log: entries))
      var server = try Server(1, rules: rules)
      server.follow(2, term: 1, entries)
      observer.see(server)
      #expect(observer.found == (rules.session == PaperSessionRules.self ? nil : .appliedOnce))
      #expect(
        observer.finding.map {
          $0 == .commandsAppliedAgain(NodeID(1), after: LogIndex(3), .key([1], [2, 2], [2]))
        } ?? true)
    }
  }

  @Test("All servers agree on a state that the log does not come to")
  func otherState() throws {
    var observer = try Observer()
    let entries = commands([.openSession])
    observer.see(try Server(2, log: entries))
    var server = try Server(1, rules: RuleSet(session: StandsStill.self))
    server.follow(2, term: 1, entries)
    observer.see(server)
    #expect(observer.found == .referenceState)
    #expect(
      observer.finding
        == .stateNotOfLog(
          NodeID(1), after: LogIndex(1),
          .session(
            SessionID(1), Session(lastUsed: .epoch), Session(lastUsed: WallInstant(nanoseconds: 7)))))
  }

  @Test("A snapshot names other members than the cluster has")
  func otherMembers() throws {
    let entries = [entry("a", term: 1)]
    var maker = try Server(2, snapshotEntries: 1)
    maker.follow(1, term: 1, entries)
    for members in [3, 4] {
      var observer = try Observer()
      var three = try Server(3)
      three.follow(1, term: 1, entries)
      observer.see(try Server(2, log: entries))
      observer.see(three)
      observer.see(maker)
      var snapshot = try #require(maker.replica.raft.snapshot)
      snapshot.members = LoggedMembers(beginningWith: .first(members))
      observer.see(try Server(1, behind: snapshot))
      #expect(observer.found == (members == 3 ? nil : .referenceState))
    }
  }

  private func commands(_ bodies: [Command.Body]) -> [Entry] {
    bodies.map { body in
      let stamp = WallInstant(nanoseconds: 7)
      return Entry(term: Term(1), payload: .command(Command(stamp: stamp, body: body).encoded()))
    }
  }
}
