import Determinism
import Raft
import Testing

/// Ongaro & Ousterhout 2014 (extended version), Figure 13, and §7.
@Suite("Figure 13 of the paper: InstallSnapshot")
struct SnapshotFigureTests {
  private let entries = (1...4).map { Entry.old(term: 1, index: $0) }
  private var size: UInt64 { UInt64(TestState.encode(entries).count) }

  @Test("Receiver 1: reply immediately if term < currentTerm")
  func stale() {
    var cluster = TestCluster(nodes: 3, terms: [0, 5])
    let before = cluster[.n2]
    let ready = cluster.hand(.install(entries, term: 4), from: .n1, to: .n2)
    #expect(ready.allMessages == [.received(0, of: (4, 1), term: 5, round: 0)])
    #expect(cluster[.n2] == before)
  }

  @Test("Receiver 2, 3, 4: a new file for the first piece, data written at its offset, a reply and a wait for more")
  func pieces() {
    var cluster = TestCluster(nodes: 3)
    let first = cluster.hand(.install(entries, term: 1, to: 10), from: .n1, to: .n2)
    #expect(first.allMessages == [.received(10, of: (4, 1), term: 1)] && first.snapshot == nil)
    let gap = cluster.hand(.install(entries, term: 1, from: 20, to: 30), from: .n1, to: .n2)
    #expect(gap.allMessages == [.received(10, of: (4, 1), term: 1)], "nothing comes before its turn")
    let again = cluster.hand(.install(entries, term: 1, to: 10), from: .n1, to: .n2)
    #expect(again.allMessages == [.received(10, of: (4, 1), term: 1)], "or twice")
    let early = cluster.hand(.install(entries, term: 1, from: 20), from: .n1, to: .n2)
    #expect(early.snapshot == nil, "the last piece alone is no snapshot")
    let last = cluster.hand(.install(entries, term: 1, from: 10), from: .n1, to: .n2)
    #expect(last.arrived?.position == LogPosition(index: LogIndex(4), term: Term(1)))
    #expect(last.snapshot == nil && cluster[.n2].commitIndex == .zero, "before it is saved it counts for nothing")
    cluster.sync(.n2)
    #expect(cluster.hosts[1].applied == entries)
  }

  @Test("Receiver 5: save the snapshot, discard any existing or partial one with a smaller index")
  func replaces() {
    var cluster = TestCluster(nodes: 3)
    let shorter = Array(entries[..<2])
    cluster.hand(.install(shorter, term: 1, to: 10), from: .n1, to: .n2)
    cluster.hand(.install(entries, term: 1, to: 10), from: .n1, to: .n2)
    let old = cluster.hand(.install(shorter, term: 1, from: 10), from: .n1, to: .n2)
    #expect(old.allMessages == [.received(0, of: (2, 1), term: 1)] && old.snapshot == nil)
    let new = cluster.hand(.install(entries, term: 1, from: 10), from: .n1, to: .n2)
    #expect(new.arrived?.position.index == LogIndex(4))
    #expect(new.allMessages == [.received(size, of: (4, 1), term: 1)], "the answer waits until it is saved")
    let other = cluster.hand(.install(entries + entries, term: 1, to: 10), from: .n1, to: .n2)
    #expect(other.allMessages == [.received(0, of: (8, 1), term: 1)], "one at a time")
    let saved = cluster.installArrived(.n2)
    #expect(saved.snapshot == new.arrived && saved.messages.isEmpty)
    #expect(saved.messagesAfterSync.map(\.message) == [.installed((4, 1), term: 1, round: 0)])
  }

  @Test("Receiver 6: if the log has the snapshot's last entry, retain the entries following it and reply")
  func retains() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 1, 1, 1, 1]])
    let ready = cluster.handWhole(.install(entries, term: 1), from: .n1, to: .n2)
    #expect(cluster[.n2].log.start.index == LogIndex(4) && cluster[.n2].log.lastIndex == LogIndex(6))
    #expect(ready.entries?.first == LogIndex(5) && ready.entries?.entries.count == 2, "on the disk too")
    #expect(cluster.terms(.n2) == [1, 1, 1, 1, 1, 1])
  }

  @Test("Receiver 7: discard the entire log")
  func discards() {
    var cluster = TestCluster(nodes: 3, logs: [[], [1, 1, 2, 2, 2, 2]])
    let ready = cluster.handWhole(.install(entries, term: 3), from: .n1, to: .n2)
    #expect(cluster[.n2].log.lastPosition == LogPosition(index: LogIndex(4), term: Term(1)))
    #expect(ready.entries == Ready.EntriesToPersist(first: LogIndex(5), entries: []), "on the disk too")
  }

  @Test("Receiver 8: reset the state machine using the snapshot's contents")
  func resets() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1, [entries[0]], commit: 1), from: .n1, to: .n2)
    let ready = cluster.handWhole(.install(entries, term: 1), from: .n1, to: .n2)
    #expect(ready.committed == nil, "the snapshot stands for all that it holds")
    #expect(cluster[.n2].commitIndex == LogIndex(4) && cluster.hosts[1].applied == entries)
    cluster.sync(.n2)
    cluster.crash(.n2)
    cluster.restart(.n2)
    #expect(cluster[.n2].commitIndex == LogIndex(4) && cluster.hosts[1].applied == entries)
  }

  @Test("§7: a snapshot that describes a prefix of the log brings nothing and takes nothing away")
  func oldSnapshot() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.append(term: 1, entries, commit: 3), from: .n1, to: .n2)
    let ready = cluster.hand(.install(Array(entries[..<2]), term: 1), from: .n1, to: .n2)
    #expect(ready.snapshot == nil && ready.allMessages == [.installed((2, 1), term: 1)])
    #expect(cluster[.n2].commitIndex == LogIndex(3) && cluster[.n2].log.lastIndex == LogIndex(4))
  }

  @Test("A log that catches up while a leader's snapshot is saved takes nothing from that, and is compacted by it")
  func overtaken() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.install(Array(entries[..<2]), term: 1), from: .n1, to: .n2)
    cluster.hand(.append(term: 1, entries, commit: 3), from: .n1, to: .n2)
    let ready = cluster.installArrived(.n2)
    #expect(ready.snapshot == nil && ready.compactedThrough == LogIndex(2))
    #expect(cluster[.n2].commitIndex == LogIndex(3) && cluster[.n2].log.lastIndex == LogIndex(4))
  }

  @Test("A candidate asks for no more votes once a leader's snapshot is saved that its log does not hold")
  func candidate() {
    var cluster = TestCluster(nodes: 3)
    cluster.hand(.install(entries, term: 1), from: .n1, to: .n2)
    cluster.timeout(.n2)
    #expect(cluster[.n2].role == .candidate)
    cluster.installArrived(.n2)
    #expect(cluster[.n2].role == .follower && cluster[.n2].commitIndex == LogIndex(4))
    cluster.crash(.n2)
    cluster.restart(.n2)
    #expect(cluster[.n2].log.lastIndex == LogIndex(4), "as a restart would")
  }

  @Test("§7: a server compacts only what is committed, and keeps what trails")
  func compaction() throws {
    var cluster = TestCluster(nodes: 3) { $0.trailingEntries = 1 }
    cluster.hand(.append(term: 1, entries, commit: 3), from: .n1, to: .n2)
    let snapshot = try #require(cluster[.n2].describeSnapshot(at: LogIndex(3), bytes: []))
    var early = snapshot
    early.position.index = LogIndex(4)
    #expect(cluster.step(.n2, .snapshotDurable(early)).compactedThrough == nil)
    #expect(cluster.step(.n2, .snapshotDurable(snapshot)).compactedThrough == LogIndex(2))
    #expect(cluster[.n2].log.start.index == LogIndex(2) && cluster[.n2].snapshot == snapshot)
    #expect(cluster.step(.n2, .snapshotDurable(snapshot)).compactedThrough == nil, "once")
  }

  @Test("A snapshot larger than the limit is neither taken nor sent")
  func limit() {
    var cluster = TestCluster(nodes: 3)
    let position = LogPosition(index: LogIndex(4), term: Term(1))
    let request = InstallSnapshot(
      term: Term(1), round: 1, position: position, members: LoggedMembers(beginningWith: .first(3)),
      logDigest: 0,
      size: UInt64(RaftConfiguration.maxSnapshotBytes) + 1, offset: 0, bytes: [1], isDone: false)
    let ready = cluster.hand(.installSnapshot(request), from: .n1, to: .n2)
    #expect(ready.allMessages == [.received(0, of: (4, 1), term: 1)])
  }

  @Test("§7: the leader sends InstallSnapshot when it has discarded the next entry that it needs to send")
  func sends() {
    var cluster = TestCluster(nodes: 3) { $0.maxSnapshotChunkBytes = 20 }
    cluster.elect(.n1, by: [.n1, .n2])
    cluster.propose("x", at: .n1)
    cluster.settle(among: [.n1, .n2])
    cluster.compact(.n1)
    cluster.heartbeat(.n1)
    guard case .installSnapshot(let piece)? = cluster.messages(from: .n1, to: .n3).last else {
      Issue.record("the log is gone")
      return
    }
    #expect(piece.offset == 0 && piece.bytes.count == 20 && !piece.isDone)
    #expect(piece.members == LoggedMembers(beginningWith: .first(3)))
    cluster.settle()
    #expect(cluster.hosts[2].applied == cluster.hosts[0].applied && cluster.hosts[2].installedSnapshots == 1)
  }

  @Test("An acknowledgement is about the snapshot that was sent, whatever newer one there is")
  func acknowledgesWhatWasSent() {
    var cluster = TestCluster(nodes: 3)
    cluster.elect(.n1, by: [.n1, .n2])
    cluster.compact(.n1)
    cluster.heartbeat(.n1)
    #expect(cluster[.n1].leadership?.progress.slots[2].transfer?.snapshot.position.index == LogIndex(1))
    cluster.propose("x", at: .n1)
    cluster.settle(among: [.n1, .n2])
    // For long nothing comes from it, so that the entries behind its snapshot go.
    cluster.pass(.milliseconds(300), at: .n1)
    cluster.compact(.n1)
    cluster.hand(.installed((1, 1), term: 1), from: .n3, to: .n1)
    #expect(cluster[.n1].leadership?.progress.slots[2].match == LogIndex(1))
    #expect(
      cluster[.n1].leadership?.progress.slots[2].transfer?.snapshot.position.index == LogIndex(2),
      "and the next is sent")
  }
}
