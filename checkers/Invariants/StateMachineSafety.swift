import Determinism
import Raft

/// State Machine Safety (Raft Figure 3): if a server has applied a log entry at a given index to its state machine, no
/// other server will ever apply a different log entry for the same index. And equal entries make equal states.
package struct StateMachineSafety: ClusterInvariant {
  package static let name = "StateMachineSafety"

  /// The digest of the log up to each applied index, from index 1.
  private var appliedDigests: [UInt64] = []
  /// The state after an index, where one was seen.
  private var stateDigests = LookupTable<LogIndex, UInt64>()

  package init() {}

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    let applied = cluster.replicas[cluster.changed.offset].appliedIndex
    guard applied > .zero else { return }
    while UInt64(appliedDigests.count) < applied.rawValue,
      let digest = cluster.node.log.digest(at: LogIndex(UInt64(appliedDigests.count + 1)))
    {
      appliedDigests.append(digest)
    }
    let known = applied.rawValue <= UInt64(appliedDigests.count) ? appliedDigests[Int(applied.rawValue) - 1] : nil
    guard cluster.node.log.digest(at: applied) == known else {
      throw Self.violation("\(cluster.changed) applied other entries up to \(applied) than another server")
    }
    let state = cluster.replicas[cluster.changed.offset].stateMachine.digest
    guard stateDigests[applied, default: state] == state else {
      throw Self.violation("\(cluster.changed)'s state after entry \(applied) differs from another server's")
    }
    stateDigests[applied] = state
  }
}
