import Determinism

/// The decisions on which it rests that a cluster's members change safely (Raft §6; Ongaro 2014 §4).
package protocol MembershipRules: Sendable {
  // MARK: Which configuration is in force

  /// Raft §6: a server always uses the latest configuration in its log, regardless of whether the entry is committed.
  ///
  /// - Parameters:
  ///   - appended: the latest in its log.
  ///   - committed: the latest that it knows to be committed.
  static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers

  /// Raft §6, §5.3: a configuration goes with the entry that brought it, and the one before is in force again.
  ///
  /// - Parameters:
  ///   - before: the latest in the log before entries were removed.
  ///   - left: the latest in what is left.
  static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers

  /// Raft §7, Figure 13, 8: a server uses the snapshot's configuration, unless what its log retains behind it has a later one.
  ///
  /// - Parameters:
  ///   - before: the latest before the snapshot was installed.
  ///   - latest: that of the snapshot, or the latest in the log behind it.
  static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers

  /// Raft §6, §7: a server that restarts finds the latest configuration in its log, or else in its snapshot.
  ///
  /// - Parameters:
  ///   - appended: the latest in its log, or that of `base`.
  ///   - base: where the log begins.
  static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers

  /// Raft §7: a snapshot includes the latest configuration as of its last entry.
  ///
  /// - Parameters:
  ///   - included: the latest up to there.
  ///   - latest: the latest in the log.
  static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers

  // MARK: Who counts

  /// Raft §6: during joint consensus, agreement requires separate majorities from both the old and new configurations.
  ///
  /// - Returns: the voters of the old one, of which a majority must agree, too.
  static func oldMajority(of members: Members) -> NodeSet

  /// Raft §6, Ongaro 2014 §4.2.1, §4.2.2: voters campaign, and nobody else. While the configuration in force is not known to
  /// be committed those of the one before it do, too: one of them may alone hold the newest log.
  ///
  /// - Parameter before: the configuration before that in force; `nil` once the latter is known to be committed.
  static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool

  /// Raft §6, Ongaro 2014 §4.1: the configuration of whoever asks counts, and a server votes for one that is not in its own
  /// configuration, or without being a voter of it.
  static func mayVote(for candidate: NodeID, by voter: NodeID, members: Members) -> Bool

  // MARK: Changing

  /// Ongaro's correction of 2015: a leader begins a change only once it has committed an entry of its own term. Otherwise a
  /// configuration that it does not know may be in force elsewhere, of which no majority overlaps with the new one's.
  static func mayBeginChange(termAtCommitIndex: Term?, currentTerm: Term) -> Bool

  /// Ongaro 2014 §4.1: a change begins only once the one before is committed.
  ///
  /// - Parameters:
  ///   - latest: the leader's latest configuration.
  ///   - isPromotion: whether the change makes voters of learners.
  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool

  /// Ongaro 2014 §4.2.1: a new server becomes a voter once it has caught up. That is so if it holds all that the leader's log
  /// held when the latest round of replication began, and the round took less than an election timeout.
  static func isCaughtUp(
    match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool

  /// Raft §6: once the joint configuration is committed, a leader appends the new one, whoever has begun the change.
  ///
  /// - Parameter joint: where the joint configuration stands.
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool

  /// Raft §6, Ongaro 2014 §4.2.2: a leader that is not one of the new voters steps down once the new configuration is
  /// committed, and manages the cluster until then.
  static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool

  /// Raft §5.3, §6: what a leader has committed when it steps down is what was on a majority, though it be removed.
  static func commitIndex(whenRemoved commitIndex: LogIndex, lastIndex: LogIndex) -> LogIndex

  /// Ongaro 2014 §4.2.3: a removed server that is not told of its removal campaigns. So the leader replicates to it until its
  /// removal is committed, and then until it holds that, or an election timeout has passed.
  ///
  /// - Parameters:
  ///   - removal: the entry that removes it.
  ///   - match: what it is known to hold.
  ///   - committedAt: when the leader knew the removal to be committed; `nil` before.
  static func mayForget(
    removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool
}

/// Changes of members as published.
extension MembershipRules {
  package static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers { appended }

  package static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers { left }

  package static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers { latest }

  package static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers { appended }

  package static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers { included }

  package static func oldMajority(of members: Members) -> NodeSet { members.outgoing }

  package static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool {
    members.electors.contains(node) || before?.electors.contains(node) ?? false
  }

  package static func mayVote(for candidate: NodeID, by voter: NodeID, members: Members) -> Bool { true }

  package static func mayBeginChange(termAtCommitIndex: Term?, currentTerm: Term) -> Bool {
    termAtCommitIndex == currentTerm
  }

  package static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool {
    latest.index <= commitIndex
  }

  package static func isCaughtUp(
    match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    match >= roundEnd && now - roundBegan < electionTimeout.lowerBound
  }

  package static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool {
    joint.index <= commitIndex
  }

  package static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool {
    members.members.electors.contains(leader) || members.index > commitIndex
  }

  package static func commitIndex(whenRemoved commitIndex: LogIndex, lastIndex: LogIndex) -> LogIndex { commitIndex }

  package static func mayForget(
    removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    guard let committedAt else { return false }
    return match >= removal || now - committedAt >= electionTimeout.upperBound
  }
}
