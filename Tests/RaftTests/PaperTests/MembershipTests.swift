import Determinism
import Raft
import Testing

/// Ongaro & Ousterhout 2014 (extended version), §6, and Ongaro 2014 (dissertation), chapter 4: which configuration counts,
/// and how one follows on another.
@Suite("The paper's cluster membership changes")
struct MembershipTests {
  /// n1 leads and has committed its first entry, and all know that.
  private func cluster(
    _ nodes: Int = 3, joining: Int = 0, configure: (inout RaftConfiguration) -> Void = { _ in }
  ) -> TestCluster {
    var cluster = TestCluster(nodes: nodes, joining: joining, configure: configure)
    cluster.elect(.n1)
    beat(&cluster)
    return cluster
  }

  private func beat(_ cluster: inout TestCluster, _ leader: NodeID = .n1) {
    cluster.heartbeat(leader)
    cluster.settle()
  }

  /// A cluster in which n4, n5 and so on are learners that have caught up.
  private func clusterWithLearners(
    _ nodes: Int = 3, learners: [NodeID], configure: (inout RaftConfiguration) -> Void = { _ in }
  ) -> TestCluster {
    var cluster = cluster(nodes, joining: learners.count, configure: configure)
    cluster.change(learners: learners, at: .n1)
    cluster.settle()
    beat(&cluster)
    return cluster
  }

  /// A configuration in an append of n1's in term 1, behind its first entry.
  private func append(_ members: Members, commit: UInt64 = 1) -> RaftMessage {
    .append(
      term: 1, previous: (1, 1), [Entry(term: Term(1), payload: .configuration(members))], commit: commit)
  }

  @Test("§6, §4.1: a server uses the latest configuration in its log, regardless of whether the entry is committed")
  func latestInLog() {
    var cluster = cluster()
    let members = Members(voters: NodeSet([.n1, .n2]))
    cluster.hand(append(members), from: .n1, to: .n2)
    #expect(cluster[.n2].members == members && cluster[.n2].commitIndex == LogIndex(1))
    cluster.change(removed: [.n3], at: .n1)
    #expect(cluster[.n1].members == members && cluster[.n1].commitIndex == LogIndex(1))
  }

  @Test(
    "§4.1: a configuration entry may be removed, and the server falls back to the previous configuration in its log")
  func fallsBack() {
    var cluster = cluster()
    cluster.hand(append(Members(voters: NodeSet([.n1, .n2]))), from: .n1, to: .n2)
    cluster.hand(
      .append(term: 2, previous: (1, 1), [Entry(term: Term(2), payload: .noOp)], commit: 1), from: .n3, to: .n2)
    #expect(cluster[.n2].inForce == LoggedMembers(beginningWith: .first(3)))
  }

  @Test("§4.1: the leader appends the new configuration, and the change is complete once that is committed")
  func complete() {
    var cluster = cluster()
    #expect(cluster.change(removed: [.n3], at: .n1) == nil && cluster.hosts[0].changeOutcomes.isEmpty)
    #expect(cluster[.n1].log[LogIndex(2)].payload == .configuration(Members(voters: NodeSet([.n1, .n2]))))
    cluster.settle(among: [.n1, .n2])
    #expect(cluster.hosts[0].changeOutcomes == [.done] && cluster[.n1].commitIndex == LogIndex(2))
  }

  @Test("§4.1: one server is added or removed by one entry, several by joint consensus, learners by one entry")
  func entries() {
    var cluster = cluster(5)
    cluster.change(removed: [.n5], at: .n1)
    #expect(cluster[.n1].members == Members(voters: .first(4)))
    cluster.settle()
    cluster.change(learners: [.n4], removed: [.n3], at: .n1)
    let joint = Members(voters: .first(2), outgoing: .first(4), learners: NodeSet([.n4]))
    #expect(cluster[.n1].members == joint)
    cluster.settle()
    #expect(cluster[.n1].members == joint.settled && cluster.hosts[0].changeOutcomes == [.done, .done])
    let held = cluster[.n1].log.configurations.map(\.members)
    #expect(held == [Members(voters: .first(5)), Members(voters: .first(4)), joint, joint.settled])
  }

  @Test(
    "§6: during joint consensus a leader commits with separate majorities of the old and of the new configuration",
    arguments: [
      ([.n2, .n3], false), ([.n4, .n5], false), ([.n2, .n4], true), ([.n3, .n5], true), ([.n4], false), ([.n2], false),
    ] as [([NodeID], Bool)])
  func jointCommitment(holders: [NodeID], isCommitted: Bool) {
    var cluster = clusterWithLearners(learners: [.n4, .n5])
    cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
    #expect(cluster[.n1].members == Members(voters: NodeSet([.n1, .n4, .n5]), outgoing: .first(3)))
    let index = cluster[.n1].log.lastIndex
    cluster.settle(among: [.n1] + holders)
    #expect((cluster[.n1].commitIndex >= index) == isCommitted, "n1 and \(holders) hold it")
  }

  @Test(
    "§6: during joint consensus a candidate needs separate majorities of both, and may be of either",
    arguments: [
      (.n2, [.n3], false), (.n2, [.n3, .n4], false), (.n2, [.n3, .n4, .n5], true), (.n4, [.n5], false),
      (.n4, [.n5, .n2], false), (.n4, [.n5, .n2, .n3], true),
    ] as [(NodeID, [NodeID], Bool)])
  func jointElection(candidate: NodeID, voters: [NodeID], isElected: Bool) {
    var cluster = clusterWithLearners(learners: [.n4, .n5])
    cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
    for id in [NodeID.n2, .n3, .n4, .n5] { cluster.deliver(from: .n1, to: id) }
    cluster.crash(.n1)
    cluster.timeout(candidate)
    cluster.settle(among: [candidate] + voters)
    // It has led if its log holds an entry of its term; one that is removed steps down in the end.
    #expect((cluster[candidate].log.lastIndex(of: Term(2)) != nil) == isElected)
  }

  @Test("§6.4: during joint consensus both majorities confirm a read")
  func jointReads() {
    for (some, isConfirmed) in [([.n4, .n5], false), ([.n2, .n3], false), ([.n3, .n4], true)] as [([NodeID], Bool)] {
      var cluster = clusterWithLearners(learners: [.n4, .n5])
      cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
      cluster.drop()
      cluster.read(at: .n1)
      cluster.settle(among: [.n1] + some)
      #expect(!cluster.hosts[0].confirmedReads.isEmpty == isConfirmed, "n1 and \(some)")
    }
  }

  @Test("§6.2: during joint consensus a leader stays that both majorities answer, and no other")
  func jointCheckQuorum() {
    for (some, stays) in [([.n4, .n5], false), ([.n2, .n3], false), ([.n2, .n5], true)] as [([NodeID], Bool)] {
      var cluster = clusterWithLearners(learners: [.n4, .n5]) { $0.checksQuorum = true }
      cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
      cluster.drop()
      // What they are sent they answer, and what they hold they do not tell: joint consensus goes on.
      for _ in 0..<12 {
        cluster.advance(.n1, by: .milliseconds(50))
        let round = cluster[.n1].leadership?.round ?? 0
        for id in some { cluster.hand(.matched(2, term: 1, round: round), from: id, to: .n1) }
        cluster.drop()
      }
      #expect((cluster[.n1].role == .leader) == stays && cluster[.n1].members.isJoint, "n1 and \(some)")
    }
  }

  @Test("§6.4.1: during joint consensus both majorities extend a lease")
  func jointLease() {
    for (some, isExtended) in [([.n4, .n5], false), ([.n2, .n3], false), ([.n2, .n4], true)] as [([NodeID], Bool)] {
      var cluster = clusterWithLearners(learners: [.n4, .n5]) { ($0.reads, $0.checksQuorum) = (.lease, true) }
      cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
      cluster.drop()
      let before = cluster[.n1].summary.leaseEnd
      cluster.pass(.milliseconds(40), at: .n1)
      cluster.heartbeat(.n1)
      for id in some {
        cluster.hand(.matched(2, term: 1, round: cluster[.n1].leadership?.round ?? 0), from: id, to: .n1)
      }
      #expect((cluster[.n1].summary.leaseEnd != before) == isExtended, "n1 and \(some)")
    }
  }

  @Test("§6: log entries are replicated to all servers in both configurations")
  func replicatesToBoth() {
    var cluster = clusterWithLearners(learners: [.n4, .n5])
    cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
    cluster.drop()
    cluster.propose("x", at: .n1)
    for id in [NodeID.n2, .n3, .n4, .n5] { #expect(cluster.messages(from: .n1, to: id).count == 1) }
  }

  @Test("§6: the new configuration is appended once the joint one is committed, by whoever leads then, and not before")
  func newLeaderLeavesJoint() {
    var cluster = clusterWithLearners(learners: [.n4, .n5])
    cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
    cluster.settle(among: [.n1, .n4, .n5])
    #expect(cluster[.n1].members.isJoint)
    cluster.crash(.n1)
    cluster.elect(.n4, by: [.n2, .n3, .n4, .n5])
    #expect(cluster[.n4].members == Members(voters: NodeSet([.n1, .n4, .n5])))
    #expect(cluster[.n4].requests.change == nil, "nobody asked it")
  }

  @Test("§6: once the new configuration is committed under its own rules, servers outside of it can be shut down")
  func shutDown() {
    var cluster = clusterWithLearners(learners: [.n4, .n5])
    cluster.change(voters: [.n4, .n5], removed: [.n2, .n3], at: .n1)
    cluster.settle()
    #expect(cluster.hosts[0].changeOutcomes.last == .done)
    for id in [NodeID.n2, .n3] { cluster.crash(id) }
    cluster.propose("x", at: .n1)
    cluster.settle(among: [.n1, .n4, .n5])
    #expect(cluster[.n1].commitIndex == cluster[.n1].log.lastIndex)
  }

  @Test("§4.1: a server accepts appends of a leader that is not in its configuration")
  func strangerLeads() {
    var cluster = TestCluster(nodes: 3, joining: 2)
    let ready = cluster.hand(.append(term: 3, [.command("x", term: 3)]), from: .n4, to: .n1)
    #expect(ready.allMessages == [.matched(1, term: 3, round: 1)] && cluster[.n1].leader == .n4)
    let empty = cluster.hand(.append(term: 3, [.command("x", term: 3)]), from: .n1, to: .n5)
    #expect(empty.allMessages == [.matched(1, term: 3, round: 1)], "it knows nobody")
  }

  @Test("§4.1: a server votes for a candidate that is not in its configuration, and without being a voter of it")
  func strangerCampaigns() {
    var cluster = TestCluster(nodes: 3, joining: 2)
    for voter in [NodeID.n1, .n5] {
      let ready = cluster.hand(.requestVote(term: 1, last: (0, 0)), from: .n4, to: voter)
      #expect(ready.allMessages == [.vote(term: 1)], "\(voter)")
      let asked = cluster.hand(.preVote(term: 1, last: (0, 0)), from: .n4, to: voter)
      #expect(asked.allMessages == [.preVoteReply(term: 1)], "\(voter)")
    }
  }

  @Test("§4.1, correction of 2015: no change begins before the leader has committed an entry of its own term")
  func ownTermFirst() {
    var cluster = TestCluster(nodes: 3, logs: [[1], [1], [1]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .leader)
    #expect(cluster.change(removed: [.n3], at: .n1) == .refused(.nothingCommittedInTerm))
    cluster.hand(.matched(1, term: 2, round: 1), from: .n2, to: .n1)
    #expect(cluster.change(removed: [.n3], at: .n1) == .refused(.nothingCommittedInTerm))
    cluster.sync(.n1)
    cluster.hand(.matched(2, term: 2, round: 1), from: .n2, to: .n1)
    #expect(cluster.change(removed: [.n3], at: .n1) == nil && cluster[.n1].members.voters == .first(2))
  }

  @Test("§4.1: a change is refused while another one is not committed, whoever has begun that")
  func oneAtATime() {
    var cluster = cluster(5)
    cluster.change(removed: [.n5], at: .n1)
    #expect(cluster.change(removed: [.n4], at: .n1) == .refused(.changeUnderWay))
    cluster.deliver(from: .n1, to: .n2)
    cluster.crash(.n1)
    cluster.timeout(.n2)
    cluster.settle(among: [.n2, .n3, .n4, .n5])
    #expect(cluster[.n2].role == .leader && cluster[.n2].members.voters == .first(4))
    #expect(
      cluster.change(removed: [.n4], at: .n2) == nil, "with its own first entry the change of before is committed")
  }

  @Test("§4.2.2: a leader that is removed does not count itself, and steps down once its removal is committed")
  func removesItself() {
    var cluster = cluster()
    cluster.change(removed: [.n1], at: .n1)
    cluster.sync(.n1)
    cluster.hand(.matched(2, term: 1, round: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .leader && cluster[.n1].commitIndex == LogIndex(1), "n1 and n2 are one of {n2 n3}")
    cluster.hand(.matched(2, term: 1, round: 2), from: .n3, to: .n1)
    #expect(cluster[.n1].role == .follower && cluster[.n1].commitIndex == LogIndex(2))
    #expect(cluster.hosts[0].changeOutcomes == [.done])
  }

  @Test("§4.2.2: a leader that is made a learner steps down, too, and is replicated to by the next one")
  func demotesItself() {
    var cluster = cluster()
    cluster.change(learners: [.n1], at: .n1)
    cluster.settle()
    #expect(cluster[.n1].role == .follower)
    #expect(cluster.timeout(.n1).allMessages.isEmpty && cluster[.n1].role == .follower)
    cluster.elect(.n2)
    #expect(cluster[.n1].leader == .n2 && cluster[.n1].commitIndex >= LogIndex(2))
  }

  @Test("§4.2.2: who is not in its own latest configuration still campaigns while that may not be committed")
  func campaignsOutside() {
    var cluster = cluster(4)
    cluster.hand(append(Members(voters: NodeSet([.n1, .n3, .n4]))), from: .n1, to: .n2)
    #expect(Set(cluster.timeout(.n2).messagesAfterSync.map(\.to)) == [.n1, .n2, .n3, .n4])
    #expect(cluster[.n2].role == .candidate)
    for voter in [NodeID.n1, .n3] { cluster.hand(.vote(term: 2), from: voter, to: .n2) }
    #expect(cluster[.n2].role == .leader, "two of three, and its own does not count")
  }

  @Test("§4.2.2: who knows that its removal is committed does not campaign")
  func campaignsNoMore() {
    var cluster = cluster(4)
    cluster.hand(append(Members(voters: NodeSet([.n1, .n3, .n4])), commit: 2), from: .n1, to: .n2)
    let ready = cluster.timeout(.n2)
    #expect(cluster[.n2].role == .follower && ready.allMessages.isEmpty && ready.resetsElectionTimer)
  }

  @Test("§4.2.3: who hears a leader does not vote for a removed server, and does not enter its term")
  func disruption() {
    var cluster = cluster { $0.checksQuorum = true }
    cluster.change(removed: [.n3], at: .n1)
    cluster.settle(among: [.n1, .n2])
    for id in [NodeID.n1, .n2] {
      #expect(cluster.hand(.requestVote(term: 9, last: (2, 1)), from: .n3, to: id).allMessages.isEmpty)
      #expect(cluster[id].term == Term(1))
    }
  }

  @Test("§7: a snapshot names the configuration as of its last entry")
  func snapshots() throws {
    var cluster = cluster()
    cluster.change(removed: [.n3], at: .n1)
    cluster.settle(among: [.n1, .n2])
    let before = try #require(cluster[.n1].describeSnapshot(at: LogIndex(1), bytes: []))
    let after = try #require(cluster[.n1].describeSnapshot(at: LogIndex(2), bytes: []))
    #expect(before.members == LoggedMembers(beginningWith: .first(3)))
    #expect(after.members == LoggedMembers(index: LogIndex(2), members: Members(voters: .first(2))))
  }

  @Test("§4.4: a server that joins starts with an empty log and waits; it neither campaigns nor takes a snapshot")
  func joins() {
    var cluster = TestCluster(nodes: 3, joining: 1)
    let ready = cluster.timeout(.n4)
    #expect(ready.allMessages.isEmpty && ready.resetsElectionTimer && cluster[.n4].role == .follower)
    cluster.hand(.append(term: 1, [Entry(term: Term(1), payload: .noOp)], commit: 1), from: .n1, to: .n4)
    #expect(cluster[.n4].commitIndex == LogIndex(1))
    #expect(cluster[.n4].describeSnapshot(at: LogIndex(1), bytes: []) == nil, "it could not say who takes part")
  }
}
