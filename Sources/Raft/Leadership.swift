import Determinism

/// How far a member holds the leader's log, or would by what was sent to it.
package struct Acknowledgement: Hashable, Sendable {
  package var member: NodeID
  package var index: LogIndex

  package init(member: NodeID, index: LogIndex) {
    self.member = member
    self.index = index
  }
}

/// What a leader knows and nobody else; it ends with the leadership (Raft Figure 2, volatile state on leaders).
package struct Leadership: Hashable, Sendable {
  /// A read and who waits for it.
  package struct WaitingRead: Hashable, Sendable {
    package var id: ReadID
    /// The follower that forwarded it; `nil` for the leader's own host.
    package var follower: NodeID?
    /// In which of its incarnations the follower asked.
    package var starts: UInt64 = 0
  }

  /// A read that waits for a quorum to confirm the leader.
  package struct PendingRead: Hashable, Sendable {
    package var read: WaitingRead
    /// The commit index when the read arrived.
    package var index: LogIndex
    /// The round that must be acknowledged; it may not have begun.
    package var round: UInt64

    package var id: ReadID { read.id }
  }

  /// A read that waits for an entry to be committed.
  package struct LogRead: Hashable, Sendable {
    package var read: WaitingRead
    package var index: LogIndex
  }

  /// When a round of broadcasts was sent.
  package struct TimedRound: Hashable, Sendable {
    package var round: UInt64
    package var sentAt: LocalInstant
  }

  /// The term in which it leads, or led.
  package let term: Term
  /// One for each member, in the members' order.
  package var progress: [Progress]
  /// Counts this leader's broadcasts.
  package var round: UInt64 = 0
  /// The latest round that a quorum has acknowledged.
  package var quorumRound: UInt64 = 0
  /// The rounds that no quorum has acknowledged yet, oldest first; of too many the oldest are forgotten, which can only
  /// shorten a lease.
  package var timedRounds: [TimedRound] = []
  /// Until when no other leader can be elected, by this leader's clock.
  package var leaseEnd: LocalInstant?
  /// Waiting for a quorum, in order of arrival and so of round.
  package var pendingReads: [PendingRead] = []
  /// Waiting for the first commit of this leader's term.
  package var earlyReads: [WaitingRead] = []
  /// Waiting for an entry of their own, in order of index.
  package var logReads: [LogRead] = []
  /// Reads through the log that came while an entry for earlier ones was under way: one more entry serves them all.
  package var gatheredLogReads: [WaitingRead] = []

  init(term: Term, members: Int, lastIndex: LogIndex, at now: LocalInstant) {
    self.term = term
    progress = Array(repeating: Progress(lastIndex: lastIndex, at: now), count: members)
  }

  /// How many reads wait.
  var readCount: Int { pendingReads.count + earlyReads.count + logReads.count + gatheredLogReads.count }

  /// How many of them the leader's own host has begun.
  var ownReadCount: Int {
    pendingReads.count { $0.read.follower == nil } + earlyReads.count { $0.follower == nil }
      + logReads.count { $0.read.follower == nil } + gatheredLogReads.count { $0.follower == nil }
  }

  /// Counts one more broadcast, which asks everyone anew.
  mutating func beginRound(at now: LocalInstant) {
    round += 1
    if timedRounds.count >= RaftConfiguration.maxTimedRounds { timedRounds.removeFirst() }
    timedRounds.append(TimedRound(round: round, sentAt: now))
    for place in progress.indices { progress[place].lowestNext = progress[place].next }
  }

  /// Takes note of a member's answer to a round.
  ///
  /// - Returns: when the latest round was sent that a quorum has acknowledged, if this answer made it one.
  mutating func hear(_ place: Int, round: UInt64, at now: LocalInstant, own: Int, quorum: Int) -> LocalInstant? {
    progress[place].heardAt = now
    // Nobody can have heard a round that has not begun.
    let heard = min(round, self.round)
    guard heard > progress[place].acknowledgedRound else { return nil }
    progress[place].acknowledgedRound = heard
    let current = self.round
    guard let agreed = reached(byQuorum: quorum, above: quorumRound, { $0 == own ? current : $1.acknowledgedRound })
    else { return nil }
    quorumRound = agreed
    let acknowledged = timedRounds.prefix { $0.round <= quorumRound }
    defer { timedRounds.removeFirst(acknowledged.count) }
    return acknowledged.last?.sentAt
  }

  /// When a quorum, the leader included, had last answered.
  func quorumHeardAt(now: LocalInstant, own: Int, quorum: Int) -> LocalInstant {
    let never = LocalInstant(nanoseconds: .min)
    return reached(byQuorum: quorum, above: never) { $0 == own ? now : $1.heardAt } ?? never
  }

  /// The highest index that at least `quorum` members are known to hold; `nil` if that is not beyond a given one.
  func indexHeld(byQuorum quorum: Int, beyond index: LogIndex) -> LogIndex? {
    reached(byQuorum: quorum, above: index) { $1.match }
  }

  /// The highest value that at least `quorum` members have reached, found without a copy of them all; `nil` if that is not
  /// above a given one. Mostly no member is, and that is seen at a glance.
  private func reached<Value: Comparable>(
    byQuorum quorum: Int, above least: Value, _ value: (Int, borrowing Progress) -> Value
  ) -> Value? {
    var highest = least
    for candidate in progress.indices {
      let reached = value(candidate, progress[candidate])
      guard reached > highest else { continue }
      var count = 0
      for member in progress.indices where value(member, progress[member]) >= reached { count += 1 }
      if count >= quorum { highest = reached }
    }
    return highest > least ? highest : nil
  }

  /// Ends all waiting, and hands out who waited.
  mutating func takeReads() -> [WaitingRead] {
    defer {
      pendingReads = []
      earlyReads = []
      logReads = []
      gatheredLogReads = []
    }
    return pendingReads.map(\.read) + earlyReads + logReads.map(\.read) + gatheredLogReads
  }
}
