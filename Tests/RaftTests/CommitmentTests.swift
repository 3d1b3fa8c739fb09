import Determinism
import Raft
import Testing

@Suite("Commitment (Raft §5.3, §5.4)")
struct CommitmentTests {
  /// Figure 8(c): n1 leads term 4 and has just brought its entry of term 2 to a majority. n5 holds one of term 3.
  private func figure8() -> TestCluster {
    var cluster = TestCluster(
      nodes: 5, logs: [[1, 2], [1, 2], [1], [1], [1, 3]], terms: [3, 3, 3, 3, 3], maxEntriesPerAppend: 1)
    // Entries before its own are replicated one by one; its own no-op stays behind.
    cluster.timeout(.n1)
    cluster.sync(.n1)
    for voter in [NodeID.n2, .n3] { cluster.hand(.vote(term: 4), from: voter, to: .n1) }
    cluster.sync(.n1)
    cluster.drop()
    cluster.hand(.matched(2, term: 4), from: .n2, to: .n1)
    cluster.drop()
    cluster.hand(.conflict(index: 2, term: 4), from: .n3, to: .n1)
    cluster.deliver(from: .n1, to: .n3)
    cluster.sync(.n3)
    cluster.drop { $0.to != .n1 }
    return cluster
  }

  @Test("Figure 8(c): an old entry on a majority is not yet committed")
  func oldEntryOnMajority() {
    var cluster = figure8()
    cluster.deliver(from: .n3, to: .n1)
    #expect(cluster.terms(.n3) == [1, 2])
    #expect(cluster[.n1].term == Term(4))
    #expect(cluster[.n1].leadership?.progress.slots.map(\.match) == [3, 2, 2, 0, 0].map { LogIndex($0) })
    #expect(cluster[.n1].commitIndex == .zero)
  }

  @Test("Figure 8(d): that entry can still be replaced by the next leader's")
  func oldEntryReplaced() {
    var cluster = figure8()
    cluster.deliver(from: .n3, to: .n1)
    cluster.crash(.n1)
    // Its log ends in term 3 and so is more up to date than those of n2, n3 and n4.
    cluster.timeout(.n5)
    cluster.settle(among: [.n2, .n3, .n4, .n5])
    cluster.timeout(.n5)
    cluster.settle(among: [.n2, .n3, .n4, .n5])
    #expect(cluster[.n5].role == .leader)
    cluster.heartbeat(.n5)
    cluster.settle(among: [.n2, .n3, .n4, .n5])
    #expect(cluster.terms(.n2).prefix(2) == [1, 3])
    #expect(cluster.hosts[1].applied.count == 3)
  }

  @Test("Figure 8(e): with an entry of the leader's own term the old one is committed, and its rivals cannot win")
  func ownEntryCommitsOldOnes() {
    var cluster = figure8()
    for follower in [NodeID.n2, .n3] { cluster.hand(.matched(3, term: 4), from: follower, to: .n1) }
    #expect(cluster[.n1].commitIndex == LogIndex(3))
    #expect(cluster.hosts[0].applied.map(\.term) == [1, 2, 4].map { Term($0) })
  }

  @Test("A leader commits once a majority holds the entry, each quorum counted by nodes", arguments: 1...9)
  func majority(nodes: Int) {
    var cluster = TestCluster(nodes: nodes)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    cluster.sync(.n1)
    var holders = 1
    for follower in cluster.members.dropFirst() {
      #expect((cluster[.n1].commitIndex == LogIndex(2)) == (2 * holders > nodes), "\(holders) of \(nodes)")
      cluster.hand(.matched(2, term: 1), from: follower, to: .n1)
      holders += 1
    }
    #expect(cluster[.n1].commitIndex == LogIndex(2))
  }

  @Test("A follower's commit index is min(leaderCommit, index of the last new entry) (Figure 2)")
  func followerCommitIndex() {
    // The entries of term 2 may have to go: only what the append vouches for is committed.
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 2, 2]])
    cluster.hand(.append(term: 3, previous: (1, 1), [], commit: 4), from: .n1, to: .n2)
    #expect(cluster[.n2].commitIndex == LogIndex(1))
    cluster.hand(.append(term: 3, previous: (1, 1), [.old(term: 1, index: 2)], commit: 4), from: .n1, to: .n2)
    #expect(cluster[.n2].commitIndex == LogIndex(2))
    cluster.hand(.append(term: 3, previous: (2, 1), [.old(term: 3, index: 3)], commit: 2), from: .n1, to: .n2)
    #expect(cluster[.n2].commitIndex == LogIndex(2), "held, and not known to be committed")
    #expect(cluster.terms(.n2) == [1, 1, 3])
  }

  @Test("A commit index never goes back")
  func commitIndexOnlyGrows() {
    var cluster = TestCluster(nodes: 3)
    let entries = (1...3).map { Entry.old(term: 1, index: $0) }
    cluster.hand(.append(term: 1, entries, commit: 3), from: .n1, to: .n2)
    let ready = cluster.hand(.append(term: 1, Array(entries[..<2]), commit: 1), from: .n1, to: .n2)
    #expect(cluster[.n2].commitIndex == LogIndex(3))
    #expect(ready.committed == nil)
    cluster.hand(.append(term: 1, [], commit: 0), from: .n1, to: .n2)
    cluster.hand(.requestVote(term: 5, last: (9, 4)), from: .n3, to: .n2)
    #expect(cluster[.n2].commitIndex == LogIndex(3))
  }

  @Test("A refused append commits nothing")
  func refusedAppend() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1]])
    cluster.hand(.append(term: 2, previous: (2, 2), commit: 2), from: .n1, to: .n2)
    #expect(cluster[.n2].commitIndex == .zero)
  }

  @Test("Every entry is applied once and in order, on every node")
  func appliedInOrder() {
    var cluster = TestCluster(nodes: 3, maxEntriesPerAppend: 2)
    cluster.elect(.n1)
    for number in 0..<20 { cluster.propose("\(number)", at: .n1) }
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    let expected = [Entry(term: Term(1), payload: .noOp)] + (0..<20).map { .command("\($0)", term: 1) }
    for host in cluster.hosts { #expect(host.applied == expected) }
  }
}
