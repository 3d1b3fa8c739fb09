import Determinism
import KeyValue
import Raft
import Replica
import Traces

/// A command of a session takes effect once, however often the log holds it (Ongaro 2014 §6.3): no server's state is what
/// comes of applying a retry again.
package struct AppliedOnce: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    guard let digest = past.states.digest(at: status.appliedIndex), digest != status.stateDigest else { return }
    guard status.stateDigest != past.states.digestOfRepetition(at: status.appliedIndex) else {
      throw InvariantViolation(
        .commandsAppliedAgain(cluster.changed, after: status.appliedIndex, past.states.difference(of: cluster)))
    }
  }
}

/// Servers that have applied the log up to the same index are in the same state, sessions and configuration included
/// (Raft §2, §7; Ongaro 2014 §6.3): in that of the reference, which applies the committed log.
package struct ReferenceState: ClusterInvariant {
  /// By node: the end of the last snapshot whose configuration was looked at.
  private var snapshots: [LogIndex]

  package init(nodes: Int) {
    snapshots = Array(repeating: .zero, count: nodes)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    if let digest = past.states.digest(at: status.appliedIndex), digest != status.stateDigest {
      throw InvariantViolation(
        .stateNotOfLog(cluster.changed, after: status.appliedIndex, past.states.difference(of: cluster)))
    }
    let place = cluster.changed.offset
    guard snapshots[place] != status.snapshotIndex else { return }
    snapshots[place] = status.snapshotIndex
    let raft = cluster.replicas[place].raft
    guard let members = raft.snapshot?.members, let logged = past.members(at: status.snapshotIndex), members != logged
    else { return }
    throw InvariantViolation(
      .snapshotOfOtherMembers(cluster.changed, through: status.snapshotIndex, members: members))
  }
}

extension CommittedStates {
  /// The first thing in which the state of the server that took a step differs from what its log comes to; `nil` if there
  /// is nothing.
  fileprivate func difference(of cluster: ClusterView) -> StateDifference? {
    difference(of: cluster.replicas[cluster.changed.offset].stateMachine, at: cluster.status.appliedIndex)
  }
}
