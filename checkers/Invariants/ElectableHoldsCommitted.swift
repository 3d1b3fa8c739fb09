import Determinism
import Raft
import Replica

/// Whoever could be elected by the logs that are durable holds what is committed (Raft §5.4.1, §5.4.2): else that could yet
/// be overwritten, as in Figure 8, and is not committed.
package struct ElectableHoldsCommitted: ClusterInvariant {
  package static let name = "ElectableHoldsCommitted"

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    // A log that holds the last of it holds all that comes before.
    guard let digest = past.committed.last else { return }
    for (place, candidate) in past.durable.enumerated() where !candidate.holds(past.lastCommitted, digest: digest) {
      let end = (candidate.lastTerm, candidate.lastIndex)
      var voters = 0
      for voter in past.durable where end >= (voter.lastTerm, voter.lastIndex) { voters += 1 }
      guard voters <= past.durable.count / 2 else {
        throw Self.violation(
          "entry \(past.lastCommitted) is committed, and n\(place + 1), which lacks it, is up to date for \(voters) of "
            + "\(past.durable.count)")
      }
    }
  }
}
