import Determinism

/// Leader election (Raft §5.2, §5.4.1; Ongaro 2014 §9.6).
extension RaftNode {
  mutating func electionTimeout(into ready: inout Ready) {
    guard role != .leader else { return checkQuorum(into: &ready) }
    guard mayLead, isElectable else {
      // It campaigns for nobody, and yet sends nobody to a leader that it hears no more.
      forgetLeader(into: &ready)
      return setElectionTimer(into: &ready)
    }
    if configuration.checksQuorum,
      !rules.mayCampaign(heardLeaderAt: heardLeaderAt, now: now, promise: configuration.promise)
    {
      return setElectionTimer(into: &ready)
    }
    // A garbled message can bring the last term that there is.
    guard term.rawValue < .max else { return stop(.termsExhausted) }
    if rules.asksBeforehand(usesPreVote: configuration.usesPreVote, isTransfer: false) {
      askBeforehand(into: &ready)
    } else {
      campaign(into: &ready)
    }
    setElectionTimer(into: &ready)
    setHeartbeatTimer(into: &ready)
  }

  mutating func heartbeatTimeout(into ready: inout Ready) {
    if rules.speaksAsLeader(role: role, ledTerm: lastLeadership?.term, current: term) {
      broadcastAppends(resending: true, into: &ready)
      let isOrdered = requests.transfer?.isOrdered ?? false
      if isManaging { manage(into: &ready) }
      if isOrdered { repeatOrder(into: &ready) }
    } else if role == .candidate || role == .preCandidate {
      requestVotes(into: &ready)
    } else {
      return
    }
    setHeartbeatTimer(into: &ready)
  }

  /// Asks who would vote for this node in the next term, and stays in its own meanwhile.
  mutating func askBeforehand(into ready: inout Ready) {
    role = .preCandidate
    forgetLeader(into: &ready)
    votes = VoteCount()
    attempt.number &+= 1
    requestVotes(into: &ready)
    // Nothing is promised, so nothing need be durable.
    count(id)
    if electorate.elects(votes) { campaign(into: &ready) }
  }

  mutating func campaign(into ready: inout Ready) {
    becomeFollower(in: term.next, into: &ready)
    role = .candidate
    votes = VoteCount()
    hardState.votedFor = id
    forWrongRules.votedAt = now
    requestVotes(into: &ready)
    // Its own vote counts like any other: only once it survives a crash.
    send(.requestVoteReply(RequestVoteReply(term: term, isGranted: true)), to: id, into: &ready)
  }

  /// Asks those who have not yet voted for this candidate.
  private func requestVotes(into ready: inout Ready) {
    let request: RaftMessage =
      if role == .candidate {
        .requestVote(
          RequestVote(
            term: term, lastPosition: log.lastPosition,
            isTransfer: rules.passesStickiness(orderedIn: orderedIn, campaigning: term)))
      } else {
        .preVote(PreVote(term: term, lastPosition: log.lastPosition, attempt: attempt))
      }
    for voter in members.electors.subtracting(votes.granted).removing(id) { send(request, to: voter, into: &ready) }
  }

  private mutating func count(_ voter: NodeID) { votes.count(voter, among: members, rules) }

  mutating func handle(_ request: RequestVote, isCurrent: Bool, from candidate: NodeID, into ready: inout Ready) {
    // The request's term is this node's own by now, or later if a wrong rule has kept it from being adopted.
    let votedFor = request.term == term ? hardState.votedFor : nil
    let isGranted =
      isCurrent
      && rules.mayVote(
        for: candidate, votedFor: votedFor, votedAt: forWrongRules.votedAt, now: now,
        electionTimeout: configuration.promise)
      && rules.mayVote(for: candidate, by: id, members: members)
      && rules.isUpToDate(candidate: request.lastPosition, voter: log.lastPosition, voterCommitIndex: commitIndex)
    if isGranted {
      hardState.votedFor = candidate
      forWrongRules.votedAt = now
    }
    // A candidate that hears nothing asks for the same vote again and again: were that to start the timer anew each time,
    // nobody else would ever campaign.
    let isNewlyGranted = isGranted && votedFor != candidate
    if rules.resetsElectionTimer(.requestVote, isAccepted: isNewlyGranted) { setElectionTimer(into: &ready) }
    let reply = RequestVoteReply(term: max(term, isGranted ? request.term : term), isGranted: isGranted)
    send(.requestVoteReply(reply), to: candidate, into: &ready)
  }

  mutating func handle(_ request: PreVote, isCurrent: Bool, from candidate: NodeID, into ready: inout Ready) {
    // Nobody has voted in the term that it asks about, so only the logs count.
    let isGranted =
      isCurrent && rules.mayVote(for: candidate, by: id, members: members)
      && rules.isUpToDate(candidate: request.lastPosition, voter: log.lastPosition, voterCommitIndex: commitIndex)
    if rules.resetsElectionTimer(.preVote, isAccepted: isGranted) { setElectionTimer(into: &ready) }
    let reply = PreVoteReply(term: term, isGranted: isGranted, attempt: request.attempt)
    send(.preVoteReply(reply), to: candidate, into: &ready)
  }

  mutating func handle(_ reply: PreVoteReply, from voter: NodeID, into ready: inout Ready) {
    guard role == .preCandidate, reply.isGranted, rules.countsPreVote(of: reply.attempt, in: attempt) else { return }
    count(voter)
    guard electorate.elects(votes), term.rawValue < .max else { return }
    campaign(into: &ready)
    setElectionTimer(into: &ready)
    setHeartbeatTimer(into: &ready)
  }

  mutating func handle(_ reply: RequestVoteReply, from voter: NodeID, into ready: inout Ready) {
    guard role == .candidate, reply.isGranted else { return }
    count(voter)
    if electorate.elects(votes) { becomeLeader(into: &ready) }
  }

  private mutating func becomeLeader(into ready: inout Ready) {
    role = .leader
    leader = id
    lastLeadership = Leadership(term: term, of: id, members: members, lastIndex: log.lastIndex, at: now)
    // Those too that are removed by what is not committed yet.
    if let before = membersBefore {
      let (lastIndex, now) = (log.lastIndex, now)
      lastLeadership?.track(before, lastIndex: lastIndex, at: now)
    }
    requests = OperatorRequests()
    forWrongRules.beginLeadership()
    // Only an entry of the new term lets the earlier ones commit, and the reads begin (Raft §8).
    append(.noOp, into: &ready)
    broadcastAppends(resending: true, into: &ready)
    setHeartbeatTimer(into: &ready)
    if configuration.checksQuorum { setElectionTimer(into: &ready) }
    if isManaging { manage(into: &ready) }
  }
}

/// Keeping a leader that works, and only such a one (Ongaro 2014 §4.2.3, §6.2).
extension RaftNode {
  /// Takes note of whether the disk takes writes. Who leads or wants to, and cannot write, makes way.
  mutating func noteDisk(canWrite: Bool, into ready: inout Ready) {
    self.canWrite = canWrite
    if role != .follower, !mayLead { becomeFollower(in: term, into: &ready) }
  }

  var mayLead: Bool { rules.mayLead(canWrite: canWrite, voters: members.voters.count) }

  /// Whether a message is a candidate's that this node does not listen to, having a leader.
  func ignores(_ message: RaftMessage) -> Bool {
    if case .requestVote(let request) = message, request.isTransfer { return false }
    let kind = message.kind
    guard kind == .preVote || kind == .requestVote && configuration.checksQuorum else { return false }
    let heardAt = role == .leader ? quorumHeardAt : heardLeaderAt
    return rules.ignoresCandidate(kind, heardLeaderAt: heardAt, now: now, promise: configuration.promise)
  }

  /// Gives up leading if no quorum answers: those that do not may have a new leader already.
  private mutating func checkQuorum(into ready: inout Ready) {
    guard configuration.checksQuorum, let quorumHeardAt else { return }
    if rules.remainsLeader(
      quorumHeardAt: quorumHeardAt, now: now, electionTimeout: configuration.electionTimeout)
    {
      setElectionTimer(into: &ready)
    } else {
      becomeFollower(in: term, into: &ready)
    }
  }

  private var quorumHeardAt: LocalInstant? {
    lastLeadership?.quorumHeardAt(now: now, by: electorate)
  }
}
