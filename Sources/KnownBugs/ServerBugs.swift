import KeyValue
import Raft
import Replica

/// Answers reads from whatever this node has applied. Followers lag.
enum ReadsAnyNode: ServerRules {
  static func readPath(role: Role, mode: ReadMode) -> ReadPath { .ownState }
}

/// Answers reads as long as this node believes that it leads. A leader that was cut off believes so for a while.
enum ReadsLeaderWithoutQuorum: ServerRules {
  static func readPath(role: Role, mode: ReadMode) -> ReadPath { role == .leader ? .ownState : .redirection }
}

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
