import Determinism
import Raft
import Testing

/// Ongaro 2014 (dissertation), §3.10.
@Suite("The dissertation's leadership transfer")
struct TransferTests {
  private func cluster(
    _ nodes: Int = 3, joining: Int = 0, configure: (inout RaftConfiguration) -> Void = { _ in }
  ) -> TestCluster {
    var cluster = TestCluster(nodes: nodes, joining: joining, configure: configure)
    cluster.elect(.n1)
    cluster.heartbeat(.n1)
    cluster.settle()
    return cluster
  }

  private let timeoutNow = RaftMessage.timeoutNow(TimeoutNow(term: Term(1)))

  @Test("1: the prior leader stops accepting new client requests")
  func stopsAccepting() {
    var cluster = cluster { $0.reads = .log }
    cluster.propose("a", at: .n1)
    cluster.transfer(to: .n2, at: .n1)
    #expect(cluster.propose("b", at: .n1) == .refused)
    let read = cluster.read(at: .n1)
    #expect(cluster.hosts[0].abandonedReads == [read], "to read would take an entry, too")
    #expect(cluster.change(removed: [.n3], at: .n1) == .refused(.transferUnderWay))
  }

  @Test("2: the prior leader brings the target up to date, and asks it to campaign then, not before")
  func bringsUpToDate() {
    var cluster = cluster()
    cluster.propose("a", at: .n1)
    cluster.transfer(to: .n2, at: .n1)
    #expect(!cluster.messages(from: .n1, to: .n2).contains(timeoutNow))
    cluster.hand(.matched(2, term: 1), from: .n3, to: .n1)
    #expect(!cluster.messages(from: .n1, to: .n2).contains(timeoutNow), "another one has caught up")
    cluster.hand(.matched(2, term: 1), from: .n2, to: .n1)
    #expect(cluster.messages(from: .n1, to: .n2).last == timeoutNow)
    #expect(cluster[.n1].role == .leader, "it leads until it hears of the next term")
  }

  @Test("3: TimeoutNow makes the target campaign at once, in the next term, without asking beforehand")
  func campaignsAtOnce() {
    var cluster = cluster { ($0.usesPreVote, $0.checksQuorum) = (true, true) }
    let ready = cluster.hand(timeoutNow, from: .n1, to: .n2)
    #expect(cluster[.n2].role == .candidate && cluster[.n2].term == Term(2))
    let request = RequestVote(term: Term(2), lastPosition: cluster[.n2].log.lastPosition, isTransfer: true)
    #expect(ready.messagesAfterSync.map(\.message).contains(.requestVote(request)))
    #expect(ready.resetsElectionTimer)
  }

  @Test("3: the target wins though all hear the prior leader, which steps down when it sees the larger term")
  func wins() {
    var cluster = cluster { ($0.usesPreVote, $0.checksQuorum) = (true, true) }
    cluster.transfer(to: .n2, at: .n1)
    cluster.settle()
    #expect(cluster[.n2].role == .leader && cluster[.n2].term == Term(2) && cluster[.n1].leader == .n2)
    #expect(cluster.hosts[0].transferOutcomes.isEmpty, "whether the target leads the others must say")
  }

  @Test("A heartbeat that was under way does not undo the campaign")
  func heartbeatUnderWay() {
    var cluster = cluster { ($0.usesPreVote, $0.checksQuorum) = (true, true) }
    cluster.heartbeat(.n1)
    cluster.hand(timeoutNow, from: .n1, to: .n2)
    cluster.deliver(from: .n1, to: .n2)
    #expect(cluster[.n2].role == .candidate && cluster[.n2].term == Term(2))
  }

  @Test("If the transfer takes an election timeout, the prior leader aborts it and accepts requests again")
  func aborts() {
    var cluster = cluster()
    cluster.transfer(to: .n2, at: .n1)
    cluster.drop()
    cluster.advance(.n1, by: .milliseconds(299))
    #expect(cluster.propose("a", at: .n1) == .refused && cluster.hosts[0].transferOutcomes.isEmpty)
    cluster.drop()
    cluster.advance(.n1, by: .milliseconds(1))
    #expect(cluster.hosts[0].transferOutcomes == [.refused(.notCaughtUp)])
    #expect(!cluster.messages(from: .n1, to: .n2).contains(timeoutNow), "nobody is asked when it is given up")
    #expect(cluster.propose("a", at: .n1) != .refused)
  }

  @Test("A lost TimeoutNow is sent again with the next heartbeat")
  func repeats() {
    var cluster = cluster()
    cluster.transfer(to: .n2, at: .n1)
    #expect(cluster.messages(from: .n1, to: .n2) == [timeoutNow])
    cluster.drop()
    cluster.heartbeat(.n1)
    #expect(cluster.messages(from: .n1, to: .n2).filter { $0 == timeoutNow }.count == 1)
  }

  @Test(
    "Who is no voter is not transferred to: a learner, one that is being removed, a stranger",
    arguments: [.n4, .n5, NodeID(64), NodeID(255)] as [NodeID])
  func nobodyElse(target: NodeID) {
    var cluster = cluster(joining: 2)
    cluster.change(learners: [.n4], at: .n1)
    cluster.settle()
    #expect(cluster.transfer(to: target, at: .n1) == .refused(.unknownServer))
    #expect(cluster[.n1].requests.transfer == nil)
    cluster.change(removed: [.n3], at: .n1)
    #expect(cluster.transfer(to: .n3, at: .n1) == .refused(.unknownServer))
  }

  @Test("To the leader itself it is done, and one at a time is under way")
  func toItself() {
    var cluster = cluster()
    #expect(cluster.transfer(to: .n1, at: .n1) == .done)
    cluster.propose("a", at: .n1)
    #expect(cluster.transfer(to: .n2, at: .n1) == nil)
    #expect(cluster.transfer(to: .n3, at: .n1) == .refused(.transferUnderWay))
    var alone = TestCluster(nodes: 1)
    alone.elect(.n1)
    #expect(alone.transfer(to: nil, at: .n1) == .refused(.unknownServer), "there is nobody else")
  }

  @Test("To whichever is best: to the voter that holds the most and answers")
  func best() {
    var cluster = cluster(4, joining: 1)
    cluster.change(learners: [.n5], at: .n1)
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    cluster.propose("a", at: .n1)
    cluster.settle(among: [.n1, .n3, .n5])
    cluster.transfer(to: nil, at: .n1)
    #expect(cluster[.n1].requests.transfer?.target == .n3)
  }

  @Test("A change that demotes the target ends the transfer")
  func demoted() {
    var cluster = cluster(4, joining: 1)
    cluster.change(voters: [.n5], learners: [.n3], at: .n1)
    cluster.propose("a", at: .n1)
    cluster.drop { $0.to == .n3 }
    cluster.crash(.n3)
    #expect(cluster.transfer(to: .n3, at: .n1) == nil)
    for _ in 0..<3 {
      cluster.settle(among: [.n1, .n2, .n4, .n5])
      cluster.heartbeat(.n1)
    }
    #expect(cluster[.n1].members.learners.contains(.n3))
    #expect(cluster.hosts[0].transferOutcomes == [.refused(.notCaughtUp)] && cluster[.n1].role == .leader)
  }

  @Test("TimeoutNow counts from the leader that is followed, in its term, and for one that may lead")
  func whoListens() {
    var cluster = cluster(joining: 2)
    cluster.change(learners: [.n4], at: .n1)
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    let later = RaftMessage.timeoutNow(TimeoutNow(term: Term(0)))
    for (message, sender, id) in [
      (timeoutNow, NodeID.n3, NodeID.n2), (later, .n1, .n2), (timeoutNow, .n1, .n4), (timeoutNow, .n1, .n5),
      (timeoutNow, .n1, .n1),
    ] {
      let role = cluster[id].role
      #expect(cluster.hand(message, from: sender, to: id).allMessages.isEmpty)
      #expect(cluster[id].role == role && cluster[id].term <= Term(1), "\(sender) to \(id)")
    }
    cluster.step(.n2, .disk(canWrite: false))
    cluster.hand(timeoutNow, from: .n1, to: .n2)
    #expect(cluster[.n2].role == .follower, "it could not write what it leads")
    cluster.hand(.timeoutNow(TimeoutNow(term: Term(9))), from: .n1, to: .n3)
    #expect(
      cluster[.n3].role == .follower && cluster[.n3].term == Term(9), "of a later term it has not heard the leader")
  }

  @Test(
    "§4.2.3: only the campaign that TimeoutNow has caused passes those who hear a leader; a later one is an ordinary one"
  )
  func flagEnds() {
    var cluster = cluster { $0.checksQuorum = true }
    cluster.hand(timeoutNow, from: .n1, to: .n2)
    cluster.sync(.n2)
    cluster.drop()
    cluster.pass(.milliseconds(500), at: .n2)
    cluster.timeout(.n2)
    cluster.sync(.n2)
    let request = RequestVote(term: Term(3), lastPosition: cluster[.n2].log.lastPosition, isTransfer: false)
    #expect(cluster.messages(from: .n2, to: .n3) == [.requestVote(request)])
    cluster.deliver(from: .n2, to: .n3)
    #expect(cluster[.n3].term == Term(1), "n3 hears n1")
  }

  @Test("§6.4.1: who has sent TimeoutNow holds no lease again in its term, though it has given the transfer up")
  func lease() {
    var cluster = cluster { ($0.reads, $0.checksQuorum) = (.lease, true) }
    cluster.read(at: .n1)
    #expect(cluster.hosts[0].confirmedReads.count == 1)
    cluster.transfer(to: .n2, at: .n1)
    cluster.drop()
    for _ in 0..<7 {
      cluster.advance(.n1, by: .milliseconds(50))
      cluster.settle(among: [.n1, .n3])
    }
    #expect(cluster.hosts[0].transferOutcomes == [.refused(.notCaughtUp)] && cluster[.n1].role == .leader)
    cluster.read(at: .n1)
    #expect(cluster.hosts[0].confirmedReads.count == 1, "it must ask")
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.count == 2)
    #expect(cluster[.n1].summary.leaseEnd == nil)
  }

  @Test("A leader that is asked to step down follows, and says nothing of what it was asked for")
  func stepsDown() {
    var cluster = cluster()
    cluster.change(removed: [.n3], at: .n1)
    let ready = cluster.step(.n1, .stepDown)
    #expect(cluster[.n1].role == .follower && cluster[.n1].term == Term(1) && cluster[.n1].leader == nil)
    #expect(ready.changeOutcome == nil && ready.resetsElectionTimer)
    #expect(cluster.step(.n1, .stepDown).allMessages.isEmpty)
  }
}
