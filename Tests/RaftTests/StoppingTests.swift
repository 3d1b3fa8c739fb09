import Determinism
import Raft
import Testing

/// Cuts even what is committed.
private enum AlwaysTruncates: RaftRules {
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous.next }
}

/// Takes any append, whatever its previous entry.
private enum TakesAnyAppend: RaftRules {
  static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement { .matches }
}

/// Cuts the log one entry too early.
private enum TruncatesBefore: RaftRules {
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous }
}

/// Lets go of the whole log, also of what is behind the snapshot.
private enum CompactsEverything: RaftRules {
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex { lastIndex }
}

@Suite("A node that sees safety broken stops, and says why")
struct StoppingTests {
  /// Checks that a node has stopped for this reason and that nothing moves it any more.
  private func expectStopped(_ cluster: inout TestCluster, _ id: NodeID, _ reason: StopReason) {
    #expect(cluster[id].stopReason == reason)
    let stopped = cluster[id]
    let events: [RaftEvent] = [
      .timer(.election), .timer(.heartbeat), .propose([[1]]), .read(ReadID(1)),
      .message(.append(term: 99, [.old(term: 99, index: 1)], commit: 1), from: .n3),
      .message(.requestVote(term: 99, last: (99, 99)), from: .n3),
    ]
    for event in events {
      let ready = cluster.step(id, event)
      #expect(ready.stopped == reason)
      #expect(ready.allMessages.isEmpty && ready.hardState == nil && ready.entries == nil && ready.timers.isEmpty)
    }
    #expect(cluster[id] == stopped)
  }

  @Test("A leader hears another leader of its term")
  func twoLeadersAtLeader() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.hand(.append(term: 1), from: .n2, to: .n1)
    expectStopped(&cluster, .n1, .twoLeaders(Term(1), .n1, .n2))
  }

  @Test("A follower hears two leaders of one term")
  func twoLeadersAtFollower() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1), from: .n1, to: .n2)
    cluster.hand(.append(term: 1), from: .n3, to: .n2)
    expectStopped(&cluster, .n2, .twoLeaders(Term(1), .n1, .n3))
  }

  @Test("A wrong rule that lets go of everything leaves what is still to be applied")
  func compactsEverything() throws {
    var cluster = TestCluster(nodes: 3, rules: CompactsEverything.self)
    let entries: [Entry] = [.old(term: 1, index: 1), .old(term: 1, index: 2), .old(term: 1, index: 3)]
    cluster.hand(.append(term: 1, entries, commit: 2), from: .n1, to: .n2)
    let snapshot = try #require(cluster[.n2].describeSnapshot(at: LogIndex(1), bytes: []))
    cluster.step(.n2, .snapshotDurable(snapshot))
    #expect(cluster[.n2].log.start.index == LogIndex(2))
    cluster.hand(.append(term: 1, previous: (3, 1), commit: 3), from: .n1, to: .n2)
    #expect(cluster.hosts[1].applied == entries)
  }

  @Test("A leader asks to replace what is committed")
  func committedEntryReplaced() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1, [.old(term: 1, index: 1)], commit: 1), from: .n1, to: .n2)
    cluster.hand(.append(term: 2, [.old(term: 2, index: 1)]), from: .n3, to: .n2)
    expectStopped(&cluster, .n2, .committedEntryReplaced(LogIndex(1)))
  }

  @Test("A wrong rule cuts what is committed")
  func committedEntryCut() {
    var cluster = TestCluster(nodes: 3, rules: AlwaysTruncates.self)
    cluster.hand(.append(term: 1, [.old(term: 1, index: 1)], commit: 1), from: .n1, to: .n2)
    cluster.hand(.append(term: 1), from: .n1, to: .n2)
    expectStopped(&cluster, .n2, .committedEntryReplaced(LogIndex(1)))
  }

  @Test("A peer acknowledges what was never sent")
  func acknowledgedBeyondLog() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1)
    cluster.hand(.matched(2, term: 1), from: .n2, to: .n1)
    expectStopped(&cluster, .n1, .acknowledgedBeyondLog(.n2, LogIndex(2)))
  }

  @Test("A wrong rule leaves a gap in the log", arguments: [5, UInt64.max - 1, .max])
  func gap(previous: UInt64) {
    var cluster = TestCluster(nodes: 3, rules: TakesAnyAppend.self)
    cluster.hand(.append(term: 1, previous: (previous, 1), [.old(term: 1, index: 6)]), from: .n1, to: .n2)
    expectStopped(&cluster, .n2, .gapInLog(after: .zero, before: LogIndex(previous)))
  }

  @Test("A wrong rule cuts into what comes before the leader's entries")
  func cutTooEarly() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1]], rules: TruncatesBefore.self)
    cluster.hand(.append(term: 1, [.old(term: 1, index: 1)]), from: .n1, to: .n2)
    #expect(cluster[.n2].stopReason == nil, "there is nothing before the first entry")
    cluster.hand(.append(term: 1, previous: (2, 1), [.old(term: 1, index: 3)]), from: .n1, to: .n2)
    expectStopped(&cluster, .n2, .gapInLog(after: LogIndex(1), before: LogIndex(2)))
  }

  @Test("A node in the last term there is does not campaign in a later one", arguments: [true, false])
  func lastTerm(checksItself: Bool) {
    var cluster = TestCluster(nodes: 3, checksItself: checksItself)
    cluster.hand(.vote(term: .max, granted: false), from: .n2, to: .n1)
    cluster.timeout(.n1)
    #expect(cluster[.n1].role == .follower && cluster[.n1].term == Term(.max))
    if checksItself { expectStopped(&cluster, .n1, .termsExhausted) }
  }

  @Test("A node that is told not to check itself goes on")
  func unchecked() {
    var cluster = TestCluster(nodes: 3, checksItself: false)
    cluster.hand(.append(term: 1, [.old(term: 1, index: 1)], commit: 1), from: .n1, to: .n2)
    let ready = cluster.hand(.append(term: 2, [.old(term: 2, index: 1)]), from: .n3, to: .n2)
    #expect(ready.stopped == nil && cluster.terms(.n2) == [2])
    cluster.elect(.n1, by: [.n1, .n3])
    cluster.hand(.append(term: cluster[.n1].term.rawValue), from: .n3, to: .n1)
    cluster.hand(.matched(99, term: cluster[.n1].term.rawValue), from: .n2, to: .n1)
    #expect(cluster[.n1].stopReason == nil)
  }
}

@Suite("A node as a value")
struct NodeValueTests {
  @Test("Equality and digest leave the rules out")
  func rules() {
    let paper = TestCluster(nodes: 3, logs: [[1, 2]])[.n1]
    let wrong = TestCluster(nodes: 3, logs: [[1, 2]], rules: AlwaysTruncates.self)[.n1]
    #expect(paper == wrong)
    #expect(paper.digest == wrong.digest)
  }

  @Test("Nodes that differ in what counts have other digests")
  func digest() {
    var cluster = TestCluster(nodes: 3, logs: [[1, 2]])
    var seen = [cluster[.n1].digest]
    func expectNew(_ what: Comment) {
      #expect(!seen.contains(cluster[.n1].digest), what)
      seen.append(cluster[.n1].digest)
    }
    #expect(cluster[.n2].digest != cluster[.n3].digest, "name")
    cluster.hand(.vote(term: 3, granted: false), from: .n2, to: .n1)
    expectNew("term")
    cluster.hand(.requestVote(term: 3, last: (9, 2)), from: .n2, to: .n1)
    expectNew("vote")
    cluster.hand(.append(term: 3), from: .n2, to: .n1)
    expectNew("leader")
    cluster.hand(.append(term: 3, previous: (2, 2), [.old(term: 3, index: 3)]), from: .n2, to: .n1)
    expectNew("log")
    cluster.hand(.append(term: 3, previous: (3, 3), commit: 2), from: .n2, to: .n1)
    expectNew("commit index")
  }

  @Test("A copy of a node is independent of the original")
  func copies() {
    var cluster = TestCluster(nodes: 3)
    let before = cluster
    cluster.elect(.n1)
    #expect(before[.n1].role == .follower && before[.n1] != cluster[.n1])
  }
}
