import Determinism
import Raft

/// Names the current term in a snapshot in place of its last entry's.
enum SnapshotWrongLastTerm: RaftRules {
  static func lastIncludedTerm(ofEntry term: Term, current: Term) -> Term { current }
}
