import Determinism

/// Log replication and commitment at a leader (Raft §5.3, §5.4.2).
extension RaftNode {
  /// Appends commands, as many as may be open: one change of the log, and one append for each follower that has room for
  /// them (Ongaro 2014 §10.2.2).
  mutating func propose(_ commands: [[UInt8]], into ready: inout Ready) {
    let open = min(uncommittedEntries, RaftConfiguration.maxUncommittedEntries)
    let count = min(commands.count, Int(RaftConfiguration.maxUncommittedEntries - open))
    guard role == .leader, count > 0, takesProposals else {
      ready.proposal = .refused
      return
    }
    clearPlaceForProposals()
    let first = LogPosition(index: log.lastIndex.next, term: term)
    for command in commands.prefix(count) { log.append(Entry(term: term, payload: .command(command))) }
    noteAppended(from: first.index, into: &ready)
    ready.proposal = .appended(first: first, count: count)
    for peer in followers { sendEntries(to: peer, into: &ready) }
  }

  /// Whether this leader appends what clients ask for. Inlined, for a call would copy the node.
  @inline(__always)
  var takesProposals: Bool { rules.takesProposals(transferringTo: requests.transfer?.target) }

  /// Those to whom this leader replicates. Inlined, for a call would copy the node.
  @inline(__always)
  var followers: NodeSet { lastLeadership?.progress.tracked.removing(id) ?? NodeSet() }

  /// How many entries of this log are not known to be committed.
  var uncommittedEntries: UInt64 { log.lastIndex.rawValue - min(commitIndex, log.lastIndex).rawValue }

  /// Appends an entry of this leader's term to its own log.
  mutating func append(_ payload: Entry.Payload, into ready: inout Ready) {
    clearPlaceForProposals()
    log.append(Entry(term: term, payload: payload))
    noteAppended(from: log.lastIndex, into: &ready)
  }

  /// What this leader appends goes where the rules say; anywhere but behind the end of the log only by a wrong one.
  private mutating func clearPlaceForProposals() {
    let index = rules.proposalIndex(lastIndex: log.lastIndex, commitIndex: commitIndex)
    if index <= log.lastIndex { overwrite(from: index) }
  }

  private mutating func noteAppended(from first: LogIndex, into ready: inout Ready) {
    firstChanged = min(firstChanged ?? first, first)
    // The leader's own copy counts like any other: only once it survives a crash.
    let acknowledgement = AppendEntriesReply(term: term, round: 0, outcome: .matched(log.lastIndex))
    send(.appendEntriesReply(acknowledgement), to: id, into: &ready)
  }

  /// Takes back what this leader has appended, which only a wrong rule asks for.
  private mutating func overwrite(from index: LogIndex) {
    log.truncate(from: index)
    noteRemovedMembers()
    let end = log.lastIndex.next
    for member in lastLeadership?.progress.tracked ?? NodeSet() {
      if let next = lastLeadership?.progress[member].next { lastLeadership?.progress[member].next = min(next, end) }
    }
  }

  /// Starts a round: everyone hears from this leader.
  ///
  /// - Parameter resending: whether it is time to look for what was lost.
  mutating func broadcastAppends(resending: Bool, into ready: inout Ready) {
    // By way of a field: to compare the whole would copy it.
    guard lastLeadership?.term != nil else { return }
    let now = now
    if resending { loseFlights() }
    lastLeadership?.beginRound(at: now)
    for peer in rules.recipients(followers, unreachable: forWrongRules.unreachable) {
      guard let mode = lastLeadership?.progress[peer].mode else { return }
      if mode == .snapshot { sendPresence(to: peer, into: &ready) } else { sendAppend(to: peer, into: &ready) }
      sendEntries(to: peer, into: &ready)
    }
  }

  private mutating func loseFlights() {
    let (now, newest) = (now, snapshot)
    for peer in followers {
      let (isStalled, isSilent) = (isStalled(peer), isSilent(peer))
      lastLeadership?.progress[peer].loseFlights(isStalled: isStalled, isSilent: isSilent, newest: newest, at: now)
    }
  }

  /// Whether what is on its way to a member has not got further for too long.
  func isStalled(_ member: NodeID) -> Bool {
    guard let movedAt = lastLeadership?.progress[member].movedAt else { return false }
    return rules.isStalled(
      movedAt: movedAt, now: now, heartbeatInterval: configuration.heartbeatInterval,
      electionTimeout: configuration.electionTimeout)
  }

  /// Whether a member has not answered for too long.
  func isSilent(_ member: NodeID) -> Bool {
    guard let heardAt = lastLeadership?.progress[member].heardAt else { return false }
    return rules.isSilent(heardAt: heardAt, now: now, electionTimeout: configuration.electionTimeout)
  }

  /// Sends what a peer lacks, entries or pieces of a snapshot, as far as the window allows.
  mutating func sendEntries(to peer: NodeID, into ready: inout Ready) {
    while role == .leader, room(for: peer) > 0 { sendAppend(to: peer, into: &ready) }
    sendPieces(to: peer, into: &ready)
  }

  /// How many entries may leave for a member in one append now. Inlined, for a call would copy the node.
  @inline(__always)
  private func room(for member: NodeID) -> Int {
    let room = lastLeadership?.progress[member].room(in: log, under: configuration) ?? 0
    return room > 0 && isSilent(member) ? 0 : room
  }

  /// Sends an append with what the window allows, even if that is nothing.
  mutating func sendAppend(to peer: NodeID, into ready: inout Ready) {
    let now = now
    guard let round = lastLeadership?.round, let next = lastLeadership?.progress[peer].next else { return }
    guard let previousTerm = log.term(at: next.previous) else { return beginSnapshot(to: peer, into: &ready) }
    let entries = log.entries(
      from: next, limit: room(for: peer), byteLimit: RaftConfiguration.maxBytesPerAppend)
    lastLeadership?.progress[peer].send(entries, at: now)
    forWrongRules.lastSent = Acknowledgement(
      member: peer, index: LogIndex(next.previous.rawValue + UInt64(entries.count)))
    let request = AppendEntries(
      term: term, previous: LogPosition(index: next.previous, term: previousTerm), commitIndex: commitIndex,
      round: round, entries: entries)
    send(.appendEntries(request), to: peer, into: &ready)
  }

  /// Lets a peer hear that this leader is there, and answer its round, whatever its log holds: all logs agree before their
  /// first entry.
  func sendPresence(to peer: NodeID, into ready: inout Ready) {
    let request = AppendEntries(
      term: term, previous: .zero, commitIndex: commitIndex, round: lastLeadership?.round ?? 0, entries: [])
    send(.appendEntries(request), to: peer, into: &ready)
  }

  mutating func unreachable(_ peer: NodeID) {
    guard role == .leader, followers.contains(peer) else { return }
    forWrongRules.unreachable.insert(peer)
    // Nothing is sent again at once, whatever late answers may come: the next heartbeat is soon enough. A window of appends
    // for each of them, refused or answered in its turn, would be more and more.
    if let progress = lastLeadership?.progress[peer], progress.mode == .replicate {
      lastLeadership?.progress[peer].probe(from: progress.match.next)
      lastLeadership?.progress[peer].isAwaiting = true
      lastLeadership?.progress[peer].isUnreachable = true
    }
  }

  mutating func handle(_ reply: AppendEntriesReply, from sender: NodeID, into ready: inout Ready) {
    var conflictTerm: Term?
    let answer: LogAnswer
    switch reply.outcome {
    case .matched(let index): answer = .agrees(index)
    case .conflict(let hint, let term): (answer, conflictTerm) = (.refuses(hint), term)
    }
    switch hear(answer, from: sender, term: reply.term, round: reply.round) {
    case .agrees(let index): acknowledge(index, by: sender)
    case .refuses(let hint): goBack(to: hint, of: conflictTerm, at: sender)
    case .nothing: break
    case nil: return
    }
    makeProgress(because: sender, into: &ready)
  }

  /// Takes note of a follower's answer of whatever kind.
  ///
  /// - Returns: what it counts as; `nil` if it counts for nothing.
  mutating func hear(_ answer: LogAnswer, from sender: NodeID, term replyTerm: Term, round: UInt64) -> LogAnswer? {
    // The leader hears from everyone all the time: no copy of itself is made here.
    let ledTerm = lastLeadership?.term
    guard ledTerm != nil, lastLeadership?.progress.tracked.contains(sender) ?? false,
      let counted = rules.counted(
        answer, term: replyTerm, isOwn: sender == id, role: role, ledTerm: ledTerm, current: term)
    else { return nil }
    forWrongRules.unreachable.remove(sender)
    let (electorate, now) = (electorate, now)
    let sentAt = lastLeadership?.hear(sender, round: round, at: now, by: electorate)
    if let sentAt { extendLease(from: sentAt) }
    return counted
  }

  mutating func acknowledge(_ index: LogIndex, by sender: NodeID) {
    guard index <= log.lastIndex else { return stop(.acknowledgedBeyondLog(sender, index)) }
    var credit = Acknowledgement(member: sender, index: index)
    // What its own disk has finished is no answer to what it wrote to others.
    if sender != id { credit = rules.credit(for: credit, lastSent: forWrongRules.lastSent) }
    // A wrong rule can credit anybody; who is no member holds nothing that counts.
    let member = credit.member
    guard lastLeadership?.progress.tracked.contains(member) ?? false,
      let match = lastLeadership?.progress[member].match
    else { return }
    let index = min(credit.index, log.lastIndex)
    let logStart = log.start.index
    lastLeadership?.progress[member].match = rules.matchIndex(current: match, acknowledged: index)
    let now = now
    lastLeadership?.progress[member].acknowledge(index, logStart: logStart, at: now)
  }

  /// Looks for agreement further back (Raft §5.3, end).
  private mutating func goBack(to hint: LogIndex, of term: Term?, at member: NodeID) {
    guard let progress = lastLeadership?.progress[member], progress.mode != .snapshot else { return }
    let candidate = max(LogIndex(1), term.flatMap { log.lastIndex(of: $0)?.next } ?? hint)
    // To answer each old hint with a message would, where the network duplicates, never end: the next heartbeat is soon
    // enough.
    if let next = rules.backtrack(to: candidate, match: progress.match, lowestNext: progress.lowestNext) {
      lastLeadership?.progress[member].probe(from: max(LogIndex(1), next))
    }
  }

  /// Draws the consequences of an answer.
  mutating func makeProgress(because sender: NodeID, into ready: inout Ready) {
    commitReplicatedEntries(into: &ready)
    confirmReads(into: &ready)
    if sender != id, followers.contains(sender) { sendEntries(to: sender, into: &ready) }
    if isManaging { manage(into: &ready) }
  }

  private mutating func commitReplicatedEntries(into ready: inout Ready) {
    guard let held = lastLeadership?.indexHeld(by: electorate, beyond: commitIndex, rules) else { return }
    guard let entryTerm = log.term(at: held), rules.mayCommit(entryTerm: entryTerm, currentTerm: term) else { return }
    setCommitIndex(to: held, into: &ready)
    finishLogReads(into: &ready)
    beginEarlyReads(into: &ready)
  }

  /// Moves the commit index, and hands out what is newly committed.
  mutating func setCommitIndex(to index: LogIndex, into ready: inout Ready) {
    guard index <= log.lastIndex else { return }
    commitIndex = index
    if log.configurations.count > 1 { enterMembers() }
    guard index > handedOut else { return }
    ready.committed = handedOut.next...index
    handedOut = index
    releaseForwardedReads(into: &ready)
  }
}
