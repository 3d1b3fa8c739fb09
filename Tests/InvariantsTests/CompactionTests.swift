import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

/// Leaves the sessions out of snapshots.
private enum ForgetsSessions: SessionRules {
  static func sessionsForSnapshot(_ sessions: SessionTable) -> SessionTable { SessionTable() }
}

@Suite("The properties of Raft Figure 3, where logs have let go of their beginnings")
struct CompactionTests {
  private static let five = ["a", "b", "c", "d", "e"].map { entry($0, term: 1) }

  /// A server that has applied entries of term 1 and let go of all of them.
  private func compacted(
    _ number: UInt8, _ entries: [Entry] = five, rules: RuleSet = .paper
  ) throws -> Server {
    var server = try Server(number, snapshotEntries: entries.count, rules: rules)
    server.follow(2, term: 1, entries)
    #expect(server.replica.status.logStart.index == LogIndex(UInt64(entries.count)))
    return server
  }

  /// One that has seen a server apply entries of term 1, all of which its log still holds.
  private func observer(of entries: [Entry] = five) throws -> Observer {
    var observer = try Observer()
    var two = try Server(2)
    two.follow(1, term: 1, entries)
    observer.see(two)
    return observer
  }

  private func snapshot(_ server: Server) throws -> Snapshot { try #require(server.replica.raft.snapshot) }

  @Test("Whole logs, compacted ones, and those that were installed or recovered break none")
  func good() throws {
    var observer = try observer()
    let one = try compacted(1)
    observer.see(one)
    observer.see(try Server(3, behind: try snapshot(one)))
    observer.see(try Server(1, log: [entry("f", term: 1)], behind: try snapshot(one)))
    var three = try Server(3, behind: try snapshot(one))
    three.lead(voter: 2)
    observer.see(three)
    three.commitAll(with: 2)
    observer.see(three)
    #expect(observer.broken == [])
  }

  @Test("Log Matching: logs that agree from a snapshot on, and not in what it stands for")
  func logMatchingBefore() throws {
    var observer = try Observer()
    observer.see(try Server(1, log: Self.five))
    var other = try snapshot(try compacted(3))
    other.logDigest &+= 1
    observer.see(try Server(3, behind: other))
    #expect(observer.broken.contains(.logMatching))
  }

  @Test("Log Matching: a snapshot that names another term than its last entry's, though the log ends where it did")
  func wrongTerm() throws {
    var observer = try observer()
    let one = try compacted(1)
    observer.see(one)
    var wrong = try snapshot(one)
    wrong.position.term = Term(2)
    observer.see(try Server(1, behind: wrong))
    #expect(observer.broken == [.logMatching])
  }

  @Test("Log Matching: what a snapshot stands for was seen, and a later log is held against it")
  func logMatchingAfter() throws {
    var observer = try observer()
    observer.see(try compacted(1))
    var others = Self.five
    others[2] = entry("x", term: 1)
    observer.see(try Server(2, log: others))
    #expect(observer.broken == [.logMatching])
  }

  @Test("Leader Completeness: what went into the leader's snapshot is not lacking, whoever commits it late")
  func committedInSnapshot() throws {
    var observer = try Observer()
    var two = try Server(2)
    two.follow(1, term: 1, Array(Self.five.prefix(2)))
    observer.see(two)
    var three = try Server(3, behind: try snapshot(try compacted(1)))
    three.lead(voter: 2)
    observer.seeOnlyCompleteness(three)
    #expect(observer.broken == [])
  }

  @Test("Leader Completeness: a leader whose snapshot stands for other entries than those that were committed")
  func otherSnapshot() throws {
    var observer = try observer()
    observer.see(try compacted(1))
    var others = Self.five
    others[2] = entry("x", term: 1)
    var three = try compacted(3, others)
    three.lead(voter: 2)
    observer.seeOnlyCompleteness(three)
    #expect(observer.broken == [.leaderCompleteness])
  }

  @Test("Leader Completeness: a leader whose log ends before what another server has only in a snapshot")
  func lacksSnapshot() throws {
    var observer = try observer()
    observer.see(try compacted(1))
    var three = try Server(3, log: Array(Self.five.prefix(3)))
    three.lead(voter: 2)
    observer.see(three)
    #expect(observer.broken == [.leaderCompleteness])
  }

  @Test("Leader Append-Only: to let go of entries that a snapshot stands for deletes none")
  func leaderCompacts() throws {
    var observer = try observer(of: Self.five + [Entry(term: Term(2), payload: .noOp)])
    var one = try Server(1, log: Self.five, snapshotEntries: 6)
    one.lead(voter: 2)
    observer.see(one)
    one.commitAll(with: 2)
    #expect(one.replica.status.logStart.index == LogIndex(6))
    observer.see(one)
    #expect(observer.broken == [])
  }

  @Test("Leader Append-Only: a compacted leader whose log is another one than before")
  func compactedLeaderChanges() throws {
    var observer = try observer()
    let snapshot = try snapshot(try compacted(1))
    var before = try Server(1, log: [entry("f", term: 1)], behind: snapshot)
    before.lead(voter: 2)
    observer.see(before)
    // The same leader of the same term without the entry that came before its no-op.
    var after = try Server(1, behind: snapshot)
    after.lead(voter: 2)
    observer.see(after)
    #expect(observer.broken.contains(.leaderAppendOnly))
  }

  @Test("State Machine Safety: a snapshot in place of entries that others applied differently")
  func otherEntriesInSnapshot() throws {
    var observer = try observer()
    var others = Self.five
    others[2] = entry("x", term: 2)
    others[3] = entry("x", term: 2)
    others[4] = entry("x", term: 2)
    var three = try Server(3, snapshotEntries: 5)
    three.follow(1, term: 2, others)
    observer.see(three)
    #expect(observer.broken.contains(.stateMachineSafety))
  }

  @Test("State Machine Safety: a server that restarts where it stood, without its sessions")
  func withoutSessions() throws {
    let opening = Command(stamp: .epoch, body: .openSession).encoded()
    let log = [Entry(term: Term(1), payload: .command(opening))]
    var observer = try observer(of: log)
    let one = try compacted(1, log, rules: RuleSet(session: ForgetsSessions.self))
    observer.see(one)
    let restarted = try Server(1, behind: try snapshot(one))
    #expect(restarted.replica.status.appliedIndex == one.replica.status.appliedIndex)
    observer.see(restarted)
    #expect(observer.broken == [.stateMachineSafety])
  }

  @Test("State Machine Safety: a snapshot of what no server has applied")
  func snapshotOfNothing() throws {
    var observer = try Observer()
    observer.see(try Server(1, log: Self.five))
    observer.see(try Server(3, behind: try snapshot(try compacted(1))))
    #expect(observer.broken == [.stateMachineSafety])
  }
}
