import Determinism
import KeyValue
import Raft
import Replica
import Scenarios

/// What messages and entries say, in a few of the paper's words. An entry's place is index/term.
enum MessageText {
  /// More entries than these are counted, not named.
  private static let maxEntries = 3

  /// What a message between servers says, but for its term.
  static func of(_ message: RaftMessage) -> String {
    switch message {
    case .requestVote(let request): "request vote, \(end(request.lastPosition))"
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
    }
  }

  /// What an entry asks of the state machine.
  static func of(_ payload: Entry.Payload) -> String {
    guard case .command(let bytes) = payload else { return "no-op" }
    guard let command = try? Command(decoding: bytes) else { return "\(bytes.count) bytes" }
    switch command.body {
    case .openSession: return "open session"
    case .change(let operation, _, _): return of(operation)
    }
  }

  /// What a client asks.
  static func of(_ request: ClientRequest.Body) -> String {
    switch request {
    case .openSession: "open session"
    case .read(let key): "get \(text(key))"
    case .write(let operation, _): of(operation)
    }
  }

  /// What a client is answered.
  static func of(_ reply: ClientReply.Body) -> String {
    switch reply {
    case .opened(let session): "session \(session.rawValue) is open"
    case .value(let value): text(value)
    case .written(.done): "done"
    case .written(.swapped): "swapped"
    case .written(.mismatch(let seen)): "mismatch, found \(text(seen))"
    case .written(.refused), .refused: "refused"
    case .sessionExpired: "the session has expired"
    case .notLeader(let hint): "not the leader" + (hint.map { ", \($0) may be" } ?? "")
    case .unknown: "the outcome is unknown"
    }
  }

  private static func of(_ operation: KeyValueOperation) -> String {
    let key = text(operation.key)
    return switch operation {
    case .put(_, let value): "put \(key) = \(text(value))"
    case .append(_, let value): "append \(key) + \(text(value))"
    case .delete: "delete \(key)"
    case .compareAndSet(_, let expected, let new): "cas \(key): \(text(expected)) -> \(text(new))"
    }
  }

  private static func of(_ append: AppendEntries) -> String {
    let behind = "behind \(append.previous), commit \(append.commitIndex)"
    guard !append.entries.isEmpty else { return "heartbeat \(behind)" }
    var index = append.previous.index
    var names = append.entries.prefix(maxEntries).map { entry in
      index = index.next
      return "\(LogPosition(index: index, term: entry.term)) \(of(entry.payload))"
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
    let end = request.offset + UInt64(request.bytes.count)
    return "snapshot through \(request.position), bytes \(request.offset) to \(end) of \(request.size)"
  }

  private static func end(_ position: LogPosition) -> String {
    position == .zero ? "log empty" : "log ends at \(position)"
  }

  /// A key or a value; in quotes where it could be taken for something else.
  private static func text(_ bytes: [UInt8]) -> String {
    let isPlain = !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    return isPlain ? String(decoding: bytes, as: UTF8.self) : String(decoding: bytes, as: UTF8.self).debugDescription
  }

  private static func text(_ value: [UInt8]?) -> String { value.map { text($0) } ?? "nothing" }
}

extension NodeRole {
  /// By the name that traces have for it.
  init(_ role: Role) {
    self =
      switch role {
      case .follower: .follower
      case .preCandidate: .preCandidate
      case .candidate: .candidate
      case .leader: .leader
      }
  }
}
