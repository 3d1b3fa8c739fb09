import Determinism

/// Names a read that a follower asks its leader about: the incarnation of the follower, and the read in it.
package struct ForwardedReadID: Hashable, Sendable {
  /// `HardState.starts` of the node that asks.
  package var starts: UInt64
  package var read: ReadID

  package init(starts: UInt64, read: ReadID) {
    self.starts = starts
    self.read = read
  }
}

/// Asks the leader for an index at which a follower's read is linearizable (Ongaro 2014 §6.4, end).
package struct ReadIndex: Hashable, Sendable {
  /// The follower's term.
  package var term: Term
  package var id: ForwardedReadID

  package init(term: Term, id: ForwardedReadID) {
    self.term = term
    self.id = id
  }
}

/// Answers a `ReadIndex`.
package struct ReadIndexReply: Hashable, Sendable {
  /// The leader's term.
  package var term: Term
  package var id: ForwardedReadID
  /// Where the follower must have applied the log to; `nil` if the asked one cannot tell.
  package var index: LogIndex?

  package init(term: Term, id: ForwardedReadID, index: LogIndex?) {
    self.term = term
    self.id = id
    self.index = index
  }
}
