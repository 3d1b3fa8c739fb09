import Determinism
import Raft

/// Cuts the log after the previous index of every append. An old append removes what a newer one brought and was
/// acknowledged for.
enum AppendAlwaysTruncates: RaftRules {
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous.next }
}

/// Commits up to the end of a follower's log, though only what the append reached is known to agree with the leader's.
enum CommitPastVerified: RaftRules {
  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex {
    max(current, min(leaderCommitIndex, lastEntry))
  }
}

/// Lets the acknowledgement of an append leave before the append is durable. A crash takes back what the leader counted.
enum AckBeforeSync: RaftRules {
  static func departure(of kind: RaftMessage.Kind) -> Departure {
    kind == .appendEntriesReply ? .atOnce : PaperRaftRules.departure(of: kind)
  }
}

/// Takes an append from the beginning of the log for one that fits, where a snapshot has taken that beginning's place.
enum ZeroPrevAlwaysMatches: RaftRules {
  static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement {
    previous.index == .zero
      ? .matches
      : PaperRaftRules.agreement(
        at: previous, termAtPrevious: termAtPrevious, logStart: logStart, commitIndex: commitIndex)
  }
}

/// Takes an entry that its snapshot includes for one that conflicts, and removes its log.
enum PurgedPrevIsConflict: RaftRules {
  static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement {
    previous.index < logStart.index
      ? .conflicts(removingFrom: logStart.index.next)
      : PaperRaftRules.agreement(
        at: previous, termAtPrevious: termAtPrevious, logStart: logStart, commitIndex: commitIndex)
  }
}

/// Appends a proposal behind what is committed, in place of the proposals that are not.
enum ProposalReusesIndex: RaftRules {
  static func proposalIndex(lastIndex: LogIndex, commitIndex: LogIndex) -> LogIndex { commitIndex.next }
}

/// Goes on to count acknowledgements of the term in which it led, though others may have replaced its entries since.
enum DeposedLeaderKeepsCommitting: RaftRules {
  static func counted(
    _ answer: LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term
  ) -> LogAnswer? {
    term == ledTerm ? answer : nil
  }
}

/// Counts the replicas of an earlier term's entry. It can still be overwritten, as in Figure 8.
enum CommitsEarlierTerms: RaftRules {
  static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool { true }
}

/// Follows the leader's commit index down as well as up. An append that was overtaken takes back what was committed.
enum CommitRegresses: RaftRules {
  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex {
    min(leaderCommitIndex, lastNewEntry)
  }
}

/// Believes the latest acknowledgement to arrive. One that was overtaken lowers what the follower is known to hold.
enum MatchRegresses: RaftRules {
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { acknowledged }
}

/// Takes an answer for one to the message that was sent last, as a closure does that holds the variables of a loop.
enum AckCreditedToWrongPeer: RaftRules {
  static func credit(for acknowledged: Acknowledgement, lastSent: Acknowledgement?) -> Acknowledgement {
    lastSent ?? acknowledged
  }
}

/// Adds the end of the snapshot to an index that is counted from the beginning of time. The leader never looks far enough
/// back.
enum BacktrackIgnoresSnapshot: RaftRules {
  static func conflictHint(at index: LogIndex, logStart: LogIndex) -> LogIndex {
    LogIndex(index.rawValue + logStart.rawValue)
  }
}

/// Stops at the first peer that could not be reached. Those behind it hear no leader and campaign.
enum BroadcastAborts: RaftRules {
  static func recipients(_ peers: NodeSet, unreachable: NodeSet) -> NodeSet {
    NodeSet(peers.prefix { !unreachable.contains($0) })
  }
}

/// Takes a refusal that points into what a follower is known to hold for an old one. Where a leader has let go of the term in
/// which their logs part, no other refusal comes, and it asks about the same place for ever.
enum RefusalIntoMatchIgnored: RaftRules {
  static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex? {
    hint > match && hint < lowestNext ? hint : nil
  }
}

/// Sends all that a peer lacks with every heartbeat, though it has not answered for long: another link waits for it.
enum BulkForTheSilent: RaftRules {
  static func isSilent(heardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>) -> Bool {
    false
  }
}
