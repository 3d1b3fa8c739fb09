import Determinism
import Raft
import Replica

/// What is committed is in the durable logs of a majority (Raft §5.3: an entry is committed once it is on a majority, and
/// Figure 2: the log is persistent).
package struct CommittedOnQuorum: ClusterInvariant {
  package static let name = "CommittedOnQuorum"

  /// The end of what was found on a majority.
  private var checked = LogIndex.zero
  /// What all disks together had rewritten then.
  private var rewrites = 0

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    guard past.lastCommitted > checked || past.rewrites != rewrites else { return }
    (checked, rewrites) = (past.lastCommitted, past.rewrites)
    // A log that holds the last of it holds all that comes before.
    guard let digest = past.committed.last else { return }
    var holders = 0
    for node in past.durable.indices where past.durable[node].holds(checked, digest: digest) { holders += 1 }
    guard holders > past.durable.count / 2 else {
      throw Self.violation("entry \(checked) is committed, and on the disks of \(holders) of \(past.durable.count)")
    }
  }
}
