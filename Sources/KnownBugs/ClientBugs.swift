import Determinism
import KeyValue
import Raft
import Replica

/// Answers a write as soon as it stands in the leader's log. The next leader may not have it.
enum AcksBeforeCommit: ServerRules {
  static func mayAnswer(_ index: LogIndex, appliedIndex: LogIndex, lastIndex: LogIndex) -> Bool {
    index <= lastIndex
  }
}

/// Applies every command that comes, retries too.
enum NoSessions: SessionRules {
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition { .apply }
}

/// Leaves the sessions out of snapshots. Whoever goes on from one refuses what the others apply.
enum SessionsNotInSnapshot: SessionRules {
  static func sessionsForSnapshot(_ sessions: SessionTable) -> SessionTable { SessionTable() }
}

/// Ends sessions by the wall clock of each server. They part over which commands to apply.
enum SessionsExpireByLocalClock: SessionRules {
  static func hasExpired(
    lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration
  ) -> Bool { clock - lastUsed > lifetime }
}

/// Lets clients wait on at a leader that was deposed, and tells them what the next leader's entry came to.
enum AnswersWhateverLands: ServerRules {
  static func fate(of write: LogPosition, applied: LogPosition?, role: Role) -> WriteFate {
    applied == nil ? .open : .answered
  }
}

/// Tells clients that nothing was done where nobody knows. The entry may be committed yet.
enum FailsWhenUnknown: ServerRules {
  static func fate(of write: LogPosition, applied: LogPosition?, role: Role) -> WriteFate {
    let fate = PaperServerRules.fate(of: write, applied: applied, role: role)
    return fate == .unknown ? .refused : fate
  }
}
