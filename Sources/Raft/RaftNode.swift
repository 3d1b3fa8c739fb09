import Determinism

/// The part that a node plays in its term (Raft §5.1).
package enum Role: UInt8, Hashable, Sendable {
  case follower
  case candidate
  case leader
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
  /// The highest index known to be committed.
  package internal(set) var commitIndex = LogIndex.zero
  package internal(set) var role = Role.follower
  /// The leader of this term, once it has been heard.
  package internal(set) var leader: NodeID?
  /// Set while this node leads.
  package internal(set) var leadership: Leadership?
  /// Set once the node has stopped for good.
  package internal(set) var stopReason: StopReason?

  /// Who voted for this node in this term.
  var votes = NodeSet()
  /// The first index whose entry changed during this step.
  var firstChanged: LogIndex?

  /// A node that starts, for the first time or again, with what its disk holds.
  package init(
    _ configuration: RaftConfiguration, recovering hardState: HardState = .initial, entries: [Entry] = [],
    rules: any RaftRules.Type = PaperRaftRules.self
  ) {
    self.configuration = configuration
    self.rules = rules
    self.hardState = hardState
    log = RaftLog(entries)
  }

  /// This node's name.
  package var id: NodeID { configuration.id }
  /// The current term.
  package var term: Term { hardState.term }
  /// How many members must agree.
  package var quorum: Int {
    let members = configuration.members.count
    return min(max(1, rules.quorum(of: members)), members)
  }

  /// Sets the first timer. Called once, before any event.
  package mutating func start(at now: LocalInstant, into ready: inout Ready) {
    ready.removeAll()
    setElectionTimer(into: &ready)
  }

  /// Lets one event happen.
  ///
  /// - Parameters:
  ///   - now: this node's monotonic clock. Nothing depends on it yet: leases and stickiness will.
  ///   - ready: overwritten with what the host must do.
  package mutating func step(_ event: RaftEvent, at now: LocalInstant, into ready: inout Ready) {
    ready.removeAll()
    guard stopReason == nil else {
      ready.stopped = stopReason
      return
    }
    let before = hardState
    switch event {
    case .message(let message, let sender): receive(message, from: sender, into: &ready)
    case .timer(.election): electionTimeout(into: &ready)
    case .timer(.heartbeat): heartbeatTimeout(into: &ready)
    case .propose(let command): propose(command, into: &ready)
    case .read(let id): beginRead(id, into: &ready)
    }
    if hardState != before { ready.hardState = rules.hardStateToPersist(hardState) }
    if let first = firstChanged {
      ready.entries = Ready.EntriesToPersist(first: first, entries: log.entries(from: first))
      firstChanged = nil
    }
    ready.stopped = stopReason
  }

  private mutating func receive(_ message: RaftMessage, from sender: NodeID, into ready: inout Ready) {
    guard configuration.members.contains(sender) else { return }
    if rules.adopts(message.term, current: term) { becomeFollower(in: message.term, into: &ready) }
    let isCurrent = rules.counts(message.kind, of: message.term, current: term)
    switch message {
    case .requestVote(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .appendEntries(let request): handle(request, isCurrent: isCurrent, from: sender, into: &ready)
    case .requestVoteReply(let reply): if isCurrent { handle(reply, from: sender, into: &ready) }
    case .appendEntriesReply(let reply): if isCurrent { handle(reply, from: sender, into: &ready) }
    case .preVote, .preVoteReply, .installSnapshot, .installSnapshotReply, .readIndex, .readIndexReply: break
    }
  }

  /// Enters a term, or stays in it, as a follower.
  mutating func becomeFollower(in term: Term, into ready: inout Ready) {
    hardState = HardState(term: term, votedFor: rules.vote(after: hardState, entering: term))
    if let leadership {
      ready.abandonedReads += leadership.pendingReads.map(\.id) + leadership.earlyReads
    }
    let wasLeader = role == .leader
    role = .follower
    leader = nil
    leadership = nil
    // A leader has no election timer running; a candidate's or a follower's goes on, or a rejoining node that raises
    // the term again and again would keep everyone from campaigning.
    if wasLeader { setElectionTimer(into: &ready) }
  }

  /// Hands a message to the host, for departure when the rules allow it.
  func send(_ message: RaftMessage, to node: NodeID, into ready: inout Ready) {
    switch rules.departure(of: message.kind) {
    case .atOnce: ready.messages.append(.init(to: node, message: message))
    case .afterSync: ready.messagesAfterSync.append(.init(to: node, message: message))
    }
  }

  func setElectionTimer(into ready: inout Ready) {
    ready.timers.append(.init(timer: .election, range: configuration.electionTimeout))
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
  /// The same state; the rules are left out.
  package static func == (one: RaftNode, other: RaftNode) -> Bool {
    one.configuration == other.configuration && one.hardState == other.hardState && one.log == other.log
      && one.commitIndex == other.commitIndex && one.role == other.role && one.leader == other.leader
      && one.leadership == other.leadership && one.stopReason == other.stopReason && one.votes == other.votes
  }

  /// The same in every process for equal nodes; the rules are left out.
  package var digest: UInt64 {
    var digest = StableDigest(start: UInt64(id.number))
    digest.combine(term.rawValue)
    digest.combine(UInt64(hardState.votedFor?.number ?? 0))
    digest.combine(log.lastIndex.rawValue)
    digest.combine(log.digest(at: log.lastIndex) ?? 0)
    digest.combine(commitIndex.rawValue)
    digest.combine(UInt64(role.rawValue) << 8 | UInt64(leader?.number ?? 0))
    return digest.value
  }
}
