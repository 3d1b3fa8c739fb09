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

  /// Where a server stood.
  private struct Checked: Hashable, Sendable {
    var applied: LogIndex
    /// A server that restarts may stand at the same index in another state.
    var state: UInt64
  }

  /// By node: where it stood at its last check.
  private var checked: [Checked]

  package init(nodes: Int) {
    checked = Array(repeating: Checked(applied: .zero, state: 0), count: nodes)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let applied = cluster.status.appliedIndex
    let state = cluster.status.stateDigest
    guard checked[cluster.changed.offset] != Checked(applied: applied, state: state) else { return }
    checked[cluster.changed.offset] = Checked(applied: applied, state: state)
    guard applied > .zero else { return }
    let log = cluster.log
    // A snapshot is of a state that its maker has reached by applying what it stands for.
    guard log.start.index.rawValue <= UInt64(appliedDigests.count) else {
      throw Self.violation("\(cluster.changed) has a snapshot up to \(log.start.index), up to where no server applied")
    }
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
    guard stateDigests[applied, default: state] == state else {
      throw Self.violation("\(cluster.changed)'s state after entry \(applied) differs from another server's")
    }
    stateDigests[applied] = state
  }
}
