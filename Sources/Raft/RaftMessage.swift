import Determinism

/// Asks for a vote (Raft Figure 2, RequestVote RPC).
package struct RequestVote: Hashable, Sendable {
  /// The candidate's term.
  package var term: Term
  /// The end of the candidate's log.
  package var lastPosition: LogPosition

  package init(term: Term, lastPosition: LogPosition) {
    self.term = term
    self.lastPosition = lastPosition
  }
}

/// Answers a `RequestVote`.
package struct RequestVoteReply: Hashable, Sendable {
  /// The voter's term.
  package var term: Term
  package var isGranted: Bool

  package init(term: Term, isGranted: Bool) {
    self.term = term
    self.isGranted = isGranted
  }
}

/// Replicates entries; without any, a heartbeat (Raft Figure 2, AppendEntries RPC).
package struct AppendEntries: Hashable, Sendable {
  /// The leader's term.
  package var term: Term
  /// The position right before `entries`.
  package var previous: LogPosition
  /// The leader's commit index.
  package var commitIndex: LogIndex
  /// The round of the leader's broadcasts that this belongs to; its reply confirms leadership up to that round
  /// (Ongaro 2014 §6.4).
  package var round: UInt64
  package var entries: [Entry]

  package init(term: Term, previous: LogPosition, commitIndex: LogIndex, round: UInt64, entries: [Entry]) {
    self.term = term
    self.previous = previous
    self.commitIndex = commitIndex
    self.round = round
    self.entries = entries
  }
}

/// Answers an `AppendEntries`.
package struct AppendEntriesReply: Hashable, Sendable {
  /// What became of the entries.
  package enum Outcome: Hashable, Sendable {
    /// The follower's log agrees with the leader's up to this index.
    case matched(LogIndex)
    /// The follower's log differs at the previous position. The hint is where the leader may go on trying: the first
    /// index of the conflicting term, or one past the follower's end, and the conflicting term if there is one
    /// (Raft §5.3, end).
    case conflict(index: LogIndex, term: Term?)
  }

  /// The follower's term.
  package var term: Term
  /// The round of the request.
  package var round: UInt64
  package var outcome: Outcome

  package init(term: Term, round: UInt64, outcome: Outcome) {
    self.term = term
    self.round = round
    self.outcome = outcome
  }
}

/// Everything that one node says to another.
package enum RaftMessage: Hashable, Sendable {
  case requestVote(RequestVote)
  case requestVoteReply(RequestVoteReply)
  case appendEntries(AppendEntries)
  case appendEntriesReply(AppendEntriesReply)

  /// The kinds, for whoever decides about a message without looking into it.
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case requestVote = 1
    case requestVoteReply
    case appendEntries
    case appendEntriesReply
  }

  /// Which kind this is.
  package var kind: Kind {
    switch self {
    case .requestVote: .requestVote
    case .requestVoteReply: .requestVoteReply
    case .appendEntries: .appendEntries
    case .appendEntriesReply: .appendEntriesReply
    }
  }

  /// The sender's term when it spoke.
  package var term: Term {
    switch self {
    case .requestVote(let message): message.term
    case .requestVoteReply(let message): message.term
    case .appendEntries(let message): message.term
    case .appendEntriesReply(let message): message.term
    }
  }
}
