import Determinism

/// Brings one piece of a snapshot (Raft Figure 13, InstallSnapshot RPC).
package struct InstallSnapshot: Hashable, Sendable {
  /// The leader's term.
  package var term: Term
  /// The round of the leader's broadcasts that this belongs to, as in `AppendEntries`.
  package var round: UInt64
  /// The last entry that the snapshot stands for.
  package var position: LogPosition
  /// The configuration as of that entry, and where it stood in the log.
  package var members: LoggedMembers
  /// The digest of the log up to that entry.
  package var logDigest: UInt64
  /// How many bytes the whole snapshot has.
  package var size: UInt64
  /// Where `bytes` belong in it.
  package var offset: UInt64
  package var bytes: [UInt8]
  /// Whether these are its last bytes.
  package var isDone: Bool

  package init(
    term: Term, round: UInt64, position: LogPosition, members: LoggedMembers, logDigest: UInt64, size: UInt64,
    offset: UInt64, bytes: [UInt8], isDone: Bool
  ) {
    self.term = term
    self.round = round
    self.position = position
    self.members = members
    self.logDigest = logDigest
    self.size = size
    self.offset = offset
    self.bytes = bytes
    self.isDone = isDone
  }
}

/// Answers an `InstallSnapshot`.
package struct InstallSnapshotReply: Hashable, Sendable {
  /// How far the snapshot has come.
  package enum Outcome: Hashable, Sendable {
    /// The follower holds so many of its first bytes in memory, and goes on from there.
    case received(UInt64)
    /// Everything up to the snapshot's position is durable at the follower, by this snapshot or without it.
    case installed
  }

  /// The follower's term.
  package var term: Term
  /// The round of the request.
  package var round: UInt64
  /// Which snapshot this is about: the one that was sent, whatever the leader has by now.
  package var position: LogPosition
  package var outcome: Outcome

  package init(term: Term, round: UInt64, position: LogPosition, outcome: Outcome) {
    self.term = term
    self.round = round
    self.position = position
    self.outcome = outcome
  }
}
