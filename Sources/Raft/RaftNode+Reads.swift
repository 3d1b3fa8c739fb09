import Determinism

/// Linearizable reads without the log: ReadIndex (Ongaro 2014 §6.4).
extension RaftNode {
  mutating func beginRead(_ id: ReadID, into ready: inout Ready) {
    guard let leadership,
      leadership.pendingReads.count + leadership.earlyReads.count < RaftConfiguration.maxPendingReads
    else {
      ready.abandonedReads.append(id)
      return
    }
    guard rules.knowsCommitIndex(termAtCommitIndex: log.term(at: commitIndex), currentTerm: term) else {
      self.leadership?.earlyReads.append(id)
      return
    }
    begin([id], into: &ready)
  }

  /// Starts the reads that were waiting for this term's first commit.
  mutating func beginEarlyReads(into ready: inout Ready) {
    guard let early = leadership?.earlyReads, !early.isEmpty,
      rules.knowsCommitIndex(termAtCommitIndex: log.term(at: commitIndex), currentTerm: term)
    else { return }
    leadership?.earlyReads = []
    begin(early, into: &ready)
  }

  private mutating func begin(_ reads: [ReadID], into ready: inout Ready) {
    broadcastAppends(resending: false, into: &ready)
    guard let round = leadership?.round else { return }
    for id in reads {
      leadership?.pendingReads.append(.init(id: id, index: commitIndex, round: round))
    }
    confirmReads(into: &ready)
  }

  /// Releases the reads whose round a quorum has acknowledged; the leader itself is one of it.
  mutating func confirmReads(into ready: inout Ready) {
    while let leadership, let read = leadership.pendingReads.first {
      var confirmations = 1
      for member in configuration.members where member != id {
        let acknowledged = leadership.progress[offset(of: member)].acknowledgedRound
        if rules.confirms(acknowledgedRound: acknowledged, neededRound: read.round) { confirmations += 1 }
      }
      guard confirmations >= quorum else { return }
      self.leadership?.pendingReads.removeFirst()
      ready.confirmedReads.append(.init(id: read.id, index: read.index))
    }
  }
}
