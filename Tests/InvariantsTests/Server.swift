import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

/// Applies every command that comes, retries too.
enum AppliesRetries: SessionRules {
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition { .apply }
}

/// A server that a test drives by hand into whatever state it likes, good or bad.
struct Server {
  private(set) var replica: Replica
  /// What its disk holds for good.
  private(set) var files: [FileImage] = []
  /// Whether its disk loses whatever is written from here on.
  var losesWrites = false
  /// What it has sent in its last step.
  private(set) var sent: [(message: RaftMessage, recipient: NodeID)] = []

  /// - Parameters:
  ///   - log: what stands on its disk, after the snapshot if there is one.
  ///   - snapshot: what stands there too.
  ///   - snapshotEntries: after how many entries it takes one.
  ///   - reads: by a lease only if it may promise not to vote.
  ///   - starts: whether it takes its first step.
  init(
    _ number: UInt8, of nodes: Int = 3, log: [Entry] = [], behind snapshot: Snapshot? = nil,
    snapshotEntries: Int = 1_000, reads: ReadMode = .readIndex, usesPreVote: Bool = false,
    rules: RuleSet = .paper, starts: Bool = true
  ) throws {
    let configuration = RaftConfiguration(
      id: NodeID(number), voters: .first(nodes), electionTimeout: .milliseconds(100)...(.milliseconds(200)),
      heartbeatInterval: .milliseconds(20), maxEntriesPerAppend: 10, reads: reads, usesPreVote: usesPreVote,
      checksQuorum: reads == .lease, checksItself: false)
    let cluster = ClusterID(7)
    var storage = Storage(
      of: FileOwner(configuration.id, of: cluster, voters: configuration.voters), rules: rules.storage)
    if let snapshot {
      #expect(storage.save(snapshot, stateBytes: snapshot.bytes.count) == nil)
      storage.write(part: snapshot.bytes[...])
      storage.discardLog(through: snapshot.position.index, lastIndex: snapshot.position.index)
    }
    if let term = log.last?.term ?? snapshot?.position.term {
      let first = snapshot?.position.index.next ?? LogIndex(1)
      let entries = Ready.EntriesToPersist(first: first, entries: log)
      let failure = storage.persist(hardState: HardState(term: term, votedFor: nil), entries: entries)
      #expect(failure == nil)
    }
    let thresholds = SnapshotThresholds(entries: snapshotEntries)
    for lane in FileLane.allCases { Self.carryOut(storage.takeCommands(of: lane), on: &files) }
    replica = try Replica(
      recovering: files, configuration: configuration, of: cluster, snapshots: thresholds, rules: rules)
    guard starts else { return }
    var commands: [ReplicaCommand] = []
    replica.start(at: LocalInstant(nanoseconds: 0), into: &commands)
    write(commands)
  }

  /// Does to files what is asked of a disk.
  static func carryOut(_ commands: [FileCommand], on files: inout [FileImage]) {
    for command in commands {
      switch command {
      case .create(let name):
        files.removeAll { $0.name == name }
        files.append(FileImage(name: name, bytes: []))
      case .append(let name, let added):
        if let place = files.firstIndex(where: { $0.name == name }) { files[place].bytes += added }
      case .truncate(let name, let length):
        if let place = files.firstIndex(where: { $0.name == name }) {
          files[place].bytes = Array(files[place].bytes.prefix(length))
        }
      case .rename(let name, let other):
        files.removeAll { $0.name == other }
        if let place = files.firstIndex(where: { $0.name == name }) { files[place].name = other }
      case .remove(let name): files.removeAll { $0.name == name }
      case .sync, .syncDirectory: break
      }
    }
  }

  /// Lets something happen, and makes durable what came of it.
  mutating func handle(_ event: ReplicaEvent) {
    var commands: [ReplicaCommand] = []
    let (now, wall) = (LocalInstant(nanoseconds: 0), WallInstant(nanoseconds: 0))
    replica.handle(event, at: now, wall: wall, into: &commands)
    for _ in 0..<3 {
      for lane in FileLane.allCases {
        replica.handle(.flushed(lane, .done(freeBytes: .max)), at: now, wall: wall, into: &commands)
      }
    }
    sent = commands.compactMap { command in
      if case .send(let message, let peer) = command { (message, peer) } else { nil }
    }
    write(commands)
  }

  private mutating func write(_ commands: [ReplicaCommand]) {
    guard !losesWrites else { return }
    let asked = commands.compactMap { command in if case .file(let asked, _) = command { asked } else { nil } }
    Self.carryOut(asked, on: &files)
  }

  mutating func hear(_ message: RaftMessage, from sender: UInt8) {
    handle(.peerMessage(message, from: NodeID(sender)))
  }

  /// Becomes leader of the next term by another's vote.
  mutating func lead(voter: UInt8) { lead(voters: [voter]) }

  /// Becomes leader of the next term by others' votes.
  mutating func lead(voters: [UInt8]) {
    handle(.timer(.election))
    let term = replica.raft.term
    for voter in voters { hear(.requestVoteReply(RequestVoteReply(term: term, isGranted: true)), from: voter) }
    #expect(replica.status.role == .leader)
  }

  /// Becomes a candidate of the next term with another's pre-vote.
  mutating func campaign(voter: UInt8) {
    handle(.timer(.election))
    hear(.preVoteReply(PreVoteReply(term: replica.raft.term, isGranted: true, attempt: .first)), from: voter)
    #expect(replica.status.role == .candidate)
  }

  /// Is asked by an operator for other members.
  mutating func change(voters: [UInt8] = [], learners: [UInt8] = [], removed: [UInt8] = []) {
    let change = MemberChange(voters: nodes(voters), learners: nodes(learners), removed: nodes(removed))
    handle(.clientRequest(ClientRequest(sequence: SequenceNumber(1), body: .change(change)), from: ClientID(1)))
  }

  /// Is asked by an operator to hand leadership on.
  mutating func transfer(to target: UInt8) {
    let body = ClientRequest.Body.transfer(to: NodeID(target))
    handle(.clientRequest(ClientRequest(sequence: SequenceNumber(1), body: body), from: ClientID(1)))
  }

  /// Is asked for a session.
  mutating func openSession() {
    handle(.clientRequest(ClientRequest(sequence: SequenceNumber(1), body: .openSession), from: ClientID(1)))
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

/// The five properties of Figure 3, each on its own, and both observers of all properties, watching the same run.
struct Observer {
  private var servers: [Server]
  private var past: ClusterPast
  private var election = ElectionSafety()
  private var append: LeaderAppendOnly
  private var matching: LogMatching
  private var completeness = LeaderCompleteness()
  private var safety: StateMachineSafety
  private var watches: [any ClusterWatch]
  /// What the invariants of Figure 3 have found.
  private(set) var findings: [Finding] = []
  var broken: [Invariant] { findings.compactMap(\.invariant) }
  /// What both observers have found first.
  private(set) var finding: Finding?
  var found: Invariant? { finding?.invariant }

  /// - Parameter reads: by a lease, so that nobody need confirm them, unless given.
  init(nodes: Int = 3, reads: ReadMode = .lease) throws {
    servers = try (1...nodes).map { try Server(UInt8($0), of: nodes) }
    past = ClusterPast(nodes: nodes, voters: .first(nodes), sessions: .standard)
    append = LeaderAppendOnly(nodes: nodes)
    matching = LogMatching(nodes: nodes)
    safety = StateMachineSafety(nodes: nodes)
    watches = [
      ClusterInvariants(nodes: nodes, voters: .first(nodes), sessions: .standard, reads: reads),
      ExhaustiveChecker(nodes: nodes, voters: .first(nodes), sessions: .standard, reads: reads),
    ]
  }

  /// The cluster after a step of a server.
  private mutating func view(after server: Server) -> ClusterView {
    let node = server.replica.raft.id
    servers[node.offset] = server
    var running = NodeSet()
    for server in servers { running.insert(server.replica.raft.id) }
    let clocks = servers.map { _ in LocalInstant(nanoseconds: 0) }
    return ClusterView(replicas: servers.map(\.replica), running: running, changed: node, clocks: clocks)
  }

  /// Shows a server in its present state to Leader Completeness alone.
  mutating func seeOnlyCompleteness(_ server: Server) {
    let view = view(after: server)
    past.note(view)
    note([Self.violation { () throws(InvariantViolation) in try completeness.check(view, knowing: past) }])
  }

  /// Shows a server in its present state, and its disk.
  mutating func see(_ server: Server) {
    let view = view(after: server)
    let files = server.files.map { ($0.name, $0.bytes) }
    if server.replica.status.role == .leader { seeVotes(of: server, in: view) }
    tell { watch throws(InvariantViolation) in try watch.check(crashLeaving: files, in: view) }
    past.note(view)
    let found = [
      Self.violation { () throws(InvariantViolation) in try election.check(view, knowing: past) },
      Self.violation { () throws(InvariantViolation) in try append.check(view, knowing: past) },
      Self.violation { () throws(InvariantViolation) in try matching.check(view, knowing: past) },
      Self.violation { () throws(InvariantViolation) in try completeness.check(view, knowing: past) },
      Self.violation { () throws(InvariantViolation) in try safety.check(view, knowing: past) },
    ].compactMap { $0 }
    let isFirst = self.found == nil
    tell { watch throws(InvariantViolation) in try watch.check(view) }
    if isFirst, let first = found.first { #expect(self.found == first.finding.invariant) }
    note(found)
  }

  /// Shows that the votes have come by which a server leads.
  private mutating func seeVotes(of server: Server, in view: ClusterView) {
    let vote = RaftMessage.requestVoteReply(RequestVoteReply(term: server.replica.raft.term, isGranted: true))
    for voter in server.replica.raft.votes.granted {
      for place in watches.indices { watches[place].noteArrival(of: vote, from: voter, in: view) }
    }
  }

  private mutating func note(_ violations: [InvariantViolation?]) {
    findings += violations.compactMap { $0?.finding }
  }

  /// Shows that a node starts anew.
  mutating func seeStart(of number: UInt8) {
    for place in watches.indices { watches[place].noteStart(of: NodeID(number)) }
  }

  /// Shows a server that starts anew, and then as it stands.
  mutating func seeAnew(_ server: Server) {
    seeStart(of: server.replica.raft.id.number)
    see(server)
  }

  /// Shows a message that leaves a server.
  mutating func see(_ message: RaftMessage, from server: Server, to recipient: UInt8) {
    let view = view(after: server)
    let sent = SentMessage(MessageLabel(message), from: view.changed, to: NodeID(recipient))
    tell { watch throws(InvariantViolation) in try watch.check(sent, in: view) }
  }

  /// Shows that a server answers a client, about the end of its log unless a position is given.
  mutating func seeAnswer(of server: Server, about position: LogPosition? = nil) {
    let view = view(after: server)
    let position = position ?? server.replica.raft.log.lastPosition
    tell { watch throws(InvariantViolation) in try watch.check(answerAbout: position, in: view) }
  }

  /// Shows that a server took note of another one's message: an answer of a peer's, or anything else.
  mutating func seeArrival(of message: RaftMessage, from sender: UInt8, at server: Server) {
    let view = view(after: server)
    tell { watch throws(InvariantViolation) in
      switch message.kind {
      case .appendEntriesReply, .installSnapshotReply: try watch.check(creditOf: NodeID(sender), in: view)
      default: watch.noteArrival(of: message, from: NodeID(sender), in: view)
      }
    }
  }

  /// Shows that a client begins an operation.
  mutating func seeCall(by client: Int) {
    for place in watches.indices { watches[place].noteCall(by: client) }
  }

  /// Shows that a client's operation returns.
  mutating func seeReturn(to client: Int, isRead: Bool, upTo index: UInt64, from node: UInt8) {
    tell { watch throws(InvariantViolation) in
      try watch.check(returnTo: client, isRead: isRead, upTo: LogIndex(index), from: NodeID(node))
    }
  }

  /// Shows a crash that leaves these files.
  mutating func seeCrash(of server: Server, leaving files: [FileImage]) {
    let view = view(after: server)
    tell { watch throws(InvariantViolation) in
      try watch.check(crashLeaving: files.map { ($0.name, $0.bytes) }, in: view)
    }
  }

  /// Shows a sync that leaves these files.
  mutating func seeSync(of file: String, leaving files: [FileImage], at server: Server) {
    let view = view(after: server)
    tell { watch throws(InvariantViolation) in
      let bytes = files.first { $0.name == file }?.bytes
      try watch.check(syncOf: file, bytes: bytes, in: view) { files.map { ($0.name, $0.bytes) } }
    }
  }

  /// Shows that a file is removed.
  mutating func seeRemoval(of name: String, from files: [FileImage], at server: Server) {
    let view = view(after: server)
    tell { watch throws(InvariantViolation) in
      try watch.check(removalOf: name, as: 0, isDamaged: false, in: view) { changes in
        files.filter { changes == 0 || $0.name != name }.map { ($0.name, $0.bytes) }
      }
    }
  }

  /// Shows that a server has read these files.
  mutating func seeRecovery(of server: Server, from files: [FileImage]) {
    let view = view(after: server)
    // Those who look at what has changed are to read them anew.
    tell { watch throws(InvariantViolation) in
      try watch.check(recoveryIn: view, isKnown: false, isDamaged: true) { files.map { ($0.name, $0.bytes) } }
    }
  }

  /// Shows that nothing is under way on a server's disk, which has so many files.
  mutating func seeRest(of server: Server, with files: Int) {
    let view = view(after: server)
    tell { watch throws(InvariantViolation) in try watch.check(restWith: files, in: view) }
  }

  /// Tells both observers, who must say the same; once they have found something they are left alone.
  private mutating func tell(_ look: (inout any ClusterWatch) throws(InvariantViolation) -> Void) {
    guard found == nil else { return }
    let violations = watches.indices.map { place in
      Self.violation { () throws(InvariantViolation) in try look(&watches[place]) }
    }
    #expect(violations[0] == violations[1], "whoever looks at what has changed finds what there is")
    finding = violations[0]?.finding
  }

  /// What a check finds broken.
  private static func violation(by check: () throws(InvariantViolation) -> Void) -> InvariantViolation? {
    do {
      try check()
      return nil
    } catch {
      return error
    }
  }
}

func nodes(_ numbers: [UInt8]) -> NodeSet { NodeSet(numbers.map { NodeID($0) }) }

/// What brings a configuration.
func configuration(_ members: Members, term: UInt64 = 1) -> Entry {
  Entry(term: Term(term), payload: .configuration(members))
}

func noOp(term: UInt64) -> Entry { Entry(term: Term(term), payload: .noOp) }

func entry(_ text: String, term: UInt64) -> Entry {
  Entry(term: Term(term), payload: .command(Array(text.utf8)))
}

extension Finding {
  /// The invariant that it breaks.
  var invariant: Invariant? { if case .invariant(let invariant) = signature { invariant } else { nil } }
}

extension CampaignAttempt {
  /// That of a server that has started once, and asks for the first time.
  static let first = CampaignAttempt(starts: 1, number: 1)
}
