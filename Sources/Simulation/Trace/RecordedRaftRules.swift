import Determinism
import KeyValue
import Raft
import Replica
import Traces

// Rules that answer as others do, and write down what was asked. Only traced runs follow them.

/// `RaftRules` that are recorded.
enum RecordedRaftRules<Rules: RaftRules>: RaftRules {
  /// Asks the rules in force and the published ones the same.
  static func record<Value: Hashable & Sendable>(
    _ rule: RuleDecision.Rule, _ ask: (any RaftRules.Type) -> Value,
    _ question: (RuleDecision.Answers<Value>) -> RuleDecision.Question
  ) -> Value {
    DecisionLog.answer(rule, ask(Rules.self), ask(PaperRaftRules.self), question)
  }

  static func standing(of kind: RaftMessage.Kind, term: Term, current: Term) -> Standing {
    record(.standing, { $0.standing(of: kind, term: term, current: current) }) {
      .standing(kind: kind, term: term, current: current, $0)
    }
  }

  static func vote(after current: HardState, entering term: Term) -> NodeID? {
    record(.voteAfterEntering, { $0.vote(after: current, entering: term) }) {
      .voteAfterEntering(current: current, term: term, $0)
    }
  }

  static func vote(afterHearing leader: NodeID, votedFor: NodeID?) -> NodeID? {
    record(.voteAfterHearing, { $0.vote(afterHearing: leader, votedFor: votedFor) }) {
      .voteAfterHearing(leader: leader, votedFor: votedFor, $0)
    }
  }

  static func hardStateToPersist(_ state: HardState) -> HardState {
    record(.hardStateToPersist, { $0.hardStateToPersist(state) }) {
      .hardStateToPersist(state: state, $0)
    }
  }

  static func mayVote(
    for candidate: NodeID, votedFor: NodeID?, votedAt: LocalInstant?, now: LocalInstant, electionTimeout: Duration
  ) -> Bool {
    record(
      .mayVote,
      { $0.mayVote(for: candidate, votedFor: votedFor, votedAt: votedAt, now: now, electionTimeout: electionTimeout) }
    ) {
      .mayVote(
        candidate: candidate, votedFor: votedFor, votedAt: votedAt, now: now, electionTimeout: electionTimeout, $0)
    }
  }

  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool {
    record(.isUpToDate, { $0.isUpToDate(candidate: candidate, voter: voter, voterCommitIndex: voterCommitIndex) }) {
      .isUpToDate(candidate: candidate, voter: voter, voterCommitIndex: voterCommitIndex, $0)
    }
  }

  static func quorum(of voters: Int) -> Int {
    record(.quorum, { $0.quorum(of: voters) }) {
      .quorum(voters: voters, $0)
    }
  }

  static func votes(counted: Int, isRepeated: Bool) -> Int {
    record(.votes, { $0.votes(counted: counted, isRepeated: isRepeated) }) {
      .votes(counted: counted, isRepeated: isRepeated, $0)
    }
  }

  static func speaksAsLeader(role: Role, ledTerm: Term?, current: Term) -> Bool {
    record(.speaksAsLeader, { $0.speaksAsLeader(role: role, ledTerm: ledTerm, current: current) }) {
      .speaksAsLeader(role: role, ledTerm: ledTerm, current: current, $0)
    }
  }

  static func departure(of kind: RaftMessage.Kind) -> Departure {
    record(.departure, { $0.departure(of: kind) }) {
      .departure(kind: kind, $0)
    }
  }

  static func electionTimeout(from interval: ClosedRange<Duration>) -> ClosedRange<Duration> {
    record(.electionTimeout, { $0.electionTimeout(from: interval) }) {
      .electionTimeout(interval: interval, $0)
    }
  }

  static func resetsElectionTimer(_ kind: RaftMessage.Kind, isAccepted: Bool) -> Bool {
    record(.resetsElectionTimer, { $0.resetsElectionTimer(kind, isAccepted: isAccepted) }) {
      .resetsElectionTimer(kind: kind, isAccepted: isAccepted, $0)
    }
  }

  static func ignoresCandidate(
    _ kind: RaftMessage.Kind, heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration
  ) -> Bool {
    record(.ignoresCandidate, { $0.ignoresCandidate(kind, heardLeaderAt: heardLeaderAt, now: now, promise: promise) }) {
      .ignoresCandidate(kind: kind, heardLeaderAt: heardLeaderAt, now: now, promise: promise, $0)
    }
  }

  static func mayCampaign(heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration) -> Bool {
    record(.mayCampaign, { $0.mayCampaign(heardLeaderAt: heardLeaderAt, now: now, promise: promise) }) {
      .mayCampaign(heardLeaderAt: heardLeaderAt, now: now, promise: promise, $0)
    }
  }

  static func heardLeader(atStart now: LocalInstant, starts: UInt64) -> LocalInstant? {
    record(.heardLeader, { $0.heardLeader(atStart: now, starts: starts) }) {
      .heardLeader(now: now, starts: starts, $0)
    }
  }

  static func remainsLeader(
    quorumHeardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    record(
      .remainsLeader, { $0.remainsLeader(quorumHeardAt: quorumHeardAt, now: now, electionTimeout: electionTimeout) }
    ) {
      .remainsLeader(quorumHeardAt: quorumHeardAt, now: now, electionTimeout: electionTimeout, $0)
    }
  }

  static func mayLead(canWrite: Bool, voters: Int) -> Bool {
    record(.mayLead, { $0.mayLead(canWrite: canWrite, voters: voters) }) {
      .mayLead(canWrite: canWrite, voters: voters, $0)
    }
  }

  static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement {
    record(
      .agreement,
      { $0.agreement(at: previous, termAtPrevious: termAtPrevious, logStart: logStart, commitIndex: commitIndex) }
    ) {
      .agreement(previous: previous, termAtPrevious: termAtPrevious, logStart: logStart, commitIndex: commitIndex, $0)
    }
  }

  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? {
    record(.truncationStart, { $0.truncationStart(previous: previous, firstConflict: firstConflict) }) {
      .truncationStart(previous: previous, firstConflict: firstConflict, $0)
    }
  }

  static func conflictHint(at index: LogIndex, logStart: LogIndex) -> LogIndex {
    record(.conflictHint, { $0.conflictHint(at: index, logStart: logStart) }) {
      .conflictHint(index: index, logStart: logStart, $0)
    }
  }

  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex {
    record(
      .followerCommitIndex,
      {
        $0.followerCommitIndex(
          current: current, leaderCommitIndex: leaderCommitIndex, lastNewEntry: lastNewEntry, lastEntry: lastEntry)
      }
    ) {
      .followerCommitIndex(
        current: current, leaderCommitIndex: leaderCommitIndex, lastNewEntry: lastNewEntry, lastEntry: lastEntry, $0)
    }
  }

  static func proposalIndex(lastIndex: LogIndex, commitIndex: LogIndex) -> LogIndex {
    record(.proposalIndex, { $0.proposalIndex(lastIndex: lastIndex, commitIndex: commitIndex) }) {
      .proposalIndex(lastIndex: lastIndex, commitIndex: commitIndex, $0)
    }
  }

  static func recipients(_ peers: NodeSet, unreachable: NodeSet) -> NodeSet {
    record(.recipients, { $0.recipients(peers, unreachable: unreachable) }) {
      .recipients(peers: peers, unreachable: unreachable, $0)
    }
  }

  static func counted(
    _ answer: LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term
  ) -> LogAnswer? {
    record(
      .counted,
      { $0.counted(answer, term: term, isOwn: isOwn, role: role, ledTerm: ledTerm, current: current) }
    ) {
      .counted(answer, term: term, isOwn: isOwn, role: role, ledTerm: ledTerm, current: current, $0)
    }
  }

  static func isHeld(byHolders holders: Int, place: Int, quorum: Int) -> Bool {
    record(.isHeld, { $0.isHeld(byHolders: holders, place: place, quorum: quorum) }) {
      .isHeld(holders: holders, place: place, quorum: quorum, $0)
    }
  }

  static func countsPreVote(of attempt: CampaignAttempt, in current: CampaignAttempt) -> Bool {
    record(.countsPreVote, { $0.countsPreVote(of: attempt, in: current) }) {
      .countsPreVote(attempt: attempt, current: current, $0)
    }
  }

  static func credit(for acknowledged: Acknowledgement, lastSent: Acknowledgement?) -> Acknowledgement {
    record(.credit, { $0.credit(for: acknowledged, lastSent: lastSent) }) {
      .credit(acknowledged: acknowledged, lastSent: lastSent, $0)
    }
  }

  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex {
    record(.matchIndex, { $0.matchIndex(current: current, acknowledged: acknowledged) }) {
      .matchIndex(current: current, acknowledged: acknowledged, $0)
    }
  }

  static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex? {
    record(.backtrack, { $0.backtrack(to: hint, match: match, lowestNext: lowestNext) }) {
      .backtrack(hint: hint, match: match, lowestNext: lowestNext, $0)
    }
  }

  static func isSilent(heardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>) -> Bool {
    record(.isSilent, { $0.isSilent(heardAt: heardAt, now: now, electionTimeout: electionTimeout) }) {
      .isSilent(heardAt: heardAt, now: now, electionTimeout: electionTimeout, $0)
    }
  }

  static func isStalled(
    movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    record(
      .isStalled,
      {
        $0.isStalled(
          movedAt: movedAt, now: now, heartbeatInterval: heartbeatInterval, electionTimeout: electionTimeout)
      }
    ) {
      .isStalled(
        movedAt: movedAt, now: now, heartbeatInterval: heartbeatInterval, electionTimeout: electionTimeout, $0)
    }
  }

  static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool {
    record(.mayCommit, { $0.mayCommit(entryTerm: entryTerm, currentTerm: currentTerm) }) {
      .mayCommit(entryTerm: entryTerm, currentTerm: currentTerm, $0)
    }
  }

  static func lastIncludedTerm(ofEntry term: Term, current: Term) -> Term {
    record(.lastIncludedTerm, { $0.lastIncludedTerm(ofEntry: term, current: current) }) {
      .lastIncludedTerm(term: term, current: current, $0)
    }
  }

  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex {
    record(
      .compactionIndex,
      { $0.compactionIndex(snapshot: snapshot, trailing: trailing, lastIndex: lastIndex, beingSent: beingSent) }
    ) {
      .compactionIndex(snapshot: snapshot, trailing: trailing, lastIndex: lastIndex, beingSent: beingSent, $0)
    }
  }

  static func continues(offset: UInt64, received: UInt64) -> Bool {
    record(.continues, { $0.continues(offset: offset, received: received) }) {
      .continues(offset: offset, received: received, $0)
    }
  }

  static func installs(_ position: LogPosition, commitIndex: LogIndex) -> Bool {
    record(.installs, { $0.installs(position, commitIndex: commitIndex) }) {
      .installs(position: position, commitIndex: commitIndex, $0)
    }
  }

  static func keepsSuffix(of position: LogPosition, termAtPosition: Term?) -> Bool {
    record(.keepsSuffix, { $0.keepsSuffix(of: position, termAtPosition: termAtPosition) }) {
      .keepsSuffix(position: position, termAtPosition: termAtPosition, $0)
    }
  }

  static func term(afterInstalling position: LogPosition, current: Term) -> Term {
    record(.termAfterInstalling, { $0.term(afterInstalling: position, current: current) }) {
      .termAfterInstalling(position: position, current: current, $0)
    }
  }

  static func matchIndex(acknowledging sent: LogPosition, newest: LogPosition?) -> LogIndex {
    record(.matchIndexOfSnapshot, { $0.matchIndex(acknowledging: sent, newest: newest) }) {
      .matchIndexOfSnapshot(sent: sent, newest: newest, $0)
    }
  }

  static func knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term) -> Bool {
    record(.knowsCommitIndex, { $0.knowsCommitIndex(termAtCommitIndex: termAtCommitIndex, currentTerm: currentTerm) }) {
      .knowsCommitIndex(termAtCommitIndex: termAtCommitIndex, currentTerm: currentTerm, $0)
    }
  }

  static func confirms(acknowledgedRound: UInt64, neededRound: UInt64, of peer: NodeID) -> Bool {
    record(.confirms, { $0.confirms(acknowledgedRound: acknowledgedRound, neededRound: neededRound, of: peer) }) {
      .confirms(acknowledgedRound: acknowledgedRound, neededRound: neededRound, peer: peer, $0)
    }
  }

  static func leaseEnd(
    sentAt: LocalInstant, acknowledgedAt: LocalInstant, promise: Duration, clockRateBound: Ratio
  ) -> LocalInstant {
    record(
      .leaseEnd,
      { $0.leaseEnd(sentAt: sentAt, acknowledgedAt: acknowledgedAt, promise: promise, clockRateBound: clockRateBound) }
    ) {
      .leaseEnd(sentAt: sentAt, acknowledgedAt: acknowledgedAt, promise: promise, clockRateBound: clockRateBound, $0)
    }
  }

  static func holdsLease(until end: LocalInstant?, now: LocalInstant, ledTerm: Term, current: Term) -> Bool {
    record(.holdsLease, { $0.holdsLease(until: end, now: now, ledTerm: ledTerm, current: current) }) {
      .holdsLease(end: end, now: now, ledTerm: ledTerm, current: current, $0)
    }
  }

  static func answers(_ id: ForwardedReadID, askedIn starts: UInt64) -> Bool {
    record(.answers, { $0.answers(id, askedIn: starts) }) {
      .answers(id: id, starts: starts, $0)
    }
  }

  static func maySatisfyRead(index: LogIndex, commitIndex: LogIndex) -> Bool {
    record(.maySatisfyRead, { $0.maySatisfyRead(index: index, commitIndex: commitIndex) }) {
      .maySatisfyRead(index: index, commitIndex: commitIndex, $0)
    }
  }
}
