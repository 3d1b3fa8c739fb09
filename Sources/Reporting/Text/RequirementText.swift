import Traces

extension FailureSignature {
  /// What must hold, and did not where a run fails so: one sentence, with its source.
  package var requirement: String {
    switch self {
    case .linearizability: "Some order of the operations explains all answers of clients, and respects real time."
    case .invariant(let invariant): invariant.requirement
    case .liveness(let failure): failure.requirement
    case .stopped(let cause): cause.requirement
    }
  }
}

extension Invariant {
  fileprivate var requirement: String {
    switch self {
    case .electionSafety: "At most one leader is elected in a term (Raft Figure 3)."
    case .leaderAppendOnly: "A leader appends to its log, and changes nothing in it (Raft Figure 3)."
    case .logMatching: "Logs that agree on an entry agree on all entries before it (Raft Figure 3)."
    case .leaderCompleteness: "A leader's log holds what was committed in earlier terms (Raft Figure 3)."
    case .stateMachineSafety: "No two servers apply different commands at one index (Raft Figure 3)."
    case .termMonotonicity: "A server's term never decreases (Raft Figure 2)."
    case .oneVotePerTerm: "A server votes once in a term, crashes or not (Raft §5.2)."
    case .commitMonotonicity: "The commit index of a server never decreases while it runs (Raft Figure 2)."
    case .appliedMonotonicity: "The last applied index of a server never decreases while it runs (Raft Figure 2)."
    case .commitWithinLog: "The commit index lies within the log (Raft §5.3)."
    case .snapshotWithinApplied: "A snapshot holds only what was applied (Raft §7)."
    case .durableBeforePromised:
      "Votes and acknowledgements leave once the disk holds what they promise (Raft Figure 2)."
    case .matchMonotonicity: "What a leader knows of a member's log only grows in its term (Raft Figure 2)."
    case .matchIsDurable: "What a leader knows of a member's log is durable there (Raft Figure 2)."
    case .committedOnQuorum: "What is committed is durable at a majority (Raft §5.3, §6)."
    case .electableHoldsCommitted: "Whoever could be elected holds what is committed (Raft §5.4, §6)."
    case .leaseIsPromised: "While a leader holds a lease, too few are free to elect another (Ongaro 2014 §6.4.1)."
    case .acknowledgedWriteSurvives:
      "What a client was told is in the log or snapshot of every later leader (Raft §5.3)."
    case .appliedOnce: "A session's command takes effect once (Ongaro 2014 §6.3)."
    case .referenceState: "Servers with equal applied index have equal state, that of the reference (Raft §2, §7)."
    case .silentPeersGetLittle: "A peer that was not heard for an election timeout is sent little until it answers."
    case .logTimeMonotonicity: "The log's time never decreases, whatever leaders' clocks do (Ongaro 2014 §6.3)."
    case .creditedWhatWasSent: "A leader credits a follower only with what has come there in its term (Raft §5.3)."
    case .readFreshness: "Whoever answers a read has applied all that anybody was told before it (Ongaro 2014 §6.4)."
    case .waitersAreAnswered: "No client waits for what its server has done, or will not do any more (Raft §8)."
    case .campaignsAreGranted: "With pre-vote, a candidate was granted it by a majority (Ongaro 2014 §9.6)."
    case .readsAreConfirmed: "A majority follows the leader after a read's call, before its answer (Ongaro 2014 §6.4)."
    case .answersFit: "A client is answered with a result of the kind that it asked for (Raft §8)."
    case .nothingWaitsUnsent: "What a follower lacks leaves for it when it answers (Raft §5.3)."
    case .littleIsSentAgain: "A leader seldom goes back in what it sends a follower."
    case .removalsTakeNothing: "A file is removed only when a loss of power right then takes nothing with it (Raft §7)."
    case .marksAreSynced: "The mark of a record names no bytes that were not synced when it was written."
    case .recoversWhatIsThere: "A server starts with the term, vote, snapshot and log of its files (Raft Figure 2)."
    case .diskKeepsUp: "When a server's disk is done, its files hold its term, vote and log (Raft Figure 2)."
    case .nothingIsLeftOver: "When a server's disk is done, it holds no file that nobody needs (Raft §7)."
    case .roomIsCounted: "A server counts the room on its disk as it is."
    case .logIsCompacted: "A server takes its snapshots in time, and lets go of the log up to there (Raft §7)."
    case .membersInForce: "The latest configuration in a server's log is in force (Raft §6)."
    case .configurationsOverlap: "Quorums of successive configurations have a server in common (Raft §6)."
    case .changesEnd: "A leader brings a change of members to its end, step by step (Raft §6, Ongaro 2014 §4)."
    case .electedByQuorum: "A leader has the votes of a majority of its configuration's voters (Raft §5.2, §6)."
    case .transferIsSound: "Leadership is transferred only to a voter that holds the leader's log (Ongaro 2014 §3.10)."
    }
  }
}

extension LivenessFailure {
  fileprivate var requirement: String {
    switch self {
    case .noLeader: "With everything healed, all of a quorum follow one leader in one term (Raft §5.6)."
    case .notCaughtUp: "With everything healed, all of a quorum apply all that there is (Raft §5.6)."
    case .followerSilent: "With everything healed, a follower answers its leader (Raft §5.6)."
    case .followerStuck: "With everything healed, a leader gets further with a follower that lacks entries (Raft §5.6)."
    case .snapshotUnending: "With everything healed, a leader's snapshot comes to its end at a follower (Raft §5.6)."
    case .leaderDeposed: "The leader of a quorum in which nothing fails goes on leading (Raft §5.6)."
    case .operationStuck: "An operation of a client ends well while a leader leads (Raft §5.6)."
    case .clientTurnedAway: "A server that leads, or follows a leader, answers clients or names the leader (Raft §8)."
    case .changeStuck: "With everything healed, a change of members comes to its end (Raft §6)."
    case .transferStuck: "With everything healed, a transfer of leadership comes to its end (Ongaro 2014 §3.10)."
    case .readUnanswered: "With everything healed, a read is answered (Raft §5.6)."
    }
  }
}

extension StopCause {
  fileprivate var requirement: String {
    switch self {
    case .committedEntryReplaced: "No leader asks to replace an entry that is known to be committed."
    case .twoLeaders: "No two leaders of one term speak to a server."
    case .acknowledgedBeyondLog: "No peer acknowledges an entry that its leader never had."
    case .gapInLog: "No entries are appended behind the end of the log."
    case .termsExhausted: "Some term comes after the current one."
    case .logDamaged: "A server reads its files, unless a disk has damaged them."
    case .unreadableSnapshot: "A leader's snapshot decodes."
    case .disk: "A server does not stop for a disk with which nothing is wrong."
    }
  }
}
