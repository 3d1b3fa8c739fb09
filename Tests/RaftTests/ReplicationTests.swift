import Determinism
import Raft
import Testing

@Suite("Log replication (Raft §5.3)")
struct ReplicationTests {
  @Test("An append leaves at once, its acknowledgement only after the sync")
  func departure() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    #expect(cluster.messages(from: .n1, to: .n2).count == 1, "the leader's disk may work while the network does")
    cluster.deliver(from: .n1, to: .n2)
    #expect(cluster.messages(from: .n2, to: .n1) == [])
    cluster.sync(.n2)
    #expect(cluster.messages(from: .n2, to: .n1) == [.matched(2, term: 1, round: 1)])
  }

  @Test("The leader's own copy counts only once it is durable")
  func ownCopy() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    cluster.deliver(from: .n1, to: .n2)
    cluster.sync(.n2)
    cluster.deliver(from: .n2, to: .n1)
    #expect(cluster[.n1].commitIndex == LogIndex(1))
    cluster.sync(.n1)
    #expect(cluster[.n1].commitIndex == LogIndex(2))
  }

  @Test("An append whose previous entry is missing or of another term is refused (consistency check)")
  func consistencyCheck() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 2]])
    let before = cluster[.n2].log
    let entry = Entry.old(term: 3, index: 9)
    let missing = cluster.hand(.append(term: 3, previous: (8, 3), [entry]), from: .n1, to: .n2)
    #expect(missing.allMessages == [.conflict(index: 4, term: 3, round: 1)], "one past the end, without a term")
    let other = cluster.hand(.append(term: 3, previous: (3, 3), [entry]), from: .n1, to: .n2)
    #expect(other.allMessages == [.conflict(index: 3, conflictTerm: 2, term: 3, round: 1)])
    #expect(cluster[.n2].log == before)
    #expect(other.entries == nil)
  }

  @Test("A conflict names its term and that term's first index")
  func conflictHint() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 2, 2, 2]])
    let ready = cluster.hand(.append(term: 4, previous: (5, 4)), from: .n1, to: .n2)
    #expect(ready.allMessages == [.conflict(index: 3, conflictTerm: 2, term: 4, round: 1)])
  }

  /// Figure 7: the leader of term 8 and each of its six possible followers.
  static let figure7: [[UInt64]] = [
    [1, 1, 1, 4, 4, 5, 5, 6, 6], [1, 1, 1, 4], [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7], [1, 1, 1, 4, 4, 4, 4], [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  ]

  @Test("The leader brings every log of Figure 7 to agree with its own", arguments: figure7)
  func logsOfFigure7(follower: [UInt64]) {
    let leaderLog: [UInt64] = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6]
    var cluster = TestCluster(nodes: 3, logs: [leaderLog, follower, leaderLog], terms: [7, 7, 7])
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.heartbeat(.n1)
    cluster.settle()
    // Commands name their terms, so equal entries are the very same.
    #expect(cluster[.n2].log == cluster[.n1].log)
    #expect(cluster.terms(.n2) == leaderLog + [8])
    #expect(cluster.hosts[1].written.entries == cluster[.n1].log.entries(from: LogIndex(1)))
  }

  @Test("A leader goes back a term at a time, not an entry at a time (§5.3, end)")
  func skipsTerms() {
    let wrong = [UInt64](repeating: 2, count: 50) + [UInt64](repeating: 3, count: 50)
    let right = [UInt64](repeating: 4, count: 100)
    var cluster = TestCluster(nodes: 3, logs: [right, [1] + wrong, right], terms: [4, 4, 4])
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.heartbeat(.n1)
    cluster.drop { $0.to == .n3 }
    var refusals = 0
    while let ready = cluster.deliver(from: .n1, to: .n2) {
      if case .appendEntriesReply(let reply) = ready.allMessages[0], case .conflict = reply.outcome { refusals += 1 }
      cluster.sync(.n2)
      cluster.deliver(from: .n2, to: .n1)
    }
    #expect(cluster[.n2].log == cluster[.n1].log)
    #expect(refusals <= 4, "three terms disagree")
  }

  @Test("A leader that has the conflicting term goes on after its own last entry of it")
  func sharedTerm() throws {
    var cluster = TestCluster(nodes: 3, logs: [[1, 2, 2, 4], [1, 2, 2, 2, 2, 3], [1, 2, 2, 4]], terms: [4, 4, 4])
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.drop()
    cluster.hand(.conflict(index: 2, conflictTerm: 2, term: 5), from: .n2, to: .n1)
    let message = try #require(cluster.messages(from: .n1, to: .n2).first)
    guard case .appendEntries(let request) = message else { throw UnexpectedMessage(message) }
    #expect(request.previous == LogPosition(index: LogIndex(3), term: Term(2)))
  }

  @Test("An old, shorter append takes nothing away (Figure 2, step 3: only on a conflict)")
  func staleShorterAppend() {
    var cluster = TestCluster(nodes: 3)
    let entries = (1...3).map { Entry.old(term: 1, index: $0) }
    cluster.hand(.append(term: 1, entries), from: .n1, to: .n2)
    let ready = cluster.hand(.append(term: 1, Array(entries[..<1])), from: .n1, to: .n2)
    #expect(cluster.terms(.n2) == [1, 1, 1])
    #expect(ready.entries == nil)
    #expect(ready.allMessages == [.matched(1, term: 1, round: 1)], "only what this append vouches for")
    let empty = cluster.hand(.append(term: 1), from: .n1, to: .n2)
    #expect(cluster.terms(.n2) == [1, 1, 1])
    #expect(empty.allMessages == [.matched(0, term: 1, round: 1)])
  }

  @Test("An entry that conflicts goes, and all that follow it; what agrees stays")
  func conflictingEntries() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 2, 2]])
    let new = [Entry.old(term: 1, index: 2), .old(term: 3, index: 3)]
    let ready = cluster.hand(.append(term: 3, previous: (1, 1), new), from: .n1, to: .n2)
    #expect(cluster.terms(.n2) == [1, 1, 3])
    #expect(ready.entries?.first == LogIndex(3), "only what changed goes to the disk")
    #expect(ready.entries?.entries == [.old(term: 3, index: 3)])
  }

  @Test("A conflict hint that leads no further back is answered with no message")
  func oldHints() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 1], [], [1, 1, 1]])
    cluster.elect(.n1, by: [.n1, .n3])
    let first = cluster.hand(.conflict(index: 1, term: 2), from: .n2, to: .n1)
    #expect(first.messages.count == 1)
    for _ in 0..<5 {
      #expect(cluster.hand(.conflict(index: 1, term: 2), from: .n2, to: .n1).messages.isEmpty)
      #expect(cluster.hand(.conflict(index: 3, term: 2), from: .n2, to: .n1).messages.isEmpty)
    }
    #expect(cluster.heartbeat(.n1).messages.contains { $0.to == .n2 }, "the next heartbeat is soon enough")
  }

  @Test("Duplicated and reordered replies never lower what a follower is known to hold")
  func matchOnlyGrows() {
    var cluster = TestCluster(nodes: 5)
    cluster.elect(.n1)
    for name in ["a", "b", "c"] { cluster.propose(name, at: .n1) }
    cluster.sync(.n1)
    cluster.drop()
    let replies: [RaftMessage] = [
      .matched(3, term: 1), .matched(1, term: 1), .conflict(index: 1, term: 1), .matched(2, term: 1),
    ]
    for reply in replies {
      cluster.hand(reply, from: .n2, to: .n1)
      #expect(cluster[.n1].leadership?.progress.slots[1].match == LogIndex(3))
    }
    #expect(cluster[.n1].commitIndex == LogIndex(1), "two of five are no majority, however often one says so")
    cluster.hand(.matched(2, term: 1), from: .n3, to: .n1)
    #expect(cluster[.n1].commitIndex == LogIndex(2))
  }

  @Test("A refusal leads back no further than what a follower is known to hold: it is an old one")
  func neverBelowMatch() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("x", at: .n1)
    cluster.settle()
    cluster.heartbeat(.n1)
    cluster.settle()
    #expect(cluster[.n1].leadership?.progress.slots[1].match == LogIndex(2))
    let before = cluster[.n1]
    for hint in [0, 1, 2] as [UInt64] { cluster.hand(.conflict(index: hint, term: 1), from: .n2, to: .n1) }
    #expect(cluster[.n1] == before)
  }

  @Test("An append carries at most so many entries, and the rest follows with each acknowledgement")
  func entryLimit() {
    let log = [UInt64](repeating: 1, count: 10)
    var cluster = TestCluster(nodes: 3, logs: [log, [], log], maxEntriesPerAppend: 3)
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.heartbeat(.n1)
    cluster.drop { $0.to == .n3 }
    var sizes: [Int] = []
    while let message = cluster.inFlight.first(where: { $0.to == .n2 }) {
      if case .appendEntries(let request) = message.message { sizes.append(request.entries.count) }
      cluster.deliver(from: .n1, to: .n2)
      cluster.sync(.n2)
      cluster.deliver(from: .n2, to: .n1)
    }
    // The first finds out where to begin.
    #expect(sizes == [1, 3, 3, 3, 2])
    #expect(cluster.terms(.n2) == log + [2])
  }

  @Test("No further entry joins an append that has reached its limit of bytes")
  func byteLimit() {
    var cluster = TestCluster(nodes: 2)
    cluster.elect(.n1)
    let half = [UInt8](repeating: 7, count: RaftConfiguration.maxBytesPerAppend / 2)
    for _ in 0..<5 { cluster.step(.n1, .propose([half])) }
    cluster.drop()
    cluster.step(.n1, .unreachable(.n2))
    #expect(cluster.heartbeat(.n1).messages.map(\.message.entryCount) == [2])
  }

  @Test("While a probe is unanswered no other is sent, until the timer takes it for lost")
  func oneProbeAtATime() throws {
    var cluster = TestCluster(nodes: 3, logs: [[1]])
    cluster.timeout(.n1)
    cluster.sync(.n1)
    cluster.hand(.vote(term: 2), from: .n2, to: .n1)
    cluster.drop()
    cluster.propose("a", at: .n1)
    #expect(cluster.inFlight.isEmpty)
    #expect(cluster.heartbeat(.n1).messages.map(\.message.entryCount) == [2, 2])
  }

  @Test("Once it knows where their logs agree, a leader sends on without waiting, up to its window of entries")
  func pipelining() {
    var cluster = TestCluster(nodes: 3, maxEntriesPerAppend: 2) { $0.maxInflightEntries = 4 }
    cluster.elect(.n1)
    for number in 0..<7 { cluster.propose("\(number)", at: .n1) }
    #expect(cluster.messages(from: .n1, to: .n2).map(\.entryCount) == [1, 1, 1, 1])
    let first = cluster.hand(.matched(2, term: 1), from: .n2, to: .n1)
    #expect(first.messages.isEmpty, "one free place for three entries: they gather")
    let second = cluster.hand(.matched(3, term: 1), from: .n2, to: .n1)
    #expect(second.messages.map(\.message.entryCount) == [2])
    let third = cluster.hand(.matched(5, term: 1), from: .n2, to: .n1)
    #expect(third.messages.map(\.message.entryCount) == [1])
  }

  @Test("Once the bytes on their way reach the window's, no further append follows")
  func byteWindow() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let half = [UInt8](repeating: 7, count: RaftConfiguration.maxBytesPerAppend / 2)
    for _ in 0..<12 { cluster.step(.n1, .propose([half])) }
    #expect(cluster.messages(from: .n1, to: .n2).count == 8, "4 MiB")
  }

  @Test("What is lost of a pipeline is noticed by the refusal of what follows, and sent again")
  func lostInPipeline() {
    var cluster = TestCluster(nodes: 2)
    cluster.elect(.n1)
    cluster.propose("a", at: .n1)
    cluster.drop()
    cluster.propose("b", at: .n1)
    cluster.settle()
    #expect(cluster[.n2].log == cluster[.n1].log)
  }

  @Test("A pipeline that gets no further for an election timeout is taken for lost")
  func stalledPipeline() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("a", at: .n1)
    cluster.propose("b", at: .n1)
    cluster.drop()
    cluster.pass(.milliseconds(299), at: .n1)
    // Answers to what was sent before the pipeline.
    for peer in [NodeID.n2, .n3] { cluster.hand(.matched(1, term: 1), from: peer, to: .n1) }
    #expect(cluster.heartbeat(.n1).messages.map(\.message.entryCount) == [0, 0], "its answer may be on the way")
    cluster.pass(.milliseconds(1), at: .n1)
    #expect(cluster.heartbeat(.n1).messages.map(\.message.entryCount) == [2, 2])
  }

  @Test("An answer to an older question does not tell that a probe was right")
  func lateAnswer() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 1], [], [1, 1, 1]])
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.hand(.matched(1, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[1].mode == .probe)
    cluster.hand(.matched(3, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[1].mode == .replicate)
  }

  @Test("A refusal into what a follower is known to hold leads back to right behind that")
  func refusalIntoMatch() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 1, 1], [], [1, 1, 1]])
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.hand(.matched(1, term: 2), from: .n2, to: .n1)
    cluster.drop()
    cluster.hand(.conflict(index: 1, conflictTerm: 7, term: 2), from: .n2, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[1].next == LogIndex(2))
    #expect(cluster.messages(from: .n1, to: .n2).map(\.entryCount) == [3])
  }

  @Test(
    "A peer that was silent for an election timeout is sent no entries until it answers, and all that it lacks then")
  func silentPeer() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.pass(.milliseconds(300), at: .n1)
    cluster.hand(.matched(1, term: 1), from: .n2, to: .n1)
    cluster.propose("a", at: .n1)
    #expect(cluster.inFlight.map(\.to) == [.n2])
    #expect(cluster.heartbeat(.n1).messages.map(\.message.entryCount) == [0, 0])
    cluster.drop()
    let answer = cluster.hand(.matched(1, term: 1), from: .n3, to: .n1)
    #expect(answer.messages.map(\.message.entryCount) == [1])
  }

  @Test("A peer that cannot be reached is sent to again only by the timer, from what it is known to hold")
  func unreachablePeer() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.propose("a", at: .n1)
    cluster.drop()
    cluster.step(.n1, .unreachable(.n2))
    #expect(cluster[.n1].leadership?.progress.slots.map(\.mode) == [.replicate, .probe, .replicate])
    cluster.propose("b", at: .n1)
    #expect(cluster.inFlight.map(\.to) == [.n3])
    #expect(cluster.heartbeat(.n1).messages.map(\.message.entryCount) == [2, 0])
  }

  @Test("What an unreachable peer had answered before is believed, and asks for nothing before the next heartbeat")
  func lateAnswers() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    for command in ["a", "b", "c"] { cluster.propose(command, at: .n1) }
    let term = cluster[.n1].term
    let held = cluster[.n2].log.lastIndex
    cluster.drop()
    cluster.step(.n1, .unreachable(.n2))
    for index in [held.next, held.next.next] {
      let answer = AppendEntriesReply(term: term, round: 1, outcome: .matched(index))
      cluster.step(.n1, .message(.appendEntriesReply(answer), from: .n2))
      #expect(cluster.inFlight.isEmpty, "each answer would bring a window of appends, each of them refused")
      #expect(cluster[.n1].leadership?.progress.slots[1].match == index)
    }
    #expect(cluster.heartbeat(.n1).messages.first?.message.entryCount == 1)
  }

  @Test("A leader refuses proposals beyond its limit of uncommitted ones, and others refuse all")
  func uncommittedLimit() {
    var cluster = TestCluster(nodes: 3)
    #expect(cluster.propose("x", at: .n1) == .refused)
    cluster.elect(.n1)
    #expect(cluster.propose("x", at: .n2) == .refused)
    for number in 0..<RaftConfiguration.maxUncommittedEntries {
      guard case .appended = cluster.propose("\(number)", at: .n1) else {
        Issue.record("proposal \(number) was refused")
        return
      }
    }
    #expect(cluster.propose("one more", at: .n1) == .refused)
    cluster.settle()
    #expect(cluster.propose("now", at: .n1) != .refused)
  }

  @Test("Commands proposed together are one change of the log, and one append for each follower")
  func together() throws {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let ready = cluster.step(.n1, .propose([[1], [2], [3]]))
    #expect(ready.proposal == .appended(first: LogPosition(index: LogIndex(2), term: Term(1)), count: 3))
    #expect(ready.entries?.first == LogIndex(2))
    #expect(ready.entries?.entries.map(\.payload) == [.command([1]), .command([2]), .command([3])])
    #expect(ready.messages.map(\.message.entryCount) == [3, 3])
    #expect(ready.messagesAfterSync.map(\.to) == [.n1], "its own acknowledgement of all of them")
    cluster.settle()
    #expect(cluster[.n1].commitIndex == LogIndex(4))
  }

  @Test("Of commands proposed together those are refused that would be more than may be uncommitted")
  func togetherBeyondLimit() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    let most = Int(RaftConfiguration.maxUncommittedEntries)
    cluster.step(.n1, .propose(Array(repeating: [1], count: most - 1)))
    let ready = cluster.step(.n1, .propose([[2], [3]]))
    let end = LogPosition(index: LogIndex(UInt64(most) + 1), term: Term(1))
    #expect(ready.proposal == .appended(first: end, count: 1))
    #expect(cluster[.n1].log.lastIndex == end.index)
    #expect(cluster.step(.n1, .propose([[3]])).proposal == .refused)
  }
}

/// A message of another kind than the test is about.
struct UnexpectedMessage: Error {
  let message: RaftMessage

  init(_ message: RaftMessage) { self.message = message }
}
