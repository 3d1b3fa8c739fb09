import Determinism
import Raft

/// Persists the term without the vote. A voter that restarts within the term votes again: two leaders.
enum VoteNotPersisted: RaftRules {
  static func hardStateToPersist(_ state: HardState) -> HardState {
    HardState(term: state.term, votedFor: nil)
  }
}

/// Lets half of an even cluster decide. Two halves that do not hear each other both commit.
enum QuorumRoundsDown: RaftRules {
  static func quorum(of members: Int) -> Int { (members + 1) / 2 }
}

/// Cuts the log after the previous index of every append. An old append removes what a newer one brought and was
/// acknowledged for.
enum AppendAlwaysTruncates: RaftRules {
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous.next }
}

/// Lets the acknowledgement of an append leave before the append is durable. A crash takes back what the leader counted.
enum AckBeforeSync: RaftRules {
  static func departure(of kind: RaftMessage.Kind) -> Departure {
    switch kind {
    case .appendEntries, .appendEntriesReply: .atOnce
    default: PaperRaftRules.departure(of: kind)
    }
  }
}
