import Traces

extension RuleDecision.Rule {
  /// Where the published rule stands.
  var source: String {
    switch self {
    case .standing, .hears: "Raft §5.1"
    case .voteAfterEntering, .voteAfterHearing, .mayVote, .quorum, .votes, .speaksAsLeader, .electionTimeout,
      .resetsElectionTimer:
      "Raft §5.2"
    case .hardStateToPersist, .departure, .mayStart: "Raft Figure 2"
    case .isUpToDate: "Raft §5.4.1"
    case .ignoresCandidate: "Ongaro 2014 §4.2.3"
    case .mayCampaign, .heardLeader, .leaseEnd, .holdsLease: "Ongaro 2014 §6.4.1"
    case .remainsLeader, .mayLead: "Ongaro 2014 §6.2"
    case .wantsSnapshot: "Ongaro 2014 §5.1.2"
    case .agreement, .truncationStart, .conflictHint, .followerCommitIndex, .proposalIndex, .recipients,
      .counted, .isHeld, .commitIndexWhenRemoved, .credit, .matchIndex, .backtrack, .mayAnswer, .fate:
      "Raft §5.3"
    case .countsPreVote: "Ongaro 2014 §9.6"
    case .inForce, .membersAfterRemoval, .membersAtStart, .oldMajority, .mayVoteForStranger, .leavesJoint: "Raft §6"
    case .membersOfSnapshot: "Raft §7"
    case .membersAfterInstallation: "Raft Figure 13"
    case .mayBeginChange: "Ongaro's correction of 2015"
    case .mayFollow: "Ongaro 2014 §4.1"
    case .isCaughtUp: "Ongaro 2014 §4.2.1"
    case .isElectable, .leadsOn: "Ongaro 2014 §4.2.2"
    case .mayForget: "Ongaro 2014 §4.2.3"
    case .mayTransfer, .takesProposals, .mayTakeOver, .givesUpTransfer, .keepsTarget, .asksBeforehand,
      .passesStickiness, .mayUseLease:
      "Ongaro 2014 §3.10"
    case .isSilent: "Raft §5.5"
    case .isStalled: "Raft §5.6"
    case .mayCommit: "Raft §5.4.2"
    case .lastIncludedTerm, .compactionIndex, .installs, .matchIndexOfSnapshot, .disposable, .snapshotIndex,
      .appliedIndexRestored, .lane, .fileToWrite, .isNewer:
      "Raft §7"
    case .continues, .keepsSuffix, .termAfterInstalling, .valueInSnapshot: "Raft Figure 13"
    case .knowsCommitIndex, .confirms, .answers, .maySatisfyRead, .readPath: "Ongaro 2014 §6.4"
    case .disposition, .hasExpired, .logTime, .sessionsForSnapshot: "Ongaro 2014 §6.3"
    case .effect: "Raft §2"
    case .isIntact, .isTorn, .durableLength, .place: "the log's format"
    case .outcome: "Rebello et al. 2020"
    case .hasRoom: "the reserve of the disk"
    case .isFrameIntact: "RFC 3720, appendix B.4"
    case .isAddressed: "the format of frames"
    }
  }
}
