import Determinism

/// Everything that one node says to another. It is handed on far more often than it is looked into.
package indirect enum RaftMessage: Hashable, Sendable {
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
  case timeoutNow(TimeoutNow)

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
    case timeoutNow

    /// As the papers call it, and as it stands in files.
    package var name: String {
      switch self {
      case .requestVote: "request-vote"
      case .requestVoteReply: "request-vote-reply"
      case .appendEntries: "append-entries"
      case .appendEntriesReply: "append-entries-reply"
      case .preVote: "pre-vote"
      case .preVoteReply: "pre-vote-reply"
      case .installSnapshot: "install-snapshot"
      case .installSnapshotReply: "install-snapshot-reply"
      case .readIndex: "read-index"
      case .readIndexReply: "read-index-reply"
      case .timeoutNow: "timeout-now"
      }
    }

    /// The kind of this name.
    package init?(named name: String) {
      guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
      self = kind
    }

    /// What a crash of the sender must not take back.
    package enum Promise: Hashable, Sendable {
      case nothing
      /// The term, which a leader's disk holds since its election.
      case term
      /// The term, and what the sender has written up to this message.
      case everythingWritten
    }

    /// What the sender of a message of this kind promises (Raft §5, Figure 2: servers answer after updating stable
    /// storage).
    package var promise: Promise {
      switch self {
      case .preVoteReply, .readIndexReply: .nothing
      case .appendEntries, .installSnapshot, .timeoutNow: .term
      // A candidate that forgot its term and part of its log must not win by votes that its longer log once earned.
      case .requestVote, .requestVoteReply, .appendEntriesReply, .installSnapshotReply: .everythingWritten
      // They name an incarnation of their sender, which must not come twice.
      case .readIndex, .preVote: .everythingWritten
      }
    }
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
    case .timeoutNow: .timeoutNow
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
    case .timeoutNow(let message): message.term
    }
  }
}

/// What a message between servers is about, for whoever must recognise it without decoding it.
package struct MessageLabel: Hashable, Sendable {
  package var kind: RaftMessage.Kind
  package var term: Term
  /// Of an append the previous index, of its reply the index it speaks of, of a piece of a snapshot and its reply the
  /// snapshot's, of a question for an index and its answer the read's number, of a vote zero.
  package var index: LogIndex
  /// How many entries it carries.
  package var entryCount: Int
  /// Whether it grants a vote.
  package var grantsVote: Bool
  /// Whether it says that the sender holds everything up to `index` for good.
  package var acknowledges: Bool
  /// Whether it asks for a vote in the name of the sender's leader.
  package var isTransfer = false

  package init(_ message: RaftMessage) { self = message.label }

  fileprivate init(_ kind: RaftMessage.Kind, in term: Term) {
    (self.kind, self.term) = (kind, term)
    (index, entryCount, grantsVote, acknowledges) = (.zero, 0, false, false)
  }
}

extension RaftMessage {
  /// What it is about.
  package var label: MessageLabel {
    var label = MessageLabel(kind, in: term)
    switch self {
    case .requestVote(let request): label.isTransfer = request.isTransfer
    case .preVote, .preVoteReply, .timeoutNow: break
    case .requestVoteReply(let reply): label.grantsVote = reply.isGranted
    case .appendEntries(let request):
      label.index = request.previous.index
      label.entryCount = request.entries.count
    case .appendEntriesReply(let reply):
      switch reply.outcome {
      case .matched(let matched): (label.index, label.acknowledges) = (matched, true)
      case .conflict(let hint, _): label.index = hint
      }
    case .installSnapshot(let request): label.index = request.position.index
    case .installSnapshotReply(let reply):
      label.index = reply.position.index
      label.acknowledges = reply.outcome == .installed
    case .readIndex(let request): label.index = LogIndex(request.id.read.rawValue)
    case .readIndexReply(let reply): label.index = LogIndex(reply.id.read.rawValue)
    }
    return label
  }
}
