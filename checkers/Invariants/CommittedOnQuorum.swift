import Determinism
import Raft
import Replica
import Traces

/// What is committed is in the durable logs of a majority, of both sets of voters during joint consensus (Raft §5.3: an entry is
/// committed once it is on a majority, §6, and Figure 2: the log is persistent). It is the configuration in force at whoever
/// has committed it that counts.
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
    try Self.check(index, digest: digest, past)
  }

  /// Checks on whose disks the log up to an index is.
  static func check(_ index: LogIndex, digest: UInt64, _ past: ClusterPast) throws(InvariantViolation) {
    let holders = past.committing.map { members in
      NodeSet(members.electors.filter { past.durable.holds(index, digest: digest, on: $0) })
    }
    guard !zip(past.committing, holders).contains(where: { $0.isQuorum($1) }) else { return }
    throw InvariantViolation(
      .committedOnTooFew(index: index, holders: Array(holders[0]), members: past.committing[0].electors.count))
  }
}
