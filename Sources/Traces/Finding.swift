import Determinism
import KeyValue
import Raft
import Replica

/// What was seen that must not be: who, in which term, at which entry. Its words are made where it is told.
package indirect enum Finding: Hashable, Sendable {
  // MARK: Elections and promises

  /// Both led the term.
  case twoLeaders(NodeID, NodeID, term: Term)
  case votedTwice(voter: NodeID, first: NodeID, second: NodeID, term: Term)
  case termWentBack(NodeID, from: Term, to: Term)
  /// A lease is held while so many are free to vote for another leader.
  case leaseWithoutPromises(leader: NodeID, term: Term, free: [NodeID], members: Int)
  /// With pre-vote a server campaigns for which only so many had said to vote.
  case campaignWithoutGrants(NodeID, term: Term, by: [NodeID], members: Int)
  /// A vote left while the disk still held another hard state.
  case voteNotDurable(voter: NodeID, candidate: NodeID, term: Term, durable: HardState)
  /// A request for votes left while the log that it speaks of was not durable.
  case candidateLogNotDurable(NodeID, term: Term, last: LogIndex)
  case acknowledgementNotDurable(follower: NodeID, index: LogIndex, term: Term, durable: DurableLack)

  // MARK: Disks

  /// A file was removed, and without it a crash would leave less than with it; `nil` if a server could not even recover.
  case removedNeeded(NodeID, file: String, before: DiskStand, after: DiskStand?)
  /// A record says that more of its file was synced before it was written than was.
  case markBeyondSynced(NodeID, file: String, offset: Int, mark: UInt64, synced: Int)
  /// Something was written to a file of the log, though a later one bears its name for good.
  case wroteToEarlierFile(NodeID, file: String)
  /// A server started otherwise than its files say; `nil` if it may not start from them.
  case recoveredOtherwise(NodeID, as: DiskStand, from: DiskStand?)
  /// All that a server asked of its disk is done, and it stands otherwise than its files.
  case diskDiffers(NodeID, from: DiskStand, disk: DiskStand)
  /// All is durable, and there are so many files, of which so many are needed.
  case filesLeftOver(NodeID, files: Int, needed: Int)
  /// A server takes the room on its disk for more than it will be; or for less, though nothing is under way there.
  case roomMiscounted(NodeID, counted: Int, room: Int)
  /// A server has applied far more entries since its last snapshot than those after which it takes one.
  case snapshotOverdue(NodeID, snapshot: LogIndex, applied: LogIndex, entries: Int)
  /// A server has a new snapshot, and its log still begins more than so many entries before the end of that.
  case logNotCompacted(NodeID, start: LogIndex, snapshot: LogIndex, trailing: Int)

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
  /// A follower is taken to hold entries up to `index`, and what came to it in that term ends at `received`.
  case creditedUnsent(leader: NodeID, term: Term, follower: NodeID, index: LogIndex, received: LogIndex)
  /// A follower is taken to have heard a round of the leader's, and the last that came to it in that term is `received`.
  case creditedUnheardRound(leader: NodeID, term: Term, follower: NodeID, round: UInt64, received: UInt64)
  /// A leader has a follower's answer, and sends nothing of what comes up to `last`, though its window has room.
  case entriesUnsent(leader: NodeID, term: Term, follower: NodeID, match: LogIndex, last: LogIndex)
  /// A leader went back so often within a heartbeat interval in what it sends a follower.
  case sentAgain(leader: NodeID, term: Term, follower: NodeID, returns: Int)

  // MARK: Members

  /// The latest configuration in its log is not the one that counts at a server.
  case membersNotInForce(NodeID, latest: LoggedMembers, inForce: LoggedMembers)
  /// A server's log holds another configuration than the committed log up to an entry that it has applied.
  case membersDiffer(NodeID, after: LogIndex, held: LoggedMembers, committed: LoggedMembers)
  case configurationsApart(LoggedMembers, LoggedMembers)
  case changesUncommitted(NodeID, term: Term, LoggedMembers, LoggedMembers)
  case jointNotLeft(NodeID, term: Term, LoggedMembers)
  case leadsThoughRemoved(NodeID, term: Term, LoggedMembers)
  /// A leader replicates no longer to some servers, though their removal is not committed.
  case removedForgotten(NodeID, term: Term, LoggedMembers, forgotten: NodeSet)
  case voterNotCaughtUp(leader: NodeID, term: Term, voter: NodeID, match: LogIndex, LoggedMembers)
  case electedByTooFew(NodeID, term: Term, voters: NodeSet, members: Int)
  /// A server campaigns that is no voter.
  case campaignsOutside(NodeID, term: Term, LoggedMembers)

  // MARK: Transfer of leadership

  /// A leader hands on to a server that is no voter, or will be none once joint consensus ends.
  case transferToOther(NodeID, term: Term, target: NodeID, isOutgoing: Bool)
  case transferToBehind(NodeID, term: Term, target: NodeID, match: LogIndex, last: LogIndex)
  case proposalAmidTransfer(NodeID, term: Term, index: LogIndex)
  case leaseAfterOrder(NodeID, term: Term)
  /// A candidate asks for votes in its leader's name, though nobody has told it to in the term before.
  case campaignsWithoutOrder(NodeID, term: Term)

  // MARK: States

  case appliedOtherEntries(NodeID, through: LogIndex, than: NodeID?)
  case snapshotOfUnapplied(NodeID, through: LogIndex)
  case statesDiffer(NodeID, after: LogIndex, from: NodeID, StateContrast?)
  case appliedWentBack(NodeID, from: LogIndex, to: LogIndex)
  case snapshotBeyondApplied(NodeID, snapshot: LogIndex, applied: LogIndex)
  case commandsAppliedAgain(NodeID, after: LogIndex, StateDifference?)
  case stateNotOfLog(NodeID, after: LogIndex, StateDifference?)
  case snapshotOfOtherMembers(NodeID, through: LogIndex, members: LoggedMembers)
  /// A client was told of an entry that the log of the server that told it does not hold.
  case toldOfMissingEntry(NodeID, LogPosition)
  case leaderLacksTold(NodeID, term: Term, index: LogIndex, toldIn: Term)
  case logTimeWentBack(NodeID, from: WallInstant, to: WallInstant)
  /// A read was answered from the state after `index`, though a later one had been told of before it was called.
  case readNotFresh(NodeID, index: LogIndex, told: LogIndex, by: NodeID)
  /// A read was answered though since its call no leader was heard by more than these followers of one.
  case readNotConfirmed(NodeID, leader: NodeID, followers: [NodeID], members: Int)

  /// A client was answered as if it had asked for something of another kind.
  case answerUnfit(NodeID, client: Int)

  /// A client waits for its command, though the server leads no more.
  case waitsAfterLeadership(NodeID, index: LogIndex, term: Term)
  /// A client waits for its command, though the server has applied it.
  case waitsForApplied(NodeID, index: LogIndex, applied: LogIndex)
  /// Clients wait for reads at a server that leads no more.
  case readsWaitAfterLeadership(NodeID, term: Term, count: Int)
  /// More clients wait for reads than the server tries to confirm.
  case readsForgotten(NodeID, waiting: Int, open: Int)

  // MARK: Progress

  case notSettled(Unsettled)
  case leaderDeposed(leader: NodeID, term: Term, by: NodeID, into: Term, quorum: [NodeID])
  /// An operation that a client has asked for since a time, of a server last.
  case notAnswered(client: Int, key: [UInt8], isRead: Bool, since: Duration, last: NodeID)
  case turnedAway(TurnedAway)
  /// A change of members, or a transfer of leadership, that an operator has asked for so long ago.
  case changeStuck(electionTimeouts: Int)
  case transferStuck(electionTimeouts: Int)

  /// The leader has not heard a follower for so long, though that hears it.
  case followerSilent(leader: NodeID, term: Term, follower: NodeID, after: Duration)
  /// The leader has not got further with a follower for so long.
  case followerStuck(leader: NodeID, term: Term, follower: NodeID, match: LogIndex, after: Duration)
  /// The leader has been sending so many snapshots for so long, the largest in so many pieces, and none is there.
  case snapshotUnending(
    leader: NodeID, term: Term, follower: NodeID, snapshots: Int, pieces: Int, after: Duration)
  /// A peer that was not heard for so long was sent so many bytes within a heartbeat interval.
  case silentPeerFlooded(leader: NodeID, term: Term, peer: NodeID, bytes: Int, silent: Duration)

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
}

/// What a server's files come to.
package struct DiskStand: Hashable, Sendable {
  package var hardState: HardState
  /// The end of the log.
  package var last: LogPosition

  package init(hardState: HardState, last: LogPosition) { (self.hardState, self.last) = (hardState, last) }
}

extension Finding {
  /// The kind of failure that it is.
  package var signature: FailureSignature { subjects.signature }
  /// The nodes that it is about, in the order in which it names them.
  package var nodes: [NodeID] { subjects.nodes }
  /// The terms that it is about.
  package var terms: [Term] { subjects.terms }
  /// The entries that it is about, by their places in the log.
  package var indices: [LogIndex] { subjects.indices }

  private typealias Subjects = (signature: FailureSignature, nodes: [NodeID], terms: [Term], indices: [LogIndex])

  private var subjects: Subjects {
    switch self {
    case .twoLeaders(let one, let other, let term): broken(.electionSafety, [one, other], in: [term])
    case .votedTwice(let voter, let one, let other, let term): broken(.oneVotePerTerm, [voter, one, other], in: [term])
    case .termWentBack(let node, let from, let to): broken(.termMonotonicity, [node], in: [from, to])
    case .leaseWithoutPromises(let node, let term, let free, _): broken(.leaseIsPromised, [node] + free, in: [term])
    case .campaignWithoutGrants(let node, let term, let granters, _):
      broken(.campaignsAreGranted, [node] + granters.filter { $0 != node }, in: [term])
    case .waitsAfterLeadership(let node, let index, let term):
      broken(.waitersAreAnswered, [node], in: [term], at: [index])
    case .waitsForApplied(let node, let index, let applied):
      broken(.waitersAreAnswered, [node], at: [index, applied])
    case .readsWaitAfterLeadership(let node, let term, _): broken(.waitersAreAnswered, [node], in: [term])
    case .readsForgotten(let node, _, _): broken(.waitersAreAnswered, [node])
    case .voteNotDurable(let voter, let candidate, let term, _):
      broken(.durableBeforePromised, [voter, candidate], in: [term])
    case .candidateLogNotDurable(let node, let term, let index),
      .acknowledgementNotDurable(let node, let index, let term, _):
      broken(.durableBeforePromised, [node], in: [term], at: [index])
    case .removedNeeded(let node, _, let before, _): broken(.removalsTakeNothing, [node], at: [before.last.index])
    case .markBeyondSynced(let node, _, _, _, _), .wroteToEarlierFile(let node, _): broken(.marksAreSynced, [node])
    case .diskDiffers(let node, let stand, _): broken(.diskKeepsUp, [node], at: [stand.last.index])
    case .answerUnfit(let node, _): broken(.answersFit, [node])
    case .recoveredOtherwise(let node, let stand, _): broken(.recoversWhatIsThere, [node], at: [stand.last.index])
    case .filesLeftOver(let node, _, _): broken(.nothingIsLeftOver, [node])
    case .roomMiscounted(let node, _, _): broken(.roomIsCounted, [node])
    case .snapshotOverdue(let node, let snapshot, let applied, _):
      broken(.logIsCompacted, [node], at: [snapshot, applied])
    case .logNotCompacted(let node, let start, let snapshot, _):
      broken(.logIsCompacted, [node], at: [start, snapshot])
    case .leaderChangedLog(let node, let term, let index): broken(.leaderAppendOnly, [node], in: [term], at: [index])
    case .logsDiffer(let node, let position), .logBeginsBehindUnknown(let node, let position):
      broken(.logMatching, [node], at: [position.index])
    case .leaderLacksCommitted(let node, let term, let index):
      broken(.leaderCompleteness, [node], in: [term], at: [index])
    case .electableLacksCommitted(let node, let index, let voters, _):
      broken(.electableHoldsCommitted, [node] + voters.filter { $0 != node }, at: [index])
    case .committedOnTooFew(let index, let holders, _): broken(.committedOnQuorum, holders, at: [index])
    case .commitWentBack(let node, let from, let to): broken(.commitMonotonicity, [node], at: [from, to])
    case .commitBeyondLog(let node, let commit, let last): broken(.commitWithinLog, [node], at: [commit, last])
    case .matchWentBack(let leader, let term, let member, let from, let to):
      broken(.matchMonotonicity, leader == member ? [leader] : [leader, member], in: [term], at: [from, to])
    case .matchNotDurable(let leader, let term, let member, let index, _):
      broken(.matchIsDurable, leader == member ? [leader] : [leader, member], in: [term], at: [index])
    case .creditedUnsent(let leader, let term, let follower, let index, let received):
      broken(.creditedWhatWasSent, [leader, follower], in: [term], at: [index, received])
    case .creditedUnheardRound(let leader, let term, let follower, _, _):
      broken(.creditedWhatWasSent, [leader, follower], in: [term])
    case .appliedOtherEntries(let node, let index, let other):
      broken(.stateMachineSafety, [node] + (other.map { [$0] } ?? []), at: [index])
    case .snapshotOfUnapplied(let node, let index): broken(.stateMachineSafety, [node], at: [index])
    case .statesDiffer(let node, let index, let other, _): broken(.stateMachineSafety, [node, other], at: [index])
    case .appliedWentBack(let node, let from, let to): broken(.appliedMonotonicity, [node], at: [from, to])
    case .snapshotBeyondApplied(let node, let end, let applied):
      broken(.snapshotWithinApplied, [node], at: [end, applied])
    case .commandsAppliedAgain(let node, let index, _): broken(.appliedOnce, [node], at: [index])
    case .stateNotOfLog(let node, let index, _), .snapshotOfOtherMembers(let node, let index, _):
      broken(.referenceState, [node], at: [index])
    case .toldOfMissingEntry(let node, let position): broken(.acknowledgedWriteSurvives, [node], at: [position.index])
    case .leaderLacksTold(let node, let term, let index, let toldIn):
      broken(.acknowledgedWriteSurvives, [node], in: [term, toldIn], at: [index])
    case .logTimeWentBack(let node, _, _): broken(.logTimeMonotonicity, [node])
    case .readNotFresh(let node, let index, let told, let other):
      broken(.readFreshness, node == other ? [node] : [node, other], at: [index, told])
    case .readNotConfirmed(let node, let leader, let followers, _):
      broken(.readsAreConfirmed, [node] + ([leader] + followers).filter { $0 != node })
    case .entriesUnsent(let leader, let term, let follower, let match, let last):
      broken(.nothingWaitsUnsent, [leader, follower], in: [term], at: [match, last])
    case .sentAgain(let leader, let term, let follower, _):
      broken(.littleIsSentAgain, [leader, follower], in: [term])
    case .notSettled(let unsettled): (.liveness(unsettled.isLed ? .notCaughtUp : .noLeader), unsettled.nodes, [], [])
    case .leaderDeposed(let leader, let term, let other, let into, let quorum):
      (.liveness(.leaderDeposed), [leader, other] + quorum.filter { $0 != leader && $0 != other }, [term, into], [])
    case .notAnswered(_, _, let isRead, _, let node):
      (.liveness(isRead ? .readUnanswered : .operationStuck), [node], [], [])
    case .membersNotInForce(let node, let latest, let inForce):
      broken(.membersInForce, [node], at: [latest.index, inForce.index])
    case .membersDiffer(let node, let index, let held, _): broken(.membersInForce, [node], at: [index, held.index])
    case .configurationsApart(let before, let after):
      broken(.configurationsOverlap, [], at: [before.index, after.index])
    case .changesUncommitted(let node, let term, let one, let other):
      broken(.changesEnd, [node], in: [term], at: [one.index, other.index])
    case .jointNotLeft(let node, let term, let members), .leadsThoughRemoved(let node, let term, let members):
      broken(.changesEnd, [node], in: [term], at: [members.index])
    case .removedForgotten(let node, let term, let members, let forgotten):
      broken(.changesEnd, [node] + Array(forgotten), in: [term], at: [members.index])
    case .voterNotCaughtUp(let leader, let term, let voter, let match, let members):
      broken(.changesEnd, [leader, voter], in: [term], at: [match, members.index])
    case .campaignsOutside(let node, let term, let members):
      broken(.electedByQuorum, [node], in: [term], at: [members.index])
    case .electedByTooFew(let node, let term, let voters, _):
      broken(.electedByQuorum, [node] + Array(voters.removing(node)), in: [term])
    case .transferToOther(let node, let term, let target, _): broken(.transferIsSound, [node, target], in: [term])
    case .transferToBehind(let node, let term, let target, let match, let last):
      broken(.transferIsSound, [node, target], in: [term], at: [match, last])
    case .proposalAmidTransfer(let node, let term, let index):
      broken(.transferIsSound, [node], in: [term], at: [index])
    case .leaseAfterOrder(let node, let term), .campaignsWithoutOrder(let node, let term):
      broken(.transferIsSound, [node], in: [term])
    case .changeStuck: (.liveness(.changeStuck), [], [], [])
    case .transferStuck: (.liveness(.transferStuck), [], [], [])
    case .turnedAway(let away):
      (
        .liveness(.clientTurnedAway), away.node == away.leader ? [away.node] : [away.node, away.leader], [away.term], []
      )
    case .followerSilent(let leader, let term, let follower, _):
      (.liveness(.followerSilent), [leader, follower], [term], [])
    case .followerStuck(let leader, let term, let follower, let match, _):
      (.liveness(.followerStuck), [leader, follower], [term], [match])
    case .snapshotUnending(let leader, let term, let follower, _, _, _):
      (.liveness(.snapshotUnending), [leader, follower], [term], [])
    case .silentPeerFlooded(let leader, let term, let peer, _, _):
      broken(.silentPeersGetLittle, [leader, peer], in: [term])
    case .stopped(let node, let reason): subjects(ofStopped: node, reason)
    case .stoppedForSoundDisk(let node, _): (.stopped(.disk), [node], [], [])
    case .stoppedForSnapshot(let node, let index): (.stopped(.unreadableSnapshot), [node], [], [index])
    case .cannotRecover(let node, _): (.stopped(.logDamaged), [node], [], [])
    }
  }

  private func broken(
    _ invariant: Invariant, _ nodes: [NodeID], in terms: [Term] = [], at indices: [LogIndex] = []
  ) -> Subjects {
    (.invariant(invariant), nodes, terms, indices)
  }

  private func subjects(ofStopped node: NodeID, _ reason: StopReason) -> Subjects {
    switch reason {
    case .committedEntryReplaced(let index): (.stopped(.committedEntryReplaced), [node], [], [index])
    case .twoLeaders(let term, let one, let other): (.stopped(.twoLeaders), [node, one, other], [term], [])
    case .acknowledgedBeyondLog(let peer, let index): (.stopped(.acknowledgedBeyondLog), [node, peer], [], [index])
    case .gapInLog(let last, let next): (.stopped(.gapInLog), [node], [], [last, next])
    case .termsExhausted: (.stopped(.termsExhausted), [node], [], [])
    }
  }
}
