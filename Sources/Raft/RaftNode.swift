import Determinism

/// The part that a node plays in its term (Raft §5.1).
@frozen
public enum Role: UInt8, Hashable, Sendable {
  case follower
  case candidate
  case leader
  /// Asks whether it could win before it becomes a candidate (Ongaro 2014 §9.6).
  case preCandidate

  /// As the papers and the field call it.
  package var name: String {
    switch self {
    case .follower: "follower"
    case .candidate: "candidate"
    case .leader: "leader"
    case .preCandidate: "pre-candidate"
    }
  }
}

/// One server's consensus module as a pure value (Ongaro & Ousterhout 2014, extended version).
///
/// It owns neither clock nor dice nor disk: it takes an event and fills a `Ready`. It stops rather than traps when it
/// sees that safety is broken.
package struct RaftNode: Sendable {
  package let configuration: RaftConfiguration
  /// The decisions on which safety rests.
  package let rules: any RaftRules.Type
  /// What this node must not forget.
  package internal(set) var hardState: HardState
  package internal(set) var log: RaftLog
  /// The newest snapshot that survives a crash, or will before anything later does; every entry before the log's first is
  /// in it.
  package internal(set) var snapshot: Snapshot? {
    didSet { summary.snapshotIndex = snapshot?.position.index ?? .zero }
  }
  /// The configuration in force.
  package internal(set) var inForce: LoggedMembers
  /// The latest in the log, as far as the rules say.
  var latestMembers: LoggedMembers
  /// The highest index known to be committed.
  package internal(set) var commitIndex: LogIndex
  package internal(set) var role = Role.follower
  /// The leader of this term, once it has been heard.
  package internal(set) var leader: NodeID?
  /// Whether the host's disk takes writes, as far as the host has said.
  package internal(set) var canWrite = true
  /// Set once the node has stopped for good.
  package internal(set) var stopReason: StopReason?

  /// What follows from all of this.
  package internal(set) var summary = RaftSummary()

  /// Of this node's latest leadership since it started, in force or not. Once it has ended, only wrong rules ask for it.
  package internal(set) var lastLeadership: Leadership?
  /// What operators have asked of this leader; of a former one it says nothing.
  package internal(set) var requests = OperatorRequests()
  /// The rest of what only wrong rules ask for.
  var forWrongRules = ForWrongRules()
  /// The highest index whose entry was handed to the state machine, by itself or in a snapshot.
  var handedOut: LogIndex
  /// The votes of this campaign, and which attempt it is.
  package internal(set) var votes = VoteCount()
  var attempt = CampaignAttempt(starts: 0, number: 0)
  /// The term in which this node's leader last told it to campaign.
  var orderedIn: Term?
  /// When a leader was last heard: for a while this node votes for nobody then.
  var heardLeaderAt: LocalInstant?
  /// The pieces of a leader's snapshot that have arrived.
  package internal(set) var incoming: Snapshot?
  /// A leader's snapshot that has arrived whole and is on its way to the disk. Before it is durable it counts for nothing.
  var arrived: Snapshot?
  /// The reads that this follower has asked its leader about.
  var forwardedReads: [ForwardedRead] = []
  /// The first index whose entry changed during this step.
  var firstChanged: LogIndex?
  /// The clock's reading at this step.
  var now = LocalInstant(nanoseconds: 0)

  /// A node that starts, for the first time or again, with what its disk holds.
  ///
  /// - Parameter entries: those behind the snapshot.
  package init(
    _ configuration: RaftConfiguration, recovering hardState: HardState = .initial, snapshot: Snapshot? = nil,
    entries: [Entry] = [], rules: any RaftRules.Type = PaperRaftRules.self
  ) {
    self.configuration = configuration
    self.rules = rules
    self.hardState = hardState
    self.snapshot = snapshot
    let base = snapshot?.members ?? LoggedMembers(beginningWith: configuration.voters)
    log = RaftLog(entries, after: snapshot?.position ?? .zero, digest: snapshot?.logDigest ?? 0, members: base)
    latestMembers = rules.members(atStart: log.latestMembers, base: base)
    inForce = latestMembers
    // What a snapshot stands for was committed.
    commitIndex = log.start.index
    handedOut = log.start.index
    summary.snapshotIndex = log.start.index
    enterMembers()
  }

  /// The end of a leader's snapshot that is on its way to the disk.
  package var arrivedPosition: LogPosition? { arrived?.position }

  /// This node's name.
  package var id: NodeID { configuration.id }
  /// The current term.
  package var term: Term { hardState.term }
  /// Set while this node leads.
  package var leadership: Leadership? { role == .leader ? lastLeadership : nil }
  /// How many of which servers must agree. Inlined, for a call would copy the node.
  @inline(__always)
  var electorate: Electorate { Electorate(members, rules) }

  /// Counts one more start and sets the first timer. Called once, before any event.
  package mutating func start(at now: LocalInstant, into ready: inout Ready) {
    ready.removeAll()
    self.now = now
    hardState.starts &+= 1
    attempt = CampaignAttempt(starts: hardState.starts, number: 0)
    ready.hardState = rules.hardStateToPersist(hardState)
    heardLeaderAt = rules.heardLeader(atStart: now, starts: hardState.starts)
    setElectionTimer(into: &ready)
    sumUp()
  }

  /// Lets one event happen.
  ///
  /// - Parameters:
  ///   - now: this node's monotonic clock. Promises and leases are kept by it.
  ///   - ready: overwritten with what the host must do.
  package mutating func step(_ event: RaftEvent, at now: LocalInstant, into ready: inout Ready) {
    ready.removeAll()
    guard stopReason == nil else {
      ready.stopped = stopReason
      return
    }
    self.now = now
    let before = hardState
    switch event {
    case .message(let message, let sender): receive(message, from: sender, into: &ready)
    case .timer(.election): electionTimeout(into: &ready)
    case .timer(.heartbeat): heartbeatTimeout(into: &ready)
    case .propose(let commands): propose(commands, into: &ready)
    case .change(let change): begin(change, into: &ready)
    case .transfer(let target): beginTransfer(to: target, into: &ready)
    case .stepDown: stepDown(into: &ready)
    case .read(let id): beginRead(id, into: &ready)
    case .snapshotDurable(let snapshot): noteDurable(snapshot, into: &ready)
    case .unreachable(let peer): unreachable(peer)
    case .disk(let canWrite): noteDisk(canWrite: canWrite, into: &ready)
    }
    if hardState != before { ready.hardState = rules.hardStateToPersist(hardState) }
    if let first = firstChanged {
      ready.entries = Ready.EntriesToPersist(first: first, entries: log.entries(from: first))
      firstChanged = nil
    }
    ready.stopped = stopReason
    sumUp()
  }

  private mutating func receive(_ message: RaftMessage, from sender: NodeID, into ready: inout Ready) {
    // It may be a stranger, for a server learns of others later than these of it.
    guard sender.number <= NodeSet.maxNodes else { return }
    // Not asked of every message, for the call copies the node.
    if message.kind == .preVote || message.kind == .requestVote, ignores(message) { return }
    let standing = rules.standing(of: message.kind, term: message.term, current: term)
    if standing == .newer { becomeFollower(in: message.term, into: &ready) }
    let isCurrent = standing != .stale
    switch message {
    case .requestVote(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .preVote(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .appendEntries(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .installSnapshot(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .readIndex(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .requestVoteReply(let reply): if isCurrent { handle(reply, from: sender, into: &ready) }
    case .preVoteReply(let reply): if isCurrent { handle(reply, from: sender, into: &ready) }
    // What a leader may believe of its followers has a rule of its own.
    case .appendEntriesReply(let reply): handle(reply, from: sender, into: &ready)
    case .installSnapshotReply(let reply): handle(reply, from: sender, into: &ready)
    case .readIndexReply(let reply): if isCurrent { handle(reply, into: &ready) }
    case .timeoutNow(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    }
  }

  /// Enters a term, or stays in it, as a follower.
  mutating func becomeFollower(in term: Term, into ready: inout Ready) {
    if term != hardState.term {
      forWrongRules.votedAt = nil
      incoming = nil
    }
    hardState.votedFor = rules.vote(after: hardState, entering: term)
    hardState.term = term
    let wasLeader = role == .leader
    role = .follower
    forgetLeader(into: &ready)
    // A leader has no election timer running, or one for another purpose; a candidate's or a follower's goes on, or a
    // rejoining node that raises the term again and again would keep everyone from campaigning.
    if wasLeader {
      for read in lastLeadership?.takeReads() ?? [] { abandon(read, into: &ready) }
      setElectionTimer(into: &ready)
    }
  }

  /// Nobody leads this node any more, so nobody will answer what it has asked.
  mutating func forgetLeader(into ready: inout Ready) {
    leader = nil
    ready.abandonedReads += forwardedReads.map(\.id)
    forwardedReads = []
  }

  /// Takes the sender of a leader's message for the leader of this term.
  ///
  /// - Returns: whether it can be.
  mutating func follow(_ sender: NodeID, because kind: RaftMessage.Kind, into ready: inout Ready) -> Bool {
    if role == .leader {
      stop(.twoLeaders(term, id, sender))
      return false
    }
    if let leader, leader != sender { stop(.twoLeaders(term, leader, sender)) }
    if role != .follower { becomeFollower(in: term, into: &ready) }
    hardState.votedFor = rules.vote(afterHearing: sender, votedFor: hardState.votedFor)
    leader = sender
    heardLeaderAt = now
    if rules.resetsElectionTimer(kind, isAccepted: true) { setElectionTimer(into: &ready) }
    abandonOldForwardedReads(into: &ready)
    return true
  }

  /// Hands a message to the host, for departure when the rules allow it. Inlined, for a call would copy the node.
  @inline(__always)
  func send(_ message: RaftMessage, to node: NodeID, into ready: inout Ready) {
    switch rules.departure(of: message.kind) {
    case .atOnce: ready.messages.append(.init(to: node, message: message))
    case .afterSync: ready.messagesAfterSync.append(.init(to: node, message: message))
    }
  }

  func setElectionTimer(into ready: inout Ready) {
    let range = rules.electionTimeout(from: configuration.electionTimeout)
    ready.timers.append(.init(timer: .election, range: range))
  }

  func setHeartbeatTimer(into ready: inout Ready) {
    let interval = configuration.heartbeatInterval
    ready.timers.append(.init(timer: .heartbeat, range: interval...interval))
  }

  /// Ends this node, unless it was told not to check itself.
  mutating func stop(_ reason: StopReason) {
    if configuration.checksItself { stopReason = reason }
  }
}

extension RaftNode: Equatable {
  /// The same state. Left out are the rules, the clock's last reading, and what follows from the rest: the summary.
  package static func == (one: RaftNode, other: RaftNode) -> Bool {
    one.configuration == other.configuration && one.hardState == other.hardState && one.log == other.log
      && one.snapshot == other.snapshot && one.commitIndex == other.commitIndex && one.role == other.role
      && one.leader == other.leader && one.canWrite == other.canWrite && one.stopReason == other.stopReason
      && one.lastLeadership == other.lastLeadership && one.requests == other.requests
      && one.forWrongRules == other.forWrongRules && one.handedOut == other.handedOut
      && one.inForce == other.inForce && one.latestMembers == other.latestMembers
      && one.votes == other.votes && one.attempt == other.attempt && one.orderedIn == other.orderedIn
      && one.heardLeaderAt == other.heardLeaderAt && one.incoming == other.incoming
      && one.arrived == other.arrived
      && one.forwardedReads == other.forwardedReads && one.firstChanged == other.firstChanged
  }

  /// The same in every process for equal nodes. It takes in the term, the vote, both ends of the log and what it holds, the
  /// commit index, the role and the leader, and nothing else.
  package var digest: UInt64 {
    var digest = StableDigest(start: UInt64(id.number))
    digest.combine(term.rawValue)
    digest.combine(UInt64(hardState.votedFor?.number ?? 0))
    digest.combine(log.start.index.rawValue)
    digest.combine(log.lastIndex.rawValue)
    digest.combine(log.digest(at: log.lastIndex) ?? 0)
    digest.combine(commitIndex.rawValue)
    digest.combine(UInt64(role.rawValue) << 8 | UInt64(leader?.number ?? 0))
    return digest.value
  }
}
