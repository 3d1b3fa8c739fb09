import Determinism

/// Appending what a leader sends (Raft §5.3, Figure 2, AppendEntries RPC).
extension RaftNode {
  mutating func handle(_ request: AppendEntries, isCurrent: Bool, from sender: NodeID, into ready: inout Ready) {
    guard isCurrent else {
      if rules.resetsElectionTimer(.appendEntries, isAccepted: false) { setElectionTimer(into: &ready) }
      // The sender is behind: our term tells it so. Its round was one of its old term; should it lead ours by the time
      // that this arrives, it must not take it for one of its new rounds and let a read go by it.
      return reply(.conflict(index: log.lastIndex.next, term: nil), round: 0, to: sender, into: &ready)
    }
    guard follow(sender, because: .appendEntries, into: &ready) else { return }

    let previous = request.previous
    switch rules.agreement(
      at: previous, termAtPrevious: log.term(at: previous.index), logStart: log.start, commitIndex: commitIndex)
    {
    case .conflicts(let removed):
      if let removed { remove(from: removed) }
      return reply(conflict(at: previous.index), round: request.round, to: sender, into: &ready)
    case .covered:
      // The leader may go on behind what is committed, and so behind the snapshot.
      return reply(.matched(commitIndex), round: request.round, to: sender, into: &ready)
    case .matches: break
    }
    // A wrong rule can let any index through, the last one too.
    let lastNew = LogIndex(previous.index.rawValue &+ UInt64(request.entries.count))
    take(request.entries, after: previous.index)
    setCommitIndex(
      to: rules.followerCommitIndex(
        current: commitIndex, leaderCommitIndex: request.commitIndex, lastNewEntry: lastNew,
        lastEntry: log.lastIndex), into: &ready)
    reply(.matched(lastNew), round: request.round, to: sender, into: &ready)
  }

  /// Makes the log hold `entries` after an index at which it agrees with the leader's.
  private mutating func take(_ entries: [Entry], after previous: LogIndex) {
    guard previous <= log.lastIndex else { return stop(.gapInLog(after: log.lastIndex, before: previous)) }
    var index = previous.next
    for entry in entries {
      guard log.term(at: index) == entry.term else { break }
      index = index.next
    }
    let isConflict = index <= log.lastIndex && index.rawValue <= previous.rawValue + UInt64(entries.count)
    if let cut = rules.truncationStart(previous: previous, firstConflict: isConflict ? index : nil), cut > .zero {
      remove(from: cut)
    }
    // A wrong rule can have cut into what comes before the leader's entries.
    guard previous <= log.lastIndex else { return stop(.gapInLog(after: log.lastIndex, before: previous)) }
    // Of the entries, those that the log already holds are skipped: an old request must not undo a newer one.
    let held = min(entries.count, Int(log.lastIndex.rawValue - previous.rawValue))
    let configurations = log.configurations.count
    for entry in entries[held...] {
      log.append(entry)
      firstChanged = min(firstChanged ?? log.lastIndex, log.lastIndex)
    }
    if log.configurations.count != configurations { noteAppendedMembers() }
  }

  /// Removes the entry at an index and all after it.
  private mutating func remove(from cut: LogIndex) {
    guard cut <= log.lastIndex else { return }
    if cut <= commitIndex { stop(.committedEntryReplaced(cut)) }
    log.truncate(from: cut)
    noteRemovedMembers()
    firstChanged = log.lastIndex.next
  }

  /// Where the leader should go on looking for agreement (Raft §5.3, end).
  private func conflict(at index: LogIndex) -> AppendEntriesReply.Outcome {
    let term = index > .zero ? log.term(at: index) : nil
    let hint = term == nil ? log.lastIndex.next : log.firstIndex(ofTermAt: index)
    return .conflict(index: rules.conflictHint(at: hint, logStart: log.start.index), term: term)
  }

  private func reply(
    _ outcome: AppendEntriesReply.Outcome, round: UInt64, to leader: NodeID, into ready: inout Ready
  ) {
    let reply = AppendEntriesReply(term: term, round: round, outcome: outcome)
    send(.appendEntriesReply(reply), to: leader, into: &ready)
  }
}
