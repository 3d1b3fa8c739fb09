import Determinism
import Raft
import Testing

@Suite("ReadIndex (Ongaro 2014 §6.4)")
struct ReadTests {
  @Test("A read waits for the first commit of the leader's term")
  func firstCommit() {
    var cluster = TestCluster(nodes: 3, logs: [[1], [1], [1]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.deliver(from: .n1, to: .n2)
    cluster.sync(.n2)
    cluster.deliver(from: .n2, to: .n1)
    cluster.read(at: .n1)
    for _ in 0..<3 {
      cluster.heartbeat(.n1)
      cluster.hand(.matched(1, term: 2, round: 99), from: .n2, to: .n1)
    }
    #expect(cluster.hosts[0].confirmedReads.isEmpty, "its commit index may lie behind its predecessor's")
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.map(\.index) == [LogIndex(2)])
  }

  @Test("A read is confirmed by a majority that answered a round begun after it, and by no earlier answer")
  func laterRound() throws {
    var cluster = TestCluster(nodes: 5)
    cluster.elect(.n1)
    let earlier = try #require(cluster[.n1].leadership?.round)
    let read = cluster.read(at: .n1)
    let round = try #require(cluster[.n1].leadership?.round)
    #expect(round > earlier)
    for follower in [NodeID.n2, .n3, .n4, .n5] {
      cluster.hand(.matched(1, term: 1, round: earlier), from: follower, to: .n1)
    }
    #expect(cluster.hosts[0].confirmedReads.isEmpty, "these answered before the read arrived")
    cluster.hand(.matched(1, term: 1, round: round), from: .n2, to: .n1)
    cluster.hand(.matched(1, term: 1, round: round), from: .n2, to: .n1)
    #expect(cluster.hosts[0].confirmedReads.isEmpty, "two of five, however often")
    cluster.hand(.conflict(index: 1, term: 1, round: round), from: .n3, to: .n1)
    #expect(cluster.hosts[0].confirmedReads.map(\.id) == [read], "a refusal too says who leads")
  }

  @Test("A read is good for the commit index at its arrival, not for a later one")
  func indexAtArrival() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    cluster.read(at: .n1)
    cluster.settle()
    #expect(cluster[.n1].commitIndex == LogIndex(2))
    #expect(cluster.hosts[0].confirmedReads.map(\.index) == [LogIndex(1)])
  }

  @Test("A leader that was cut off confirms no read, and abandons those that wait when it learns of its successor")
  func cutOff() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let read = cluster.read(at: .n1)
    for _ in 0..<3 {
      cluster.heartbeat(.n1)
      cluster.drop()
    }
    cluster.elect(.n2, by: [.n2, .n3])
    #expect(cluster.hosts[0].confirmedReads.isEmpty)
    cluster.heartbeat(.n2)
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.isEmpty)
    #expect(cluster.hosts[0].abandonedReads == [read])
  }

  @Test("An answer to a heartbeat of a leader's earlier term confirms nothing in its later term")
  func earlierTerm() throws {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    for _ in 0..<9 {
      cluster.heartbeat(.n1)
      cluster.settle()
    }
    let delayed = try #require(cluster[.n1].leadership?.round)
    cluster.elect(.n2)
    cluster.elect(.n1)
    let term = cluster[.n1].term.rawValue
    // The last heartbeat of n1's first term was held back until now.
    cluster.hand(.append(term: 1, previous: (1, 1), round: delayed), from: .n1, to: .n2)
    cluster.sync(.n2)
    cluster.deliver(from: .n2, to: .n1)
    let read = cluster.read(at: .n1)
    cluster.drop()
    #expect(cluster[.n1].term.rawValue == term)
    #expect(cluster[.n1].leadership?.pendingReads.map(\.id) == [read])
    #expect(cluster.hosts[0].confirmedReads.isEmpty, "nobody has answered this term's round")
  }

  @Test("A read that waits for the first commit is abandoned as well")
  func abandonedEarly() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    let read = cluster.read(at: .n1)
    cluster.hand(.vote(term: 2, granted: false), from: .n2, to: .n1)
    #expect(cluster.hosts[0].abandonedReads == [read])
  }

  @Test("Only a leader takes reads")
  func followers() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let read = cluster.read(at: .n2)
    #expect(cluster.hosts[1].abandonedReads == [read])
  }

  @Test("A cluster of one confirms at once")
  func single() {
    var cluster = TestCluster(nodes: 1)
    cluster.elect(.n1)
    let read = cluster.read(at: .n1)
    #expect(cluster.hosts[0].confirmedReads.map(\.id) == [read])
  }

  @Test("Reads are confirmed in the order in which they came, each once")
  func order() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let reads = (0..<5).map { _ in cluster.read(at: .n1) }
    cluster.settle()
    #expect(cluster.hosts[0].confirmedReads.map(\.id) == reads)
  }

  @Test("Beyond its limit of waiting reads a leader abandons further ones at once")
  func limit() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    for _ in 0..<RaftConfiguration.maxPendingReads { cluster.read(at: .n1) }
    #expect(cluster.hosts[0].abandonedReads.isEmpty)
    let read = cluster.read(at: .n1)
    #expect(cluster.hosts[0].abandonedReads == [read])
  }
}
