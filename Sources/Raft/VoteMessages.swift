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

/// Asks whether a vote in the term after `term` would be given (Ongaro 2014 §9.6). Nothing is promised by an answer.
package struct PreVote: Hashable, Sendable {
  /// The sender's own term, which it leaves only once a quorum would vote for it.
  package var term: Term
  /// The end of the sender's log.
  package var lastPosition: LogPosition

  package init(term: Term, lastPosition: LogPosition) {
    self.term = term
    self.lastPosition = lastPosition
  }
}

/// Answers a `PreVote`.
package struct PreVoteReply: Hashable, Sendable {
  /// The answering node's term.
  package var term: Term
  package var isGranted: Bool

  package init(term: Term, isGranted: Bool) {
    self.term = term
    self.isGranted = isGranted
  }
}
