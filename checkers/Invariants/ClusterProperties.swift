import Determinism
import Raft
import Replica
import Traces

/// Every property with what it remembers of the run; what all of them know is lent to them.
struct ClusterProperties: Sendable {
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
  private var electedByQuorum: ElectedByQuorum
  private var membersInForce = MembersInForce()
  private var configurationsOverlap = ConfigurationsOverlap()
  private var changesEnd = ChangesEnd()
  private var transferIsSound: TransferIsSound

  /// - Parameters:
  ///   - nodes: how many servers there may be.
  ///   - voters: those with which the cluster begins.
  ///   - reads: how they answer reads.
  init(nodes: Int, voters: NodeSet, reads: ReadMode) {
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

  mutating func noteStart(of node: NodeID) {
    termMonotonicity.noteStart(of: node)
    commitMonotonicity.noteStart(of: node)
    appliedMonotonicity.noteStart(of: node)
    logTimeMonotonicity.noteStart(of: node)
    campaignsAreGranted.noteStart(of: node)
    logIsCompacted.noteStart(of: node)
  }

  /// What a step may have broken though it has left its node where it was.
  mutating func checkLeases(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    try leaseIsPromised.check(cluster, knowing: past)
    try transferIsSound.checkLease(cluster)
  }

  /// What a step may have broken that its node's status shows. Those of Figure 3 first, in its order.
  mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
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

  /// Takes note of a message, and of what one may break that belongs to a transfer of leadership.
  mutating func note(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation) {
    termMonotonicity.note(message)
    if message.label.kind == .timeoutNow || message.label.isTransfer {
      try transferIsSound.check(message, in: cluster)
    }
  }

  /// What a message that promises more may break.
  mutating func check(
    _ message: SentMessage, in cluster: ClusterView, knowing past: ClusterPast
  ) throws(InvariantViolation) {
    try oneVotePerTerm.check(message)
    try durableBeforePromised.check(message, in: cluster, knowing: past)
  }

  mutating func check(
    answerAbout position: LogPosition, in cluster: ClusterView, knowing past: ClusterPast
  ) throws(InvariantViolation) {
    try acknowledgedWriteSurvives.check(answerAbout: position, in: cluster, knowing: past)
  }

  mutating func noteArrival(of message: RaftMessage, from sender: NodeID, in cluster: ClusterView) {
    creditedWhatWasSent.noteArrival(of: message, from: sender, in: cluster)
    readsAreConfirmed?.noteArrival(of: message, from: sender, in: cluster)
    campaignsAreGranted.noteArrival(of: message, from: sender, at: cluster.changed)
    electedByQuorum.noteArrival(of: message, from: sender, at: cluster.changed)
  }

  mutating func check(creditOf peer: NodeID, in cluster: ClusterView) throws(InvariantViolation) {
    try creditedWhatWasSent.check(creditOf: peer, in: cluster)
  }

  mutating func noteCall(by client: Int) {
    readFreshness.noteCall(by: client)
    readsAreConfirmed?.noteCall(by: client)
  }

  mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation) {
    try readFreshness.check(returnTo: client, isRead: isRead, upTo: index, from: node)
    if isRead { try readsAreConfirmed?.check(readOf: client, answeredBy: node) }
  }

  /// What a change on a disk may have broken.
  mutating func checkDisks(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    try matchIsDurable.check(cluster, knowing: past)
    try committedOnQuorum.check(cluster, knowing: past)
    try electableHoldsCommitted.check(cluster, knowing: past)
  }
}
