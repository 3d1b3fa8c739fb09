import Determinism
import Raft
import Replica
import Traces

/// What is committed is in the durable logs of a majority (Raft §5.3: an entry is committed once it is on a majority, and
/// Figure 2: the log is persistent).
package struct CommittedOnQuorum: ClusterInvariant {
  /// The end of what was found on a majority.
  private var checked = LogIndex.zero
  /// What all disks together had rewritten then.
  private var rewrites = 0

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    guard past.lastCommitted > checked || past.durable.rewrites != rewrites else { return }
    (checked, rewrites) = (past.lastCommitted, past.durable.rewrites)
    // A log that holds the last of it holds all that comes before.
    guard let digest = past.committed.last else { return }
    let index = checked
    let count = cluster.nodes.count { past.durable.holds(index, digest: digest, on: $0) }
    guard count > past.durable.count / 2 else {
      let holders = past.holders(of: index, digest: digest)
      throw InvariantViolation(.committedOnTooFew(index: index, holders: holders, members: past.durable.count))
    }
  }
}

extension ClusterPast {
  /// Those on whose disks the log up to an index is.
  func holders(of index: LogIndex, digest: UInt64) -> [NodeID] {
    NodeID.first(durable.count).filter { durable.holds(index, digest: digest, on: $0) }
  }
}
