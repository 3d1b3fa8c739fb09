import Determinism
import Raft
import Testing

/// Ongaro 2014, §4.2.1 and what follows from §4.2.3 for those that leave: how servers come and go.
@Suite("New servers catch up, and removed ones hear of it")
struct CatchingUpMembersTests {
  /// n1 leads alone, and n2 waits to join.
  private func cluster() -> TestCluster {
    var cluster = TestCluster(nodes: 1, joining: 2)
    cluster.elect(.n1)
    return cluster
  }

  /// n2's answer that it holds so much.
  private func acknowledge(_ index: UInt64, after span: Duration, in cluster: inout TestCluster) {
    cluster.pass(span, at: .n1)
    cluster.hand(.matched(index, term: 1, round: 0), from: .n2, to: .n1)
    cluster.sync(.n1)
  }

  @Test("§4.2.1: a new server joins as a non-voting member, and does not count")
  func learnsFirst() {
    var cluster = cluster()
    cluster.change(voters: [.n2], at: .n1)
    #expect(cluster[.n1].members == Members(voters: .first(1), learners: NodeSet([.n2])))
    cluster.propose("x", at: .n1)
    cluster.sync(.n1)
    #expect(cluster[.n1].commitIndex == LogIndex(3), "n1 alone is the majority")
  }

  @Test("§4.2.1: a round replicates what the leader's log held when it began, and a quick one makes the server a voter")
  func quickRound() {
    var cluster = cluster()
    cluster.propose("x", at: .n1)
    cluster.change(voters: [.n2], at: .n1)
    cluster.sync(.n1)
    acknowledge(1, after: .milliseconds(10), in: &cluster)
    #expect(cluster[.n1].members.learners == NodeSet([.n2]), "x is missing")
    acknowledge(3, after: .milliseconds(10), in: &cluster)
    #expect(cluster[.n1].members == Members(voters: .first(2)))
    cluster.hand(.matched(4, term: 1), from: .n2, to: .n1)
    #expect(cluster.hosts[0].changeOutcomes == [.done])
  }

  @Test(
    "§4.2.1: if the last of ten rounds takes an election timeout, the change is refused, and the server stays a learner"
  )
  func tenRounds() {
    var cluster = cluster()
    cluster.change(voters: [.n2], at: .n1)
    cluster.sync(.n1)
    for round in 1...10 as ClosedRange<UInt64> {
      guard case .catchingUp(Int(round), _, _) = cluster[.n1].requests.change?.phase else {
        Issue.record("round \(round) should be under way, not \(String(describing: cluster[.n1].requests.change))")
        return
      }
      // While it catches up the log grows.
      cluster.propose("\(round)", at: .n1)
      acknowledge(round + 1, after: .milliseconds(150), in: &cluster)
    }
    #expect(cluster.hosts[0].changeOutcomes == [.refused(.notCaughtUp)])
    #expect(cluster[.n1].requests.change == nil)
    #expect(cluster[.n1].members == Members(voters: .first(1), learners: NodeSet([.n2])))
  }

  @Test("§4.2.1: the tenth round is as good as the first")
  func tenthRound() {
    var cluster = cluster()
    cluster.change(voters: [.n2], at: .n1)
    cluster.sync(.n1)
    for round in 1...9 as ClosedRange<UInt64> {
      cluster.propose("\(round)", at: .n1)
      acknowledge(round + 1, after: .milliseconds(150), in: &cluster)
    }
    cluster.propose("10", at: .n1)
    acknowledge(11, after: .milliseconds(149), in: &cluster)
    #expect(cluster[.n1].members == Members(voters: .first(2)))
  }

  @Test("§4.2.1: a server that is not there is refused in the end")
  func absent() {
    var cluster = cluster()
    cluster.change(voters: [.n2], at: .n1)
    cluster.sync(.n1)
    for _ in 0..<59 {
      cluster.advance(.n1, by: .milliseconds(50))
      cluster.drop()
    }
    #expect(cluster.hosts[0].changeOutcomes.isEmpty)
    cluster.advance(.n1, by: .milliseconds(50))
    #expect(cluster.hosts[0].changeOutcomes == [.refused(.notCaughtUp)], "after ten election timeouts")
  }

  @Test("§4.2.1: all new servers of a change must have caught up, and none is a voter before")
  func several() {
    var cluster = cluster()
    cluster.change(voters: [.n2, .n3], at: .n1)
    cluster.sync(.n1)
    cluster.hand(.matched(2, term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].members == Members(voters: .first(1), learners: NodeSet([.n2, .n3])))
    cluster.hand(.matched(2, term: 1), from: .n3, to: .n1)
    #expect(cluster[.n1].members == Members(voters: .first(3), outgoing: .first(1)))
  }

  @Test("A new server counts as heard when it comes, so that nobody is deposed for it at once")
  func heardNow() {
    var cluster = TestCluster(nodes: 2, joining: 1) { $0.checksQuorum = true }
    cluster.elect(.n1)
    cluster.pass(.milliseconds(1_000), at: .n1)
    cluster.heartbeat(.n1)
    cluster.settle(among: [.n1, .n2])
    cluster.change(learners: [.n3], at: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[2].heardAt == cluster.hosts[0].clock)
  }

  @Test("§4.2.3: a removed server is replicated to until it holds its removal, and hears last that it is committed")
  func hearsOfIt() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.heartbeat(.n1)
    cluster.settle()
    cluster.change(removed: [.n3], at: .n1)
    cluster.settle(among: [.n1, .n2])
    #expect(cluster[.n1].leadership?.progress.tracked == .first(3))
    cluster.heartbeat(.n1)
    cluster.settle()
    #expect(cluster[.n1].leadership?.progress.tracked == .first(2))
    #expect(cluster[.n3].commitIndex == LogIndex(2) && cluster[.n3].members.voters == .first(2))
  }

  @Test("A removed server is replicated to before its removal is committed, however long that takes")
  func notBeforeCommit() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.change(removed: [.n3], at: .n1)
    cluster.settle(among: [.n1, .n3])
    cluster.advance(.n1, by: .milliseconds(3_000))
    #expect(cluster[.n1].commitIndex == LogIndex(1) && cluster[.n1].leadership?.progress.tracked == .first(3))
  }

  @Test("A new leader replicates to a server whose removal it does not know to be committed")
  func newLeaderTells() {
    var cluster = TestCluster(nodes: 4)
    cluster.elect(.n1)
    cluster.change(removed: [.n4], at: .n1)
    cluster.settle(among: [.n1, .n2])
    cluster.crash(.n1)
    cluster.elect(.n2, by: [.n2, .n3])
    cluster.heartbeat(.n2)
    cluster.settle()
    #expect(cluster[.n4].members.voters == .first(3) && cluster[.n4].commitIndex == cluster[.n2].commitIndex)
    #expect(cluster[.n2].leadership?.progress.tracked == .first(3))
  }

  @Test("A server that never campaigns gives up what it has asked a leader that is gone: a learner, a removed one")
  func abandonsReads() {
    var cluster = TestCluster(nodes: 3, joining: 1) { $0.reads = .follower }
    cluster.elect(.n1)
    cluster.change(learners: [.n4], removed: [.n3], at: .n1)
    cluster.settle()
    for _ in 0..<2 {
      cluster.heartbeat(.n1)
      cluster.settle()
    }
    for id in [NodeID.n3, .n4] {
      let read = cluster.read(at: id)
      cluster.drop()
      cluster.pass(.milliseconds(300), at: id)
      cluster.timeout(id)
      #expect(cluster.hosts[id.offset].abandonedReads == [read] && cluster[id].openReads == 0)
      #expect(cluster[id].role == .follower && cluster[id].leader == nil, "it sends nobody to a leader that is gone")
    }
  }

  @Test("A server that comes back is known as it is now, not as it was")
  func comesBack() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.heartbeat(.n1)
    cluster.settle()
    cluster.change(removed: [.n3], at: .n1)
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    cluster.propose("x", at: .n1)
    cluster.settle()
    cluster.change(learners: [.n3], at: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[2].match == .zero)
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    #expect(cluster[.n3].log == cluster[.n1].log)
  }
}
