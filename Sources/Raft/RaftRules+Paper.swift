import Determinism

/// Terms and votes as published.
extension RaftRules {
  package static func standing(of kind: RaftMessage.Kind, term: Term, current: Term) -> Standing {
    term > current ? .newer : term == current ? .current : .stale
  }

  package static func vote(after current: HardState, entering term: Term) -> NodeID? {
    term > current.term ? nil : current.votedFor
  }

  package static func vote(afterHearing leader: NodeID, votedFor: NodeID?) -> NodeID? { votedFor }

  package static func hardStateToPersist(_ state: HardState) -> HardState { state }

  package static func mayVote(
    for candidate: NodeID, votedFor: NodeID?, votedAt: LocalInstant?, now: LocalInstant, electionTimeout: Duration
  ) -> Bool {
    votedFor == nil || votedFor == candidate
  }

  package static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool {
    (candidate.term, candidate.index) >= (voter.term, voter.index)
  }

  package static func quorum(of voters: Int) -> Int { voters / 2 + 1 }

  package static func countsPreVote(of attempt: CampaignAttempt, in current: CampaignAttempt) -> Bool {
    attempt == current
  }

  package static func votes(counted: Int, isRepeated: Bool) -> Int { isRepeated ? counted : counted + 1 }

  package static func speaksAsLeader(role: Role, ledTerm: Term?, current: Term) -> Bool { role == .leader }

  package static func departure(of kind: RaftMessage.Kind) -> Departure {
    kind.promise == .everythingWritten ? .afterSync : .atOnce
  }
}

/// Timeouts and promises as published.
extension RaftRules {
  package static func electionTimeout(from interval: ClosedRange<Duration>) -> ClosedRange<Duration> { interval }

  package static func resetsElectionTimer(_ kind: RaftMessage.Kind, isAccepted: Bool) -> Bool {
    isAccepted && kind != .preVote
  }

  package static func ignoresCandidate(
    _ kind: RaftMessage.Kind, heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration
  ) -> Bool {
    heardLeaderAt.map { now - $0 < promise } ?? false
  }

  package static func mayCampaign(heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration) -> Bool {
    heardLeaderAt.map { now - $0 >= promise } ?? true
  }

  package static func heardLeader(atStart now: LocalInstant, starts: UInt64) -> LocalInstant? {
    starts > 1 ? now : nil
  }

  package static func remainsLeader(
    quorumHeardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    now - quorumHeardAt < electionTimeout.upperBound
  }

  package static func mayLead(canWrite: Bool, voters: Int) -> Bool { canWrite || voters == 1 }
}

/// Replication as published.
extension RaftRules {
  package static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement {
    if previous.index < logStart.index { return .covered }
    return termAtPrevious == previous.term ? .matches : .conflicts(removingFrom: nil)
  }

  package static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { firstConflict }

  package static func conflictHint(at index: LogIndex, logStart: LogIndex) -> LogIndex { index }

  package static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex {
    max(current, min(leaderCommitIndex, lastNewEntry))
  }

  package static func proposalIndex(lastIndex: LogIndex, commitIndex: LogIndex) -> LogIndex { lastIndex.next }

  package static func recipients(_ peers: NodeSet, unreachable: NodeSet) -> NodeSet { peers }

  package static func counted(
    _ answer: LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term
  ) -> LogAnswer? {
    role == .leader && term == current ? answer : nil
  }

  package static func isHeld(byHolders holders: Int, place: Int, quorum: Int) -> Bool { holders >= quorum }

  package static func credit(for acknowledged: Acknowledgement, lastSent: Acknowledgement?) -> Acknowledgement {
    acknowledged
  }

  package static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { max(current, acknowledged) }

  package static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex? {
    let next = max(hint, match.next)
    return next < lowestNext ? next : nil
  }

  package static func isSilent(
    heardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    now - heardAt >= electionTimeout.upperBound
  }

  package static func isStalled(
    movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    now - movedAt >= electionTimeout.upperBound
  }

  package static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool { entryTerm == currentTerm }
}

/// Snapshots as published.
extension RaftRules {
  package static func lastIncludedTerm(ofEntry term: Term, current: Term) -> Term { term }

  package static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex {
    min(LogIndex(snapshot.rawValue - min(snapshot.rawValue, trailing)), beingSent ?? snapshot)
  }

  package static func continues(offset: UInt64, received: UInt64) -> Bool { offset == received }

  package static func installs(_ position: LogPosition, commitIndex: LogIndex) -> Bool { position.index > commitIndex }

  package static func keepsSuffix(of position: LogPosition, termAtPosition: Term?) -> Bool {
    termAtPosition == position.term
  }

  package static func term(afterInstalling position: LogPosition, current: Term) -> Term { current }

  package static func matchIndex(acknowledging sent: LogPosition, newest: LogPosition?) -> LogIndex { sent.index }
}

/// Reads as published.
extension RaftRules {
  package static func knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term) -> Bool {
    termAtCommitIndex == currentTerm
  }

  package static func confirms(acknowledgedRound: UInt64, neededRound: UInt64, of peer: NodeID) -> Bool {
    acknowledgedRound >= neededRound
  }

  package static func leaseEnd(
    sentAt: LocalInstant, acknowledgedAt: LocalInstant, promise: Duration, clockRateBound: Ratio
  ) -> LocalInstant {
    let whole = UInt64(clockRateBound.denominator)
    let bound = UInt64(clockRateBound.numerator)
    // The product may take more than 64 bits, the quotient is at most the promise.
    let product = UInt64(max(.zero, promise).nanoseconds).multipliedFullWidth(by: whole - bound)
    return sentAt + .nanoseconds(Int64((whole + bound).dividingFullWidth(product).quotient))
  }

  package static func holdsLease(until end: LocalInstant?, now: LocalInstant, ledTerm: Term, current: Term) -> Bool {
    guard let end, ledTerm == current else { return false }
    return now < end
  }

  package static func answers(_ id: ForwardedReadID, askedIn starts: UInt64) -> Bool { id.starts == starts }

  package static func maySatisfyRead(index: LogIndex, commitIndex: LogIndex) -> Bool { index <= commitIndex }
}
