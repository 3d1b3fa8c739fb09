import Determinism
import KeyValue
import Raft
import Replica

/// A decision that a server made by one of its rules: what was asked, what the rule in force answered, and what the
/// published rule would have answered.
package struct RuleDecision: Hashable, Sendable {
  package var rule: Rule
  package var question: Question
  /// Whether the two answers differ.
  package var differs: Bool

  package init(by rule: Rule, _ question: Question, differs: Bool) {
    (self.rule, self.question, self.differs) = (rule, question, differs)
  }

  /// What two rules answered to the same question.
  package struct Answers<Value: Hashable & Sendable>: Hashable, Sendable {
    package var inForce: Value
    package var published: Value

    package init(inForce: Value, published: Value) {
      (self.inForce, self.published) = (inForce, published)
    }
  }

  /// A rule, by its name in the sources.
  package enum Rule: String, Hashable, Sendable, CaseIterable {
    case standing = "RaftRules.standing"
    case voteAfterEntering = "RaftRules.vote(after:entering:)"
    case voteAfterHearing = "RaftRules.vote(afterHearing:)"
    case hardStateToPersist = "RaftRules.hardStateToPersist"
    case mayVote = "RaftRules.mayVote"
    case isUpToDate = "RaftRules.isUpToDate"
    case quorum = "RaftRules.quorum"
    case votes = "RaftRules.votes"
    case speaksAsLeader = "RaftRules.speaksAsLeader"
    case departure = "RaftRules.departure"
    case electionTimeout = "RaftRules.electionTimeout"
    case resetsElectionTimer = "RaftRules.resetsElectionTimer"
    case ignoresCandidate = "RaftRules.ignoresCandidate"
    case mayCampaign = "RaftRules.mayCampaign"
    case heardLeader = "RaftRules.heardLeader"
    case remainsLeader = "RaftRules.remainsLeader"
    case mayLead = "RaftRules.mayLead"
    case agreement = "RaftRules.agreement"
    case truncationStart = "RaftRules.truncationStart"
    case conflictHint = "RaftRules.conflictHint"
    case followerCommitIndex = "RaftRules.followerCommitIndex"
    case proposalIndex = "RaftRules.proposalIndex"
    case recipients = "RaftRules.recipients"
    case countsPreVote = "RaftRules.countsPreVote"
    case isHeld = "RaftRules.isHeld"
    case inForce = "MembershipRules.inForce"
    case membersAfterRemoval = "MembershipRules.members(before:afterRemovalLeaving:)"
    case membersAfterInstallation = "MembershipRules.members(before:afterInstallation:at:)"
    case membersAtStart = "MembershipRules.members(atStart:base:)"
    case membersOfSnapshot = "MembershipRules.members(ofSnapshot:latest:)"
    case oldMajority = "MembershipRules.oldMajority"
    case isElectable = "MembershipRules.isElectable"
    case mayVoteForStranger = "MembershipRules.mayVote"
    case mayBeginChange = "MembershipRules.mayBeginChange"
    case mayFollow = "MembershipRules.mayFollow"
    case isCaughtUp = "MembershipRules.isCaughtUp"
    case leavesJoint = "MembershipRules.leavesJoint"
    case leadsOn = "MembershipRules.leadsOn"
    case commitIndexWhenRemoved = "MembershipRules.commitIndex(whenRemoved:lastIndex:)"
    case mayForget = "MembershipRules.mayForget"
    case mayTransfer = "TransferRules.mayTransfer"
    case takesProposals = "TransferRules.takesProposals"
    case mayTakeOver = "TransferRules.mayTakeOver"
    case givesUpTransfer = "TransferRules.givesUpTransfer"
    case keepsTarget = "TransferRules.keepsTarget"
    case asksBeforehand = "TransferRules.asksBeforehand"
    case passesStickiness = "TransferRules.passesStickiness"
    case mayUseLease = "TransferRules.mayUseLease"
    case counted = "RaftRules.counted"
    case credit = "RaftRules.credit"
    case matchIndex = "RaftRules.matchIndex(current:acknowledged:)"
    case backtrack = "RaftRules.backtrack"
    case isSilent = "RaftRules.isSilent"
    case isStalled = "RaftRules.isStalled"
    case mayCommit = "RaftRules.mayCommit"
    case lastIncludedTerm = "RaftRules.lastIncludedTerm"
    case compactionIndex = "RaftRules.compactionIndex"
    case continues = "RaftRules.continues"
    case installs = "RaftRules.installs"
    case keepsSuffix = "RaftRules.keepsSuffix"
    case termAfterInstalling = "RaftRules.term(afterInstalling:)"
    case matchIndexOfSnapshot = "RaftRules.matchIndex(acknowledging:newest:)"
    case knowsCommitIndex = "RaftRules.knowsCommitIndex"
    case confirms = "RaftRules.confirms"
    case leaseEnd = "RaftRules.leaseEnd"
    case holdsLease = "RaftRules.holdsLease"
    case answers = "RaftRules.answers"
    case maySatisfyRead = "RaftRules.maySatisfyRead"
    case disposition = "SessionRules.disposition"
    case hasExpired = "SessionRules.hasExpired"
    case logTime = "SessionRules.logTime"
    case sessionsForSnapshot = "SessionRules.sessionsForSnapshot"
    case effect = "SessionRules.effect"
    case valueInSnapshot = "SessionRules.value(inSnapshot:held:)"
    case mayStart = "StorageRules.mayStart"
    case isIntact = "StorageRules.isIntact"
    case isTorn = "StorageRules.isTorn"
    case durableLength = "StorageRules.durableLength"
    case place = "StorageRules.place"
    case disposable = "StorageRules.disposable"
    case lane = "StorageRules.lane"
    case fileToWrite = "StorageRules.fileToWrite"
    case isNewer = "StorageRules.isNewer"
    case outcome = "StorageRules.outcome"
    case hasRoom = "StorageRules.hasRoom"
    case readPath = "ServerRules.readPath"
    case mayAnswer = "ServerRules.mayAnswer"
    case fate = "ServerRules.fate"
    case snapshotIndex = "ReplicaRules.snapshotIndex"
    case appliedIndexRestored = "ReplicaRules.appliedIndex"
    case wantsSnapshot = "ReplicaRules.wantsSnapshot"
    case hears = "ReplicaRules.hears"
    case isFrameIntact = "WireRules.isIntact"
    case isAddressed = "WireRules.isAddressed"
  }

  /// What was asked, with the answers.
  package enum Question: Hashable, Sendable {
    // Terms, votes, timeouts and promises

    /// What the term of a message makes of it.
    case standing(kind: RaftMessage.Kind, term: Term, current: Term, Answers<Standing>)
    /// The vote that is left once a term is entered.
    case voteAfterEntering(current: HardState, term: Term, Answers<NodeID?>)
    /// The vote that is left once a leader is heard.
    case voteAfterHearing(leader: NodeID, votedFor: NodeID?, Answers<NodeID?>)
    /// What of a hard state goes to the disk.
    case hardStateToPersist(state: HardState, Answers<HardState>)
    /// Whether a vote may be given, as far as earlier votes go.
    case mayVote(
      candidate: NodeID, votedFor: NodeID?, votedAt: LocalInstant?, now: LocalInstant, electionTimeout: Duration,
      Answers<Bool>)
    /// Whether a candidate's log is good enough for a vote.
    case isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex, Answers<Bool>)
    /// How many voters must agree.
    case quorum(voters: Int, Answers<Int>)
    /// Whether a grant is to the present attempt.
    case countsPreVote(attempt: CampaignAttempt, current: CampaignAttempt, Answers<Bool>)
    /// How many votes there are with one more answer.
    case votes(counted: Int, isRepeated: Bool, Answers<Int>)
    /// Whether a heartbeat leaves.
    case speaksAsLeader(role: Role, ledTerm: Term?, current: Term, Answers<Bool>)
    /// Whether a message waits for the disk.
    case departure(kind: RaftMessage.Kind, Answers<Departure>)
    /// From where an election timeout is drawn.
    case electionTimeout(interval: ClosedRange<Duration>, Answers<ClosedRange<Duration>>)
    /// Whether a request starts the election timer anew.
    case resetsElectionTimer(kind: RaftMessage.Kind, isAccepted: Bool, Answers<Bool>)
    /// Whether a candidate is not listened to, for a leader was heard.
    case ignoresCandidate(
      kind: RaftMessage.Kind, heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration, Answers<Bool>)
    /// Whether a server may campaign, as far as its own promise goes.
    case mayCampaign(heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration, Answers<Bool>)
    /// When a server that starts takes it to have heard a leader.
    case heardLeader(now: LocalInstant, starts: UInt64, Answers<LocalInstant?>)
    /// Whether a leader goes on leading, as far as it hears a quorum.
    case remainsLeader(
      quorumHeardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>, Answers<Bool>)

    /// Whether a server may lead, as far as its disk goes.
    case mayLead(canWrite: Bool, voters: Int, Answers<Bool>)

    // Replication

    /// Whether a follower's log agrees with the leader's at a position.
    case agreement(
      previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex, Answers<Agreement>)
    /// From where on a follower removes entries.
    case truncationStart(previous: LogIndex, firstConflict: LogIndex?, Answers<LogIndex?>)
    /// The index at which a follower tells the leader to go on looking.
    case conflictHint(index: LogIndex, logStart: LogIndex, Answers<LogIndex>)
    /// The commit index of a follower after an append.
    case followerCommitIndex(
      current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex, Answers<LogIndex>)
    /// The place of a leader's new entry.
    case proposalIndex(lastIndex: LogIndex, commitIndex: LogIndex, Answers<LogIndex>)
    /// To whom a leader's broadcast goes.
    case recipients(peers: NodeSet, unreachable: NodeSet, Answers<NodeSet>)
    /// Whether an answer counts for what a leader knows of logs.
    case counted(LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term, Answers<LogAnswer?>)
    /// Whose acknowledgement it is, and up to where.
    case credit(acknowledged: Acknowledgement, lastSent: Acknowledgement?, Answers<Acknowledgement>)
    /// What a follower is known to hold after an acknowledgement.
    case matchIndex(current: LogIndex, acknowledged: LogIndex, Answers<LogIndex>)
    /// Where a leader goes on looking for agreement after a refusal.
    case backtrack(hint: LogIndex, match: LogIndex, lowestNext: LogIndex, Answers<LogIndex?>)
    /// Whether a peer has not answered for too long.
    case isSilent(
      heardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>, Answers<Bool>)
    /// Whether what is on its way to a peer has not got further for too long.
    case isStalled(
      movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>,
      Answers<Bool>)
    /// Whether so many voters hold what one of them does are enough.
    case isHeld(holders: Int, place: Int, quorum: Int, Answers<Bool>)
    /// Whether an entry that a quorum holds may be committed.
    case mayCommit(entryTerm: Term, currentTerm: Term, Answers<Bool>)

    // Members, and transfer of leadership

    /// What the rules of members and of transfer were asked.
    case members(MemberQuestion)

    // Snapshots

    /// The term that a snapshot names.
    case lastIncludedTerm(term: Term, current: Term, Answers<Term>)
    /// The last entry to go from a log behind a snapshot.
    case compactionIndex(
      snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?, Answers<LogIndex>)
    /// Whether a piece of a snapshot fits behind those that are there.
    case continues(offset: UInt64, received: UInt64, Answers<Bool>)
    /// Whether a leader's snapshot brings anything new.
    case installs(position: LogPosition, commitIndex: LogIndex, Answers<Bool>)
    /// Whether the entries behind a leader's snapshot stay.
    case keepsSuffix(position: LogPosition, termAtPosition: Term?, Answers<Bool>)
    /// The current term after a snapshot was installed.
    case termAfterInstalling(position: LogPosition, current: Term, Answers<Term>)
    /// What a follower that has installed a snapshot is known to hold.
    case matchIndexOfSnapshot(sent: LogPosition, newest: LogPosition?, Answers<LogIndex>)

    // Reads

    /// Whether a leader's commit index is good for reads.
    case knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term, Answers<Bool>)
    /// Whether a peer's answer confirms a round that a read waits for.
    case confirms(acknowledgedRound: UInt64, neededRound: UInt64, peer: NodeID, Answers<Bool>)
    /// Until when a lease lasts.
    case leaseEnd(
      sentAt: LocalInstant, acknowledgedAt: LocalInstant, promise: Duration, clockRateBound: Ratio,
      Answers<LocalInstant>)
    /// Whether a leader holds a lease.
    case holdsLease(end: LocalInstant?, now: LocalInstant, ledTerm: Term, current: Term, Answers<Bool>)
    /// Whether an answer for a read is to the present incarnation.
    case answers(id: ForwardedReadID, starts: UInt64, Answers<Bool>)
    /// Whether a read's index is committed.
    case maySatisfyRead(index: LogIndex, commitIndex: LogIndex, Answers<Bool>)

    // Sessions and states

    /// What becomes of a command, given what its session has done before.
    case disposition(sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool, Answers<SessionDisposition>)
    /// Whether a session has expired.
    case hasExpired(lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration, Answers<Bool>)
    /// The log's time after a command.
    case logTime(current: WallInstant, stamp: WallInstant, Answers<WallInstant>)
    /// The sessions that go into a snapshot.
    case sessionsForSnapshot(Answers<[SessionID]>)
    /// What a command does to its key.
    case effect(operation: KeyValueOperation, value: [UInt8]?, isLeader: Bool, Answers<KeyValueOperation.Effect>)
    /// The value that a key has once a snapshot is restored.
    case valueInSnapshot(inSnapshot: [UInt8]?, held: [UInt8], Answers<[UInt8]?>)

    // Files

    /// Whether a server may start.
    case mayStart(onReplacedDisk: Bool, Answers<Bool>)
    /// Whether a record of the log is the one that was written.
    case isIntact(expected: UInt32, actual: UInt32, missingBytes: Int, Answers<Bool>)
    /// Whether a bad record begins the log's torn tail.
    case isTorn(offset: Int, mark: Int, laterRecord: Int?, Answers<Bool>)
    /// How much of a file that recovery has read counts as durable.
    case durableLength(length: Int, mark: Int, Answers<Int>)
    /// The place that a record's checksum covers.
    case place(inFile: Int, inLog: Int, Answers<Int>)
    /// Up to where files of the log may go.
    case disposable(durable: LogIndex, written: LogIndex, compacted: LogIndex, Answers<LogIndex>)
    /// The queue of the disk in which a snapshot is written.
    case lane(ofSnapshot: SnapshotFile, Answers<FileLane>)
    /// The file into which a snapshot is written.
    case fileToWrite(name: String, current: String?, Answers<String>)
    /// Whether one snapshot's file is later than another.
    case isNewer(one: SnapshotFile, other: SnapshotFile, Answers<Bool>)
    /// What a flush brought about.
    case outcome(reported: FlushOutcome, Answers<FlushOutcome>)
    /// Whether so many bytes may be written.
    case hasRoom(bytes: Int, freeBytes: Int, reserveBytes: Int, Answers<Bool>)

    // Clients

    /// How a server comes by the answer to a read.
    case readPath(role: Role, mode: ReadMode, Answers<ReadPath>)
    /// Whether a client may be answered.
    case mayAnswer(index: LogIndex, appliedIndex: LogIndex, lastIndex: LogIndex, Answers<Bool>)
    /// What becomes of a command that was appended.
    case fate(write: LogPosition, applied: LogPosition?, role: Role, Answers<WriteFate>)

    // States and snapshots

    /// The last entry that a snapshot stands for.
    case snapshotIndex(applied: LogIndex, due: LogIndex, Answers<LogIndex>)
    /// The last entry that a restored state has seen.
    case appliedIndexRestored(snapshot: LogIndex, logBase: LogIndex, Answers<LogIndex>)
    /// Whether it is time for a snapshot.
    case wantsSnapshot(
      entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int,
      Answers<Bool>)
    /// Whether a message is heard for which there is no room.
    case hears(kind: RaftMessage.Kind, hasRoom: Bool, Answers<Bool>)

    // Frames

    /// Whether a frame is the one that was sent.
    case isFrameIntact(expected: UInt32, actual: UInt32, Answers<Bool>)
    /// Whether a frame is for whoever has received it.
    case isAddressed(
      address: FrameAddress, recipient: FrameAddress.Party, cluster: ClusterID, Answers<Bool>)
  }
}

/// A decision and who made it.
package struct TracedDecision: Hashable, Sendable {
  package var node: NodeID
  package var decision: RuleDecision

  package init(_ decision: RuleDecision, by node: NodeID) {
    (self.decision, self.node) = (decision, node)
  }
}

extension RuleDecision.Rule {
  /// Whether a failure may rest on its answers though they are as published: so that a server whose own code is wrong
  /// is told of, too. The others decide at every event, and are told where they differ.
  package var isTelling: Bool {
    switch self {
    case .votes, .mayVote, .isUpToDate, .isElectable, .mayBeginChange, .isCaughtUp, .mayTakeOver, .passesStickiness,
      .leadsOn, .mayTransfer, .givesUpTransfer,
      .ignoresCandidate, .heardLeader, .remainsLeader, .conflictHint,
      .counted, .credit, .backtrack, .mayCommit, .lastIncludedTerm, .installs, .keepsSuffix,
      .termAfterInstalling, .matchIndexOfSnapshot, .knowsCommitIndex, .confirms, .leaseEnd, .holdsLease, .answers,
      .disposition, .hasExpired, .isIntact, .isTorn, .durableLength, .disposable, .isNewer, .outcome, .fate,
      .snapshotIndex,
      .appliedIndexRestored:
      true
    case .standing, .voteAfterEntering, .voteAfterHearing, .hardStateToPersist, .quorum, .speaksAsLeader, .departure,
      .countsPreVote, .isHeld, .mayStart, .inForce, .membersAfterRemoval, .membersAfterInstallation, .membersAtStart,
      .membersOfSnapshot, .oldMajority, .mayVoteForStranger, .mayFollow, .leavesJoint, .commitIndexWhenRemoved,
      .mayForget, .takesProposals, .keepsTarget, .asksBeforehand, .mayUseLease,
      .electionTimeout, .resetsElectionTimer, .mayCampaign, .agreement, .truncationStart, .followerCommitIndex,
      .proposalIndex, .recipients, .matchIndex, .isSilent, .isStalled, .compactionIndex, .continues, .maySatisfyRead,
      .logTime, .sessionsForSnapshot, .effect, .valueInSnapshot, .place, .lane, .fileToWrite, .hasRoom, .readPath,
      .mayAnswer, .hears, .wantsSnapshot, .mayLead, .isFrameIntact, .isAddressed:
      false
    }
  }
}

extension RuleDecision.Question {
  /// Whether an answer as published may matter: not that of the many that say that nothing is out of order.
  package var isTelling: Bool {
    switch self {
    case .isIntact(_, _, _, let answers): !answers.inForce
    case .hasExpired(_, _, _, _, let answers): answers.inForce
    case .members(.leadsOn(_, _, _, let answers)): !answers.inForce
    case .members(.givesUpTransfer(_, _, _, let answers)): answers.inForce
    default: true
    }
  }
}

extension RuleDecision.Question {
  /// The entries that it compares, by their places in the log.
  package var indices: [LogIndex] {
    switch self {
    case .isUpToDate(let candidate, let voter, _, _): [candidate.index, voter.index]
    case .appliedIndexRestored(let snapshot, _, _): [snapshot]
    case .snapshotIndex(let applied, let due, _): [applied, due]
    default: []
    }
  }
}
