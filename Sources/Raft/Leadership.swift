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
  /// Who leads.
  let id: NodeID
  /// What it knows of each member, and of itself.
  package var progress: ProgressTable
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

  init(term: Term, of leader: NodeID, members: Members, lastIndex: LogIndex, at now: LocalInstant) {
    self.term = term
    id = leader
    progress = ProgressTable()
    track(members, lastIndex: lastIndex, at: now)
  }

  /// Begins to take note of members that are new to this leader.
  mutating func track(_ members: Members, lastIndex: LogIndex, at now: LocalInstant) {
    let all = members.all.union(NodeSet(CollectionOfOne(id)))
    progress.track(all, as: Progress(lastIndex: lastIndex, at: now))
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
    for member in progress.tracked { progress[member].lowestNext = progress[member].next }
  }

  /// Takes note of a member's answer to a round.
  ///
  /// - Returns: when the latest round was sent that a quorum has acknowledged, if this answer made it one.
  mutating func hear(
    _ member: NodeID, round: UInt64, at now: LocalInstant, by electorate: Electorate
  ) -> LocalInstant? {
    progress[member].heardAt = now
    // Nobody can have heard a round that has not begun.
    let heard = min(round, self.round)
    guard heard > progress[member].acknowledgedRound else { return nil }
    progress[member].acknowledgedRound = heard
    let (id, current) = (id, self.round)
    guard let agreed = reached(by: electorate, above: quorumRound, { $0 == id ? current : $1.acknowledgedRound })
    else { return nil }
    quorumRound = agreed
    let acknowledged = timedRounds.prefix { $0.round <= quorumRound }
    defer { timedRounds.removeFirst(acknowledged.count) }
    return acknowledged.last?.sentAt
  }

  /// When a quorum, the leader included if it votes, had last answered.
  func quorumHeardAt(now: LocalInstant, by electorate: Electorate) -> LocalInstant {
    let never = LocalInstant(nanoseconds: .min)
    let id = id
    return reached(by: electorate, above: never) { $0 == id ? now : $1.heardAt } ?? never
  }

  /// The highest index that a quorum is known to hold; `nil` if that is not beyond a given one.
  func indexHeld(
    by electorate: Electorate, beyond index: LogIndex, _ rules: any RaftRules.Type
  ) -> LogIndex? {
    reached(by: electorate, above: index, { $1.match }) {
      rules.isHeld(byHolders: $0, place: $1, quorum: $2)
    }
  }

  /// The highest value that a quorum has reached; `nil` if that is not above a given one.
  ///
  /// - Parameter isQuorum: whether a number of voters, of which one stands at a place, are a quorum of a size.
  private func reached<Value: Comparable>(
    by electorate: Electorate, above least: Value, _ value: (NodeID, borrowing Progress) -> Value,
    isQuorum: (_ count: Int, _ place: Int, _ quorum: Int) -> Bool = { count, _, quorum in count >= quorum }
  ) -> Value? {
    guard let incoming = reached(by: electorate.incoming, above: least, value, isQuorum) else { return nil }
    guard let half = electorate.outgoing else { return incoming }
    return reached(by: half, above: least, value, isQuorum).map { min($0, incoming) }
  }

  /// The same of one set of voters, found without a copy of what is known of them. Mostly none is above the least, and that
  /// is seen at a glance.
  private func reached<Value: Comparable>(
    by half: Electorate.Half, above least: Value, _ value: (NodeID, borrowing Progress) -> Value,
    _ isQuorum: (_ count: Int, _ place: Int, _ quorum: Int) -> Bool
  ) -> Value? {
    var (highest, place) = (least, 0)
    for candidate in half.voters {
      place += 1
      let reached = value(candidate, progress[candidate])
      guard reached > highest else { continue }
      var count = 0
      for voter in half.voters where value(voter, progress[voter]) >= reached { count += 1 }
      if isQuorum(count, place, half.quorum) { highest = reached }
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
