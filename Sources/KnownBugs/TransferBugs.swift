import Determinism
import Raft

/// Hands on to a learner, which cannot lead.
enum TransferToLearner: RaftRules {
  static func mayTransfer(to target: NodeID, members: Members) -> Bool { members.all.contains(target) }
}

/// Tells a server to campaign that has not caught up. It cannot win, and deposes the leader.
enum TransferToStale: RaftRules {
  static func mayTakeOver(match: LogIndex, lastIndex: LogIndex) -> Bool { true }
}

/// Waits for the target for ever, and takes no proposals meanwhile.
enum TransferNeverEnds: RaftRules {
  static func givesUpTransfer(
    begunAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool { false }
}

/// Goes on taking proposals, so that the target never catches up.
enum TransferAcceptsProposals: RaftRules {
  static func takesProposals(transferringTo target: NodeID?) -> Bool { true }
}

/// Lets the target ask beforehand who would vote for it. All hear the leader, and refuse.
enum TransferUndoneByPrevote: RaftRules {
  static func asksBeforehand(usesPreVote: Bool, isTransfer: Bool) -> Bool { usesPreVote }
}

/// Goes on with a transfer to a server that was demoted or removed meanwhile.
enum TransfereeDemoted: RaftRules {
  static func keepsTarget(_ target: NodeID, members: Members, wasVoter: Bool) -> Bool { true }
}

/// Campaigns in its leader's name for ever after. Its later campaigns depose leaders that work.
enum StickinessFlagOutlivesTransfer: RaftRules {
  static func passesStickiness(orderedIn: Term?, campaigning term: Term) -> Bool { orderedIn != nil }
}

/// Keeps its lease though another server was told to campaign.
enum LeaseSurvivesTransfer: RaftRules {
  static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool { true }
}
