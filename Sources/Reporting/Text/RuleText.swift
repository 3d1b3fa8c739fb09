import Traces

extension RuleDecision.Rule {
  /// Where the published rule stands.
  var source: String {
    switch self {
    case .standing, .hears: "Raft §5.1"
    case .voteAfterEntering, .voteAfterHearing, .mayVote, .quorum, .votes, .speaksAsLeader, .electionTimeout,
      .resetsElectionTimer:
      "Raft §5.2"
    case .hardStateToPersist, .departure: "Raft Figure 2"
    case .isUpToDate: "Raft §5.4.1"
    case .ignoresCandidate: "Ongaro 2014 §4.2.3"
    case .mayCampaign, .heardLeader, .leaseEnd, .holdsLease: "Ongaro 2014 §6.4.1"
    case .remainsLeader, .mayLead: "Ongaro 2014 §6.2"
    case .wantsSnapshot: "Ongaro 2014 §5.1.2"
    case .agreement, .truncationStart, .conflictHint, .followerCommitIndex, .proposalIndex, .recipients,
      .countsAsProgress, .credit, .matchIndex, .backtrack, .mayAnswer, .fate:
      "Raft §5.3"
    case .isSilent: "Raft §5.5"
    case .isStalled: "Raft §5.6"
    case .mayCommit: "Raft §5.4.2"
    case .lastIncludedTerm, .compactionIndex, .installs, .matchIndexOfSnapshot, .disposable, .snapshotIndex,
      .appliedIndexRestored, .fileToWrite, .isNewer:
      "Raft §7"
    case .continues, .keepsSuffix, .termAfterInstalling, .valueInSnapshot: "Raft Figure 13"
    case .knowsCommitIndex, .confirms, .answers, .maySatisfyRead, .readPath: "Ongaro 2014 §6.4"
    case .disposition, .hasExpired, .logTime, .sessionsForSnapshot: "Ongaro 2014 §6.3"
    case .effect: "Raft §2"
    case .isIntact, .isTorn, .durableLength, .place: "the log's format"
    case .outcome: "Rebello et al. 2020"
    case .hasRoom: "the reserve of the disk"
    }
  }
}
