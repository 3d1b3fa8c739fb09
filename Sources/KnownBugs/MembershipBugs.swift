import Determinism
import Raft
import Replica

/// Changes members before anything of the leader's own term is committed. Two leaders, each with a change that the other does
/// not know, can both decide.
enum ConfigBeforeOwnCommit: RaftRules {
  static func mayBeginChange(termAtCommitIndex: Term?, currentTerm: Term) -> Bool { true }
}

/// Lets a configuration count once it is committed. Until then some count by the old one and some by the new one.
enum ConfigAtCommit: RaftRules {
  static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers { committed }
}

/// Changes one member after the other without waiting. Majorities of the first and of the last configuration need not overlap.
enum ConfigManyAtOnce: RaftRules {
  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool { true }
}

/// The same where a learner becomes a voter.
enum PromotesTwoUncommitted: RaftRules {
  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool {
    isPromotion || PaperRaftRules.mayFollow(latest: latest, commitIndex: commitIndex, isPromotion: isPromotion)
  }
}

/// Asks only the new configuration during joint consensus. The old one still elects leaders.
enum JointForgetsOldQuorum: RaftRules {
  static func oldMajority(of members: Members) -> NodeSet { NodeSet() }
}

/// Leaves the old voters of joint consensus out of a snapshot. Who installs it counts by the new configuration alone.
enum ConfigLostInSnapshot: RaftRules {
  static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers {
    LoggedMembers(index: included.index, members: included.members.settled)
  }
}

/// Puts the latest configuration into a snapshot that ends before it.
enum SnapshotHoldsUncommittedConfig: RaftRules {
  static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers { latest }
}

/// Keeps a configuration whose entry was removed.
enum ConfigNotRolledBack: RaftRules {
  static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers { before }
}

/// Keeps a later configuration though a snapshot has taken the place of the log that held it.
enum StaleConfigSurvivesSnapshot: RaftRules {
  static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers { before.index > latest.index ? before : latest }
}

/// Takes itself for a voter once it has installed a snapshot.
enum SnapshotPromotesLearner: RaftRules {
  static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers {
    var promoted = latest
    promoted.members.voters.insert(node)
    promoted.members.learners.remove(node)
    return promoted
  }
}

/// Begins with the configuration of its snapshot, whatever its log holds.
enum ConfigForgottenAtRestart: RaftRules {
  static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers { base }
}

/// Ends joint consensus before the joint configuration is committed.
enum JointLeftUncommitted: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool { true }
}

/// Leaves it to the leader that began joint consensus to end it.
enum JointNeverLeft: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool {
    joint.index <= commitIndex && joint.term == currentTerm
  }
}

/// Goes on leading once it is removed.
enum RemovedLeaderStays: RaftRules {
  static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool { true }
}

/// Bars whoever is outside the configuration in force, though that is not committed. Where such a server alone holds the newest
/// log, nobody can be elected.
enum RemovedNewestCannotCampaign: RaftRules {
  static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool {
    members.electors.contains(node)
  }
}

/// Lets learners and removed servers campaign.
enum NonVoterCampaigns: RaftRules {
  static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool { true }
}

/// Votes for nobody outside its own configuration, and not as a learner. A server that has not heard of a change yet keeps the
/// cluster from electing anybody.
enum VotesByOwnConfig: RaftRules {
  static func mayVote(for candidate: NodeID, by voter: NodeID, members: Members) -> Bool {
    members.electors.contains(candidate) && members.electors.contains(voter)
  }
}

/// Replicates no longer to a server from the moment at which its removal is appended.
enum RemovedDroppedBeforeCommit: RaftRules {
  static func mayForget(
    removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// Makes a voter of a server that holds nothing yet.
enum VoterAddedBlind: RaftRules {
  static func isCaughtUp(
    match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// Takes all that it has appended for committed when it is removed. What lies behind its removal is applied by it alone.
enum RemovalSplitsApply: RaftRules {
  static func commitIndex(whenRemoved commitIndex: LogIndex, lastIndex: LogIndex) -> LogIndex { lastIndex }
}

/// Starts under its old name on another disk. It votes a second time, and lacks what it has acknowledged.
enum WipedNodeRevotes: StorageRules {
  static func mayStart(onReplacedDisk: Bool) -> Bool { true }
}

/// Takes the entry that stands in the middle of what is known of the voters for the one that most of them hold, though they are
/// not sorted by that.
enum QuorumScanUnsorted: RaftRules {
  static func isHeld(byHolders holders: Int, place: Int, quorum: Int) -> Bool { place == quorum }
}

/// Counts a refusal of an earlier term as agreement with what it points to.
enum NackTakenForAck: RaftRules {
  static func counted(
    _ answer: LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term
  ) -> LogAnswer? {
    if role == .leader, term < current, case .refuses(let hint) = answer { return .agrees(hint) }
    return PaperRaftRules.counted(
      answer, term: term, isOwn: isOwn, role: role, ledTerm: ledTerm, current: current)
  }
}

/// Counts pre-votes that were granted to an earlier attempt.
enum PrevoteRoundSurvivesWin: RaftRules {
  static func countsPreVote(of attempt: CampaignAttempt, in current: CampaignAttempt) -> Bool { true }
}
