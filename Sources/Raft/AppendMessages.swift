import Determinism

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
