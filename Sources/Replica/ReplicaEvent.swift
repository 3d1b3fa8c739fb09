import Determinism
import Raft

/// Names the connection of one client at one server.
package struct ClientID: Hashable, Comparable, Sendable {
  package let rawValue: UInt32

  package init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }

  package static func < (one: ClientID, other: ClientID) -> Bool { one.rawValue < other.rawValue }
}

/// Everything that can happen to a server.
package enum ReplicaEvent: Sendable {
  /// A message from another server; bytes that do not decode are dropped.
  case peerBytes([UInt8], from: NodeID)
  /// A client's request; bytes that do not decode are dropped.
  case clientBytes([UInt8], from: ClientID)
  /// A timer ran out.
  case timer(RaftTimer)
  /// The sync that was asked for last is done: everything appended before it was asked for survives a crash.
  case synced
}

/// What a message between servers is about, for whoever must recognise it without decoding it.
package struct MessageLabel: Hashable, Sendable {
  package var kind: RaftMessage.Kind
  package var term: Term
  /// Of an append the previous index, of its reply the index it speaks of, of a vote zero.
  package var index: LogIndex
  /// How many entries it carries.
  package var entryCount: Int
  /// Whether it grants a vote.
  package var grantsVote: Bool

  init(_ message: RaftMessage) {
    kind = message.kind
    term = message.term
    index = .zero
    entryCount = 0
    grantsVote = false
    switch message {
    case .requestVote, .preVote, .preVoteReply, .installSnapshot, .installSnapshotReply, .readIndex, .readIndexReply:
      break
    case .requestVoteReply(let reply): grantsVote = reply.isGranted
    case .appendEntries(let request):
      index = request.previous.index
      entryCount = request.entries.count
    case .appendEntriesReply(let reply):
      switch reply.outcome {
      case .matched(let matched): index = matched
      case .conflict(let hint, _): index = hint
      }
    }
  }
}

/// What a server asks of its host, in order.
package enum ReplicaCommand: Sendable {
  /// Send bytes to another server. They may be lost, delayed, duplicated or reordered.
  case send([UInt8], to: NodeID, MessageLabel)
  /// Answer a client.
  case answer([UInt8], to: ClientID)
  /// Cut the log file to a length; durable with the next sync.
  case truncate(to: Int)
  /// Append bytes to the log file; durable with the next sync.
  case append([UInt8])
  /// Make the log file durable and report `synced`. At most one is under way.
  case sync
  /// Set a timer to a duration drawn from the range, in place of its earlier setting.
  case setTimer(RaftTimer, ClosedRange<Duration>)
  /// This server has stopped for good.
  case stop(StopReason)
}
