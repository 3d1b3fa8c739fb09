import Determinism
import KeyValue
import Raft
import Reference
import Replica
import Traces

/// Every property, checked by looking at everything at every step: all servers, whole logs, all pairs, and all of the past.
/// Disks are read from the beginning at every change.
///
/// Far too slow for more than a few seeds. It is there for `ClusterInvariants` to be held against: both must find the same
/// at the same event.
package struct ExhaustiveChecker: ClusterWatch {
  /// Where a node stood after a step.
  private struct Stand: Sendable {
    var node: NodeID
    var incarnation: Int
    var status: ReplicaStatus
    /// Of a leader, by member; `nil` of those that it does not keep in mind.
    var matches: [LogIndex?]
    var logTime: WallInstant
  }

  private struct Vote: Sendable {
    var voter: NodeID
    var candidate: NodeID
    var term: Term
  }

  /// Of a pre-vote.
  private struct Grant: Sendable {
    var vote: Vote
    var attempt: CampaignAttempt
  }

  private struct Answer: Sendable {
    var index: LogIndex
    var digest: UInt64
    var term: Term
  }

  private struct Committed: Sendable {
    var index: LogIndex
    var term: Term
  }

  /// A message with which a leader brought a follower up to an entry.
  private struct Arrival: Sendable {
    var leader: NodeID
    var follower: NodeID
    var term: Term
    var index: LogIndex
    var round: UInt64
  }

  /// What a client saw of its operation, and which leaders were heard meanwhile.
  private enum Sight: Sendable {
    case call(client: Int)
    case hearing(leader: NodeID, follower: NodeID)
    case `return`(index: LogIndex, node: NodeID)
  }

  private var past: ClusterPast
  private var logIsCompacted: LogIsCompacted
  private var configurationsOverlap = ConfigurationsOverlap()
  private var transferIsSound: TransferIsSound
  private var electedByQuorum: ElectedByQuorum
  private var incarnations: [Int]
  private var stands: [Stand] = []
  private var messages: [SentMessage] = []
  /// By node: how many messages had left it when its incarnation began.
  private var messagesBefore: [Int]
  private var votes: [Vote] = []
  private var answers: [Answer] = []
  private var commits: [Committed] = []
  private var arrivals: [Arrival] = []
  private var grants: [Grant] = []
  private var configurations: [Members]
  /// By node: of the last file of its log that was begun, the records that were durable at the last change of its disk.
  private var lastFiles: [LogMarks?]
  private var sights: [Sight] = []
  private let readsByLease: Bool
  /// The digest of each leader's log up to each entry that it held while it led, by that index and its term of office.
  private var led = LookupTable<LogPosition, UInt64>()
  /// Every prefix of every log ever seen.
  private var prefixes = LookupTable<LogPosition, UInt64>()
  /// The digest of the log up to each applied index, from index 1, and the states seen there.
  private var applied: [UInt64] = []
  private var states: [(index: LogIndex, seen: StateMachineSafety.Seen)] = []

  /// - Parameters:
  ///   - nodes: how many servers there may be.
  ///   - voters: those with which the cluster begins.
  ///   - sessions: as the servers have them.
  ///   - reads: how they answer reads.
  package init(nodes: Int, voters: NodeSet, sessions: SessionSettings, reads: ReadMode) {
    past = ClusterPast(nodes: nodes, voters: voters, sessions: sessions)
    configurations = [Members(voters: voters)]
    logIsCompacted = LogIsCompacted(nodes: nodes)
    transferIsSound = TransferIsSound(nodes: nodes)
    electedByQuorum = ElectedByQuorum(nodes: nodes)
    readsByLease = reads == .lease
    incarnations = Array(repeating: 0, count: nodes)
    messagesBefore = incarnations
    lastFiles = Array(repeating: nil, count: nodes)
  }

  package mutating func noteStart(of node: NodeID) {
    logIsCompacted.noteStart(of: node)
    incarnations[node.offset] += 1
    messagesBefore[node.offset] = messages.count
  }

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    note(cluster)
    var leases = LeaseIsPromised()
    try leases.check(cluster, knowing: past)
    try transferIsSound.checkLease(cluster)
    try checkElections()
    try checkLeadersOnlyAppend(cluster)
    try checkLogsMatch(cluster)
    try checkLeadersAreComplete(cluster)
    try checkStateMachines(cluster)
    try checkTerms()
    try checkVotes()
    try checkIndicesOnlyGrow()
    try checkLogTimes(cluster)
    for node in cluster.nodes {
      let view = ClusterView(replicas: cluster.replicas, running: cluster.running, changed: node)
      var (commits, snapshots) = (CommitWithinLog(), SnapshotWithinApplied())
      try commits.check(view, knowing: past)
      try snapshots.check(view, knowing: past)
    }
    try checkMatchesOnlyGrow()
    try checkDisks(cluster)
    try checkAnswers()
    for node in cluster.nodes {
      let view = ClusterView(replicas: cluster.replicas, running: cluster.running, changed: node)
      var (once, reference) = (AppliedOnce(), ReferenceState(nodes: incarnations.count))
      try once.check(view, knowing: past)
      try reference.check(view, knowing: past)
    }
    try checkCampaigns(cluster)
    try electedByQuorum.check(cluster, knowing: past)
    try configurationsOverlap.check(cluster, knowing: past)
    for node in cluster.nodes where cluster.running.contains(node) {
      let view = ClusterView(replicas: cluster.replicas, running: cluster.running, changed: node)
      try MembersInForce.check(view, past)
      try ChangesEnd.check(view, past)
    }
    try transferIsSound.check(cluster, knowing: past)
    for node in cluster.nodes where cluster.running.contains(node) {
      var waiters = WaitersAreAnswered()
      try waiters.check(
        ClusterView(replicas: cluster.replicas, running: cluster.running, changed: node), knowing: past)
    }
    try logIsCompacted.check(cluster, knowing: past)
  }

  package mutating func check(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation) {
    messages.append(message)
    if message.label.kind == .timeoutNow || message.label.isTransfer {
      try transferIsSound.check(message, in: cluster)
    }
    if message.label.grantsVote {
      votes.append(Vote(voter: message.sender, candidate: message.recipient, term: message.label.term))
    } else if message.label.kind == .requestVote {
      votes.append(Vote(voter: message.sender, candidate: message.sender, term: message.label.term))
    }
    try checkVotes()
    try checkPromise(message, cluster)
  }

  package mutating func check(
    answerAbout position: LogPosition, in cluster: ClusterView
  ) throws(InvariantViolation) {
    guard let digest = try AcknowledgedWriteSurvives.digest(upTo: position, in: cluster) else { return }
    answers.append(Answer(index: position.index, digest: digest, term: cluster.status.term))
    try checkAnswers()
  }

  package mutating func noteArrival(of message: RaftMessage, from sender: NodeID, in cluster: ClusterView) {
    electedByQuorum.noteArrival(of: message, from: sender, at: cluster.changed)
    if case .preVoteReply(let reply) = message, reply.isGranted {
      let vote = Vote(voter: sender, candidate: cluster.changed, term: reply.term)
      grants.append(Grant(vote: vote, attempt: reply.attempt))
    }
    guard let (index, round) = message.sendsUpTo else { return }
    if message.term == cluster.status.term { sights.append(.hearing(leader: sender, follower: cluster.changed)) }
    arrivals.append(
      Arrival(
        leader: sender, follower: cluster.changed, term: message.term, index: max(index, cluster.status.commitIndex),
        round: round))
  }

  package mutating func check(creditOf peer: NodeID, in cluster: ClusterView) throws(InvariantViolation) {
    for leader in cluster.nodes where cluster.running.contains(leader) {
      let status = cluster.replicas[leader.offset].status
      guard status.role == .leader else { continue }
      for follower in cluster.nodes where follower != leader {
        let received = arrivals.filter {
          $0.leader == leader && $0.follower == follower && $0.term == status.term
        }
        try CreditedWhatWasSent.check(
          leader, status.term, follower, received.map(\.index).max() ?? .zero, received.map(\.round).max() ?? 0,
          in: cluster)
      }
    }
  }

  package mutating func noteCall(by client: Int) { sights.append(.call(client: client)) }

  package mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation) {
    defer { sights.append(.return(index: index, node: node)) }
    let call = sights.lastIndex { if case .call(client) = $0 { true } else { false } }
    guard isRead, let call else { return }
    var (told, by) = (index, node)
    for case .return(let other, let teller) in sights[..<call] where other > told { (told, by) = (other, teller) }
    guard told == index else { throw InvariantViolation(.readNotFresh(node, index: index, told: told, by: by)) }
    guard !readsByLease else { return }
    try ReadsAreConfirmed.check(readAnsweredBy: node, nodes: incarnations.count, configurations) { leader, follower in
      sights[call...].contains { if case .hearing(leader, follower) = $0 { true } else { false } }
    }
  }

  package mutating func check(
    syncOf file: String, bytes: [UInt8]?, in cluster: ClusterView, files: () -> FileBytes
  ) throws(InvariantViolation) {
    let before = lastFiles[cluster.changed.offset]
    past.note(diskOf: cluster.changed) { $0 = ReferenceDisk(ofAll: files()) }
    let isReadable = past.durable[cluster.changed].isOfFiles
    lastFiles[cluster.changed.offset] = isReadable ? Self.lastFile(of: files()) : nil
    try checkDisks(cluster)
    try MarksAreSynced.check(Self.flaw(of: file, bytes, among: files(), after: before), of: file, at: cluster.changed)
  }

  /// The last file of the log that was begun and bears a name for good.
  private static func lastFile(of files: FileBytes) -> LogMarks? {
    files.compactMap { LogMarks(file: $0.name, bytes: $0.bytes) }.filter { $0.end > 0 }
      .max { $0.number < $1.number }
  }

  /// What is wrong with what a sync has made durable of a file.
  private static func flaw(
    of file: String, _ bytes: [UInt8]?, among files: FileBytes, after before: LogMarks?
  ) -> ReferenceDisk.WriteFlaw? {
    guard let before, let bytes, let after = LogMarks(file: file, bytes: bytes),
      after.number == before.number, bytes.count > before.end
    else { return nil }
    let later = files.compactMap { LogMarks(file: $0.name, bytes: []) }.contains { $0.number > after.number }
    if later { return .earlierFile }
    let added = after.marks.first { $0.offset >= before.end && $0.mark > UInt64(before.end) }
    return added.map { .mark(offset: $0.offset, $0.mark, synced: before.end) }
  }

  package mutating func check(
    removalOf name: String, as change: Int, isDamaged: Bool, in cluster: ClusterView,
    files: (_ changes: Int) -> FileBytes
  ) throws(InvariantViolation) {
    let (kept, node) = (past.durable[cluster.changed], cluster.changed)
    let before = change == 0 && !isDamaged ? kept : ReferenceDisk(ofAll: files(change))
    try RemovalsTakeNothing.check(name, at: node, before: before, after: ReferenceDisk(ofAll: files(change + 1)))
  }

  package mutating func check(
    recoveryIn cluster: ClusterView, isKnown: Bool, isDamaged: Bool, files: () -> FileBytes
  ) throws(InvariantViolation) {
    try RecoversWhatIsThere.check(ReferenceDisk(reading: files()), in: cluster)
  }

  package mutating func check(restWith files: Int, in cluster: ClusterView) throws(InvariantViolation) {
    try DiskKeepsUp.check(past.durable, in: cluster)
    if files > 1 { try NothingIsLeftOver.check(files, on: past.durable, in: cluster) }
  }

  package mutating func check(
    crashLeaving files: FileBytes?, in cluster: ClusterView
  ) throws(InvariantViolation) {
    if let files, let state = ReferenceDisk(reading: files) {
      past.note(diskOf: cluster.changed) { $0 = state }
      lastFiles[cluster.changed.offset] = Self.lastFile(of: files)
    }
    try checkDisks(cluster)
  }

  private mutating func note(_ cluster: ClusterView) {
    let (node, status) = (cluster.changed, cluster.status)
    let matches =
      status.role == .leader
      ? cluster.nodes.map { cluster.tracks($0, node) ? cluster.match(of: $0, at: node) : nil } : []
    stands.append(
      Stand(
        node: node, incarnation: incarnations[node.offset], status: status, matches: matches,
        logTime: cluster.replicas[node.offset].stateMachine.logTime))
    if status.role == .leader {
      votes.append(Vote(voter: node, candidate: node, term: status.term))
      let log = cluster.log
      for index in log.start.index.rawValue...log.lastIndex.rawValue {
        led[LogPosition(index: LogIndex(index), term: status.term)] = log.digest(at: LogIndex(index))
      }
    }
    let members = cluster.members(at: node)
    if status.membersIndex > .zero, !configurations.contains(members) { configurations.append(members) }
    let before = past.lastCommitted
    past.note(cluster)
    var index = before.next
    while index <= past.lastCommitted {
      commits.append(Committed(index: index, term: status.term))
      index = index.next
    }
  }
}

// MARK: - Figure 3

extension ExhaustiveChecker {
  private func checkElections() throws(InvariantViolation) {
    guard let last = stands.last, last.status.role == .leader else { return }
    for other in stands where other.status.role == .leader && other.status.term == last.status.term {
      guard other.node == last.node else {
        throw InvariantViolation(.twoLeaders(other.node, last.node, term: last.status.term))
      }
    }
  }

  private func checkLeadersOnlyAppend(_ cluster: ClusterView) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    guard status.role == .leader else { return }
    // Back to where it became leader.
    for stand in stands.reversed() where stand.node == node {
      guard stand.status.role == .leader, stand.status.term == status.term else { return }
      let lastIndex = stand.status.lastIndex
      let log = cluster.log
      guard log.start.index > lastIndex || log.digest(at: lastIndex) == stand.status.logDigest else {
        throw InvariantViolation(.leaderChangedLog(node, term: status.term, through: lastIndex))
      }
    }
  }

  private mutating func checkLogsMatch(_ cluster: ClusterView) throws(InvariantViolation) {
    for node in cluster.nodes {
      let log = cluster.replicas[node.offset].raft.log
      guard log.start == .zero || prefixes[log.start] == log.digest(at: log.start.index) else {
        throw InvariantViolation(.logBeginsBehindUnknown(node, log.start))
      }
      var index = log.lastIndex
      while index > .zero, let term = log.term(at: index), let digest = log.digest(at: index) {
        let position = LogPosition(index: index, term: term)
        guard prefixes[position, default: digest] == digest else {
          throw InvariantViolation(.logsDiffer(node, at: position))
        }
        prefixes[position] = digest
        index = index.previous
      }
    }
  }

  private func checkLeadersAreComplete(_ cluster: ClusterView) throws(InvariantViolation) {
    for replica in cluster.replicas where cluster.running.contains(replica.raft.id) {
      let (log, status) = (replica.raft.log, replica.status)
      let earlier = commits.filter { $0.term < status.term }
      guard status.role == .leader, let last = earlier.map(\.index).max() else { continue }
      var lacking = earlier.contains { commit in
        commit.index >= log.start.index
          && log.digest(at: commit.index) != past.committed[Int(commit.index.rawValue) - 1]
      }
      let start = log.start.index
      if start > .zero, start <= past.lastCommitted {
        lacking = lacking || log.digest(at: start) != past.committed[Int(start.rawValue) - 1]
      }
      guard !lacking else {
        throw InvariantViolation(.leaderLacksCommitted(replica.raft.id, term: status.term, through: last))
      }
    }
  }

  private mutating func checkStateMachines(_ cluster: ClusterView) throws(InvariantViolation) {
    for node in cluster.nodes where cluster.replicas[node.offset].status.appliedIndex > .zero {
      let (log, status) = (cluster.replicas[node.offset].raft.log, cluster.replicas[node.offset].status)
      guard log.start.index.rawValue <= UInt64(applied.count) else {
        throw InvariantViolation(.snapshotOfUnapplied(node, through: log.start.index))
      }
      for number in log.start.index.rawValue...status.appliedIndex.rawValue where number > 0 {
        // That a log ends before what was applied is for another property to say.
        guard let digest = log.digest(at: LogIndex(number)) else { continue }
        if number > UInt64(applied.count) { applied.append(digest) }
        guard applied[Int(number) - 1] == digest else {
          let common = min(status.appliedIndex.rawValue, UInt64(applied.count))
          throw StateMachineSafety.otherEntries(
            of: node, upTo: LogIndex(common), than: applied[Int(common) - 1], in: cluster)
        }
      }
      let other = states.first { $0.index == status.appliedIndex && $0.seen.digest != status.stateDigest }
      if let first = other?.seen {
        throw StateMachineSafety.otherState(of: node, after: status.appliedIndex, than: first, in: cluster, past)
      }
      states.append((status.appliedIndex, StateMachineSafety.Seen(node: node, digest: status.stateDigest)))
    }
  }
}

// MARK: - One server, or a leader and its followers

extension ExhaustiveChecker {
  /// The stands of the present incarnation of the node that took a step, the last one aside.
  private var earlierStands: [Stand] {
    guard let last = stands.last else { return [] }
    return stands.dropLast().filter { $0.node == last.node && $0.incarnation == last.incarnation }
  }

  private func checkTerms() throws(InvariantViolation) {
    guard let last = stands.last else { return }
    let told = messages.prefix(messagesBefore[last.node.offset]).filter { message in
      message.sender == last.node && message.label.kind.promise != .nothing
    }
    let before = (told.map(\.label.term) + earlierStands.map(\.status.term)).max() ?? .zero
    guard last.status.term >= before else {
      throw InvariantViolation(.termWentBack(last.node, from: before, to: last.status.term))
    }
  }

  private func checkCampaigns(_ cluster: ClusterView) throws(InvariantViolation) {
    for node in cluster.nodes where cluster.running.contains(node) {
      let replica = cluster.replicas[node.offset]
      if replica.status.role == .candidate || replica.status.role == .preCandidate {
        try ElectedByQuorum.check(candidate: node, cluster)
      }
      guard replica.status.role == .candidate, replica.raft.configuration.usesPreVote,
        replica.raft.orderedIn?.next != replica.status.term
      else { continue }
      try CampaignsAreGranted.check(node, in: replica.status.term, of: cluster) { voter in
        grants.contains {
          $0.vote.voter == voter && $0.vote.candidate == node && $0.vote.term.next == replica.status.term
            && $0.attempt == replica.raft.attempt
        }
      }
    }
  }

  private func checkVotes() throws(InvariantViolation) {
    guard let last = votes.last else { return }
    for vote in votes where vote.voter == last.voter && vote.term == last.term {
      guard vote.candidate == last.candidate else {
        throw InvariantViolation(
          .votedTwice(voter: vote.voter, first: vote.candidate, second: last.candidate, term: vote.term))
      }
    }
  }

  private func checkIndicesOnlyGrow() throws(InvariantViolation) {
    guard let last = stands.last else { return }
    let committed = earlierStands.map(\.status.commitIndex).max() ?? .zero
    guard last.status.commitIndex >= committed else {
      throw InvariantViolation(.commitWentBack(last.node, from: committed, to: last.status.commitIndex))
    }
    let applied = earlierStands.map(\.status.appliedIndex).max() ?? .zero
    guard last.status.appliedIndex >= applied else {
      throw InvariantViolation(.appliedWentBack(last.node, from: applied, to: last.status.appliedIndex))
    }
  }

  private func checkLogTimes(_ cluster: ClusterView) throws(InvariantViolation) {
    guard let last = stands.last else { return }
    let before = earlierStands.map(\.logTime).max() ?? .epoch
    guard last.logTime >= before else {
      throw InvariantViolation(.logTimeWentBack(last.node, from: before, to: last.logTime))
    }
  }

  private func checkMatchesOnlyGrow() throws(InvariantViolation) {
    guard let last = stands.last, last.status.role == .leader else { return }
    let stands = stands.filter {
      $0.node == last.node && $0.status.role == .leader && $0.status.term == last.status.term
    }
    for (member, known) in last.matches.enumerated() {
      guard let known else { continue }
      // The most that it knew since it keeps it in mind: it may have known less on its way there.
      let since = stands.lastIndex { $0.matches[member] == nil } ?? -1
      let before = stands[(since + 1)...].compactMap { $0.matches[member] }.max() ?? known
      guard known >= before else {
        throw InvariantViolation(
          .matchWentBack(
            leader: last.node, term: last.status.term, member: NodeID(UInt8(member + 1)), from: before, to: known))
      }
    }
  }

  private func checkDisks(_ cluster: ClusterView) throws(InvariantViolation) {
    for leader in cluster.nodes { try checkMatches(of: leader, cluster) }
    // A log that holds the last of it holds all that comes before; and that may have been committed by others.
    if let digest = past.committed.last { try CommittedOnQuorum.check(past.lastCommitted, digest: digest, past) }
    var electable = ElectableHoldsCommitted()
    try electable.check(cluster, knowing: past)
  }

  /// Whether a disk does not hold the log of a term's leader up to an index.
  private func lacks(_ index: LogIndex, ofLeaderIn term: Term, on disk: ReferenceDisk) -> Bool {
    !disk.holds(index, digest: led[LogPosition(index: index, term: term)])
  }

  private func checkMatches(of leader: NodeID, _ cluster: ClusterView) throws(InvariantViolation) {
    let (replica, term) = (cluster.replicas[leader.offset], cluster.replicas[leader.offset].status.term)
    guard replica.status.role == .leader, cluster.running.contains(leader) else { return }
    for member in cluster.nodes {
      let match = cluster.match(of: member, at: leader)
      let disk = past.durable[member]
      let isRunning = cluster.running.contains(member)
      let present = isRunning ? cluster.replicas[member.offset].status.term : disk.hardState.term
      guard present <= term, disk.lastTerm <= term, present == term || disk.lastTerm == term else { continue }
      if lacks(match, ofLeaderIn: term, on: disk) {
        throw InvariantViolation(
          .matchNotDurable(
            leader: leader, term: term, member: member, index: match, durable: DurableLack(disk, of: match)))
      }
    }
  }

  /// Looks at what a message promises, and at its sender's disk as it is read from the beginning.
  private func checkPromise(_ message: SentMessage, _ cluster: ClusterView) throws(InvariantViolation) {
    let (label, sender, term) = (message.label, message.sender, message.label.term)
    let (disk, status) = (past.durable[sender], cluster.replicas[sender.offset].status)
    let isBound = disk.hardState.term <= term && disk.lastTerm <= term
    if isBound, label.grantsVote || label.kind == .requestVote {
      let candidate = label.grantsVote ? message.recipient : sender
      guard (disk.hardState.term, disk.hardState.votedFor) == (term, candidate) else {
        throw InvariantViolation(
          .voteNotDurable(voter: sender, candidate: candidate, term: term, durable: disk.hardState))
      }
    }
    if label.kind == .requestVote, status.role == .candidate, status.term == term {
      guard disk.holds(status.lastIndex, digest: status.logDigest) else {
        throw InvariantViolation(.candidateLogNotDurable(sender, term: term, last: status.lastIndex))
      }
    }
    if isBound, label.acknowledges {
      let digest = led[LogPosition(index: label.index, term: term)]
      if let lack = DurableBeforePromised.lack(of: label.index, in: term, on: disk, digest: digest) {
        throw InvariantViolation(
          .acknowledgementNotDurable(follower: sender, index: label.index, term: term, durable: lack))
      }
    }
  }

  private func checkAnswers() throws(InvariantViolation) {
    for answer in answers {
      for leader in past.leaders where leader.term > answer.term {
        guard leader.holds(answer.index, digest: answer.digest) else {
          throw InvariantViolation(
            .leaderLacksTold(leader.leader, term: leader.term, index: answer.index, toldIn: answer.term))
        }
      }
    }
  }
}
