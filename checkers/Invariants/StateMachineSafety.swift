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

  /// By node: the applied index at its last check.
  private var checkedIndices: [LogIndex]

  package init(nodes: Int) {
    checkedIndices = Array(repeating: .zero, count: nodes)
  }

  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    let applied = cluster.status.appliedIndex
    guard applied != checkedIndices[cluster.changed.offset] else { return }
    checkedIndices[cluster.changed.offset] = applied
    guard applied > .zero else { return }
    let log = cluster.log
    // Digests of prefixes: equal at the last common index, equal everywhere before it.
    let common = LogIndex(min(applied.rawValue, UInt64(appliedDigests.count)))
    guard common == .zero || log.digest(at: common) == appliedDigests[Int(common.rawValue) - 1] else {
      throw Self.violation("\(cluster.changed) applied other entries up to \(common) than another server")
    }
    while UInt64(appliedDigests.count) < applied.rawValue,
      let digest = log.digest(at: LogIndex(UInt64(appliedDigests.count + 1)))
    {
      appliedDigests.append(digest)
    }
    let state = cluster.status.stateDigest
    guard stateDigests[applied, default: state] == state else {
      throw Self.violation("\(cluster.changed)'s state after entry \(applied) differs from another server's")
    }
    stateDigests[applied] = state
  }
}
