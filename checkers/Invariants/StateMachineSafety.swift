import Determinism
import Raft
import Traces

/// State Machine Safety (Raft Figure 3): if a server has applied a log entry at a given index to its state machine, no
/// other server will ever apply a different log entry for the same index. And equal entries make equal states.
package struct StateMachineSafety: ClusterInvariant {
  /// The digest of the log up to each applied index, from index 1.
  private var appliedDigests: [UInt64] = []
  /// The state after an index, and who was seen in it first.
  private var states = LookupTable<LogIndex, Seen>()

  /// A state that a server was in.
  struct Seen: Sendable {
    var node: NodeID
    var digest: UInt64
  }

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
      throw InvariantViolation(.snapshotOfUnapplied(cluster.changed, through: log.start.index))
    }
    // Digests of prefixes: equal at the last common index, equal everywhere before it.
    let common = LogIndex(min(applied.rawValue, UInt64(appliedDigests.count)))
    guard common == .zero || log.digest(at: common) == appliedDigests[Int(common.rawValue) - 1] else {
      let other = appliedDigests[Int(common.rawValue) - 1]
      throw Self.otherEntries(of: cluster.changed, upTo: common, than: other, in: cluster)
    }
    while UInt64(appliedDigests.count) < applied.rawValue,
      let digest = log.digest(at: LogIndex(UInt64(appliedDigests.count + 1)))
    {
      appliedDigests.append(digest)
    }
    guard let first = states[applied] else {
      states[applied] = Seen(node: cluster.changed, digest: state)
      return
    }
    guard first.digest == state else {
      throw Self.otherState(of: cluster.changed, after: applied, than: first, in: cluster, past)
    }
  }

  /// What to throw where a server applied other entries than a server with this digest of them.
  static func otherEntries(
    of node: NodeID, upTo index: LogIndex, than digest: UInt64, in cluster: ClusterView
  ) -> InvariantViolation {
    // Others may hold the same entries, and not have applied them.
    let other = cluster.nodes.first { other in
      let replica = cluster.replicas[other.offset]
      return replica.status.appliedIndex >= index && replica.raft.log.digest(at: index) == digest
    }
    return InvariantViolation(.appliedOtherEntries(node, through: index, than: other))
  }

  /// What to throw where a server is in another state than one that had applied the same entries.
  static func otherState(
    of node: NodeID, after index: LogIndex, than first: Seen, in cluster: ClusterView, _ past: ClusterPast
  ) -> InvariantViolation {
    let machine = cluster.replicas[node.offset].stateMachine
    // Who was there first may have gone on.
    let twin = cluster.nodes.first { other in
      let status = cluster.replicas[other.offset].status
      return status.appliedIndex == index && status.stateDigest == first.digest
    }
    let contrast: StateContrast? =
      if let twin {
        machine.firstDifference(from: cluster.replicas[twin.offset].stateMachine).map { .at(twin, $0) }
      } else {
        past.states.difference(of: machine, at: index).map { .byLog($0) }
      }
    return InvariantViolation(.statesDiffer(node, after: index, from: twin ?? first.node, contrast))
  }
}
