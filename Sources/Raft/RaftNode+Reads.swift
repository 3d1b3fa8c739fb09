import Determinism

/// Linearizable reads at a leader (Ongaro 2014 §6.4; Raft §8).
extension RaftNode {
  /// How many reads of its host's are neither confirmed nor abandoned.
  package var openReads: Int { forwardedReads.count + (lastLeadership?.ownReadCount ?? 0) }

  mutating func beginRead(_ id: ReadID, into ready: inout Ready) {
    if role == .leader {
      begin(Leadership.WaitingRead(id: id), into: &ready)
    } else if configuration.reads == .follower {
      forward(id, into: &ready)
    } else {
      ready.abandonedReads.append(id)
    }
  }

  /// Begins a read of this leader's host or of a follower.
  mutating func begin(_ read: Leadership.WaitingRead, into ready: inout Ready) {
    guard let leadership = lastLeadership, leadership.readCount < RaftConfiguration.maxPendingReads else {
      return abandon(read, into: &ready)
    }
    switch configuration.reads {
    case .log: appendForRead(read, into: &ready)
    case .readIndex, .lease, .follower:
      guard rules.knowsCommitIndex(termAtCommitIndex: log.term(at: commitIndex), currentTerm: term) else {
        lastLeadership?.earlyReads.append(read)
        return
      }
      beginKnowing(read, into: &ready)
    }
  }

  /// Begins a read at a leader that knows its commit index to be good for it.
  private mutating func beginKnowing(_ read: Leadership.WaitingRead, into ready: inout Ready) {
    guard let leadership = lastLeadership else { return }
    if configuration.reads == .lease,
      rules.holdsLease(until: leaseEnd, now: now, ledTerm: leadership.term, current: term)
    {
      return confirm(read, at: commitIndex, into: &ready)
    }
    // While a round is under way that others wait for, the reads that come meanwhile gather for the next.
    let isRoundUnderWay = leadership.pendingReads.first.map { $0.round <= leadership.round } ?? false
    lastLeadership?.pendingReads.append(.init(read: read, index: commitIndex, round: leadership.round + 1))
    if !isRoundUnderWay { broadcastAppends(resending: false, into: &ready) }
    confirmReads(into: &ready)
  }

  /// Starts the reads that were waiting for this term's first commit.
  mutating func beginEarlyReads(into ready: inout Ready) {
    guard let early = lastLeadership?.earlyReads, !early.isEmpty,
      rules.knowsCommitIndex(termAtCommitIndex: log.term(at: commitIndex), currentTerm: term)
    else { return }
    lastLeadership?.earlyReads = []
    for read in early { beginKnowing(read, into: &ready) }
  }

  /// Releases the reads whose round a quorum has acknowledged, and starts a round for those that have gathered.
  mutating func confirmReads(into ready: inout Ready) {
    while role == .leader, let first = lastLeadership?.pendingReads.first {
      if let round = lastLeadership?.round, first.round > round {
        broadcastAppends(resending: false, into: &ready)
      }
      guard isConfirmed(first.round) else { return }
      let released = Array(lastLeadership?.pendingReads.prefix { $0.round == first.round } ?? [])
      lastLeadership?.pendingReads.removeFirst(released.count)
      for pending in released { confirm(pending.read, at: pending.index, into: &ready) }
    }
  }

  /// Whether a quorum has acknowledged a round; the leader itself has. Inlined, for a call would copy the node.
  @inline(__always)
  private func isConfirmed(_ round: UInt64) -> Bool {
    var confirming = NodeSet(CollectionOfOne(id))
    for peer in members.electors.removing(id) {
      let acknowledged = lastLeadership?.progress[peer].acknowledgedRound ?? 0
      if rules.confirms(acknowledgedRound: acknowledged, neededRound: round, of: peer) { confirming.insert(peer) }
    }
    return electorate.isQuorum(confirming)
  }

  /// Until when this leader answers reads by its lease.
  var leaseEnd: LocalInstant? {
    guard rules.mayUseLease(hasSentTimeoutNow: requests.hasSentTimeoutNow) else { return nil }
    return lastLeadership?.leaseEnd
  }

  /// A quorum has acknowledged a round that was sent at an instant.
  mutating func extendLease(from sentAt: LocalInstant) {
    let held = lastLeadership?.leaseEnd
    let end = rules.leaseEnd(
      sentAt: sentAt, acknowledgedAt: now, promise: configuration.promise,
      clockRateBound: configuration.clockRateBound)
    lastLeadership?.leaseEnd = max(held ?? end, end)
  }

  /// Waits for an entry of its own, together with the reads that come while another one's is under way: a client that
  /// asks again and again must not fill the log.
  private mutating func appendForRead(_ read: Leadership.WaitingRead, into ready: inout Ready) {
    lastLeadership?.gatheredLogReads.append(read)
    if lastLeadership?.logReads.isEmpty ?? false { appendForGatheredReads(into: &ready) }
  }

  private mutating func appendForGatheredReads(into ready: inout Ready) {
    guard let reads = lastLeadership?.gatheredLogReads, !reads.isEmpty else { return }
    lastLeadership?.gatheredLogReads = []
    guard uncommittedEntries < RaftConfiguration.maxUncommittedEntries, takesProposals else {
      for read in reads { abandon(read, into: &ready) }
      return
    }
    append(.noOp, into: &ready)
    for read in reads { lastLeadership?.logReads.append(.init(read: read, index: log.lastIndex)) }
    for peer in followers { sendEntries(to: peer, into: &ready) }
  }

  /// Releases the reads whose own entry is committed; a leader that still leads has kept all that it appended.
  mutating func finishLogReads(into ready: inout Ready) {
    guard role == .leader, let reads = lastLeadership?.logReads else { return }
    let released = reads.prefix { rules.maySatisfyRead(index: $0.index, commitIndex: commitIndex) }
    lastLeadership?.logReads.removeFirst(released.count)
    for pending in released { confirm(pending.read, at: pending.index, into: &ready) }
    if released.count == reads.count { appendForGatheredReads(into: &ready) }
  }

  private func confirm(_ read: Leadership.WaitingRead, at index: LogIndex, into ready: inout Ready) {
    guard let follower = read.follower else { return ready.confirmedReads.append(.init(id: read.id, index: index)) }
    answer(read, to: follower, index: index, into: &ready)
  }

  func abandon(_ read: Leadership.WaitingRead, into ready: inout Ready) {
    guard let follower = read.follower else { return ready.abandonedReads.append(read.id) }
    answer(read, to: follower, index: nil, into: &ready)
  }

  private func answer(
    _ read: Leadership.WaitingRead, to follower: NodeID, index: LogIndex?, into ready: inout Ready
  ) {
    let id = ForwardedReadID(starts: read.starts, read: read.id)
    send(.readIndexReply(ReadIndexReply(term: term, id: id, index: index)), to: follower, into: &ready)
  }
}
