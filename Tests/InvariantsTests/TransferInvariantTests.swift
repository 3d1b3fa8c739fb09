import Determinism
import Invariants
import Raft
import Replica
import Testing
import Traces

/// Hands leadership on to whoever it is told to.
private enum TransfersToAnyone: RaftRules {
  static func mayTransfer(to target: NodeID, members: Members) -> Bool { true }
}

/// Tells the target to campaign before it has caught up.
private enum TransfersToStale: RaftRules {
  static func mayTakeOver(match: LogIndex, lastIndex: LogIndex) -> Bool { true }
}

/// Takes proposals while leadership is handed on.
private enum ProposesDuringTransfer: RaftRules {
  static func takesProposals(transferringTo target: NodeID?) -> Bool { true }
}

/// Says in each later campaign that its leader has asked for it.
private enum AlwaysPassesStickiness: RaftRules {
  static func passesStickiness(orderedIn: Term?, campaigning term: Term) -> Bool { orderedIn != nil }
}

/// Reads by its lease though it has told another one to campaign.
private enum KeepsLease: RaftRules {
  static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool { true }
}

@Suite("How leadership is handed on, each thing broken on purpose")
struct TransferInvariantTests {
  /// Shows what the leader tells others in its last step, as a rule before that step.
  private func seeOrders(in cluster: inout LedCluster) -> Int {
    let orders = cluster.leader.sent.filter { $0.message.kind == .timeoutNow }
    for order in orders { cluster.observer.see(order.message, from: cluster.leader, to: order.recipient.number) }
    return orders.count
  }

  @Test(
    "A voter that holds the leader's log is told to campaign, and one that does not hold it yet is not: that is sound")
  func good() throws {
    var cluster = try LedCluster()
    cluster.leader.transfer(to: 2)
    #expect(seeOrders(in: &cluster) == 1)
    cluster.seeLeader()
    cluster = try LedCluster()
    cluster.leader.transfer(to: 3)
    #expect(seeOrders(in: &cluster) == 0)
    cluster.seeLeader()
    try cluster.acknowledge(3)
    #expect(seeOrders(in: &cluster) == 1)
    cluster.seeLeader()
    #expect(cluster.observer.finding == nil)
  }

  @Test("An order may be repeated though the leader has appended a configuration since")
  func repeated() throws {
    var cluster = try LedCluster()
    cluster.leader.change(learners: [3])
    try cluster.acknowledge(2)
    cluster.leader.change(voters: [3])
    cluster.leader.transfer(to: 2)
    #expect(seeOrders(in: &cluster) == 1)
    cluster.seeLeader()
    try cluster.acknowledge(3)
    #expect(cluster.leader.replica.raft.members == Members(voters: .first(3)))
    cluster.leader.handle(.timer(.heartbeat))
    #expect(seeOrders(in: &cluster) == 1)
    cluster.seeLeader()
    #expect(cluster.observer.finding == nil)
  }

  @Test("Leadership is handed on to a learner")
  func toLearner() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: TransfersToAnyone.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(learners: [3])
      try cluster.acknowledge(2)
      cluster.leader.transfer(to: 3)
      cluster.seeLeader()
      let found = Finding.transferToOther(NodeID(1), term: Term(1), target: NodeID(3), isOutgoing: false)
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A learner is told to campaign")
  func orderToLearner() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: TransfersToAnyone.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.change(learners: [3])
      for number in [2, 3] as [UInt8] { try cluster.acknowledge(number) }
      cluster.leader.transfer(to: 3)
      #expect(seeOrders(in: &cluster) == (isWrong ? 1 : 0))
      let found = Finding.transferToOther(NodeID(1), term: Term(1), target: NodeID(3), isOutgoing: false)
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A server is told to campaign that does not hold the leader's log")
  func toBehind() throws {
    var cluster = try LedCluster(rules: RuleSet(raft: TransfersToStale.self))
    cluster.leader.transfer(to: 3)
    #expect(seeOrders(in: &cluster) == 1)
    #expect(
      cluster.observer.finding
        == .transferToBehind(NodeID(1), term: Term(1), target: NodeID(3), match: .zero, last: LogIndex(1)))
  }

  @Test("A leader appends a command while leadership is handed on")
  func proposal() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: ProposesDuringTransfer.self), true)] {
      var cluster = try LedCluster(rules: rules)
      cluster.leader.transfer(to: 3)
      cluster.seeLeader()
      #expect(cluster.observer.finding == nil)
      cluster.leader.openSession()
      cluster.seeLeader()
      let found = Finding.proposalAmidTransfer(NodeID(1), term: Term(1), index: LogIndex(2))
      #expect(cluster.observer.finding == (isWrong ? found : nil))
    }
  }

  @Test("A command may be appended before and after")
  func proposalBefore() throws {
    var cluster = try LedCluster()
    cluster.leader.openSession()
    cluster.seeLeader()
    cluster.leader.transfer(to: 3)
    cluster.seeLeader()
    #expect(cluster.leader.replica.raft.requests.transfer != nil)
    #expect(cluster.observer.finding == nil)
  }

  @Test("A leader holds a lease though it has told another one to campaign")
  func lease() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: KeepsLease.self), true)] {
      var cluster = try LedCluster(reads: .lease, rules: rules)
      #expect(cluster.leader.replica.promises.leaseEnd != nil)
      cluster.leader.transfer(to: 2)
      #expect(seeOrders(in: &cluster) == 1)
      cluster.seeLeader()
      #expect(cluster.observer.finding == (isWrong ? .leaseAfterOrder(NodeID(1), term: Term(1)) : nil))
    }
  }

  @Test("A candidate asks once more in the name of a leader that has told it to campaign in a later term, too")
  func asksAgain() throws {
    var cluster = try LedCluster()
    var target = try Server(2)
    target.follow(1, term: 1, [noOp(term: 1)])
    cluster.leader.transfer(to: 2)
    #expect(seeOrders(in: &cluster) == 1)
    target.hear(.timeoutNow(TimeoutNow(term: Term(1))), from: 1)
    cluster.observer.see(target)
    let request = try #require(target.sent.first { $0.message.kind == .requestVote }).message
    cluster.leader.hear(request, from: 2)
    cluster.leader.lead(voter: 3)
    cluster.seeLeader()
    try cluster.acknowledge(3)
    for server in [2, 3] as [UInt8] {
      cluster.leader.hear(
        .appendEntriesReply(AppendEntriesReply(term: Term(3), round: 1, outcome: .matched(LogIndex(2)))), from: server)
      cluster.leader.transfer(to: server)
      #expect(seeOrders(in: &cluster) == (server == 2 ? 1 : 0))
    }
    cluster.observer.see(request, from: target, to: 3)
    #expect(request.label.isTransfer && request.term == Term(2) && cluster.observer.finding == nil)
  }

  @Test("A candidate asks for votes in its leader's name in a later term than the next, or without an order")
  func withoutOrder() throws {
    for (rules, isWrong) in [(RuleSet.paper, false), (RuleSet(raft: AlwaysPassesStickiness.self), true)] {
      var cluster = try LedCluster()
      var target = try Server(2, rules: rules)
      target.follow(1, term: 1, [noOp(term: 1)])
      cluster.leader.transfer(to: 2)
      let order = try #require(cluster.leader.sent.first { $0.message.kind == .timeoutNow })
      cluster.observer.see(order.message, from: cluster.leader, to: 2)
      target.hear(order.message, from: 1)
      for (term, isAsked) in [(2, true), (3, isWrong)] as [(UInt64, Bool)] {
        if term == 3 { target.handle(.timer(.election)) }
        cluster.observer.see(target)
        #expect(target.replica.status.role == .candidate && cluster.observer.finding == nil)
        let request = try #require(target.sent.first { $0.message.kind == .requestVote })
        #expect(request.message.label.isTransfer == isAsked && request.message.term == Term(term))
        cluster.observer.see(request.message, from: target, to: 3)
      }
      #expect(cluster.observer.finding == (isWrong ? .campaignsWithoutOrder(NodeID(2), term: Term(3)) : nil))
    }
    var observer = try Observer()
    var candidate = try Server(1)
    candidate.handle(.timer(.election))
    observer.see(candidate)
    let request = RequestVote(term: Term(1), lastPosition: .zero, isTransfer: true)
    observer.see(.requestVote(request), from: candidate, to: 2)
    #expect(observer.finding == .campaignsWithoutOrder(NodeID(1), term: Term(1)))
  }
}
