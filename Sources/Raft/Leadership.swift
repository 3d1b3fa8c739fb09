import Determinism

/// What a leader knows and nobody else; it ends with the leadership (Raft Figure 2, volatile state on leaders).
package struct Leadership: Hashable, Sendable {
  /// What a leader knows of one member.
  package struct Progress: Hashable, Sendable {
    /// The index of the next entry to send.
    package var next: LogIndex
    /// The lowest `next` since the last broadcast.
    package var lowestNext: LogIndex
    /// The highest index known to be replicated and durable there.
    package var match: LogIndex
    /// The latest round of broadcasts that it acknowledged.
    package var acknowledgedRound: UInt64
    /// The last index of entries sent and not yet acknowledged: until then no more are sent, save by the timer.
    package var awaited: LogIndex?
  }

  /// A read that waits for a quorum to confirm the leader.
  package struct PendingRead: Hashable, Sendable {
    package var id: ReadID
    /// The commit index when the read arrived.
    package var index: LogIndex
    /// The round that must be acknowledged.
    package var round: UInt64
  }

  /// One for each member, in the members' order.
  package var progress: [Progress]
  /// Counts this leader's broadcasts.
  package var round: UInt64 = 0
  /// Waiting for a quorum, in order of arrival and so of round.
  package var pendingReads: [PendingRead] = []
  /// Waiting for the first commit of this leader's term.
  package var earlyReads: [ReadID] = []

  /// A new leader expects every log to end where its own does.
  init(members: Int, lastIndex: LogIndex) {
    let unknown = Progress(
      next: lastIndex.next, lowestNext: lastIndex.next, match: .zero, acknowledgedRound: 0, awaited: nil)
    progress = Array(repeating: unknown, count: members)
  }

  /// Counts one more broadcast, which asks everyone anew.
  ///
  /// - Parameter resending: whether entries that were sent but not acknowledged are taken for lost.
  mutating func beginRound(resending: Bool) {
    round += 1
    for place in progress.indices {
      progress[place].lowestNext = progress[place].next
      if resending { progress[place].awaited = nil }
    }
  }

  /// The highest index that at least `quorum` members are known to hold.
  func indexHeld(byQuorum quorum: Int) -> LogIndex {
    let matches = progress.map(\.match).sorted(by: >)
    return matches[quorum - 1]
  }
}
