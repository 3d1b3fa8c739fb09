import Determinism

/// Log replication and commitment (Raft §5.3, §5.4.2).
extension RaftNode {
  mutating func propose(_ command: [UInt8], into ready: inout Ready) {
    let uncommitted = log.lastIndex.rawValue - min(commitIndex, log.lastIndex).rawValue
    guard role == .leader, uncommitted < RaftConfiguration.maxUncommittedEntries else {
      ready.proposal = .refused
      return
    }
    append(Entry(term: term, payload: .command(command)), into: &ready)
    ready.proposal = .appended(log.lastPosition)
    for peer in configuration.members where peer != id { sendEntries(to: peer, into: &ready) }
  }

  /// Appends an entry of this leader's term to its own log.
  mutating func append(_ entry: Entry, into ready: inout Ready) {
    log.append(entry)
    firstChanged = min(firstChanged ?? log.lastIndex, log.lastIndex)
    // The leader's own copy counts like any other: only once it survives a crash.
    let acknowledgement = AppendEntriesReply(term: term, round: 0, outcome: .matched(log.lastIndex))
    send(.appendEntriesReply(acknowledgement), to: id, into: &ready)
  }

  /// Starts a round: everyone hears from this leader.
  ///
  /// - Parameter resending: whether entries that were sent but not acknowledged are taken for lost.
  mutating func broadcastAppends(resending: Bool, into ready: inout Ready) {
    leadership?.beginRound(resending: resending)
    for peer in configuration.members where peer != id { sendAppend(to: peer, into: &ready) }
  }

  /// Sends what a peer lacks, if it lacks anything and nothing is on its way.
  private mutating func sendEntries(to peer: NodeID, into ready: inout Ready) {
    guard let progress = leadership?.progress[offset(of: peer)] else { return }
    if progress.awaited == nil, progress.next <= log.lastIndex { sendAppend(to: peer, into: &ready) }
  }

  private mutating func sendAppend(to peer: NodeID, into ready: inout Ready) {
    guard let leadership else { return }
    let offset = offset(of: peer)
    let progress = leadership.progress[offset]
    let limit = progress.awaited == nil ? configuration.maxEntriesPerAppend : 0
    let entries = log.entries(from: progress.next, limit: limit, byteLimit: RaftConfiguration.maxBytesPerAppend)
    let previous = LogPosition(index: progress.next.previous, term: log.term(at: progress.next.previous) ?? .zero)
    if !entries.isEmpty {
      self.leadership?.progress[offset].awaited = LogIndex(previous.index.rawValue + UInt64(entries.count))
    }
    let request = AppendEntries(
      term: term, previous: previous, commitIndex: commitIndex, round: leadership.round, entries: entries)
    send(.appendEntries(request), to: peer, into: &ready)
  }

  mutating func handle(_ request: AppendEntries, isCurrent: Bool, from sender: NodeID, into ready: inout Ready) {
    guard isCurrent else {
      // The sender is behind: our term tells it so. Its round was one of its old term; should it lead ours by the time
      // that this arrives, it must not take it for one of its new rounds and let a read go by it.
      return reply(.conflict(index: log.lastIndex.next, term: nil), round: 0, to: sender, into: &ready)
    }
    if role == .leader { return stop(.twoLeaders(term, id, sender)) }
    if let leader, leader != sender { stop(.twoLeaders(term, leader, sender)) }
    if role == .candidate { becomeFollower(in: term, into: &ready) }
    leader = sender
    setElectionTimer(into: &ready)

    let previous = request.previous
    guard rules.matches(previous: previous, termAtPrevious: log.term(at: previous.index)) else {
      return reply(conflict(at: previous.index), round: request.round, to: sender, into: &ready)
    }
    // A wrong rule can let any index through, the last one too.
    let lastNew = LogIndex(previous.index.rawValue &+ UInt64(request.entries.count))
    take(request.entries, after: previous.index)
    advanceCommitIndex(
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
    if let cut = rules.truncationStart(previous: previous, firstConflict: isConflict ? index : nil),
      cut > .zero, cut <= log.lastIndex
    {
      if cut <= commitIndex { stop(.committedEntryReplaced(cut)) }
      log.truncate(from: cut)
      firstChanged = cut
    }
    // A wrong rule can have cut into what comes before the leader's entries.
    guard previous <= log.lastIndex else { return stop(.gapInLog(after: log.lastIndex, before: previous)) }
    // Of the entries, those that the log already holds are skipped: an old request must not undo a newer one.
    let held = min(entries.count, Int(log.lastIndex.rawValue - previous.rawValue))
    for entry in entries[held...] {
      log.append(entry)
      firstChanged = min(firstChanged ?? log.lastIndex, log.lastIndex)
    }
  }

  /// Where the leader should go on looking for agreement (Raft §5.3, end).
  private func conflict(at index: LogIndex) -> AppendEntriesReply.Outcome {
    guard let term = log.term(at: index) else { return .conflict(index: log.lastIndex.next, term: nil) }
    return .conflict(index: log.firstIndex(ofTermAt: index), term: term)
  }

  private func reply(
    _ outcome: AppendEntriesReply.Outcome, round: UInt64, to leader: NodeID, into ready: inout Ready
  ) {
    let reply = AppendEntriesReply(term: term, round: round, outcome: outcome)
    send(.appendEntriesReply(reply), to: leader, into: &ready)
  }

  mutating func handle(_ reply: AppendEntriesReply, from sender: NodeID, into ready: inout Ready) {
    let offset = offset(of: sender)
    guard role == .leader, var progress = leadership?.progress[offset] else { return }
    progress.acknowledgedRound = max(progress.acknowledgedRound, reply.round)
    switch reply.outcome {
    case .matched(let index):
      guard index <= log.lastIndex else { return stop(.acknowledgedBeyondLog(sender, index)) }
      progress.match = rules.matchIndex(current: progress.match, acknowledged: index)
      progress.next = max(progress.next, index.next)
      if let awaited = progress.awaited, awaited <= index { progress.awaited = nil }
    case .conflict(let hint, let term):
      let next = max(LogIndex(1), term.flatMap { log.lastIndex(of: $0)?.next } ?? hint)
      // A hint that leads no further back than one before it is old, or its follower has lost what it acknowledged. To
      // answer each of them with a message would, where the network duplicates, never end: the next heartbeat is soon
      // enough.
      if next < progress.lowestNext {
        progress.next = next
        progress.lowestNext = next
        progress.awaited = nil
      }
    }
    leadership?.progress[offset] = progress
    commitReplicatedEntries(into: &ready)
    confirmReads(into: &ready)
    if sender != id { sendEntries(to: sender, into: &ready) }
  }

  private mutating func commitReplicatedEntries(into ready: inout Ready) {
    guard let held = leadership?.indexHeld(byQuorum: quorum), held > commitIndex else { return }
    guard let entryTerm = log.term(at: held), rules.mayCommit(entryTerm: entryTerm, currentTerm: term) else { return }
    advanceCommitIndex(to: held, into: &ready)
    beginEarlyReads(into: &ready)
  }

  private mutating func advanceCommitIndex(to index: LogIndex, into ready: inout Ready) {
    guard index > commitIndex, index <= log.lastIndex else { return }
    ready.committed = commitIndex.next...index
    commitIndex = index
  }

  func offset(of member: NodeID) -> Int {
    configuration.members.firstIndex(of: member) ?? 0
  }
}
