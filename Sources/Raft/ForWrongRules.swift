import Determinism

/// What a node keeps only for wrong rules: the published ones are handed it and do not look at it. A leadership that has
/// ended (`RaftNode.lastLeadership`) is the rest of it.
package struct ForWrongRules: Hashable, Sendable {
  /// When this node last gave a vote since it started; `nil` in a term in which it gave none. For `RaftRules.mayVote`.
  var votedAt: LocalInstant?
  /// To whom this leader wrote last, and up to which entry. For `RaftRules.credit`.
  var lastSent: Acknowledgement?
  /// The peers that this leader could not reach when it last sent to them. For `RaftRules.recipients`.
  var unreachable = NodeSet()

  /// A new leader has written to nobody yet.
  mutating func beginLeadership() {
    lastSent = nil
    unreachable = NodeSet()
  }
}
