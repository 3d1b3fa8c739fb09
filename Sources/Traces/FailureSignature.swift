/// What kind of failure a run had, so that the failures of many runs fall into buckets.
///
/// Printed and parsed as one word: `linearizability`, `invariant/ElectionSafety`, `liveness/NoLeader`,
/// `stopped/log-damaged`.
package enum FailureSignature: Hashable, Sendable {
  /// No order of the operations explains what the clients saw.
  case linearizability
  /// An invariant of the cluster broke.
  case invariant(Invariant)
  /// A healed quorum did not get on with its work.
  case liveness(LivenessFailure)
  /// A node stopped that should not have.
  case stopped(StopCause)
}

/// The properties that must hold in every state of a run, by their names in the paper or those that they go by here.
package enum Invariant: String, Hashable, Sendable, CaseIterable {
  // Raft Figure 3
  case electionSafety = "ElectionSafety"
  case leaderAppendOnly = "LeaderAppendOnly"
  case logMatching = "LogMatching"
  case leaderCompleteness = "LeaderCompleteness"
  case stateMachineSafety = "StateMachineSafety"

  // What it rests on, and what follows from it
  case termMonotonicity = "TermMonotonicity"
  case oneVotePerTerm = "OneVotePerTerm"
  case commitMonotonicity = "CommitMonotonicity"
  case appliedMonotonicity = "AppliedMonotonicity"
  case commitWithinLog = "CommitWithinLog"
  case snapshotWithinApplied = "SnapshotWithinApplied"
  case durableBeforePromised = "DurableBeforePromised"
  case matchMonotonicity = "MatchMonotonicity"
  case matchIsDurable = "MatchIsDurable"
  case committedOnQuorum = "CommittedOnQuorum"
  case electableHoldsCommitted = "ElectableHoldsCommitted"
  case leaseIsPromised = "LeaseIsPromised"
  case acknowledgedWriteSurvives = "AcknowledgedWriteSurvives"
  case appliedOnce = "AppliedOnce"
  case referenceState = "ReferenceState"
  case silentPeersGetLittle = "SilentPeersGetLittle"
  case logTimeMonotonicity = "LogTimeMonotonicity"
  case creditedWhatWasSent = "CreditedWhatWasSent"
  case readFreshness = "ReadFreshness"
  case waitersAreAnswered = "WaitersAreAnswered"
  case campaignsAreGranted = "CampaignsAreGranted"
  case readsAreConfirmed = "ReadsAreConfirmed"
  case answersFit = "AnswersFit"
  case nothingWaitsUnsent = "NothingWaitsUnsent"
  case littleIsSentAgain = "LittleIsSentAgain"
  case removalsTakeNothing = "RemovalsTakeNothing"
  case marksAreSynced = "MarksAreSynced"
  case recoversWhatIsThere = "RecoversWhatIsThere"
  case diskKeepsUp = "DiskKeepsUp"
  case nothingIsLeftOver = "NothingIsLeftOver"
  case roomIsCounted = "RoomIsCounted"
  case logIsCompacted = "LogIsCompacted"
  case membersInForce = "MembersInForce"
  case configurationsOverlap = "ConfigurationsOverlap"
  case changesEnd = "ChangesEnd"
  case electedByQuorum = "ElectedByQuorum"
  case transferIsSound = "TransferIsSound"
}

/// What a healed quorum owes and has not delivered. Raft promises progress to a majority that can communicate, once
/// messages take much less time than an election timeout (Raft §5.6).
package enum LivenessFailure: String, Hashable, Sendable, CaseIterable {
  /// No leader that all of the quorum follow, in one term.
  case noLeader = "NoLeader"
  /// There is one, and not everybody has applied all that there is.
  case notCaughtUp = "NotCaughtUp"
  /// A follower does not answer its leader.
  case followerSilent = "FollowerSilent"
  /// A leader does not get further with a follower that lacks entries.
  case followerStuck = "FollowerStuck"
  /// A leader's snapshot does not come to its end at a follower.
  case snapshotUnending = "SnapshotUnending"
  /// The leader of a quorum in which nothing fails was deposed, or its term was left behind.
  case leaderDeposed = "LeaderDeposed"
  /// An operation of a client did not end well while a leader led.
  case operationStuck = "OperationStuck"
  /// A server that led, or followed the leader, did not answer a client, or did not send it to the leader.
  case clientTurnedAway = "ClientTurnedAway"
  /// A change of members does not come to its end, with everything healed.
  case changeStuck = "ChangeStuck"
  /// A transfer of leadership does not, likewise.
  case transferStuck = "TransferStuck"
  /// A read in the end, with everything healed, was not answered.
  case readUnanswered = "ReadUnanswered"
}

/// For what kind of reason a node stopped, or could not start.
package enum StopCause: String, Hashable, Sendable, CaseIterable {
  /// A leader asked to replace an entry that is known to be committed.
  case committedEntryReplaced = "committed-entry-replaced"
  /// Two leaders of one term spoke.
  case twoLeaders = "two-leaders"
  /// A peer acknowledged an entry that the leader never had.
  case acknowledgedBeyondLog = "acknowledged-beyond-log"
  /// Entries were to be appended behind the end of the log.
  case gapInLog = "gap-in-log"
  /// No term comes after the current one.
  case termsExhausted = "terms-exhausted"
  /// Its files do not read, though no crash leaves them so.
  case logDamaged = "log-damaged"
  /// The leader's snapshot does not decode.
  case unreadableSnapshot = "unreadable-snapshot"
  /// It stopped for its disk, with which nothing is wrong.
  case disk
}

extension FailureSignature {
  /// Whether a run goes on behind such a failure: it may yet show what that means for clients or servers, and say it better.
  package var letsRunGoOn: Bool {
    switch self {
    case .invariant(let invariant): invariant.letsRunGoOn
    case .liveness(.clientTurnedAway): true
    default: false
    }
  }
}

extension Invariant {
  /// Whether a run goes on behind it.
  fileprivate var letsRunGoOn: Bool {
    switch self {
    case .readFreshness, .readsAreConfirmed, .waitersAreAnswered, .nothingWaitsUnsent, .campaignsAreGranted,
      .removalsTakeNothing, .marksAreSynced, .recoversWhatIsThere, .diskKeepsUp, .nothingIsLeftOver, .roomIsCounted,
      .answersFit, .logIsCompacted:
      true
    default: false
    }
  }
}

extension FailureSignature: LosslessStringConvertible {
  /// The signature that prints like this.
  package init?(_ description: String) {
    let words = description.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = words.count > 1 ? words[1] : ""
    let signature: FailureSignature? =
      switch words.first {
      case "linearizability": words.count == 1 ? .linearizability : nil
      case "invariant": Invariant(rawValue: name).map { .invariant($0) }
      case "liveness": LivenessFailure(rawValue: name).map { .liveness($0) }
      case "stopped": StopCause(rawValue: name).map { .stopped($0) }
      default: nil
      }
    guard let signature else { return nil }
    self = signature
  }

  /// One word.
  package var description: String {
    switch self {
    case .linearizability: "linearizability"
    case .invariant(let invariant): "invariant/\(invariant.rawValue)"
    case .liveness(let failure): "liveness/\(failure.rawValue)"
    case .stopped(let cause): "stopped/\(cause.rawValue)"
    }
  }
}

extension FailureSignature: Comparable {
  /// The order of the printed lines.
  package static func < (one: FailureSignature, other: FailureSignature) -> Bool {
    one.description < other.description
  }
}
