import Determinism
import Raft

/// Persists the term without the vote. A voter that restarts within the term votes again: two leaders.
enum VoteNotPersisted: RaftRules {
  static func hardStateToPersist(_ state: HardState) -> HardState {
    HardState(term: state.term, votedFor: nil, starts: state.starts)
  }
}

/// Persists the vote without the term. A voter that restarts enters its old terms anew, and votes in them again.
enum TermNotPersisted: RaftRules {
  static func hardStateToPersist(_ state: HardState) -> HardState {
    HardState(term: .zero, votedFor: state.votedFor, starts: state.starts)
  }
}

/// Lets a vote leave before it is durable. A crash takes it back, and the voter votes again.
enum VotePersistedAfterReply: RaftRules {
  static func departure(of kind: RaftMessage.Kind) -> Departure {
    kind == .requestVoteReply ? .atOnce : PaperRaftRules.departure(of: kind)
  }
}

/// Forgets a vote after an election timeout. A candidate that is still counting has it nevertheless.
enum VoteExpires: RaftRules {
  static func mayVote(
    for candidate: NodeID, votedFor: NodeID?, votedAt: LocalInstant?, now: LocalInstant, electionTimeout: Duration
  ) -> Bool {
    votedFor == nil || votedFor == candidate || votedAt.map { now - $0 >= electionTimeout } ?? false
  }
}

/// Votes for whoever asks first. A leader then lacks what was committed.
enum VoteIgnoresLog: RaftRules {
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool { true }
}

/// Takes the longer log for the more up-to-date one, though its last entries were never committed.
enum VoteComparesIndexOnly: RaftRules {
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool {
    candidate.index >= voter.index
  }
}

/// Compares with what the voter knows to be committed. It may have acknowledged more, and with that have committed it.
enum VoteComparesCommittedOnly: RaftRules {
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool {
    candidate.index >= voterCommitIndex
  }
}

/// Counts the votes that an earlier campaign was granted.
enum StaleVotesCounted: RaftRules {
  static func standing(of kind: RaftMessage.Kind, term: Term, current: Term) -> Standing {
    kind == .requestVoteReply && term < current
      ? .current : PaperRaftRules.standing(of: kind, term: term, current: current)
  }
}

/// Counts a grant as often as it arrives. One voter can make a majority.
enum VotesCountedTwice: RaftRules {
  static func votes(counted: Int, isRepeated: Bool) -> Int { counted + 1 }
}

/// Lets half of an even cluster decide. Two halves that do not hear each other both commit.
enum QuorumRoundsDown: RaftRules {
  static func quorum(of voters: Int) -> Int { (voters + 1) / 2 }
}

/// Grants a vote in a later term and stays in its own. It goes on to acknowledge what the leader of that one sends.
enum HigherTermNotAdopted: RaftRules {
  static func standing(of kind: RaftMessage.Kind, term: Term, current: Term) -> Standing {
    kind == .requestVote && term > current
      ? .current : PaperRaftRules.standing(of: kind, term: term, current: current)
  }
}

/// Goes on to speak as leader after it was deposed, in the term that it has learnt.
enum TermReadAtSend: RaftRules {
  static func speaksAsLeader(role: Role, ledTerm: Term?, current: Term) -> Bool { ledTerm != nil }
}

/// Takes the term of the last entry in a snapshot for the current one, and so votes once more in terms gone by.
enum TermTakenFromSnapshot: RaftRules {
  static func term(afterInstalling position: LogPosition, current: Term) -> Term { position.term }
}

/// Forgets its vote when it steps down, though its term goes on and with it what the vote was worth.
enum VoteForgottenOnStepDown: RaftRules {
  static func vote(after current: HardState, entering term: Term) -> NodeID? { nil }
}

/// Compares term and index each by itself. Of two logs, one with the later last term and one that is longer, neither is up
/// to date, and nobody may be left who can win.
enum VoteComparesConjunction: RaftRules {
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool {
    candidate.term >= voter.term && candidate.index >= voter.index
  }
}

/// Takes the leader that it hears for the one that it voted for. So its vote of this term is another one than it gave.
enum VoteSetByAppend: RaftRules {
  static func vote(afterHearing leader: NodeID, votedFor: NodeID?) -> NodeID? { leader }
}

/// Waits equally long everywhere and every time. Whoever campaigned together does so again.
enum ElectionNotRandomised: RaftRules {
  static func electionTimeout(from interval: ClosedRange<Duration>) -> ClosedRange<Duration> {
    interval.lowerBound...interval.lowerBound
  }
}

/// Starts the election timer anew on every request, a denied candidate's too. Who cannot win keeps the others from trying.
enum TimerResetByDeniedCandidate: RaftRules {
  static func resetsElectionTimer(_ kind: RaftMessage.Kind, isAccepted: Bool) -> Bool { true }
}

/// Listens to every candidate, though it hears a leader. A server that does not hear it deposes it again and again.
enum NoPreVoteStickiness: RaftRules {
  static func ignoresCandidate(
    _ kind: RaftMessage.Kind, heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration
  ) -> Bool { false }
}
