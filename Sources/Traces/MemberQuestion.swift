import Determinism
import Raft

extension RuleDecision {
  /// What the rules of members and of transfer of leadership were asked, with the answers.
  package enum MemberQuestion: Hashable, Sendable {
    /// Which configuration is in force.
    case inForce(appended: LoggedMembers, committed: LoggedMembers, Answers<LoggedMembers>)
    /// Which is the latest once entries were removed.
    case afterRemoval(before: LoggedMembers, left: LoggedMembers, Answers<LoggedMembers>)
    /// Which is the latest once a snapshot was installed.
    case afterInstallation(before: LoggedMembers, latest: LoggedMembers, at: NodeID, Answers<LoggedMembers>)
    /// Which is the latest at a server that restarts.
    case atStart(appended: LoggedMembers, base: LoggedMembers, Answers<LoggedMembers>)
    /// Which one a snapshot includes.
    case ofSnapshot(included: LoggedMembers, latest: LoggedMembers, Answers<LoggedMembers>)
    /// Of which outgoing voters a majority must agree, too.
    case oldMajority(members: Members, Answers<NodeSet>)
    /// Whether a server may campaign, as far as configurations go.
    case isElectable(node: NodeID, inForce: Members, before: Members?, Answers<Bool>)
    /// Whether a vote may be given, as far as configurations go.
    case mayVote(candidate: NodeID, voter: NodeID, members: Members, Answers<Bool>)
    /// Whether a leader may begin a change.
    case mayBeginChange(termAtCommitIndex: Term?, currentTerm: Term, Answers<Bool>)
    /// Whether a change may follow on the one before.
    case mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool, Answers<Bool>)
    /// Whether new voters have caught up.
    case isCaughtUp(
      match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
      electionTimeout: ClosedRange<Duration>, Answers<Bool>)
    /// Whether joint consensus ends.
    case leavesJoint(joint: LogPosition, commitIndex: LogIndex, currentTerm: Term, Answers<Bool>)
    /// Whether a leader leads on, as far as configurations go.
    case leadsOn(leader: NodeID, members: LoggedMembers, commitIndex: LogIndex, Answers<Bool>)
    /// What a leader that is removed has committed.
    case commitIndexWhenRemoved(commitIndex: LogIndex, lastIndex: LogIndex, Answers<LogIndex>)
    /// Whether nothing is replicated to a removed server any more.
    case mayForget(
      removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
      electionTimeout: ClosedRange<Duration>, Answers<Bool>)
    /// Whether leadership may go to a server.
    case mayTransfer(target: NodeID, members: Members, Answers<Bool>)
    /// Whether a leader takes proposals, as far as transfers go.
    case takesProposals(target: NodeID?, Answers<Bool>)
    /// Whether a target holds enough of the log to campaign.
    case mayTakeOver(match: LogIndex, lastIndex: LogIndex, Answers<Bool>)
    /// Whether a leader gives a transfer up.
    case givesUpTransfer(
      begunAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>, Answers<Bool>)
    /// Whether a transfer goes on, as far as configurations go.
    case keepsTarget(target: NodeID, members: Members, Answers<Bool>)
    /// Whether a server asks beforehand if it could win.
    case asksBeforehand(usesPreVote: Bool, isTransfer: Bool, Answers<Bool>)
    /// Whether a candidate's requests pass those who hear a leader.
    case passesStickiness(orderedIn: Term?, term: Term, Answers<Bool>)
    /// Whether a leader may rely on its lease.
    case mayUseLease(hasSentTimeoutNow: Bool, Answers<Bool>)
  }
}
