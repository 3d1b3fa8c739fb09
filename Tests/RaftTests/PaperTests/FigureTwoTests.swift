import Determinism
import Raft
import Testing

/// Ongaro & Ousterhout 2014 (extended version), Figure 2, box by box.
@Suite("Figure 2 of the paper")
struct FigureTwoTests {
  private let entries = (1...4).map { Entry.old(term: 1, index: $0) }

  @Test("State, persistent: currentTerm, votedFor and log[] are updated on stable storage before responding to RPCs")
  func persistentState() {
    var cluster = TestCluster(nodes: 3)
    let vote = cluster.hand(.requestVote(term: 3, last: (0, 0)), from: .n2, to: .n1)
    #expect(vote.hardState == HardState(term: Term(3), votedFor: .n2))
    #expect(vote.messages.isEmpty && vote.messagesAfterSync.count == 1)
    let append = cluster.hand(.append(term: 3, entries), from: .n2, to: .n1)
    #expect(append.entries == Ready.EntriesToPersist(first: LogIndex(1), entries: entries))
    #expect(append.messages.isEmpty && append.messagesAfterSync.count == 1)
    cluster.sync(.n1)
    cluster.crash(.n1)
    cluster.restart(.n1)
    #expect(cluster[.n1].hardState == HardState(term: Term(3), votedFor: .n2, starts: 1))
    #expect(cluster.terms(.n1) == [1, 1, 1, 1])
  }

  @Test("State, volatile: commitIndex is initialized to 0")
  func volatileState() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1, entries, commit: 2), from: .n2, to: .n1)
    cluster.sync(.n1)
    cluster.crash(.n1)
    cluster.restart(.n1)
    #expect(cluster[.n1].commitIndex == .zero)
  }

  @Test("State, volatile on leaders: nextIndex is initialized to leader last log index + 1, matchIndex to 0")
  func leaderState() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 2]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 3), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots.map(\.next) == Array(repeating: LogIndex(4), count: 3))
    #expect(cluster[.n1].leadership?.progress.slots.map(\.match) == Array(repeating: .zero, count: 3))
  }

  @Test("AppendEntries 1: reply false if term < currentTerm")
  func appendStale() {
    var cluster = TestCluster(nodes: 3, terms: [5])
    let ready = cluster.hand(.append(term: 4, entries, commit: 4), from: .n2, to: .n1)
    #expect(ready.allMessages == [.conflict(index: 1, term: 5)])
    #expect(ready.entries == nil && ready.committed == nil)
  }

  @Test("AppendEntries 2: reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm")
  func appendInconsistent() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 2]])
    for previous in [(3, 1), (4, 2)] as [(UInt64, UInt64)] {
      let ready = cluster.hand(.append(term: 2, previous: previous, [.old(term: 2, index: 9)]), from: .n2, to: .n1)
      guard case .appendEntriesReply(let reply)? = ready.allMessages.first, case .conflict = reply.outcome else {
        Issue.record("\(previous) should be refused")
        return
      }
    }
    #expect(cluster.terms(.n1) == [1, 1, 2])
  }

  @Test(
    "AppendEntries 3: if an existing entry conflicts with a new one, delete it and all that follow it; else nothing")
  func appendConflict() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 2, 2]])
    cluster.hand(.append(term: 3, previous: (1, 1), [.old(term: 1, index: 2)]), from: .n2, to: .n1)
    #expect(cluster.terms(.n1) == [1, 1, 2, 2])
    cluster.hand(
      .append(term: 3, previous: (1, 1), [.old(term: 1, index: 2), .old(term: 3, index: 3)]), from: .n2, to: .n1)
    #expect(cluster.terms(.n1) == [1, 1, 3])
  }

  @Test("AppendEntries 4: append any new entries not already in the log")
  func appendNew() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1, Array(entries[..<2])), from: .n2, to: .n1)
    let ready = cluster.hand(.append(term: 1, entries), from: .n2, to: .n1)
    #expect(ready.entries == Ready.EntriesToPersist(first: LogIndex(3), entries: Array(entries[2...])))
  }

  @Test("AppendEntries 5: if leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)")
  func appendCommit() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 1, 1]])
    #expect(
      cluster.hand(.append(term: 1, previous: (2, 1), commit: 4), from: .n2, to: .n1).committed == LogIndex(
        1)...LogIndex(2))
    #expect(
      cluster.hand(.append(term: 1, previous: (4, 1), commit: 3), from: .n2, to: .n1).committed == LogIndex(
        3)...LogIndex(3))
  }

  @Test("RequestVote 1: reply false if term < currentTerm")
  func voteStale() {
    var cluster = TestCluster(nodes: 3, terms: [5])
    let ready = cluster.hand(.requestVote(term: 4, last: (9, 4)), from: .n2, to: .n1)
    #expect(ready.allMessages == [.vote(term: 5, granted: false)])
  }

  @Test(
    "RequestVote 2: if votedFor is null or candidateId, and the log is at least as up-to-date as ours, grant the vote")
  func voteGranted() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 2]])
    func asks(_ last: (UInt64, UInt64), _ candidate: NodeID, _ term: UInt64) -> Bool {
      cluster.hand(.requestVote(term: term, last: last), from: candidate, to: .n1).allMessages == [.vote(term: term)]
    }
    #expect(!asks((1, 1), .n2, 3))
    #expect(asks((2, 2), .n2, 3) && asks((2, 2), .n2, 3))
    #expect(!asks((9, 3), .n3, 3))
  }

  @Test("All servers: if commitIndex > lastApplied, apply log[lastApplied] to the state machine")
  func apply() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1, entries, commit: 3), from: .n2, to: .n1)
    #expect(cluster.hosts[0].applied == Array(entries[..<3]))
  }

  @Test("All servers: if an RPC contains term T > currentTerm, set currentTerm = T, convert to follower")
  func laterTerm() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.hand(.requestVote(term: 7, last: (0, 0)), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .follower && cluster[.n1].term == Term(7))
  }

  @Test(
    "Followers: an election timeout without AppendEntries from the current leader or a vote granted: become candidate")
  func followerTimeout() {
    var cluster = TestCluster(nodes: 3)
    cluster.restart(.n1)
    cluster.advance(.n1, by: .milliseconds(149))
    cluster.hand(.append(term: 1), from: .n2, to: .n1)
    cluster.advance(.n1, by: .milliseconds(149))
    cluster.hand(.requestVote(term: 2, last: (0, 0)), from: .n2, to: .n1)
    cluster.advance(.n1, by: .milliseconds(149))
    #expect(cluster[.n1].role == .follower)
    cluster.advance(.n1, by: .milliseconds(1))
    #expect(cluster[.n1].role == .candidate)
  }

  @Test("Candidates: increment currentTerm, vote for self, reset election timer, send RequestVote to all other servers")
  func candidate() {
    var cluster = TestCluster(nodes: 3, terms: [4])
    let ready = cluster.timeout(.n1)
    #expect(ready.hardState == HardState(term: Term(5), votedFor: .n1) && ready.resetsElectionTimer)
    #expect(ready.messagesAfterSync.map(\.to) == [.n2, .n3, .n1])
  }

  @Test("Candidates: votes received from a majority: become leader")
  func majority() {
    var cluster = TestCluster(nodes: 5)
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .candidate)
    cluster.hand(.vote(term: 1), from: .n3, to: .n1)
    #expect(cluster[.n1].role == .leader)
  }

  @Test("Candidates: AppendEntries received from new leader: convert to follower")
  func newLeader() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.hand(.append(term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].role == .follower && cluster[.n1].leader == .n2)
  }

  @Test("Candidates: election timeout elapses: start new election")
  func newElection() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.timeout(.n1)
    #expect(cluster[.n1].role == .candidate && cluster[.n1].term == Term(2))
  }

  @Test("Leaders: upon election send initial empty AppendEntries to each server; repeat during idle periods")
  func heartbeats() {
    var cluster = TestCluster(nodes: 3)
    cluster.timeout(.n1)
    cluster.sync(.n1)
    let elected = cluster.hand(.vote(term: 1), from: .n2, to: .n1)
    // Not empty: the no-op of §8 goes along.
    #expect(elected.messages.map(\.to) == [.n2, .n3] && elected.timers.map(\.timer) == [.heartbeat])
    let idle = cluster.heartbeat(.n1)
    #expect(idle.messages.map(\.to) == [.n2, .n3] && idle.timers.map(\.timer) == [.heartbeat])
  }

  @Test("Leaders: if a command is received from a client, append the entry to the local log")
  func command() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    #expect(cluster.propose("x", at: .n1) == .appended(first: LogPosition(index: LogIndex(2), term: Term(1)), count: 1))
    #expect(cluster[.n1].log[LogIndex(2)] == .command("x", term: 1))
    #expect(cluster[.n1].commitIndex == LogIndex(1), "and respond after it is applied")
  }

  @Test("Leaders: if last log index >= nextIndex for a follower, send AppendEntries starting at nextIndex")
  func sendsFromNext() {
    var cluster = TestCluster(nodes: 2)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    #expect(
      cluster.messages(from: .n1, to: .n2) == [.append(term: 1, previous: (1, 1), [.command("x", term: 1)], commit: 1)])
  }

  @Test("Leaders: if successful, update nextIndex and matchIndex for the follower")
  func success() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    cluster.hand(.matched(2, term: 1), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[1].match == LogIndex(2))
    #expect(cluster[.n1].leadership?.progress.slots[1].next == LogIndex(3))
  }

  @Test("Leaders: if AppendEntries fails because of log inconsistency, decrement nextIndex and retry")
  func failure() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 1]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 2), from: .n3, to: .n1)
    let ready = cluster.hand(.conflict(index: 2, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[1].next == LogIndex(2))
    #expect(ready.messages.map(\.message.entryCount) == [3])
  }

  @Test(
    "Leaders: if N > commitIndex, a majority of matchIndex[i] >= N, and log[N].term == currentTerm: commitIndex = N")
  func commit() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 2), from: .n2, to: .n1)
    cluster.sync(.n1)
    cluster.hand(.matched(2, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].commitIndex == .zero)
    cluster.hand(.matched(3, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].commitIndex == LogIndex(3))
  }
}
