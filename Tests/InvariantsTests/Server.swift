import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing

/// Applies every command that comes, retries too.
enum AppliesRetries: SessionRules {
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition { .apply }
}

/// A server that a test drives by hand into whatever state it likes, good or bad.
struct Server {
  private(set) var replica: Replica

  /// - Parameters:
  ///   - log: what stands on its disk, after the snapshot if there is one.
  ///   - snapshot: what stands there too.
  ///   - snapshotEntries: after how many entries it takes one.
  init(
    _ number: UInt8, of nodes: Int = 3, log: [Entry] = [], behind snapshot: Snapshot? = nil,
    snapshotEntries: Int = 1_000, rules: RuleSet = .paper
  ) throws {
    let configuration = RaftConfiguration(
      id: NodeID(number), members: NodeID.first(nodes), electionTimeout: .milliseconds(100)...(.milliseconds(200)),
      heartbeatInterval: .milliseconds(20), maxEntriesPerAppend: 10, usesPreVote: false, checksQuorum: false,
      checksItself: false)
    var storage = Storage(rules: rules.storage)
    if let snapshot { #expect(storage.install(snapshot, lastIndex: snapshot.position.index) == nil) }
    if let term = log.last?.term ?? snapshot?.position.term {
      let first = snapshot?.position.index.next ?? LogIndex(1)
      let entries = Ready.EntriesToPersist(first: first, entries: log)
      let failure = storage.persist(hardState: HardState(term: term, votedFor: nil), entries: entries)
      #expect(failure == nil)
    }
    let thresholds = SnapshotThresholds(entries: snapshotEntries)
    replica = try Replica(
      recovering: Self.files(storage.takeCommands()), configuration: configuration, snapshots: thresholds, rules: rules)
    var commands: [ReplicaCommand] = []
    replica.start(at: LocalInstant(nanoseconds: 0), into: &commands)
  }

  /// What a disk holds that has done all this.
  private static func files(_ commands: [FileCommand]) -> [FileImage] {
    var files: [FileImage] = []
    for command in commands {
      switch command {
      case .append(let name, let added):
        let before = files.first { $0.name == name }?.bytes ?? []
        files.removeAll { $0.name == name }
        files.append(FileImage(name: name, bytes: before + added))
      case .rename(let name, let other):
        files = files.map { FileImage(name: $0.name == name ? other : $0.name, bytes: $0.bytes) }
      default: break
      }
    }
    return files
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
struct Observer {
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

  /// The cluster after a step of a server.
  private mutating func view(after server: Server) -> ClusterView {
    let node = server.replica.raft.id
    servers[node.offset] = server
    var running = NodeSet()
    for server in servers { running.insert(server.replica.raft.id) }
    return ClusterView(replicas: servers.map(\.replica), running: running, changed: node)
  }

  /// Shows a server in its present state to Leader Completeness alone.
  mutating func seeOnlyCompleteness(_ server: Server) {
    let view = view(after: server)
    if let name = Self.name(of: { () throws(InvariantViolation) in try completeness.check(view) }) {
      broken.append(name)
    }
  }

  /// Shows a server in its present state.
  mutating func see(_ server: Server) {
    let view = view(after: server)
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

func entry(_ text: String, term: UInt64) -> Entry {
  Entry(term: Term(term), payload: .command(Array(text.utf8)))
}
