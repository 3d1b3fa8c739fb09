import Determinism
import Raft

// Mistakes about members and transfers, each as one wrong rule.

/// Begins a change before an entry of its own term is committed (Ongaro's correction of 2015).
enum ChangesTooEarly: RaftRules {
  static func mayBeginChange(termAtCommitIndex: Term?, currentTerm: Term) -> Bool { true }
}

/// Campaigns as a learner, removed, and before it knows who takes part.
enum LetsAnyoneCampaign: RaftRules {
  static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool { true }
}

/// Votes for members only.
enum VotesForMembersOnly: RaftRules {
  static func mayVote(for candidate: NodeID, by voter: NodeID, members: Members) -> Bool {
    members.voters.contains(candidate) && members.voters.contains(voter)
  }
}

/// Takes itself for a voter once it installs a snapshot.
enum PromotesItself: RaftRules {
  static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers {
    var members = latest.members
    members.voters.insert(node)
    members.learners.remove(node)
    return LoggedMembers(index: latest.index, members: members)
  }
}

/// Gives up a removed server when its removal is appended.
enum ForgetsTooEarly: RaftRules {
  static func mayForget(
    removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// Adds voters whose logs are empty.
enum AddsBlindly: RaftRules {
  static func isCaughtUp(
    match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// Says in each later campaign that its leader has asked for it.
enum AlwaysPassesStickiness: RaftRules {
  static func passesStickiness(orderedIn: Term?, campaigning term: Term) -> Bool { orderedIn != nil }
}

/// Transfers to whoever it is told to.
enum TransfersToAnyone: RaftRules {
  static func mayTransfer(to target: NodeID, members: Members) -> Bool { true }
}

/// Goes on with a transfer to one that is demoted.
enum KeepsAnyTarget: RaftRules {
  static func keepsTarget(_ target: NodeID, members: Members, wasVoter: Bool) -> Bool { true }
}

/// Tells the target to campaign before it has caught up.
enum TransfersToStale: RaftRules {
  static func mayTakeOver(match: LogIndex, lastIndex: LogIndex) -> Bool { true }
}

/// Takes proposals during a transfer, and a change or another transfer.
enum ProposesDuringTransfer: RaftRules {
  static func takesProposals(transferringTo target: NodeID?) -> Bool { true }
}

/// Never gives up a transfer.
enum NeverGivesUpTransfer: RaftRules {
  static func givesUpTransfer(
    begunAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool { false }
}

/// Asks beforehand, though its leader has told it to campaign.
enum AlwaysAsksBeforehand: RaftRules {
  static func asksBeforehand(usesPreVote: Bool, isTransfer: Bool) -> Bool { usesPreVote }
}

/// Counts the grants of earlier attempts.
enum CountsAnyAttempt: RaftRules {
  static func countsPreVote(of attempt: CampaignAttempt, in current: CampaignAttempt) -> Bool { true }
}

/// Takes what the last of the voters holds for what a quorum holds.
enum ReadsOffUnsorted: RaftRules {
  static func isHeld(byHolders holders: Int, place: Int, quorum: Int) -> Bool { place == quorum }
}

/// Begins a change while the one before is not committed.
enum ChangesOnTop: RaftRules {
  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool { true }
}

/// Keeps a configuration though the entry that brought it is removed.
enum KeepsCutMembers: RaftRules {
  static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers { before }
}

/// Keeps the configuration that it had when it installs a snapshot.
enum KeepsMembersOverSnapshot: RaftRules {
  static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers { before }
}

/// Puts its latest configuration into a snapshot.
enum SnapshotsLatestMembers: RaftRules {
  static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers { latest }
}

/// Recovers the configuration where its log begins.
enum ForgetsMembersAtStart: RaftRules {
  static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers { base }
}

/// Lets the new majority decide alone.
enum IgnoresOldMajority: RaftRules {
  static func oldMajority(of members: Members) -> NodeSet { NodeSet() }
}

/// Ends joint consensus before it is committed.
enum LeavesJointEarly: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool { true }
}

/// Goes by the latest configuration that is committed.
enum WaitsForCommit: RaftRules {
  static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers { committed }
}

/// Takes all of its log for committed when it is removed.
enum CommitsAllWhenRemoved: RaftRules {
  static func commitIndex(whenRemoved commitIndex: LogIndex, lastIndex: LogIndex) -> LogIndex { lastIndex }
}

/// Reads by its lease though it has asked another one to campaign.
enum KeepsLease: RaftRules {
  static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool { true }
}

/// Never ends joint consensus that another leader has begun.
enum NeverLeavesJoint: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool { false }
}

/// Leads on though it is removed.
enum LeadsOnRemoved: RaftRules {
  static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool { true }
}

/// All of them.
let wrongMemberRules: [any RaftRules.Type] = [
  ChangesTooEarly.self, ChangesOnTop.self, KeepsCutMembers.self, KeepsMembersOverSnapshot.self, PromotesItself.self,
  SnapshotsLatestMembers.self, ForgetsMembersAtStart.self, IgnoresOldMajority.self, LeavesJointEarly.self,
  NeverLeavesJoint.self, WaitsForCommit.self, CommitsAllWhenRemoved.self, LeadsOnRemoved.self, LetsAnyoneCampaign.self,
  VotesForMembersOnly.self, ForgetsTooEarly.self, AddsBlindly.self, KeepsLease.self, AlwaysPassesStickiness.self,
  TransfersToAnyone.self, KeepsAnyTarget.self, TransfersToStale.self, ProposesDuringTransfer.self,
  NeverGivesUpTransfer.self, AlwaysAsksBeforehand.self, CountsAnyAttempt.self, ReadsOffUnsorted.self,
]
