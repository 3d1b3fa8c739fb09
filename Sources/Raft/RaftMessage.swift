import Determinism

/// Everything that one node says to another.
package enum RaftMessage: Hashable, Sendable {
  case requestVote(RequestVote)
  case requestVoteReply(RequestVoteReply)
  case appendEntries(AppendEntries)
  case appendEntriesReply(AppendEntriesReply)
  case preVote(PreVote)
  case preVoteReply(PreVoteReply)
  case installSnapshot(InstallSnapshot)
  case installSnapshotReply(InstallSnapshotReply)
  case readIndex(ReadIndex)
  case readIndexReply(ReadIndexReply)

  /// The kinds, for whoever decides about a message without looking into it.
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case requestVote = 1
    case requestVoteReply
    case appendEntries
    case appendEntriesReply
    case preVote
    case preVoteReply
    case installSnapshot
    case installSnapshotReply
    case readIndex
    case readIndexReply
  }

  /// Which kind this is.
  package var kind: Kind {
    switch self {
    case .requestVote: .requestVote
    case .requestVoteReply: .requestVoteReply
    case .appendEntries: .appendEntries
    case .appendEntriesReply: .appendEntriesReply
    case .preVote: .preVote
    case .preVoteReply: .preVoteReply
    case .installSnapshot: .installSnapshot
    case .installSnapshotReply: .installSnapshotReply
    case .readIndex: .readIndex
    case .readIndexReply: .readIndexReply
    }
  }

  /// The sender's term when it spoke.
  package var term: Term {
    switch self {
    case .requestVote(let message): message.term
    case .requestVoteReply(let message): message.term
    case .appendEntries(let message): message.term
    case .appendEntriesReply(let message): message.term
    case .preVote(let message): message.term
    case .preVoteReply(let message): message.term
    case .installSnapshot(let message): message.term
    case .installSnapshotReply(let message): message.term
    case .readIndex(let message): message.term
    case .readIndexReply(let message): message.term
    }
  }
}
