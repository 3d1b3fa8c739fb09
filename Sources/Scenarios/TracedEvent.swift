import Determinism

/// One event of a run: to compare it with the same event of another run, and to tell what happened.
package struct TracedEvent: Hashable, Sendable {
  /// The identity of the run up to and with this event.
  package var hash: UInt64
  /// When, since the start.
  package var at: Duration
  /// What happened, in one line.
  package var what: String
  /// What happened, to be looked at.
  package var kind: Kind
  /// The server that it happened to, if it happened to one.
  package var node: NodeID?
  /// The place in the trace of the event that brought it about: in which the message was sent, the timer set, the sync
  /// begun, the fault begun or its moment seen. `nil` if it was planned, or began with the run.
  package var cause: Int?
  /// What it did, in order.
  package var effects: [TracedEffect]
  /// How the servers that it stepped, started or took down stand after it, in the order of their numbers.
  package var states: [NodeState]

  /// What an event is.
  package enum Kind: Hashable, Sendable {
    /// A message comes to a server, which may be down or cut off: then it is lost, and the server has no state here. One
    /// that was duplicated comes more than once.
    case message(TracedMessage)
    /// A server hears that nobody listens at another.
    case unreachable(NodeID)
    /// A request of a client comes to a server: about this operation, by its place among the calls, though it may be over.
    case clientRequest(client: Int, operation: Int?)
    /// An answer, or a refused connection, comes to a client.
    case clientReply(client: Int, operation: Int?, from: NodeID)
    case electionTimer
    case heartbeatTimer
    /// A sync of the server's disk ends; one that fails has kept nothing.
    case diskSync(fails: Bool)
    /// The time has come for which a client waited.
    case clientTimer(client: Int)
    /// A fault of the scenario, by its identity.
    case faultBegins(Int)
    case faultGoesOn(Int)
    case faultEnds(Int)
    case stormEnds
    /// Anything else: a look at the calm, a request for a snapshot, room on a disk. What comes to a server that stands
    /// still is such a one, too: it waits, and happens in an event of its own when the server goes on.
    case other
  }

  package init(
    hash: UInt64, at: Duration, what: String, kind: Kind = .other, node: NodeID? = nil, cause: Int? = nil,
    effects: [TracedEffect] = [], states: [NodeState] = []
  ) {
    (self.hash, self.at, self.what, self.kind, self.node, self.cause) = (hash, at, what, kind, node, cause)
    (self.effects, self.states) = (effects, states)
  }
}

/// A message between servers.
package struct TracedMessage: Hashable, Sendable {
  package var key: MessageKey
  /// The place in the trace of the event in which it was sent; `nil` if that was the start of the run.
  package var sentIn: Int?
  /// When it was sent, since the start.
  package var sentAt: Duration
  /// What it says, in a few words: `append 2/3 behind 2/1, commit 1`, `vote granted`.
  package var text: String

  package init(key: MessageKey, sentIn: Int?, sentAt: Duration, text: String) {
    (self.key, self.sentIn, self.sentAt, self.text) = (key, sentIn, sentAt, text)
  }
}

/// One thing that an event did.
package struct TracedEffect: Hashable, Sendable {
  /// The server that did it, or to which it was done.
  package var node: NodeID?
  package var what: What

  package enum What: Hashable, Sendable {
    case sent(TracedMessage)
    /// The message will not arrive, or has not: the link is cut, the weather took it, nobody listens.
    case lost(TracedMessage)
    case role(NodeRole, term: UInt64)
    /// It entered a later term.
    case term(UInt64)
    case voted(for: NodeID, term: UInt64)
    case appended([TracedEntry])
    /// Everything from this index on is gone from the log: a leader replaced it, or the server started without it.
    case truncated(from: UInt64)
    case committed(through: UInt64)
    case tookSnapshot(through: UInt64)
    case installedSnapshot(through: UInt64)
    /// What a start leaves of term, vote and commit index stands in the event's state.
    case started
    /// `lossy` if something was lost that was written and not synced.
    case crashed(lossy: Bool)
    case stopped(reason: String)
    case paused
    case resumed
    /// Links from the effect's node to these are cut, or heard again.
    case cut(to: [NodeID])
    case healed(to: [NodeID])
    /// A client calls an operation, by its place among the calls, or it ends.
    case called(operation: Int)
    case returned(operation: Int)
  }

  package init(_ what: What, at node: NodeID? = nil) {
    (self.what, self.node) = (what, node)
  }
}

/// An entry of a log.
package struct TracedEntry: Hashable, Sendable {
  package var index: UInt64
  package var term: UInt64
  /// What it asks of the state machine: `put x = 2`, `no-op`, `open session`.
  package var text: String

  package init(index: UInt64, term: UInt64, text: String) {
    (self.index, self.term, self.text) = (index, term, text)
  }
}

/// What a server is to the others.
package enum NodeRole: String, Hashable, Sendable, CaseIterable {
  case follower
  case preCandidate = "pre-candidate"
  case candidate
  case leader
}

/// Where a server stands.
package struct NodeState: Hashable, Sendable {
  package var node: NodeID
  package var isRunning: Bool
  package var role: NodeRole
  package var term: UInt64
  package var vote: NodeID?
  package var lastIndex: UInt64
  package var lastTerm: UInt64
  package var commitIndex: UInt64
  package var appliedIndex: UInt64

  package init(
    node: NodeID, isRunning: Bool, role: NodeRole, term: UInt64, vote: NodeID?, lastIndex: UInt64, lastTerm: UInt64,
    commitIndex: UInt64, appliedIndex: UInt64
  ) {
    (self.node, self.isRunning, self.role, self.term, self.vote) = (node, isRunning, role, term, vote)
    (self.lastIndex, self.lastTerm) = (lastIndex, lastTerm)
    (self.commitIndex, self.appliedIndex) = (commitIndex, appliedIndex)
  }
}
