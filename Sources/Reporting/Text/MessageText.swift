import Determinism
import KeyValue
import Linearizability
import Raft
import Replica
import Traces

/// What messages and entries say, in a few of the paper's words. An entry's place is index/term.
enum MessageText {
  /// More entries than these are counted, not named.
  static let maxEntries = 3

  /// What a message between servers says, but for its term.
  static func of(_ message: RaftMessage) -> String {
    switch message {
    case .requestVote(let request):
      "request vote\(request.isTransfer ? " for its leader" : ""), \(end(request.lastPosition))"
    case .requestVoteReply(let reply): reply.isGranted ? "vote granted" : "vote denied"
    case .preVote(let request): "pre-vote, \(end(request.lastPosition))"
    case .preVoteReply(let reply): reply.isGranted ? "pre-vote granted" : "pre-vote denied"
    case .appendEntries(let append): of(append)
    case .appendEntriesReply(let reply): of(reply.outcome)
    case .installSnapshot(let request): of(request)
    case .installSnapshotReply(let reply):
      switch reply.outcome {
      case .received(let bytes): "snapshot through \(reply.position): \(bytes) bytes received"
      case .installed: "snapshot through \(reply.position) installed"
      }
    case .readIndex: "which index may a read rely on?"
    case .readIndexReply(let reply): reply.index.map { "a read may rely on index \($0)" } ?? "no index for a read"
    case .timeoutNow: "campaign now"
    }
  }

  /// What an entry asks of the state machine.
  static func of(_ content: TracedEntry.Content) -> String {
    switch content {
    case .noOp: "no-op"
    case .configuration(let members): MembersText.of(members)
    case .undecodable(let bytes): Words.count(bytes, "byte")
    case .command(let command):
      switch command.body {
      case .openSession: "open session"
      case .change(let operation, _, _): of(operation)
      }
    }
  }

  /// What a client asks.
  static func of(_ request: ClientRequest.Body) -> String {
    switch request {
    case .openSession: "open session"
    case .read(let key): "get \(Wording.show(key))"
    case .write(let operation, _): of(operation)
    case .change(let change): MembersText.of(change)
    case .transfer(let target): "transfer leadership" + (target.map { " to \($0)" } ?? "")
    }
  }

  /// What a client is answered.
  static func of(_ reply: ClientReply.Body) -> String {
    switch reply {
    case .opened(let session): "session \(session.rawValue) is open"
    case .value(let value): Wording.show(value)
    case .written(let result): of(result)
    case .refused: "refused"
    case .sessionExpired: "the session has expired"
    case .notLeader(let hint): "not the leader" + (hint.map { ", \($0) may be" } ?? "")
    case .unknown: "the outcome is unknown"
    case .done: "done"
    case .turnedDown(let refusal): "refused: \(MembersText.of(refusal))"
    }
  }

  /// What a command came to.
  static func of(_ result: KeyValueResult) -> String {
    switch result {
    case .done: "done"
    case .swapped: "swapped"
    case .mismatch(let seen): "mismatch, found \(Wording.show(seen))"
    case .refused: "refused"
    }
  }

  /// A change that a client asks for.
  static func of(_ operation: KeyValueOperation) -> String {
    let key = Wording.show(operation.key)
    return switch operation {
    case .put(_, let value): "put \(key) = \(Wording.show(value))"
    case .append(_, let value): "append \(key) \(Wording.show(value))"
    case .delete: "delete \(key)"
    case .compareAndSet(_, let expected, let new):
      "cas \(key) \(Wording.show(expected)) to \(Wording.show(new))"
    }
  }

  /// A kind of message, as it stands in a sentence: `request for votes`.
  static func name(of kind: RaftMessage.Kind) -> String {
    switch kind {
    case .requestVote: "request for votes"
    case .requestVoteReply: "vote"
    case .appendEntries: "append"
    case .appendEntriesReply: "acknowledgement of an append"
    case .preVote: "pre-vote request"
    case .preVoteReply: "pre-vote"
    case .installSnapshot: "piece of a snapshot"
    case .installSnapshotReply: "acknowledgement of a snapshot"
    case .readIndex: "question for a read's index"
    case .readIndexReply: "answer for a read's index"
    case .timeoutNow: "order to campaign"
    }
  }

  private static func of(_ append: AppendEntries) -> String {
    let behind = "behind \(append.previous), commit \(append.commitIndex)"
    guard !append.entries.isEmpty else { return "heartbeat \(behind)" }
    var index = append.previous.index
    var names = append.entries.prefix(maxEntries).map { entry in
      // A damaged frame may name any index.
      index = LogIndex(index.rawValue &+ 1)
      return "\(LogPosition(index: index, term: entry.term)) \(of(TracedEntry.Content(entry.payload)))"
    }
    if append.entries.count > maxEntries { names.append("and \(append.entries.count - maxEntries) more") }
    return "append \(names.joined(separator: "; ")), \(behind)"
  }

  private static func of(_ outcome: AppendEntriesReply.Outcome) -> String {
    switch outcome {
    case .matched(let index): "matches through \(index)"
    case .conflict(let index, let term?): "conflict: term \(term) from \(index) on"
    case .conflict(let index, nil): "conflict: nothing from \(index) on"
    }
  }

  private static func of(_ request: InstallSnapshot) -> String {
    // A damaged frame that was taken for whole can name any place.
    let end = request.offset &+ UInt64(request.bytes.count)
    return "snapshot through \(request.position), bytes \(request.offset) to \(end) of \(request.size)"
  }

  private static func end(_ position: LogPosition) -> String {
    position == .zero ? "log empty" : "log ends at \(position)"
  }
}

extension TracedMessage {
  /// What it says.
  var text: String { MessageText.of(content) }

  /// Whether it grants a vote or a pre-vote.
  var grants: Bool {
    switch content {
    case .requestVoteReply(let reply): reply.isGranted
    case .preVoteReply(let reply): reply.isGranted
    default: false
    }
  }

  /// Whether a reader misses it if it is lost: not so heartbeats and answers that come again.
  var isMissed: Bool {
    switch content {
    case .appendEntries(let append): !append.entries.isEmpty
    case .requestVoteReply(let reply): reply.isGranted
    case .requestVote, .installSnapshot, .timeoutNow: true
    case .appendEntriesReply, .installSnapshotReply, .preVote, .preVoteReply, .readIndex, .readIndexReply: false
    }
  }
}

extension TracedEntry {
  /// What it asks of the state machine: `put x = 2`, `no-op`, `open session`.
  var text: String { MessageText.of(content) }
}
