import Determinism

/// Asks for a vote (Raft Figure 2, RequestVote RPC).
package struct RequestVote: Hashable, Sendable {
  /// The candidate's term.
  package var term: Term
  /// The end of the candidate's log.
  package var lastPosition: LogPosition
  /// Whether the candidate's leader has asked for this election (Ongaro 2014 §3.10).
  package var isTransfer: Bool

  package init(term: Term, lastPosition: LogPosition, isTransfer: Bool = false) {
    self.term = term
    self.lastPosition = lastPosition
    self.isTransfer = isTransfer
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

/// Names one attempt of a node to find out whether it could win.
package struct CampaignAttempt: Hashable, Sendable {
  /// `HardState.starts` of the node that asks.
  package var starts: UInt64
  /// Counts its attempts since it started.
  package var number: UInt64

  package init(starts: UInt64, number: UInt64) {
    self.starts = starts
    self.number = number
  }
}

/// Asks whether a vote in the term after `term` would be given (Ongaro 2014 §9.6). Nothing is promised by an answer.
package struct PreVote: Hashable, Sendable {
  /// The sender's own term, which it leaves only once a quorum would vote for it.
  package var term: Term
  /// The end of the sender's log.
  package var lastPosition: LogPosition
  package var attempt: CampaignAttempt

  package init(term: Term, lastPosition: LogPosition, attempt: CampaignAttempt) {
    self.term = term
    self.lastPosition = lastPosition
    self.attempt = attempt
  }
}

/// Answers a `PreVote`.
package struct PreVoteReply: Hashable, Sendable {
  /// The answering node's term.
  package var term: Term
  package var isGranted: Bool
  /// The attempt that asked.
  package var attempt: CampaignAttempt

  package init(term: Term, isGranted: Bool, attempt: CampaignAttempt) {
    self.term = term
    self.isGranted = isGranted
    self.attempt = attempt
  }
}
