import Determinism
import KeyValue
import Raft
import Replica
import Scenarios

/// One event of a run: to compare it with the same event of another run, and to tell what happened.
package struct TracedEvent: Hashable, Sendable {
  /// The identity of the run up to and with this event.
  package var hash: UInt64
  /// When, since the start.
  package var at: Duration
  package var kind: Kind
  /// The server that it happened to, if it happened to one.
  package var node: NodeID?
  /// The place in the trace of the event that brought it about: in which the message was sent, the timer set, the sync
  /// begun, the fault begun or its moment seen. `nil` if it was planned, or began with the run.
  package var cause: Int?
  /// What it did, in order.
  package var effects: [TracedEffect]
  /// What its servers decided, in order: what differs from the published rules, and what a failure may rest on.
  package var decisions: [TracedDecision]
  /// How the servers that it stepped, started or took down stand after it, in the order of their numbers.
  package var states: [NodeState]

  /// What an event is.
  package indirect enum Kind: Hashable, Sendable {
    /// The events before all others here, told as one: there are more than can be kept. Its effects are the logs of the
    /// servers, the links that are cut and what is known to be committed.
    case earlier(events: Int)
    /// A message comes to a server, which may be down or cut off: then it is lost, and the server has no state here. One
    /// that was duplicated comes more than once.
    case message(TracedMessage)
    /// A server hears that nobody listens at another.
    case unreachable(NodeID)
    /// A request of a client comes to a server.
    case clientRequest(ClientRequest, by: TracedCaller)
    /// An answer comes to a client.
    case clientReply(ClientReply, to: TracedCaller, from: NodeID)
    /// A client hears that nobody listens at a server.
    case connectionRefused(by: NodeID, to: TracedCaller)
    case electionTimer
    case heartbeatTimer
    /// A sync of the server's disk ends, of a file or, with an empty name, of the names of the files; one that fails has
    /// kept nothing.
    case diskSync(file: String, fails: Bool)
    /// The time has come at which a sync would have ended, had its server not crashed.
    case abandonedSync
    /// The time has come for which a client waited.
    case clientTimer(TracedCaller, ClientWait)
    /// A fault of the scenario, by its identity, and the server at which its moment came, if it waited for one.
    case faultBegins(Int, subject: NodeID?)
    case faultGoesOn(Int)
    case faultEnds(Int)
    /// A request of an operator comes to a server, an answer comes back, or the time has come for which an operator waited; told
    /// apart by the identity of the fault, of which there is none for the requests of the end.
    case operatorRequest(ClientRequest.Body, fault: Int?)
    case operatorReply(ClientReply.Body, fault: Int?, from: NodeID)
    case operatorTimer(fault: Int?)
    case stormEnds
    /// The calm is looked at.
    case calmLook
    /// Somebody asks the server for a snapshot.
    case snapshotRequest
    /// The server's disk has room again.
    case diskRoom
    /// This comes to a server that stands still: it waits, and happens in an event of its own when the server goes on.
    case held(Kind)
  }

  package init(
    hash: UInt64, at: Duration, kind: Kind, node: NodeID? = nil, cause: Int? = nil, effects: [TracedEffect] = [],
    decisions: [TracedDecision] = [], states: [NodeState] = []
  ) {
    (self.hash, self.at, self.kind, self.node, self.cause) = (hash, at, kind, node, cause)
    (self.effects, self.decisions, self.states) = (effects, decisions, states)
  }
}

/// A client as its servers and its history know it.
package struct TracedCaller: Hashable, Sendable {
  /// Its number among the scenario's clients.
  package var client: Int
  /// The identity under which it speaks: the process of the history.
  package var process: Int
  /// What it is about, by its place among all calls, though that may be over; `nil` if it is about none.
  package var operation: Int?
  /// What is wrong with the frame in which it speaks, if anything is. What is told of that frame is what its server reads
  /// in it, or what was sent if it can read nothing.
  package var flaw: FrameFlaw?

  package init(client: Int, process: Int, operation: Int?) {
    (self.client, self.process, self.operation) = (client, process, operation)
  }
}

/// What a client does when the time has come for which it waited.
package enum ClientWait: Hashable, Sendable {
  /// It begins its next operation.
  case turn
  /// It gives up waiting for a server's answer.
  case answer(from: NodeID)
  /// It asks again.
  case retry
  /// It waits for nothing.
  case nothing
}

/// A message between servers.
package struct TracedMessage: Hashable, Sendable {
  package var key: MessageKey
  /// The place in the trace of the event in which it was sent; `nil` if that was the start of the run.
  package var sentIn: Int?
  /// When it was sent, since the start.
  package var sentAt: Duration
  /// What its recipient reads; of a damaged frame in which it can read nothing, what was sent.
  package var content: RaftMessage
  /// What is wrong with its frame, if anything is.
  package var flaw: FrameFlaw?

  package init(key: MessageKey, sentIn: Int?, sentAt: Duration, content: RaftMessage, flaw: FrameFlaw? = nil) {
    (self.key, self.sentIn, self.sentAt, self.content, self.flaw) = (key, sentIn, sentAt, content, flaw)
  }
}

/// Why a frame should be dropped by the server to which it comes.
package enum FrameFlaw: Hashable, Sendable {
  /// It is not what was sent.
  case damaged
  /// It is of another cluster with the same servers: nothing in the run has sent it.
  case ofAnotherCluster
  /// It is for this server, and has come to another one.
  case forAnother(NodeID)
}

/// One thing that an event did.
package struct TracedEffect: Hashable, Sendable {
  /// The server that did it, or to which it was done.
  package var node: NodeID?
  package var what: What

  package enum What: Hashable, Sendable {
    case sent(TracedMessage)
    /// The message will not arrive, or has not: the link is cut, a fault lost it, or its server is down.
    case lost(TracedMessage)
    case role(Role, term: Term)
    /// It entered a later term.
    case term(Term)
    case voted(for: NodeID, term: Term)
    case appended([TracedEntry])
    /// Everything from this index on is gone from the log: a leader replaced it, or the server started without it.
    case truncated(from: LogIndex)
    case committed(through: LogIndex)
    /// It has written a snapshot, which names this position.
    case tookSnapshot(LogPosition)
    /// It goes on from its leader's snapshot.
    case installedSnapshot(LogPosition)
    /// It has dropped a client's frame, which was damaged.
    case refusedFrame
    /// It has asked its disk to remove a file.
    case removedFile(String)
    /// What a start leaves of term, vote and commit index stands in the event's state.
    case started
    /// `lossy` if something was lost that was written and not synced.
    case crashed(lossy: Bool)
    case stopped(TracedStop)
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

/// Why a server has stopped.
package enum TracedStop: Hashable, Sendable {
  case server(ServerStopReason)
  /// It could not start from its files.
  case damage(StorageDamage)
}

/// An entry of a log.
package struct TracedEntry: Hashable, Sendable {
  package var index: LogIndex
  package var term: Term
  package var content: Content

  /// What it asks of the state machine.
  package enum Content: Hashable, Sendable {
    case noOp
    case command(Command)
    case configuration(Members)
    /// Bytes that are no command.
    case undecodable(bytes: Int)

    /// What a payload says.
    package init(_ payload: Entry.Payload) {
      switch payload {
      case .noOp: self = .noOp
      case .configuration(let members): self = .configuration(members)
      case .command(let bytes):
        self = (try? Command(decoding: bytes)).map { .command($0) } ?? .undecodable(bytes: bytes.count)
      }
    }
  }

  package init(index: LogIndex, term: Term, content: Content) {
    (self.index, self.term, self.content) = (index, term, content)
  }

  /// Whether it only opens a client's session.
  package var isOpening: Bool {
    if case .command(let command) = content { command.body == .openSession } else { false }
  }
}

/// Where a server stands.
package struct NodeState: Hashable, Sendable {
  package var node: NodeID
  package var isRunning: Bool
  package var role: Role
  package var term: Term
  package var vote: NodeID?
  /// The end of its log.
  package var last: LogPosition
  package var commitIndex: LogIndex
  package var appliedIndex: LogIndex

  package init(
    node: NodeID, isRunning: Bool = true, role: Role = .follower, term: Term = .zero, vote: NodeID? = nil,
    last: LogPosition = .zero, commitIndex: LogIndex = .zero, appliedIndex: LogIndex = .zero
  ) {
    (self.node, self.isRunning, self.role, self.term, self.vote) = (node, isRunning, role, term, vote)
    (self.last, self.commitIndex, self.appliedIndex) = (last, commitIndex, appliedIndex)
  }
}
