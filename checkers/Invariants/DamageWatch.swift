import Determinism
import KeyValue
import Raft
import Replica
import Traces

/// Looks only for damage that is done: servers whose states are not what they should be. What may lead there is none.
package struct DamageWatch: ClusterWatch {
  private var past: ClusterPast
  private var stateMachineSafety: StateMachineSafety
  private var appliedMonotonicity: AppliedMonotonicity
  private var appliedOnce = AppliedOnce()
  private var referenceState: ReferenceState

  /// - Parameters:
  ///   - nodes: how many servers there may be.
  ///   - voters: those with which the cluster begins.
  ///   - sessions: as the servers have them.
  package init(nodes: Int, voters: NodeSet, sessions: SessionSettings) {
    past = ClusterPast(nodes: nodes, voters: voters, sessions: sessions)
    stateMachineSafety = StateMachineSafety(nodes: nodes)
    appliedMonotonicity = AppliedMonotonicity(nodes: nodes)
    referenceState = ReferenceState(nodes: nodes)
  }

  package mutating func noteStart(of node: NodeID) { appliedMonotonicity.noteStart(of: node) }

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    past.note(cluster)
    try stateMachineSafety.check(cluster, knowing: past)
    try appliedMonotonicity.check(cluster, knowing: past)
    try appliedOnce.check(cluster, knowing: past)
    try referenceState.check(cluster, knowing: past)
  }

  package mutating func check(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation) {}

  package mutating func check(
    answerAbout position: LogPosition, in cluster: ClusterView
  ) throws(InvariantViolation) {}

  package mutating func noteArrival(of message: RaftMessage, from sender: NodeID, in cluster: ClusterView) {}

  package mutating func check(creditOf peer: NodeID, in cluster: ClusterView) throws(InvariantViolation) {}

  package mutating func noteCall(by client: Int) {}

  package mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation) {}

  package mutating func check(
    syncOf file: String, bytes: [UInt8]?, in cluster: ClusterView, files: () -> FileBytes
  ) throws(InvariantViolation) {}

  package mutating func check(
    crashLeaving files: FileBytes?, in cluster: ClusterView
  ) throws(InvariantViolation) {}

  package mutating func check(
    removalOf name: String, as change: Int, isDamaged: Bool, in cluster: ClusterView,
    files: (_ changes: Int) -> FileBytes
  ) throws(InvariantViolation) {}

  package mutating func check(
    recoveryIn cluster: ClusterView, isKnown: Bool, isDamaged: Bool, files: () -> FileBytes
  ) throws(InvariantViolation) {}

  package mutating func check(restWith files: Int, in cluster: ClusterView) throws(InvariantViolation) {}
}
