/// What ends a run, besides its own end.
package enum RunChecks: String, Codable, Hashable, Sendable, CaseIterable {
  /// Every invariant, and the servers' own checks.
  case all
  /// Only damage that is done: servers that have applied different things, or stopped rather than do so. An invariant
  /// that breaks when something *could* go wrong does not end the run.
  case damage
  /// What an operator sees of any store, besides what its clients are told: a server that stops or will not start, and a
  /// cluster that does not answer after all has healed.
  case outside
  /// Nothing: only clients can notice what is wrong.
  case none

  /// Whether anybody looks into the servers.
  package var looksInside: Bool { self == .all || self == .damage }

  /// Whether a finding ends a run.
  package func includes(_ finding: Finding) -> Bool {
    switch self {
    case .all: true
    case .damage: finding.isDamage
    case .outside: finding.isSeenOutside
    case .none: false
    }
  }
}

extension Finding {
  /// Whether whoever runs the servers notices it without looking into them.
  package var isSeenOutside: Bool {
    switch self {
    case .notAnswered, .changeStuck, .transferStuck, .answerUnfit, .stopped, .stoppedForSoundDisk, .stoppedForSnapshot,
      .cannotRecover:
      true
    default: false
    }
  }

  /// Whether what was seen is itself the damage, and not what may lead to it.
  package var isDamage: Bool {
    switch self {
    case .appliedOtherEntries, .snapshotOfUnapplied, .statesDiffer, .commandsAppliedAgain, .stateNotOfLog,
      .appliedWentBack, .logTimeWentBack, .stopped:
      true
    case .twoLeaders, .votedTwice, .termWentBack, .leaseWithoutPromises, .voteNotDurable, .candidateLogNotDurable,
      .acknowledgementNotDurable, .leaderChangedLog, .logsDiffer, .logBeginsBehindUnknown, .leaderLacksCommitted,
      .electableLacksCommitted, .committedOnTooFew, .commitWentBack, .commitBeyondLog, .matchWentBack,
      .matchNotDurable, .snapshotBeyondApplied, .snapshotOfOtherMembers, .toldOfMissingEntry, .leaderLacksTold,
      .notSettled, .leaderDeposed, .notAnswered, .turnedAway, .changeStuck, .transferStuck, .followerSilent,
      .followerStuck, .snapshotUnending,
      .silentPeerFlooded, .creditedUnsent, .creditedUnheardRound, .readNotFresh, .readNotConfirmed, .entriesUnsent,
      .sentAgain, .campaignWithoutGrants, .waitsAfterLeadership, .waitsForApplied, .readsWaitAfterLeadership,
      .readsForgotten, .removedNeeded, .markBeyondSynced, .wroteToEarlierFile, .recoveredOtherwise, .diskDiffers,
      .answerUnfit, .filesLeftOver, .roomMiscounted, .snapshotOverdue, .logNotCompacted, .membersNotInForce,
      .membersDiffer, .configurationsApart, .changesUncommitted, .jointNotLeft, .leadsThoughRemoved, .removedForgotten,
      .voterNotCaughtUp, .electedByTooFew, .campaignsOutside, .transferToOther, .transferToBehind,
      .proposalAmidTransfer, .leaseAfterOrder,
      .campaignsWithoutOrder, .stoppedForSoundDisk,
      .stoppedForSnapshot, .cannotRecover:
      false
    }
  }
}
