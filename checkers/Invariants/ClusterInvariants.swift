import Determinism
import KeyValue
import Raft
import Reference
import Replica

/// Every property, checked where something has changed that it speaks of.
package struct ClusterInvariants: ClusterWatch {
  private var past: ClusterPast
  /// Apart from the past, which is lent to all of them at once: to lend it to each would copy it as often.
  private var properties: ClusterProperties

  /// - Parameters:
  ///   - nodes: how many servers there may be.
  ///   - voters: those with which the cluster begins.
  ///   - sessions: as the servers have them.
  ///   - reads: how they answer reads.
  package init(nodes: Int, voters: NodeSet, sessions: SessionSettings, reads: ReadMode) {
    past = ClusterPast(nodes: nodes, voters: voters, sessions: sessions)
    properties = ClusterProperties(nodes: nodes, voters: voters, reads: reads)
  }

  package mutating func noteStart(of node: NodeID) { properties.noteStart(of: node) }

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    try checkLeases(cluster)
    past.note(cluster)
    try properties.check(cluster, knowing: past)
  }

  /// All that a step can break which leaves its node where it was: leases end and promises lapse though nothing changes.
  package mutating func checkLeases(_ cluster: ClusterView) throws(InvariantViolation) {
    try properties.checkLeases(cluster, knowing: past)
  }

  package mutating func check(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation) {
    try properties.note(message, in: cluster)
    guard message.promisesMore else { return }
    try properties.check(message, in: cluster, knowing: past)
  }

  package mutating func check(
    answerAbout position: LogPosition, in cluster: ClusterView
  ) throws(InvariantViolation) {
    try properties.check(answerAbout: position, in: cluster, knowing: past)
  }

  package mutating func noteArrival(of message: RaftMessage, from sender: NodeID, in cluster: ClusterView) {
    properties.noteArrival(of: message, from: sender, in: cluster)
  }

  package mutating func check(creditOf peer: NodeID, in cluster: ClusterView) throws(InvariantViolation) {
    try properties.check(creditOf: peer, in: cluster)
  }

  package mutating func noteCall(by client: Int) { properties.noteCall(by: client) }

  package mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation) {
    try properties.check(returnTo: client, isRead: isRead, upTo: index, from: node)
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
    try properties.checkDisks(cluster, knowing: past)
    try MarksAreSynced.check(flaw, of: file, at: cluster.changed)
  }

  package mutating func check(
    crashLeaving files: FileBytes?, in cluster: ClusterView
  ) throws(InvariantViolation) {
    if let files { past.note(diskOf: cluster.changed) { $0.noteCrash(files) } }
    try properties.checkDisks(cluster, knowing: past)
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
    try DiskKeepsUp.check(past.durable, in: cluster)
    if files > 1 { try NothingIsLeftOver.check(files, on: past.durable, in: cluster) }
  }
}
