import Determinism
import Raft
import Replica

/// Answers reads from whatever this node has applied. Followers lag.
enum ReadsAnyNode: ServerRules {
  static func readPath(role: Role, mode: ReadMode) -> ReadPath { .ownState }
}

/// Takes a read to be confirmed as long as this node believes that it leads, though nobody has said so. A leader that was
/// cut off believes so for a while.
enum ReadsLeaderWithoutQuorum: RaftRules {
  static func confirms(acknowledgedRound: UInt64, neededRound: UInt64, of peer: NodeID) -> Bool { true }
}

/// Reads at the commit index that a new leader happens to know. Its predecessor may have committed more.
enum ReadIndexBeforeOwnCommit: RaftRules {
  static func knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term) -> Bool { true }
}

/// Lets the answers to heartbeats that were sent before a read confirm it.
enum ReadIndexLateAcks: RaftRules {
  static func confirms(acknowledgedRound: UInt64, neededRound: UInt64, of peer: NodeID) -> Bool {
    acknowledgedRound > 0
  }
}

/// Relies on a promise for as long as it lasts by the leader's own clock. The followers' may be faster.
enum LeaseIgnoresDrift: RaftRules {
  static func leaseEnd(
    sentAt: LocalInstant, acknowledgedAt: LocalInstant, promise: Duration, clockRateBound: Ratio
  ) -> LocalInstant { sentAt + promise }
}

/// Lets the lease begin when the answers arrive. The followers' promise began when they heard the leader.
enum LeaseFromAck: RaftRules {
  static func leaseEnd(
    sentAt: LocalInstant, acknowledgedAt: LocalInstant, promise: Duration, clockRateBound: Ratio
  ) -> LocalInstant {
    PaperRaftRules.leaseEnd(
      sentAt: acknowledgedAt, acknowledgedAt: acknowledgedAt, promise: promise, clockRateBound: clockRateBound)
  }
}

/// Votes right after a restart, though it may have promised not to before.
enum LeaseSurvivesRestart: RaftRules {
  static func heardLeader(atStart now: LocalInstant, starts: UInt64) -> LocalInstant? { nil }
}
