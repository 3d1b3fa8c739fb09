import Determinism
import Raft
import Testing

@Suite("Leader election (Raft §5.2, §5.4.1)")
struct ElectionTests {
  @Test("A candidate's request and its own vote leave only once they survive a crash")
  func ownVote() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    #expect(cluster.inFlight.isEmpty)
    cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .candidate, "one of the two votes is not durable yet")
    cluster.sync(.n1)
    #expect(cluster[.n1].role == .leader)
  }

  @Test("A vote survives a crash, or it was never given (Figure 2, persistent state)")
  func durableVote() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.requestVote(term: 1, last: (0, 0)), from: .n1, to: .n2)
    #expect(cluster.messages(from: .n2, to: .n1) == [])
    cluster.crash(.n2)
    cluster.restart(.n2)
    cluster.hand(.requestVote(term: 1, last: (0, 0)), from: .n3, to: .n2)
    cluster.sync(.n2)
    #expect(cluster.messages(from: .n2, to: .n3) == [.vote(term: 1)], "the first vote was forgotten with its answer")
    cluster.crash(.n2)
    cluster.restart(.n2)
    cluster.hand(.requestVote(term: 1, last: (0, 0)), from: .n1, to: .n2)
    cluster.sync(.n2)
    #expect(cluster.messages(from: .n2, to: .n1) == [.vote(term: 1, granted: false)])
  }

  @Test("A node gives one vote a term, first come first served, and gives it again to the same candidate")
  func oneVote() {
    var cluster = TestCluster(nodes: 3)
    let request = RaftMessage.requestVote(term: 1, last: (0, 0))
    #expect(cluster.hand(request, from: .n1, to: .n2).allMessages == [.vote(term: 1)])
    #expect(cluster.hand(request, from: .n3, to: .n2).allMessages == [.vote(term: 1, granted: false)])
    #expect(cluster.hand(request, from: .n1, to: .n2).allMessages == [.vote(term: 1)])
    let next = RaftMessage.requestVote(term: 2, last: (0, 0))
    #expect(cluster.hand(next, from: .n3, to: .n2).allMessages == [.vote(term: 2)], "a new term, a new vote")
  }

  @Test("A vote that is given once more starts no timer: who hears no answer and asks on must not keep others from it")
  func repeatedVote() {
    var cluster = TestCluster(nodes: 3)
    let request = RaftMessage.requestVote(term: 1, last: (0, 0))
    #expect(cluster.hand(request, from: .n1, to: .n2).resetsElectionTimer)
    #expect(!cluster.hand(request, from: .n1, to: .n2).resetsElectionTimer)
    #expect(cluster.hand(.requestVote(term: 2, last: (0, 0)), from: .n1, to: .n2).resetsElectionTimer, "a new vote")
  }

  @Test(
    "Of two logs the one with the later last term is more up to date; with equal terms, the longer one",
    arguments: [
      (last: (index: 1, term: 3), isGranted: true), (last: (index: 3, term: 2), isGranted: true),
      (last: (index: 4, term: 2), isGranted: true), (last: (index: 2, term: 2), isGranted: false),
      (last: (index: 9, term: 1), isGranted: false), (last: (index: 0, term: 0), isGranted: false),
    ] as [(last: (index: UInt64, term: UInt64), isGranted: Bool)])
  func upToDate(last: (index: UInt64, term: UInt64), isGranted: Bool) {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 2]])
    let ready = cluster.hand(.requestVote(term: 4, last: last), from: .n1, to: .n2)
    #expect(ready.allMessages == [.vote(term: 4, granted: isGranted)])
    #expect(cluster[.n2].hardState == HardState(term: Term(4), votedFor: isGranted ? .n1 : nil))
  }

  @Test(
    "Whoever sees a higher term adopts it and follows (§5.1)",
    arguments: [
      .requestVote(term: 7, last: (0, 0)), .vote(term: 7, granted: false), .append(term: 7),
      .matched(0, term: 7), .conflict(index: 1, term: 7),
    ] as [RaftMessage])
  func higherTerm(message: RaftMessage) {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.timeout(.n2)
    for id in [NodeID.n1, .n2] {
      let ready = cluster.hand(message, from: .n3, to: id)
      #expect(cluster[id].role == .follower && cluster[id].term == Term(7))
      #expect(ready.hardState?.term == Term(7), "a term is persistent")
      #expect(cluster[id].leadership == nil)
    }
  }

  @Test("A leader that steps down waits for the next leader; a candidate's timer goes on as it was")
  func timerAfterSteppingDown() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    #expect(cluster.hand(.vote(term: 5, granted: false), from: .n3, to: .n1).resetsElectionTimer)
    cluster.timeout(.n2)
    #expect(!cluster.hand(.vote(term: 9, granted: false), from: .n3, to: .n2).resetsElectionTimer)
  }

  @Test("A stale request is answered with the current term and otherwise ignored (§5.1)")
  func staleRequests() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 2]], terms: [0, 4])
    let before = cluster[.n2]
    let vote = cluster.hand(.requestVote(term: 3, last: (9, 3)), from: .n1, to: .n2)
    #expect(vote.allMessages == [.vote(term: 4, granted: false)])
    let append = cluster.hand(.append(term: 3, previous: (1, 1), [.old(term: 3, index: 2)]), from: .n1, to: .n2)
    #expect(append.allMessages.map(\.term) == [Term(4)])
    #expect(append.entries == nil && append.hardState == nil && append.timers.isEmpty)
    #expect(cluster[.n2] == before)
  }

  @Test("Stale replies change nothing (§5.1)")
  func staleReplies() {
    var cluster = TestCluster(nodes: 5, terms: [3])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    let candidate = cluster[.n1]
    for voter in [NodeID.n2, .n3, .n4] { cluster.hand(.vote(term: 3), from: voter, to: .n1) }
    #expect(cluster[.n1] == candidate, "votes of an earlier term elect nobody")
    cluster.settle()
    let leader = cluster[.n1]
    #expect(leader.role == .leader)
    cluster.hand(.matched(9, term: 3), from: .n2, to: .n1)
    cluster.hand(.conflict(index: 1, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1] == leader)
  }

  @Test("Hearing the leader or giving a vote resets the election timer; denying one does not (§5.2)")
  func electionTimer() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1]])
    #expect(!cluster.hand(.requestVote(term: 2, last: (1, 1)), from: .n1, to: .n2).resetsElectionTimer)
    #expect(cluster.hand(.requestVote(term: 2, last: (2, 1)), from: .n3, to: .n2).resetsElectionTimer)
    #expect(cluster.hand(.append(term: 2), from: .n3, to: .n2).resetsElectionTimer)
    #expect(cluster.hand(.append(term: 2, previous: (7, 2)), from: .n3, to: .n2).resetsElectionTimer)
    #expect(!cluster.hand(.append(term: 1), from: .n1, to: .n2).resetsElectionTimer, "a deposed leader is nobody")
  }

  @Test("A candidate asks once more those who have not answered (§5.1)")
  func repeatedRequests() {
    var cluster = TestCluster(nodes: 5)
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.drop()
    cluster.hand(.vote(term: 1), from: .n3, to: .n1)
    let ready = cluster.heartbeat(.n1)
    #expect(ready.messagesAfterSync.map(\.to) == [.n2, .n4, .n5])
    #expect(ready.allMessages.allSatisfy { $0 == .requestVote(term: 1, last: (0, 0)) })
    #expect(ready.timers.map(\.timer) == [.heartbeat])
  }

  @Test("A candidate that times out campaigns in a new term, and old votes are worth nothing there (§5.2)")
  func splitVote() {
    var cluster = TestCluster(nodes: 4)
    cluster.timeout(.n1)
    cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    cluster.sync(.n1)
    #expect(cluster[.n1].role == .candidate, "half of an even cluster is no majority")
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 2), from: .n3, to: .n1)
    #expect(cluster[.n1].role == .candidate)
    cluster.hand(.vote(term: 2), from: .n3, to: .n1)
    #expect(cluster[.n1].role == .candidate, "a vote that comes twice is one vote")
    cluster.hand(.vote(term: 2), from: .n4, to: .n1)
    #expect(cluster[.n1].role == .leader)
  }

  @Test("A denied vote is no vote")
  func deniedVotes() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.sync(.n1)
    for voter in [NodeID.n2, .n3] { cluster.hand(.vote(term: 1, granted: false), from: voter, to: .n1) }
    #expect(cluster[.n1].role == .candidate)
  }

  @Test("A candidate follows the leader of its own term, and keeps its vote (§5.2)")
  func candidateFollows() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.hand(.append(term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .follower && cluster[.n1].leader == .n2)
    #expect(cluster[.n1].hardState == HardState(term: Term(1), votedFor: .n1))
    cluster.sync(.n1)
    #expect(cluster[.n1].role == .follower, "its own vote comes too late")
  }

  @Test("A leader begins its term with a no-op and at once tells everyone (§5.2, §8)")
  func noOp() {
    var cluster = TestCluster(nodes: 3, logs: [[1], [1], [1]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    let ready = cluster.hand(.vote(term: 2), from: .n2, to: .n1)
    #expect(ready.entries?.first == LogIndex(2))
    #expect(ready.entries?.entries == [Entry(term: Term(2), payload: .noOp)])
    let append = RaftMessage.append(term: 2, previous: (1, 1), [Entry(term: Term(2), payload: .noOp)])
    #expect(ready.messages == [.init(to: .n2, message: append), .init(to: .n3, message: append)])
    #expect(ready.timers.map(\.timer) == [.heartbeat], "a leader must go on being heard")
  }

  @Test("A leader's election timer, should it run out, means nothing; nor does a follower's heartbeat timer")
  func idleTimers() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let before = (cluster[.n1], cluster[.n2])
    #expect(cluster.timeout(.n1).allMessages.isEmpty)
    #expect(cluster.heartbeat(.n2).allMessages.isEmpty)
    #expect((cluster[.n1], cluster[.n2]) == before)
  }

  @Test("A cluster of one elects itself and commits, but not before its disk has it")
  func single() {
    var cluster = TestCluster(nodes: 1)
    cluster.timeout(.n1)
    #expect(cluster[.n1].role == .candidate)
    cluster.sync(.n1)
    #expect(cluster[.n1].role == .leader)
    cluster.propose("x", at: .n1)
    #expect(cluster[.n1].commitIndex == .zero)
    cluster.sync(.n1)
    #expect(cluster.hosts[0].applied == [Entry(term: Term(1), payload: .noOp), .command("x", term: 1)])
  }

  @Test("A vote of a node that is no member does not count, and neither does that of one that there cannot be")
  func strangers() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.sync(.n1)
    for stranger in [NodeID.n4, NodeID(64), NodeID(65), NodeID(255)] {
      cluster.hand(.vote(term: 1), from: stranger, to: .n1)
      #expect(cluster[.n1].role == .candidate)
    }
    cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .leader)
  }
}
