import Determinism

/// When a message may leave its node.
package enum Departure: Hashable, Sendable {
  case atOnce
  /// When everything persisted so far survives a crash.
  case afterSync
}

/// The decisions on which Raft's safety rests, each one small and named.
///
/// The defaults are the paper's. A known bug is a type that overrides exactly one of them, so each rule is handed
/// every fact that a wrong version would use.
package protocol RaftRules: Sendable {
  /// Raft §5.1: a server that sees a larger term adopts it and becomes a follower.
  static func adopts(_ seen: Term, current: Term) -> Bool

  /// Raft §5.1: a message of an earlier term is stale, and only one of the current term counts.
  static func counts(_ kind: RaftMessage.Kind, of term: Term, current: Term) -> Bool

  /// Raft §5.2: the vote lasts as long as its term; stepping down within a term keeps it.
  static func vote(after current: HardState, entering term: Term) -> NodeID?

  /// Raft Figure 2: the term and the vote are persistent.
  static func hardStateToPersist(_ state: HardState) -> HardState

  /// Raft §5.2: at most one vote a term, first come first served.
  static func mayVote(for candidate: NodeID, votedFor: NodeID?) -> Bool

  /// Raft §5.4.1: the log with the later last term is more up to date; with equal terms, the longer one.
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool

  /// Raft §5.2, §5.3: elections and commitment need a majority of the cluster.
  static func quorum(of members: Int) -> Int

  /// Raft §5.3: the follower's log must hold the entry that the leader says comes before the new ones.
  static func matches(previous: LogPosition, termAtPrevious: Term?) -> Bool

  /// Raft §5.3, Figure 2: only from the first entry that conflicts is the follower's log removed.
  ///
  /// - Parameters:
  ///   - previous: the index right before the leader's entries.
  ///   - firstConflict: the first of them whose place is taken by an entry of another term.
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex?

  /// Raft Figure 2: the commit index becomes min(leaderCommit, index of the last *new* entry), and never goes back.
  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex

  /// Raft §5.3: what a follower is known to hold only grows within a leader's term.
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex

  /// Raft §5.4.2: a leader counts replicas only for entries of its own term.
  static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool

  /// Ongaro 2014 §6.4: a leader's commit index is good for reads once it has committed an entry of its own term.
  static func knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term) -> Bool

  /// Ongaro 2014 §6.4: only heartbeats sent after the read arrived confirm that its index is current.
  static func confirms(acknowledgedRound: UInt64, neededRound: UInt64) -> Bool

  /// Raft §5, Figure 2: servers answer RPCs after updating stable storage. A request for votes waits too: a candidate
  /// that forgot its term and part of its log must not win by votes that its longer log once earned.
  static func departure(of kind: RaftMessage.Kind) -> Departure
}

extension RaftRules {
  package static func adopts(_ seen: Term, current: Term) -> Bool { seen > current }

  package static func counts(_ kind: RaftMessage.Kind, of term: Term, current: Term) -> Bool { term == current }

  package static func vote(after current: HardState, entering term: Term) -> NodeID? {
    term > current.term ? nil : current.votedFor
  }

  package static func hardStateToPersist(_ state: HardState) -> HardState { state }

  package static func mayVote(for candidate: NodeID, votedFor: NodeID?) -> Bool {
    votedFor == nil || votedFor == candidate
  }

  package static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool {
    (candidate.term, candidate.index) >= (voter.term, voter.index)
  }

  package static func quorum(of members: Int) -> Int { members / 2 + 1 }

  package static func matches(previous: LogPosition, termAtPrevious: Term?) -> Bool {
    termAtPrevious == previous.term
  }

  package static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { firstConflict }

  package static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex {
    max(current, min(leaderCommitIndex, lastNewEntry))
  }

  package static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { max(current, acknowledged) }

  package static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool { entryTerm == currentTerm }

  package static func knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term) -> Bool {
    termAtCommitIndex == currentTerm
  }

  package static func confirms(acknowledgedRound: UInt64, neededRound: UInt64) -> Bool {
    acknowledgedRound >= neededRound
  }

  package static func departure(of kind: RaftMessage.Kind) -> Departure {
    kind == .appendEntries ? .atOnce : .afterSync
  }
}

/// Raft as published.
package enum PaperRaftRules: RaftRules {}
