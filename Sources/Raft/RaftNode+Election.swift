import Determinism

/// Leader election (Raft §5.2, §5.4.1).
extension RaftNode {
  mutating func electionTimeout(into ready: inout Ready) {
    guard role != .leader else { return }
    // A garbled message can bring the last term that there is.
    guard term.rawValue < .max else { return stop(.termsExhausted) }
    becomeFollower(in: term.next, into: &ready)
    role = .candidate
    votes = NodeSet()
    hardState.votedFor = id
    requestVotes(into: &ready)
    // Its own vote counts like any other: only once it survives a crash.
    send(.requestVoteReply(RequestVoteReply(term: term, isGranted: true)), to: id, into: &ready)
    setElectionTimer(into: &ready)
    setHeartbeatTimer(into: &ready)
  }

  mutating func heartbeatTimeout(into ready: inout Ready) {
    switch role {
    case .follower: return
    case .candidate: requestVotes(into: &ready)
    case .leader: broadcastAppends(resending: true, into: &ready)
    }
    setHeartbeatTimer(into: &ready)
  }

  /// Asks those who have not yet voted for this candidate.
  private func requestVotes(into ready: inout Ready) {
    let request = RequestVote(term: term, lastPosition: log.lastPosition)
    for peer in configuration.members where peer != id && !votes.contains(peer) {
      send(.requestVote(request), to: peer, into: &ready)
    }
  }

  mutating func handle(_ request: RequestVote, isCurrent: Bool, from candidate: NodeID, into ready: inout Ready) {
    let isGranted =
      isCurrent && rules.mayVote(for: candidate, votedFor: hardState.votedFor)
      && rules.isUpToDate(candidate: request.lastPosition, voter: log.lastPosition, voterCommitIndex: commitIndex)
    if isGranted {
      hardState.votedFor = candidate
      setElectionTimer(into: &ready)
    }
    send(.requestVoteReply(RequestVoteReply(term: term, isGranted: isGranted)), to: candidate, into: &ready)
  }

  mutating func handle(_ reply: RequestVoteReply, from voter: NodeID, into ready: inout Ready) {
    guard role == .candidate, reply.isGranted else { return }
    votes.insert(voter)
    if votes.count >= quorum { becomeLeader(into: &ready) }
  }

  private mutating func becomeLeader(into ready: inout Ready) {
    role = .leader
    leader = id
    leadership = Leadership(members: configuration.members.count, lastIndex: log.lastIndex)
    // Only an entry of the new term lets the earlier ones commit, and the reads begin (Raft §8).
    append(Entry(term: term, payload: .noOp), into: &ready)
    broadcastAppends(resending: true, into: &ready)
    setHeartbeatTimer(into: &ready)
  }
}
