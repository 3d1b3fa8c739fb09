import Determinism
import Raft

/// Names the current term in a snapshot in place of its last entry's.
enum SnapshotWrongLastTerm: RaftRules {
  static func lastIncludedTerm(ofEntry term: Term, current: Term) -> Term { current }
}

/// Takes a follower that has installed a snapshot to hold the newest one, though it was sent an older one.
enum MatchFromCurrentSnapshot: RaftRules {
  static func matchIndex(acknowledging sent: LogPosition, newest: LogPosition?) -> LogIndex {
    max(sent.index, newest?.index ?? .zero)
  }
}

/// Drops its whole log when it installs a snapshot, with entries behind it that it has acknowledged.
enum SnapshotDiscardsSuffix: RaftRules {
  static func keepsSuffix(of position: LogPosition, termAtPosition: Term?) -> Bool { false }
}

/// Takes a transfer for stalled after a heartbeat interval. Where messages take longer than that, each newer snapshot starts
/// it over.
enum TransferStallsAtHeartbeat: RaftRules {
  static func isStalled(
    movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    now - movedAt >= heartbeatInterval
  }
}
