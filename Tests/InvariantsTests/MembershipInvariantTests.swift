import Determinism
import Raft
import Replica
import Testing
import Traces

@testable import Invariants

/// Goes by the latest configuration that is committed.
private enum WaitsForCommit: RaftRules {
  static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers { committed }
}

/// Keeps a configuration though the entry that brought it is removed.
private enum KeepsCutMembers: RaftRules {
  static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers { before }
}

/// Recovers the configuration where its log begins.
private enum ForgetsMembersAtStart: RaftRules {
  static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers { base }
}

/// Begins a change while the one before is not committed.
private enum ChangesOnTop: RaftRules {
  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool { true }
}

/// Stays in joint consensus.
private enum NeverLeavesJoint: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool { false }
}

/// Leads on though it is removed.
private enum LeadsOnRemoved: RaftRules {
  static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool { true }
}

/// Gives up a removed server when its removal is appended.
private enum ForgetsTooEarly: RaftRules {
  static func mayForget(
    removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// Makes voters of servers whose logs are empty.
private enum AddsBlindly: RaftRules {
  static func isCaughtUp(
    match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// Counts a vote as often as it comes.
private enum CountsVotesAgain: RaftRules {
  static func votes(counted: Int, isRepeated: Bool) -> Int { counted + 1 }
}

/// Lets the new majority decide alone.
private enum IgnoresOldMajority: RaftRules {
  static func oldMajority(of members: Members) -> NodeSet { NodeSet() }
}

/// Campaigns as a learner, and removed.
private enum LetsAnyoneCampaign: RaftRules {
  static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool { true }
}

/// The leader of term 1, server 1, which has committed its no-op with server 2, and both observers.
struct LedCluster {
  private let nodes: Int
  private let reads: ReadMode
  var observer: Observer
  var leader: Server

  init(of nodes: Int = 3, reads: ReadMode = .readIndex, rules: RuleSet = .paper) throws {
    (self.nodes, self.reads) = (nodes, reads)
    observer = try Observer(nodes: nodes)
    leader = try Server(1, of: nodes, reads: reads, rules: rules)
    leader.lead(voter: 2)
    try acknowledge(2)
  }

  /// Shows the leader as it stands.
  mutating func seeLeader() { observer.see(leader) }

  /// The leader hears that another one holds all of its log, and that is so.
  mutating func acknowledge(_ number: UInt8) throws {
    let log = leader.replica.raft.log
    var other = try Server(number, of: nodes, log: log.entries(from: LogIndex(1)), reads: reads)
    let request = AppendEntries(
      term: Term(1), previous: log.lastPosition, commitIndex: .zero, round: 1, entries: [])
    other.hear(.appendEntries(request), from: 1)
    observer.see(other)
    let reply = AppendEntriesReply(term: Term(1), round: 1, outcome: .matched(log.lastIndex))
    leader.hear(.appendEntriesReply(reply), from: number)
    seeLeader()
  }
}

@Suite("Which configuration is in force, and which one follows on which, broken on purpose")
struct ConfigurationInvariantTests {
  private static let three = Members(voters: .first(3))
  private static let two = Members(voters: .first(2), learners: nodes([3]))
  private static let entries = [configuration(two)]

  /// Has seen servers 1 and 2 hold, and the former apply, that there are two voters.
  private func observer() throws -> Observer {
    var observer = try Observer()
    observer.see(try Server(2, log: Self.entries))
    var server = try Server(1)
    server.follow(2, term: 1, Self.entries)
    observer.see(server)
    #expect(observer.finding == nil)
    return observer
  }

  private func append(_ entries: [Entry], term: UInt64, after previous: LogPosition, commit: UInt64) -> RaftMessage {
    .appendEntries(
      AppendEntries(
        term: Term(term), previous: previous, commitIndex: LogIndex(commit), round: 2, entries: entries))
  }

  @Test("A server waits for a configuration to be committed")
  func waits() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: WaitsForCommit.self), true)] {
      var observer = try observer()
      var server = try Server(1, rules: rules)
      server.follow(2, term: 1, Self.entries)
      observer.see(server)
      #expect(observer.finding == nil)
      let previous = LogPosition(index: LogIndex(1), term: Term(1))
      server.hear(append([configuration(Self.three)], term: 1, after: previous, commit: 1), from: 2)
      observer.see(server)
      let found = Finding.membersNotInForce(
        NodeID(1), latest: LoggedMembers(index: LogIndex(2), members: Self.three),
        inForce: LoggedMembers(index: LogIndex(1), members: Self.two))
      #expect(observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A leader waits for the first change to be committed")
  func waitsWithFirst() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: WaitsForCommit.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(learners: [3])
      cluster.seeLeader()
      let found = Finding.membersNotInForce(
        NodeID(1), latest: LoggedMembers(index: LogIndex(2), members: Self.two),
        inForce: LoggedMembers(beginningWith: .first(3)))
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A server keeps a configuration whose entry another leader's has replaced")
  func keepsReplaced() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: KeepsCutMembers.self), true)] {
      var observer = try Observer()
      var server = try Server(1, log: Self.entries, rules: rules)
      observer.see(server)
      #expect(observer.finding == nil)
      server.hear(append([noOp(term: 2)], term: 2, after: .zero, commit: 0), from: 3)
      observer.see(server)
      let found = Finding.membersNotInForce(
        NodeID(1), latest: LoggedMembers(beginningWith: .first(3)),
        inForce: LoggedMembers(index: LogIndex(1), members: Self.two))
      #expect(observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A server that starts anew does not look for configurations in its log")
  func forgetsAtStart() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: ForgetsMembersAtStart.self), true)] {
      var observer = try observer()
      observer.seeAnew(try Server(1, log: Self.entries, rules: rules))
      let found = Finding.membersNotInForce(
        NodeID(1), latest: LoggedMembers(index: LogIndex(1), members: Self.two),
        inForce: LoggedMembers(beginningWith: .first(3)))
      #expect(observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A server has applied another configuration than the committed one")
  func differ() throws {
    for held in [Self.two, Self.three] {
      var (one, two) = (try Server(1), try Server(2))
      one.follow(3, term: 1, [configuration(held)])
      two.follow(3, term: 1, Self.entries)
      var view = ClusterView(
        replicas: [one.replica, two.replica], running: .first(2), changed: NodeID(2))
      var past = ClusterPast(nodes: 2, voters: .first(3), sessions: .standard)
      past.note(view)
      view.changed = NodeID(1)
      var found: Finding?
      var invariant = MembersInForce()
      do { try invariant.check(view, knowing: past) } catch { found = error.finding }
      let difference = Finding.membersDiffer(
        NodeID(1), after: LogIndex(1), held: LoggedMembers(index: LogIndex(1), members: held),
        committed: LoggedMembers(index: LogIndex(1), members: Self.two))
      #expect(found == (held == Self.two ? nil : difference))
    }
  }

  @Test("Of five voters one is left at once; by way of joint consensus that may be")
  func apart() throws {
    let (one, joint) = (Members(voters: .first(1)), Members(voters: .first(1), outgoing: .first(5)))
    for (row, isApart) in [([one], true), ([joint, one], false)] {
      var observer = try Observer(nodes: 5)
      let entries = row.map { configuration($0) }
      for number in [2, 3] as [UInt8] { observer.see(try Server(number, of: 5, log: entries)) }
      var server = try Server(1, of: 5)
      server.follow(2, term: 1, entries)
      observer.see(server)
      let found = Finding.configurationsApart(
        LoggedMembers(beginningWith: .first(5)), LoggedMembers(index: LogIndex(1), members: one))
      #expect(observer.finding == (isApart ? found : nil))
    }
  }

  /// Some of three servers, in every way.
  private let sets = (0..<8 as Range<UInt64>).map { bits in
    NodeSet(NodeID.first(3).filter { bits >> UInt64($0.offset) & 1 != 0 })
  }

  /// Whether some quorum of one configuration has no server in common with some quorum of another one.
  private func areApart(_ one: Members, _ other: Members) -> Bool {
    sets.filter { one.isQuorum($0) }.contains { mine in
      sets.contains { other.isQuorum($0) && mine.intersection($0).isEmpty }
    }
  }

  @Test("Configurations of three servers overlap that have no two quorums apart, and no others")
  func overlaps() {
    for (one, other) in pairs() {
      let (one, other) = (Members(voters: one), Members(voters: other))
      #expect(one.overlaps(other) != areApart(one, other), "\(one) and \(other)")
    }
  }

  @Test(
    "Every joint configuration of three servers overlaps with what comes before it and behind it, and with none apart")
  func jointOverlaps() {
    for (old, new) in pairs() {
      let joint = Members(voters: new, outgoing: old)
      #expect(joint.overlaps(Members(voters: old)) && joint.overlaps(Members(voters: new)), "\(joint)")
      for voters in sets.dropFirst() where joint.overlaps(Members(voters: voters)) {
        #expect(!areApart(joint, Members(voters: voters)), "\(joint) and \(voters)")
      }
    }
  }

  private func pairs() -> [(NodeSet, NodeSet)] {
    sets.dropFirst().flatMap { one in sets.dropFirst().map { (one, $0) } }
  }

  @Test("A quorum is a majority of the voters and of the outgoing ones; learners and strangers are none of it")
  func quorums() {
    let joint = Members(voters: nodes([3, 4, 5]), outgoing: nodes([1, 2, 3]), learners: nodes([6, 7]))
    for (servers, isQuorum) in [
      ([3, 4, 1], true), ([4, 5, 1, 2], true), ([3, 4], false), ([1, 2, 3], false), ([3, 6, 7], false), ([], false),
    ] as [([UInt8], Bool)] {
      #expect(joint.isQuorum(nodes(servers)) == isQuorum, "\(servers)")
    }
    #expect(Members(voters: .first(4)).isQuorum(.first(3)) && !Members(voters: .first(4)).isQuorum(.first(2)))
    #expect(!Members().isQuorum(.first(9)), "nobody decides for a server that knows of no voters")
  }
}

@Suite("How a leader changes members, each step broken on purpose")
struct ChangeInvariantTests {
  private static let two = Members(voters: .first(2), learners: nodes([3]))

  private func logged(_ index: UInt64, _ members: Members) -> LoggedMembers {
    LoggedMembers(index: LogIndex(index), members: members)
  }

  @Test("A voter that becomes a learner and a voter again, and a leader that removes itself, break nothing")
  func good() throws {
    var cluster = try LedCluster()
    cluster.leader.change(learners: [3])
    cluster.seeLeader()
    try cluster.acknowledge(2)
    cluster.leader.change(voters: [3])
    try cluster.acknowledge(3)
    #expect(cluster.leader.replica.raft.members == Members(voters: .first(3)))
    try cluster.acknowledge(2)
    cluster.leader.change(removed: [1])
    cluster.seeLeader()
    for number in [2, 3] as [UInt8] { try cluster.acknowledge(number) }
    #expect(cluster.leader.replica.raft.members == Members(voters: nodes([2, 3])))
    #expect(cluster.leader.replica.status.role == .follower)
    #expect(cluster.observer.finding == nil)
  }

  @Test("An entry counts as committed by the configuration that was in force, though another one follows in that step")
  func committedBefore() throws {
    for isOneStep in [true, false] {
      var cluster = try LedCluster(of: 2)
      cluster.leader.change(learners: [2])
      try cluster.acknowledge(2)
      #expect(cluster.leader.replica.raft.members == Members(voters: .first(1), learners: nodes([2])))
      cluster.leader.openSession()
      #expect(cluster.leader.replica.status.commitIndex == LogIndex(3))
      if !isOneStep { cluster.seeLeader() }
      let reply = AppendEntriesReply(term: Term(1), round: 1, outcome: .matched(LogIndex(2)))
      cluster.leader.change(voters: [2])
      cluster.leader.hear(.appendEntriesReply(reply), from: 2)
      cluster.seeLeader()
      #expect(cluster.observer.finding == nil)
    }
  }

  @Test("A leader begins a change while the one before is not committed")
  func onTop() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: ChangesOnTop.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(learners: [3])
      cluster.seeLeader()
      #expect(cluster.observer.finding == nil)
      cluster.leader.change(removed: [3])
      cluster.seeLeader()
      let found = Finding.changesUncommitted(
        NodeID(1), term: Term(1), logged(2, Self.two), logged(3, Members(voters: .first(2))))
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A leader stays in joint consensus though that is committed")
  func joint() throws {
    let joint = Members(voters: .first(1), outgoing: .first(3), learners: nodes([2, 3]))
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: NeverLeavesJoint.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(learners: [2, 3])
      cluster.seeLeader()
      #expect(cluster.leader.replica.raft.members == joint && cluster.observer.finding == nil)
      try cluster.acknowledge(2)
      #expect(
        cluster.observer.finding == (isWrong ? .jointNotLeft(NodeID(1), term: Term(1), logged(2, joint)) : nil))
      #expect(cluster.leader.replica.raft.members.isJoint == isWrong)
    }
  }

  @Test("A leader goes on to lead when its removal is committed; until then it should")
  func removed() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: LeadsOnRemoved.self), true)] {
      var cluster = try LedCluster(of: 2, rules: rules)
      cluster.leader.change(removed: [1])
      cluster.seeLeader()
      #expect(cluster.leader.replica.status.role == .leader && cluster.observer.finding == nil)
      try cluster.acknowledge(2)
      let found = Finding.leadsThoughRemoved(NodeID(1), term: Term(1), logged(2, Members(voters: nodes([2]))))
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A leader replicates no longer to whom it removes, before that is committed")
  func forgotten() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: ForgetsTooEarly.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(removed: [3])
      cluster.seeLeader()
      let found = Finding.removedForgotten(
        NodeID(1), term: Term(1), logged(2, Members(voters: .first(2))), forgotten: nodes([3]))
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A leader makes a voter of a learner that holds nothing")
  func blind() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: AddsBlindly.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(learners: [3])
      try cluster.acknowledge(2)
      #expect(cluster.observer.finding == nil)
      cluster.leader.change(voters: [3])
      cluster.seeLeader()
      let found = Finding.voterNotCaughtUp(
        leader: NodeID(1), term: Term(1), voter: NodeID(3), match: .zero, logged(3, Members(voters: .first(3))))
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }
}

@Suite("Who campaigns and who is elected, broken on purpose")
struct ElectionInvariantTests {
  private static let joint = Members(voters: .first(2), outgoing: .first(5))

  /// What is found once a server leads by some votes; before, it has followed where some held all that it was sent.
  private func finding(
    log: [Entry] = [], committedWith holders: [UInt8] = [], votes: [UInt8], rules: RuleSet = .paper
  ) throws -> Finding? {
    var observer = try Observer(nodes: 5)
    for number in holders { observer.see(try Server(number, of: 5, log: log)) }
    var server = try Server(1, of: 5, log: holders.isEmpty ? log : [], rules: rules)
    if !holders.isEmpty { server.follow(2, term: 1, log) }
    observer.see(server)
    #expect(observer.finding == nil)
    server.lead(voters: votes)
    observer.see(server)
    return observer.finding
  }

  private func tooFew(_ voters: [UInt8], in term: UInt64) -> Finding {
    .electedByTooFew(NodeID(1), term: Term(term), voters: nodes(voters), members: 5)
  }

  @Test("A candidate counts one vote twice")
  func repeatedVote() throws {
    #expect(try finding(votes: [2, 3]) == nil)
    #expect(try finding(votes: [2, 2], rules: RuleSet(raft: CountsVotesAgain.self)) == tooFew([1, 2], in: 1))
  }

  @Test("Votes of an earlier term count no more, nor do refusals")
  func otherVotes() throws {
    var observer = try Observer(nodes: 5)
    var server = try Server(1, of: 5, rules: RuleSet(raft: CountsVotesAgain.self))
    for (term, voter, isGranted) in [(1, 3, true), (2, 4, false)] as [(UInt64, UInt8, Bool)] {
      let reply = RequestVoteReply(term: Term(term), isGranted: isGranted)
      observer.seeArrival(of: .requestVoteReply(reply), from: voter, at: server)
    }
    server.handle(.timer(.election))
    server.lead(voters: [2, 2])
    observer.see(server)
    #expect(observer.finding == tooFew([1, 2], in: 2))
  }

  @Test("A candidate does without a majority of the outgoing voters, be their joint configuration committed or not")
  func oldMajority() throws {
    let wrong = RuleSet(raft: IgnoresOldMajority.self)
    for holders in [[], [2, 3]] as [[UInt8]] {
      let log = [configuration(Self.joint)]
      #expect(try finding(log: log, committedWith: holders, votes: [2, 3]) == nil)
      #expect(
        try finding(log: log, committedWith: holders, votes: [2], rules: wrong) == tooFew([1, 2], in: 2))
    }
  }

  @Test("A learner campaigns, and a server whose removal it knows to be committed")
  func outside() throws {
    for members in [Members(voters: nodes([2, 3]), learners: nodes([1])), Members(voters: nodes([2, 3]))] {
      for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: LetsAnyoneCampaign.self), true)] {
        var observer = try Observer()
        for number in [2, 3] as [UInt8] { observer.see(try Server(number, log: [configuration(members)])) }
        var server = try Server(1, rules: rules)
        server.follow(2, term: 1, [configuration(members)])
        observer.see(server)
        #expect(observer.finding == nil)
        server.handle(.timer(.election))
        observer.see(server)
        let latest = LoggedMembers(index: LogIndex(1), members: members)
        #expect(
          observer.finding == (isWrong ? .campaignsOutside(NodeID(1), term: Term(2), latest) : nil))
      }
    }
  }

  @Test("A server may campaign whose removal is not known to be committed")
  func uncommittedRemoval() throws {
    var observer = try Observer()
    var server = try Server(1, log: [configuration(Members(voters: nodes([2, 3])))])
    server.handle(.timer(.election))
    #expect(server.replica.status.role == .candidate)
    observer.see(server)
    #expect(observer.finding == nil)
  }
}
