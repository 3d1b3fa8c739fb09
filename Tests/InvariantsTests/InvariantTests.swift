import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing

/// Applies every command that comes, retries too.
private enum AppliesRetries: SessionRules {
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition { .apply }
}

/// A server that a test drives by hand into whatever state it likes, good or bad.
private struct Server {
  private(set) var replica: Replica

  /// - Parameter log: what stands on its disk.
  init(_ number: UInt8, of nodes: Int = 3, log: [Entry] = [], rules: RuleSet = .paper) throws {
    let configuration = RaftConfiguration(
      id: NodeID(number), members: NodeID.first(nodes), electionTimeout: .milliseconds(100)...(.milliseconds(200)),
      heartbeatInterval: .milliseconds(20), maxEntriesPerAppend: 10, usesPreVote: false,
      checksQuorum: false, checksItself: false)
    var storage = Storage(rules: rules.storage)
    if let last = log.last {
      let entries = Ready.EntriesToPersist(first: LogIndex(1), entries: log)
      let failure = storage.persist(hardState: HardState(term: last.term, votedFor: nil), entries: entries)
      #expect(failure == nil)
    }
    let file = storage.takeCommands().reduce([UInt8]()) { bytes, command in
      if case .append(_, let added) = command { bytes + added } else { bytes }
    }
    let files = file.isEmpty ? [] : [FileImage(name: "log-1", bytes: file)]
    replica = try Replica(recovering: files, configuration: configuration, rules: rules)
    var commands: [ReplicaCommand] = []
    replica.start(at: LocalInstant(nanoseconds: 0), into: &commands)
  }

  /// Lets something happen, and makes durable what came of it.
  mutating func handle(_ event: ReplicaEvent) {
    var commands: [ReplicaCommand] = []
    let (now, wall) = (LocalInstant(nanoseconds: 0), WallInstant(nanoseconds: 0))
    replica.handle(event, at: now, wall: wall, into: &commands)
    for _ in 0..<3 { replica.handle(.flushed(.done(freeBytes: .max)), at: now, wall: wall, into: &commands) }
  }

  mutating func hear(_ message: RaftMessage, from sender: UInt8) {
    handle(.peerBytes(Wire.encode(message), from: NodeID(sender)))
  }

  /// Becomes leader of the next term by another's vote.
  mutating func lead(voter: UInt8) {
    handle(.timer(.election))
    let term = replica.raft.term
    hear(.requestVoteReply(RequestVoteReply(term: term, isGranted: true)), from: voter)
    #expect(replica.status.role == .leader)
  }

  /// Learns entries from index 1 on, all of them committed.
  mutating func follow(_ leader: UInt8, term: UInt64, _ entries: [Entry]) {
    hear(
      .appendEntries(
        AppendEntries(
          term: Term(term), previous: .zero, commitIndex: LogIndex(UInt64(entries.count)), round: 1, entries: entries)),
      from: leader)
    #expect(replica.status.appliedIndex == LogIndex(UInt64(entries.count)))
  }

  /// Hears that another holds everything, so that it is committed.
  mutating func commitAll(with other: UInt8) {
    let reply = AppendEntriesReply(term: replica.raft.term, round: 1, outcome: .matched(replica.raft.log.lastIndex))
    hear(.appendEntriesReply(reply), from: other)
    #expect(replica.status.commitIndex == replica.raft.log.lastIndex)
  }
}

/// All five properties, each on its own, watching the same run.
private struct Observer {
  private var servers: [Server]
  private var election = ElectionSafety()
  private var append: LeaderAppendOnly
  private var matching: LogMatching
  private var completeness = LeaderCompleteness()
  private var safety: StateMachineSafety
  private var all: RaftInvariants
  /// What is broken so far.
  private(set) var broken: [String] = []

  init(nodes: Int = 3) throws {
    servers = try (1...nodes).map { try Server(UInt8($0), of: nodes) }
    append = LeaderAppendOnly(nodes: nodes)
    matching = LogMatching(nodes: nodes)
    safety = StateMachineSafety(nodes: nodes)
    all = RaftInvariants(nodes: nodes)
  }

  /// Shows a server in its present state.
  mutating func see(_ server: Server) {
    let node = server.replica.raft.id
    servers[node.offset] = server
    var running = NodeSet()
    for server in servers { running.insert(server.replica.raft.id) }
    let view = ClusterView(replicas: servers.map(\.replica), running: running, changed: node)
    let found = [
      Self.name { () throws(InvariantViolation) in try election.check(view) },
      Self.name { () throws(InvariantViolation) in try append.check(view) },
      Self.name { () throws(InvariantViolation) in try matching.check(view) },
      Self.name { () throws(InvariantViolation) in try completeness.check(view) },
      Self.name { () throws(InvariantViolation) in try safety.check(view) },
    ].compactMap { $0 }
    broken += found
    let first = Self.name { () throws(InvariantViolation) in try all.check(view) }
    #expect(first == found.first, "all five together say what the first of them says")
  }

  /// Which property a check finds broken.
  private static func name(of check: () throws(InvariantViolation) -> Void) -> String? {
    do {
      try check()
      return nil
    } catch {
      return error.invariant
    }
  }
}

private func entry(_ text: String, term: UInt64) -> Entry {
  Entry(term: Term(term), payload: .command(Array(text.utf8)))
}

@Suite("The properties of Raft Figure 3")
struct InvariantTests {
  @Test("A cluster that elects, replicates, commits and changes its leader breaks none")
  func good() throws {
    var observer = try Observer()
    var (one, two, three) = (try Server(1), try Server(2), try Server(3))
    one.lead(voter: 2)
    observer.see(one)
    let noOp = Entry(term: Term(1), payload: .noOp)
    two.follow(1, term: 1, [noOp])
    observer.see(two)
    one.commitAll(with: 2)
    observer.see(one)
    two.lead(voter: 3)
    observer.see(two)
    two.commitAll(with: 3)
    observer.see(two)
    let log = [noOp, Entry(term: Term(2), payload: .noOp)]
    three.follow(2, term: 2, log)
    observer.see(three)
    one.follow(2, term: 2, log)
    observer.see(one)
    #expect(observer.broken == [])
  }

  @Test("An entry that was never committed may be replaced, and a restarted server applies anew")
  func goodReplacement() throws {
    var observer = try Observer()
    observer.see(try Server(1, log: [entry("a", term: 1), entry("b", term: 1)]))
    var one = try Server(1, log: [entry("a", term: 1), entry("b", term: 1)])
    one.follow(2, term: 2, [entry("a", term: 1), entry("c", term: 2)])
    observer.see(one)
    one = try Server(1, log: [entry("a", term: 1), entry("c", term: 2)])
    observer.see(one)
    one.follow(2, term: 2, [entry("a", term: 1), entry("c", term: 2)])
    observer.see(one)
    #expect(observer.broken == [])
  }

  @Test("Election Safety: two leaders of one term, though not at the same time")
  func electionSafety() throws {
    var observer = try Observer()
    var (one, two) = (try Server(1), try Server(2))
    one.lead(voter: 3)
    observer.see(one)
    one.hear(.requestVoteReply(RequestVoteReply(term: Term(5), isGranted: false)), from: 3)
    observer.see(one)
    two.lead(voter: 3)
    observer.see(two)
    #expect(observer.broken == ["ElectionSafety"])
  }

  @Test("Leader Append-Only: a leader whose log is another one than before")
  func leaderAppendOnly() throws {
    var observer = try Observer()
    var before = try Server(1, log: [entry("a", term: 1)])
    before.lead(voter: 2)
    observer.see(before)
    // The same leader of the same term without the entry that came before its no-op.
    var after = try Server(1)
    after.hear(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: false)), from: 2)
    after.lead(voter: 2)
    observer.see(after)
    #expect(observer.broken == ["LeaderAppendOnly"])
  }

  @Test("Log Matching: two entries of one index and term differ")
  func logMatchingAtEnd() throws {
    var observer = try Observer()
    observer.see(try Server(1, log: [entry("a", term: 1)]))
    observer.see(try Server(2, log: [entry("b", term: 1)]))
    #expect(observer.broken == ["LogMatching"])
  }

  @Test("Log Matching: entries agree, and what comes before them does not, not even in a log of the past")
  func logMatchingBefore() throws {
    var observer = try Observer()
    let last = entry("x", term: 3)
    observer.see(try Server(1, log: [entry("a", term: 1), last]))
    observer.see(try Server(1))
    observer.see(try Server(2, log: [entry("b", term: 2), last]))
    #expect(observer.broken == ["LogMatching"])
  }

  @Test("Leader Completeness: a leader of a later term lacks what was committed")
  func leaderCompleteness() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    one.lead(voter: 2)
    one.commitAll(with: 2)
    observer.see(one)
    three.handle(.timer(.election))
    three.lead(voter: 2)
    observer.see(three)
    #expect(observer.broken == ["LeaderCompleteness"])
  }

  @Test("Leader Completeness: an earlier term's leader commits what the present one lacks")
  func lateCommit() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    three.handle(.timer(.election))
    three.lead(voter: 2)
    observer.see(three)
    one.lead(voter: 2)
    observer.see(one)
    #expect(observer.broken == [])
    one.commitAll(with: 2)
    observer.see(one)
    #expect(observer.broken == ["LeaderCompleteness"])
  }

  @Test("State Machine Safety: two servers apply different entries at one index")
  func differentEntries() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    one.follow(2, term: 1, [entry("a", term: 1)])
    observer.see(one)
    three.follow(2, term: 2, [entry("b", term: 2)])
    observer.see(three)
    #expect(observer.broken == ["StateMachineSafety"])
  }

  @Test("State Machine Safety: a server that applies further than all others is held against what they applied")
  func differentEntriesAndMore() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    one.follow(2, term: 1, ["a", "b"].map { entry($0, term: 1) })
    observer.see(one)
    three.follow(2, term: 2, ["c", "d", "e"].map { entry($0, term: 2) })
    observer.see(three)
    #expect(observer.broken == ["StateMachineSafety"])
  }

  @Test("State Machine Safety: the same entries make different states")
  func differentStates() throws {
    var observer = try Observer()
    let change = Command.Body.change(.append(key: [1], value: [2]), session: SessionID(1), sequence: .first)
    let retried = [.openSession, change, change].map { body in
      Entry(term: Term(1), payload: .command(Command(stamp: .epoch, body: body).encoded()))
    }
    var one = try Server(1)
    one.follow(2, term: 1, retried)
    observer.see(one)
    var three = try Server(3, rules: RuleSet(session: AppliesRetries.self))
    three.follow(2, term: 1, retried)
    observer.see(three)
    #expect(observer.broken == ["StateMachineSafety"])
  }
}
