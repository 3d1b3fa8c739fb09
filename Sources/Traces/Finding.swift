import Determinism
import KeyValue
import Raft
import Replica

/// What was seen that must not be: who, in which term, at which entry. Its words are made where it is told.
package enum Finding: Hashable, Sendable {
  // MARK: Elections and promises

  /// Both led the term.
  case twoLeaders(NodeID, NodeID, term: Term)
  case votedTwice(voter: NodeID, first: NodeID, second: NodeID, term: Term)
  case termWentBack(NodeID, from: Term, to: Term)
  /// A lease is held while so many are free to vote for another leader.
  case leaseWithoutPromises(leader: NodeID, term: Term, free: [NodeID], members: Int)
  /// A vote left while the disk still held another hard state.
  case voteNotDurable(voter: NodeID, candidate: NodeID, term: Term, durable: HardState)
  /// A request for votes left while the log that it speaks of was not durable.
  case candidateLogNotDurable(NodeID, term: Term, last: LogIndex)
  case acknowledgementNotDurable(follower: NodeID, index: LogIndex, term: Term, durable: DurableLack)

  // MARK: Logs

  case leaderChangedLog(NodeID, term: Term, through: LogIndex)
  /// Another log holds the position, and is another one up to there.
  case logsDiffer(NodeID, at: LogPosition)
  /// No log was ever the same up to where this one begins.
  case logBeginsBehindUnknown(NodeID, LogPosition)
  case leaderLacksCommitted(NodeID, term: Term, through: LogIndex)
  case electableLacksCommitted(NodeID, index: LogIndex, voters: [NodeID], members: Int)
  case committedOnTooFew(index: LogIndex, holders: [NodeID], members: Int)
  case commitWentBack(NodeID, from: LogIndex, to: LogIndex)
  case commitBeyondLog(NodeID, commit: LogIndex, last: LogIndex)

  // MARK: What a leader knows

  case matchWentBack(leader: NodeID, term: Term, member: NodeID, from: LogIndex, to: LogIndex)
  case matchNotDurable(leader: NodeID, term: Term, member: NodeID, index: LogIndex, durable: DurableLack)

  // MARK: States

  case appliedOtherEntries(NodeID, through: LogIndex, than: NodeID?)
  case snapshotOfUnapplied(NodeID, through: LogIndex)
  case statesDiffer(NodeID, after: LogIndex, from: NodeID, StateContrast?)
  case appliedWentBack(NodeID, from: LogIndex, to: LogIndex)
  case snapshotBeyondApplied(NodeID, snapshot: LogIndex, applied: LogIndex)
  case commandsAppliedAgain(NodeID, after: LogIndex, StateDifference?)
  case stateNotOfLog(NodeID, after: LogIndex, StateDifference?)
  case snapshotOfOtherMembers(NodeID, through: LogIndex, members: [NodeID])
  /// A client was told of an entry that the log of the server that told it does not hold.
  case toldOfMissingEntry(NodeID, LogPosition)
  case leaderLacksTold(NodeID, term: Term, index: LogIndex, toldIn: Term)

  // MARK: Progress

  case notSettled(Unsettled)
  case leaderDeposed(leader: NodeID, term: Term, by: NodeID, into: Term, quorum: [NodeID])
  /// An operation that a client has asked for since a time, of a server last.
  case notAnswered(client: Int, key: [UInt8], isRead: Bool, since: Duration, last: NodeID)

  // MARK: Stops

  case stopped(NodeID, StopReason)
  case stoppedForSoundDisk(NodeID, DiskFailure)
  case stoppedForSnapshot(NodeID, through: LogIndex)
  case cannotRecover(NodeID, StorageDamage)
}

/// Who has not settled, and when they should have.
package struct Unsettled: Hashable, Sendable {
  /// What had healed.
  package enum Healing: Hashable, Sendable {
    case quorum
    case everything
  }

  package var nodes: [NodeID]
  /// Whether they follow one leader, and only have not applied the same.
  package var isLed: Bool
  package var electionTimeouts: Int
  package var after: Healing

  package init(nodes: [NodeID], isLed: Bool, electionTimeouts: Int, after: Healing) {
    (self.nodes, self.isLed, self.electionTimeouts, self.after) = (nodes, isLed, electionTimeouts, after)
  }
}

/// In what a server's state differs, and from which other one.
package enum StateContrast: Hashable, Sendable {
  case at(NodeID, StateDifference)
  /// From what the log comes to.
  case byLog(StateDifference)
}

/// What a disk holds where something else should be.
package enum DurableLack: Hashable, Sendable {
  /// A hard state of another term.
  case term(Term)
  /// Other entries up to there.
  case otherEntries
  /// No entry at all.
  case noEntries
  /// Entries only up to this one.
  case endsAt(LogIndex)
  /// A snapshot that names a position to which the log does not lead, so that recovery lets go of the log.
  case snapshotInPlaceOfLog(LogPosition)

  /// Of a disk that lacks a leader's log up to an index.
  package init(_ disk: DurableState, of index: LogIndex) {
    if let snapshot = disk.orphaningSnapshot {
      self = .snapshotInPlaceOfLog(snapshot)
    } else if disk.holds(index, digest: nil) {
      self = .otherEntries
    } else {
      self = disk.lastIndex == .zero ? .noEntries : .endsAt(disk.lastIndex)
    }
  }
}

extension Finding {
  /// The nodes that it is about, in the order in which it names them.
  package var nodes: [NodeID] {
    switch self {
    case .twoLeaders(let one, let other, _): [one, other]
    case .votedTwice(let voter, let first, let second, _): [voter, first, second]
    case .termWentBack(let node, _, _), .candidateLogNotDurable(let node, _, _), .leaderChangedLog(let node, _, _),
      .logsDiffer(let node, _), .logBeginsBehindUnknown(let node, _), .leaderLacksCommitted(let node, _, _),
      .commitWentBack(let node, _, _), .commitBeyondLog(let node, _, _), .snapshotOfUnapplied(let node, _),
      .appliedWentBack(let node, _, _), .snapshotBeyondApplied(let node, _, _), .commandsAppliedAgain(let node, _, _),
      .stateNotOfLog(let node, _, _), .snapshotOfOtherMembers(let node, _, _), .toldOfMissingEntry(let node, _),
      .leaderLacksTold(let node, _, _, _), .stoppedForSoundDisk(let node, _), .stoppedForSnapshot(let node, _),
      .cannotRecover(let node, _):
      [node]
    case .leaseWithoutPromises(let leader, _, let free, _): [leader] + free
    case .voteNotDurable(let voter, let candidate, _, _): [voter, candidate]
    case .acknowledgementNotDurable(let follower, _, _, _): [follower]
    case .electableLacksCommitted(let node, _, let voters, _): [node] + voters.filter { $0 != node }
    case .committedOnTooFew(_, let holders, _): holders
    case .matchWentBack(let leader, _, let member, _, _), .matchNotDurable(let leader, _, let member, _, _):
      leader == member ? [leader] : [leader, member]
    case .appliedOtherEntries(let node, _, let other): [node] + (other.map { [$0] } ?? [])
    case .statesDiffer(let node, _, let other, _): [node, other]
    case .notSettled(let unsettled): unsettled.nodes
    case .leaderDeposed(let leader, _, let other, _, let quorum):
      [leader, other] + quorum.filter { $0 != leader && $0 != other }
    case .notAnswered(_, _, _, _, let last): [last]
    case .stopped(let node, .twoLeaders(_, let one, let other)): [node, one, other]
    case .stopped(let node, .acknowledgedBeyondLog(let peer, _)): [node, peer]
    case .stopped(let node, _): [node]
    }
  }

  /// The terms that it is about.
  package var terms: [Term] {
    switch self {
    case .twoLeaders(_, _, let term), .votedTwice(_, _, _, let term), .leaseWithoutPromises(_, let term, _, _),
      .voteNotDurable(_, _, let term, _), .candidateLogNotDurable(_, let term, _),
      .acknowledgementNotDurable(_, _, let term, _), .leaderChangedLog(_, let term, _),
      .leaderLacksCommitted(_, let term, _), .matchWentBack(_, let term, _, _, _),
      .matchNotDurable(_, let term, _, _, _), .stopped(_, .twoLeaders(let term, _, _)):
      [term]
    case .termWentBack(_, let from, let to): [from, to]
    case .leaderLacksTold(_, let term, _, let toldIn): [term, toldIn]
    case .leaderDeposed(_, let term, _, let into, _): [term, into]
    default: []
    }
  }

  /// The entries that it is about, by their places in the log.
  package var indices: [LogIndex] {
    switch self {
    case .candidateLogNotDurable(_, _, let index), .acknowledgementNotDurable(_, let index, _, _),
      .leaderChangedLog(_, _, let index), .leaderLacksCommitted(_, _, let index),
      .electableLacksCommitted(_, let index, _, _), .committedOnTooFew(let index, _, _),
      .matchNotDurable(_, _, _, let index, _), .appliedOtherEntries(_, let index, _),
      .snapshotOfUnapplied(_, let index), .statesDiffer(_, let index, _, _), .commandsAppliedAgain(_, let index, _),
      .stateNotOfLog(_, let index, _), .snapshotOfOtherMembers(_, let index, _), .leaderLacksTold(_, _, let index, _),
      .stopped(_, .committedEntryReplaced(let index)), .stopped(_, .acknowledgedBeyondLog(_, let index)),
      .stoppedForSnapshot(_, let index):
      [index]
    case .logsDiffer(_, let position), .logBeginsBehindUnknown(_, let position), .toldOfMissingEntry(_, let position):
      [position.index]
    case .commitWentBack(_, let from, let to), .appliedWentBack(_, let from, let to),
      .matchWentBack(_, _, _, let from, let to):
      [from, to]
    case .commitBeyondLog(_, let commit, let last): [commit, last]
    case .snapshotBeyondApplied(_, let snapshot, let applied): [snapshot, applied]
    case .stopped(_, .gapInLog(let last, let next)): [last, next]
    default: []
    }
  }

  /// The kind of failure that it is.
  package var signature: FailureSignature {
    switch self {
    case .twoLeaders: .invariant(.electionSafety)
    case .votedTwice: .invariant(.oneVotePerTerm)
    case .termWentBack: .invariant(.termMonotonicity)
    case .leaseWithoutPromises: .invariant(.leaseIsPromised)
    case .voteNotDurable, .candidateLogNotDurable, .acknowledgementNotDurable: .invariant(.durableBeforePromised)
    case .leaderChangedLog: .invariant(.leaderAppendOnly)
    case .logsDiffer, .logBeginsBehindUnknown: .invariant(.logMatching)
    case .leaderLacksCommitted: .invariant(.leaderCompleteness)
    case .electableLacksCommitted: .invariant(.electableHoldsCommitted)
    case .committedOnTooFew: .invariant(.committedOnQuorum)
    case .commitWentBack: .invariant(.commitMonotonicity)
    case .commitBeyondLog: .invariant(.commitWithinLog)
    case .matchWentBack: .invariant(.matchMonotonicity)
    case .matchNotDurable: .invariant(.matchIsDurable)
    case .appliedOtherEntries, .snapshotOfUnapplied, .statesDiffer: .invariant(.stateMachineSafety)
    case .appliedWentBack: .invariant(.appliedMonotonicity)
    case .snapshotBeyondApplied: .invariant(.snapshotWithinApplied)
    case .commandsAppliedAgain: .invariant(.appliedOnce)
    case .stateNotOfLog, .snapshotOfOtherMembers: .invariant(.referenceState)
    case .toldOfMissingEntry, .leaderLacksTold: .invariant(.acknowledgedWriteSurvives)
    case .notSettled(let unsettled): .liveness(unsettled.isLed ? .notCaughtUp : .noLeader)
    case .leaderDeposed: .liveness(.leaderDeposed)
    case .notAnswered(_, _, let isRead, _, _): .liveness(isRead ? .readUnanswered : .operationStuck)
    case .stopped(_, let reason): .stopped(StopCause(reason))
    case .stoppedForSoundDisk: .stopped(.disk)
    case .stoppedForSnapshot: .stopped(.unreadableSnapshot)
    case .cannotRecover: .stopped(.logDamaged)
    }
  }
}

extension StopCause {
  /// The kind of a reason for which the protocol stops.
  init(_ reason: StopReason) {
    self =
      switch reason {
      case .committedEntryReplaced: .committedEntryReplaced
      case .twoLeaders: .twoLeaders
      case .acknowledgedBeyondLog: .acknowledgedBeyondLog
      case .gapInLog: .gapInLog
      case .termsExhausted: .termsExhausted
      }
  }
}
