import Determinism
import KeyValue
import Raft
import Reference
import Replica

/// Every property, checked where something has changed that it speaks of.
package struct ClusterInvariants: ClusterWatch {
  private var past: ClusterPast
  /// By node: where it stood after its last step; `nil` if it has taken no step in this incarnation yet.
  private var seen: [ReplicaStatus?]

  private var electionSafety = ElectionSafety()
  private var leaderAppendOnly: LeaderAppendOnly
  private var logMatching: LogMatching
  private var leaderCompleteness = LeaderCompleteness()
  private var stateMachineSafety: StateMachineSafety
  private var termMonotonicity: TermMonotonicity
  private var oneVotePerTerm: OneVotePerTerm
  private var commitMonotonicity: CommitMonotonicity
  private var appliedMonotonicity: AppliedMonotonicity
  private var commitWithinLog = CommitWithinLog()
  private var snapshotWithinApplied = SnapshotWithinApplied()
  private var durableBeforePromised = DurableBeforePromised()
  private var matchMonotonicity: MatchMonotonicity
  private var matchIsDurable: MatchIsDurable
  private var committedOnQuorum = CommittedOnQuorum()
  private var electableHoldsCommitted = ElectableHoldsCommitted()
  private var leaseIsPromised = LeaseIsPromised()
  private var acknowledgedWriteSurvives = AcknowledgedWriteSurvives()
  private var appliedOnce = AppliedOnce()
  private var referenceState: ReferenceState
  private var logTimeMonotonicity: LogTimeMonotonicity
  private var creditedWhatWasSent: CreditedWhatWasSent
  private var readFreshness = ReadFreshness()
  /// Unless reads go by a lease.
  private var readsAreConfirmed: ReadsAreConfirmed?
  private var campaignsAreGranted: CampaignsAreGranted
  private var waitersAreAnswered = WaitersAreAnswered()
  private var logIsCompacted: LogIsCompacted
  private var membersInForce = MembersInForce()
  private var configurationsOverlap = ConfigurationsOverlap()
  private var changesEnd = ChangesEnd()
  private var electedByQuorum: ElectedByQuorum
  private var transferIsSound: TransferIsSound

  /// - Parameters:
  ///   - nodes: how many servers there may be.
  ///   - voters: those with which the cluster begins.
  ///   - sessions: as the servers have them.
  ///   - reads: how they answer reads.
  package init(nodes: Int, voters: NodeSet, sessions: SessionSettings, reads: ReadMode) {
    past = ClusterPast(nodes: nodes, voters: voters, sessions: sessions)
    seen = Array(repeating: nil, count: nodes)
    leaderAppendOnly = LeaderAppendOnly(nodes: nodes)
    logMatching = LogMatching(nodes: nodes)
    stateMachineSafety = StateMachineSafety(nodes: nodes)
    termMonotonicity = TermMonotonicity(nodes: nodes)
    oneVotePerTerm = OneVotePerTerm(nodes: nodes)
    commitMonotonicity = CommitMonotonicity(nodes: nodes)
    appliedMonotonicity = AppliedMonotonicity(nodes: nodes)
    matchMonotonicity = MatchMonotonicity(nodes: nodes)
    matchIsDurable = MatchIsDurable(nodes: nodes)
    referenceState = ReferenceState(nodes: nodes)
    logTimeMonotonicity = LogTimeMonotonicity(nodes: nodes)
    creditedWhatWasSent = CreditedWhatWasSent(nodes: nodes)
    readsAreConfirmed = reads == .lease ? nil : ReadsAreConfirmed(nodes: nodes, voters: voters)
    campaignsAreGranted = CampaignsAreGranted(nodes: nodes)
    logIsCompacted = LogIsCompacted(nodes: nodes)
    electedByQuorum = ElectedByQuorum(nodes: nodes)
    transferIsSound = TransferIsSound(nodes: nodes)
  }

  package mutating func noteStart(of node: NodeID) {
    termMonotonicity.noteStart(of: node)
    commitMonotonicity.noteStart(of: node)
    appliedMonotonicity.noteStart(of: node)
    logTimeMonotonicity.noteStart(of: node)
    campaignsAreGranted.noteStart(of: node)
    logIsCompacted.noteStart(of: node)
    seen[node.offset] = nil
  }

  /// Those of Figure 3 first, in its order.
  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    // Leases end and promises lapse though nothing changes.
    if !cluster.clocks.isEmpty { try leaseIsPromised.check(cluster, knowing: past) }
    let place = cluster.changed.offset
    guard seen[place] != cluster.status else { return }
    seen[place] = cluster.status
    past.note(cluster)
    readsAreConfirmed?.noteMembers(cluster)
    try electionSafety.check(cluster, knowing: past)
    try leaderAppendOnly.check(cluster, knowing: past)
    try logMatching.check(cluster, knowing: past)
    try leaderCompleteness.check(cluster, knowing: past)
    try stateMachineSafety.check(cluster, knowing: past)
    try termMonotonicity.check(cluster, knowing: past)
    try oneVotePerTerm.check(cluster, knowing: past)
    try commitMonotonicity.check(cluster, knowing: past)
    try appliedMonotonicity.check(cluster, knowing: past)
    try logTimeMonotonicity.check(cluster, knowing: past)
    try commitWithinLog.check(cluster, knowing: past)
    try snapshotWithinApplied.check(cluster, knowing: past)
    try matchMonotonicity.check(cluster, knowing: past)
    try matchIsDurable.check(cluster, knowing: past)
    try committedOnQuorum.check(cluster, knowing: past)
    try electableHoldsCommitted.check(cluster, knowing: past)
    try acknowledgedWriteSurvives.check(cluster, knowing: past)
    try appliedOnce.check(cluster, knowing: past)
    try referenceState.check(cluster, knowing: past)
    try campaignsAreGranted.check(cluster, knowing: past)
    try waitersAreAnswered.check(cluster, knowing: past)
    try logIsCompacted.check(cluster, knowing: past)
    try electedByQuorum.check(cluster, knowing: past)
    try membersInForce.check(cluster, knowing: past)
    try configurationsOverlap.check(cluster, knowing: past)
    try changesEnd.check(cluster, knowing: past)
    try transferIsSound.check(cluster, knowing: past)
  }

  package mutating func check(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation) {
    termMonotonicity.note(message)
    if message.label.kind == .timeoutNow || message.label.isTransfer {
      try transferIsSound.check(message, in: cluster)
    }
    guard message.promisesMore else { return }
    try oneVotePerTerm.check(message)
    try durableBeforePromised.check(message, in: cluster, knowing: past)
  }

  package mutating func check(
    answerAbout position: LogPosition, in cluster: ClusterView
  ) throws(InvariantViolation) {
    try acknowledgedWriteSurvives.check(answerAbout: position, in: cluster, knowing: past)
  }

  package mutating func noteArrival(of message: RaftMessage, from sender: NodeID, in cluster: ClusterView) {
    creditedWhatWasSent.noteArrival(of: message, from: sender, in: cluster)
    readsAreConfirmed?.noteArrival(of: message, from: sender, in: cluster)
    campaignsAreGranted.noteArrival(of: message, from: sender, at: cluster.changed)
    electedByQuorum.noteArrival(of: message, from: sender, at: cluster.changed)
  }

  package mutating func check(creditOf peer: NodeID, in cluster: ClusterView) throws(InvariantViolation) {
    try creditedWhatWasSent.check(creditOf: peer, in: cluster)
  }

  package mutating func noteCall(by client: Int) {
    readFreshness.noteCall(by: client)
    readsAreConfirmed?.noteCall(by: client)
  }

  package mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation) {
    try readFreshness.check(returnTo: client, isRead: isRead, upTo: index, from: node)
    if isRead { try readsAreConfirmed?.check(readOf: client, answeredBy: node) }
  }

  package mutating func check(
    syncOf file: String, bytes: [UInt8]?, in cluster: ClusterView, files: () -> FileBytes
  ) throws(InvariantViolation) {
    var flaw: ReferenceDisk.WriteFlaw?
    past.note(diskOf: cluster.changed) { durable in
      if file.isEmpty {
        durable.noteNames(files())
      } else {
        flaw = durable.noteSync(of: file, bytes: bytes, files: files)
      }
    }
    try checkDisks(cluster)
    try MarksAreSynced.check(flaw, of: file, at: cluster.changed)
  }

  package mutating func check(
    crashLeaving files: FileBytes?, in cluster: ClusterView
  ) throws(InvariantViolation) {
    if let files { past.note(diskOf: cluster.changed) { $0.noteCrash(files) } }
    try checkDisks(cluster)
  }

  package mutating func check(
    removalOf name: String, as change: Int, isDamaged: Bool, in cluster: ClusterView,
    files: (_ changes: Int) -> FileBytes
  ) throws(InvariantViolation) {
    let known = past.durable[cluster.changed]
    var before = isDamaged ? ReferenceDisk(ofAll: files(0)) : known
    if change > 0 { before.noteNames(files(change)) }
    var after = before
    after.noteNames(files(change + 1))
    try RemovalsTakeNothing.check(name, at: cluster.changed, before: before, after: after)
  }

  package mutating func check(
    recoveryIn cluster: ClusterView, isKnown: Bool, isDamaged: Bool, files: () -> FileBytes
  ) throws(InvariantViolation) {
    let known = past.durable[cluster.changed]
    let found: ReferenceDisk?
    if isDamaged {
      found = ReferenceDisk(reading: files())
    } else {
      found = known.isOfFiles && isKnown ? known : known.found(in: files())
    }
    try RecoversWhatIsThere.check(found, in: cluster)
  }

  package mutating func check(restWith files: Int, in cluster: ClusterView) throws(InvariantViolation) {
    try DiskKeepsUp.check(past.durable[cluster.changed], in: cluster)
    if files > 1 { try NothingIsLeftOver.check(files, on: past.durable[cluster.changed], in: cluster) }
  }

  private mutating func checkDisks(_ cluster: ClusterView) throws(InvariantViolation) {
    try matchIsDurable.check(cluster, knowing: past)
    try committedOnQuorum.check(cluster, knowing: past)
    try electableHoldsCommitted.check(cluster, knowing: past)
  }
}
