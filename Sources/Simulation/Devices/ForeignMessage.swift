import Raft

extension RaftMessage {
  /// What the same server might say at the same time in another cluster, that was restored from a backup of this one: their
  /// logs begin alike, and each has gone its own way since.
  ///
  /// - Parameter ahead: how many terms that cluster is ahead.
  func inAnotherCluster(ahead: Int) -> RaftMessage {
    let term = term.later(by: ahead)
    switch self {
    case .requestVote(let request):
      return .requestVote(
        RequestVote(
          term: term, lastPosition: request.lastPosition.later(by: ahead), isTransfer: request.isTransfer))
    case .preVote(let request):
      return .preVote(
        PreVote(term: term, lastPosition: request.lastPosition.later(by: ahead), attempt: request.attempt))
    case .requestVoteReply: return .requestVoteReply(RequestVoteReply(term: term, isGranted: true))
    case .preVoteReply(let reply):
      return .preVoteReply(PreVoteReply(term: term, isGranted: true, attempt: reply.attempt))
    case .appendEntries(var append):
      append.term = term
      append.entries = Array(repeating: Entry(term: term, payload: .noOp), count: max(1, append.entries.count))
      append.commitIndex = LogIndex(append.previous.index.rawValue &+ UInt64(append.entries.count))
      return .appendEntries(append)
    case .appendEntriesReply(var reply):
      reply.term = term
      if case .matched(let index) = reply.outcome { reply.outcome = .matched(LogIndex(index.rawValue &+ 1)) }
      return .appendEntriesReply(reply)
    case .installSnapshot(var request):
      request.term = term
      return .installSnapshot(request)
    case .installSnapshotReply(var reply):
      reply.term = term
      return .installSnapshotReply(reply)
    case .readIndex(var request):
      request.term = term
      return .readIndex(request)
    case .readIndexReply(var reply):
      reply.term = term
      return .readIndexReply(reply)
    case .timeoutNow: return .timeoutNow(TimeoutNow(term: term))
    }
  }
}

extension Term {
  fileprivate func later(by terms: Int) -> Term {
    let (sum, isTooLate) = rawValue.addingReportingOverflow(UInt64(terms))
    return Term(isTooLate ? .max : sum)
  }
}

extension LogPosition {
  /// The entry after this one, of a later term.
  fileprivate func later(by terms: Int) -> LogPosition {
    LogPosition(index: LogIndex(index.rawValue &+ 1), term: term.later(by: terms))
  }
}
