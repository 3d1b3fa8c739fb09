import Determinism
import Invariants
import Raft

/// Which servers are enough for a cluster to go on, as an omniscient observer knows.
struct HealingQuorum {
  /// What a server's log says.
  struct Log {
    let node: NodeID
    let end: LogPosition
    let latest: Members
    /// While the latest is not known to be committed.
    let before: Members?
  }

  /// The configurations that may be in force somewhere.
  let standing: [Members]
  let logs: [Log]

  /// Whether they are a quorum of every configuration, and one of them can be elected: the newest log may be that of a
  /// learner, which does not campaign and denies its vote to the others (Raft §5.4.1).
  func suffices(_ nodes: NodeSet) -> Bool {
    standing.allSatisfy { $0.isQuorum(nodes) } && logs.contains { canBeElected($0, by: nodes) }
  }

  private func canBeElected(_ candidate: Log, by nodes: NodeSet) -> Bool {
    let isElectable =
      candidate.latest.electors.contains(candidate.node)
      || candidate.before?.electors.contains(candidate.node) ?? false
    guard nodes.contains(candidate.node), isElectable else { return false }
    let voters = logs.filter {
      nodes.contains($0.node) && ($0.end.term, $0.end.index) <= (candidate.end.term, candidate.end.index)
    }
    return candidate.latest.isQuorum(NodeSet(voters.map(\.node)))
  }
}
