import Determinism

/// When a message may leave its node.
package enum Departure: Hashable, Sendable {
  case atOnce
  /// When everything persisted so far survives a crash.
  case afterSync
}

/// What the term of a message makes of it.
package enum Standing: Hashable, Sendable {
  /// Its term is later than the receiver's: the receiver enters it, and the message counts.
  case newer
  /// It counts.
  case current
  /// It is answered, if it asks for an answer, and changes nothing.
  case stale
}

/// What the answer of a follower says of its log.
package enum LogAnswer: Hashable, Sendable {
  /// It agrees with the leader's up to here.
  case agrees(LogIndex)
  /// It differs, and the leader may look further back from here.
  case refuses(LogIndex)
  /// It is about a snapshot that is on its way.
  case nothing
}

/// Whether a follower's log agrees with the leader's at the position right before the leader's entries.
package enum Agreement: Hashable, Sendable {
  case matches
  /// The follower's log is shorter or holds another entry there.
  ///
  /// - Parameter removingFrom: what the follower removes at once; nothing, for the leader's next entries will tell.
  case conflicts(removingFrom: LogIndex?)
  /// The position lies inside the follower's snapshot, where everything is committed and so agrees with any leader's log.
  case covered
}

/// The decisions on which Raft's safety rests, each one small and named.
///
/// The defaults are the paper's. A known bug is a type that overrides exactly one of them, so each rule is handed
/// every fact that a wrong version would use.
package protocol RaftRules: MembershipRules, TransferRules {
  // MARK: Terms and votes

  /// Raft §5.1: a server that sees a larger term adopts it and becomes a follower; a message of an earlier term is stale,
  /// and only one of the current term counts.
  static func standing(of kind: RaftMessage.Kind, term: Term, current: Term) -> Standing

  /// Raft §5.2: the vote lasts as long as its term; stepping down within a term keeps it.
  static func vote(after current: HardState, entering term: Term) -> NodeID?

  /// Raft §5.2: a vote is what a candidate was granted; hearing from a leader is none.
  static func vote(afterHearing leader: NodeID, votedFor: NodeID?) -> NodeID?

  /// Raft Figure 2: the term and the vote are persistent.
  static func hardStateToPersist(_ state: HardState) -> HardState

  /// Raft §5.2: at most one vote a term, first come first served, however long ago it was given.
  ///
  /// - Parameter votedAt: when the vote was given; `nil` if that was before the last restart.
  static func mayVote(
    for candidate: NodeID, votedFor: NodeID?, votedAt: LocalInstant?, now: LocalInstant, electionTimeout: Duration
  ) -> Bool

  /// Raft §5.4.1: the log with the later last term is more up to date; with equal terms, the longer one.
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool

  /// Raft §5.2, §5.3: elections and commitment need a majority of the cluster.
  static func quorum(of voters: Int) -> Int

  /// Ongaro 2014 §9.6: a pre-vote is granted to the attempt that asked for it.
  static func countsPreVote(of attempt: CampaignAttempt, in current: CampaignAttempt) -> Bool

  /// Raft §5.2: a voter counts once, however often its answer arrives.
  ///
  /// - Returns: how many votes there are now that one more answer has granted its sender's.
  static func votes(counted: Int, isRepeated: Bool) -> Int

  /// Raft §5.2: only a leader sends AppendEntries, and only for the term in which it leads.
  ///
  /// - Parameter ledTerm: the last term in which this node has led since it started.
  static func speaksAsLeader(role: Role, ledTerm: Term?, current: Term) -> Bool

  /// Raft §5, Figure 2: servers answer RPCs after updating stable storage. What a message promises stands at its kind
  /// (`RaftMessage.Kind.promise`).
  static func departure(of kind: RaftMessage.Kind) -> Departure

  // MARK: Timeouts and promises

  /// Raft §5.2: each election timeout is drawn anew from a fixed interval.
  static func electionTimeout(from interval: ClosedRange<Duration>) -> ClosedRange<Duration>

  /// Raft §5.2: the election timer starts anew on hearing the leader and on granting a vote, on nothing else. A pre-vote
  /// is no vote.
  ///
  /// - Parameter isAccepted: whether the request was granted, or came from the leader of this term.
  static func resetsElectionTimer(_ kind: RaftMessage.Kind, isAccepted: Bool) -> Bool

  /// Ongaro 2014 §4.2.3, §9.6: within the minimal election timeout of hearing a leader, a server neither votes nor enters
  /// a candidate's term. A leader hears itself for as long as a quorum answers it.
  ///
  /// - Parameter heardLeaderAt: by this node's own clock, as `now` is.
  static func ignoresCandidate(
    _ kind: RaftMessage.Kind, heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration
  ) -> Bool

  /// Ongaro 2014 §6.4.1: who promised to vote for nobody else does not vote for itself either.
  static func mayCampaign(heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration) -> Bool

  /// Ongaro 2014 §6.4.1: a restart forgets what was promised, so a node that has run before takes it that it has just
  /// heard a leader.
  ///
  /// - Parameter starts: how often it has started, this time included.
  static func heardLeader(atStart now: LocalInstant, starts: UInt64) -> LocalInstant?

  /// Ongaro 2014 §6.2: a leader steps down if an election timeout elapses without a successful round of heartbeats to a
  /// majority of its cluster.
  static func remainsLeader(
    quorumHeardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool

  /// Raft §5.3, Ongaro 2014 §6.2: a leader appends what clients ask for to its own log, and one that serves nobody steps
  /// down so that another can. So a server whose disk takes no writes neither leads nor campaigns; in a cluster of one
  /// nobody else could.
  static func mayLead(canWrite: Bool, voters: Int) -> Bool

  // MARK: Replication

  /// Raft §5.3: the follower's log must hold the entry that the leader says comes before the new ones. Where a snapshot
  /// has taken its place (§7), the entry was committed, and the leader has it too.
  ///
  /// - Parameters:
  ///   - termAtPrevious: what the follower's log says of that index, if it knows.
  ///   - logStart: the end of what the follower's log has let go of.
  static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement

  /// Raft §5.3, Figure 2: only from the first entry that conflicts is the follower's log removed.
  ///
  /// - Parameters:
  ///   - previous: the index right before the leader's entries.
  ///   - firstConflict: the first of them whose place is taken by an entry of another term.
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex?

  /// Raft §5.3, end: a follower names the first index that it stores for the conflicting term, or the one past its end,
  /// counted as the log is, from the beginning of time and not from the end of a snapshot.
  static func conflictHint(at index: LogIndex, logStart: LogIndex) -> LogIndex

  /// Raft Figure 2: the commit index becomes min(leaderCommit, index of the last *new* entry), and never goes back.
  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex

  /// Raft §5.3: a leader appends a proposal behind its last entry; it never overwrites (Leader Append-Only).
  static func proposalIndex(lastIndex: LogIndex, commitIndex: LogIndex) -> LogIndex

  /// Raft §5.3: a leader speaks to every follower, whatever becomes of its words to another.
  static func recipients(_ peers: NodeSet, unreachable: NodeSet) -> NodeSet

  /// Raft §5.1, Figure 2: what a leader learns of logs counts within the term in which it leads, and ends with it. So an
  /// append of its own that its disk finishes too late is nothing to a later term.
  ///
  /// - Parameters:
  ///   - answer: what the sender says of its log.
  ///   - isOwn: whether it is its own disk that says so.
  ///   - ledTerm: the last term in which this node has led since it started.
  /// - Returns: what the answer counts as; `nil` if it counts for nothing.
  static func counted(
    _ answer: LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term
  ) -> LogAnswer?

  /// Raft §5.3, §5.4.2: an entry is committed once a majority holds it.
  ///
  /// - Parameters:
  ///   - holders: how many voters hold all up to where one of them does.
  ///   - place: the place of that one among the voters, counted from 1 in the order of their numbers.
  static func isHeld(byHolders holders: Int, place: Int, quorum: Int) -> Bool

  /// Raft §5.3: an acknowledgement says what its sender holds, whoever was written to in the meantime.
  ///
  /// - Parameter lastSent: to whom this leader wrote last, and up to which entry.
  static func credit(for acknowledged: Acknowledgement, lastSent: Acknowledgement?) -> Acknowledgement

  /// Raft §5.3: what a follower is known to hold only grows within a leader's term.
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex

  /// Raft §5.3: after a refusal the leader goes back and tries again, to the hint or, where that lies within what the
  /// follower is known to hold, to right behind that: there both logs agree. An old refusal leads no further back than one
  /// before it.
  ///
  /// - Parameters:
  ///   - match: what the follower is known to hold.
  ///   - lowestNext: how far back this leader has gone already.
  /// - Returns: the next index to send, never `match` or less; `nil` if the refusal is an old one.
  static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex?

  /// Raft §5.3, §5.5: a leader retries for as long as a follower does not answer. To one that has been silent for an
  /// election timeout it sends neither entries nor pieces of a snapshot until it answers: an empty append asks as well, and
  /// takes no bandwidth from those that do.
  ///
  /// - Parameter heardAt: when it last answered, by this leader's clock, as `now` is; at first when the leadership began.
  static func isSilent(heardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>) -> Bool

  /// Raft §5.6: messages go there and back in much less than an election timeout, so that what has got no further for so
  /// long is lost. They need not be back within a heartbeat interval, which may be as short as one likes.
  ///
  /// - Parameter movedAt: when it last got further, or began, by this leader's clock, as `now` is.
  static func isStalled(
    movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>
  ) -> Bool

  /// Raft §5.4.2: a leader counts replicas only for entries of its own term.
  static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool

  // MARK: Snapshots

  /// Raft §7: a snapshot names the term of the last entry that it stands for.
  static func lastIncludedTerm(ofEntry term: Term, current: Term) -> Term

  /// Raft §7: a server removes log entries up through the last index of its snapshot, and of these as many as are to trail
  /// stay. So do those that a follower needs next once it has installed the snapshot that it is being sent: else it would
  /// need another one then, and so on for as long as there are writes.
  ///
  /// - Parameter beingSent: the last index of the earliest snapshot that is getting to a follower.
  /// - Returns: the last index to go.
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex

  /// Raft Figure 13, 2 and 3: the pieces of a snapshot are written in order, each at its offset.
  ///
  /// - Parameter received: how many bytes are there.
  static func continues(offset: UInt64, received: UInt64) -> Bool

  /// Raft §7: a snapshot that describes a prefix of what is committed brings nothing new.
  static func installs(_ position: LogPosition, commitIndex: LogIndex) -> Bool

  /// Raft Figure 13, 6: if the log has the snapshot's last entry, the entries that follow it are retained.
  static func keepsSuffix(of position: LogPosition, termAtPosition: Term?) -> Bool

  /// Raft Figure 13: a snapshot says nothing about the current term.
  static func term(afterInstalling position: LogPosition, current: Term) -> Term

  /// Raft §7: a follower that has installed a snapshot holds what that snapshot stands for, not what a later one does.
  static func matchIndex(acknowledging sent: LogPosition, newest: LogPosition?) -> LogIndex

  // MARK: Reads

  /// Ongaro 2014 §6.4: a leader's commit index is good for reads once it has committed an entry of its own term.
  static func knowsCommitIndex(termAtCommitIndex: Term?, currentTerm: Term) -> Bool

  /// Ongaro 2014 §6.4: only heartbeats sent after the read arrived confirm that its index is current.
  ///
  /// - Parameters:
  ///   - acknowledgedRound: the latest round that the peer has answered.
  ///   - neededRound: the first that was sent after the read arrived.
  static func confirms(acknowledgedRound: UInt64, neededRound: UInt64, of peer: NodeID) -> Bool

  /// Ongaro 2014 §6.4.1: a lease counts from the sending of the heartbeats that a quorum acknowledged, and is shorter than
  /// the followers' promise by what clocks may differ.
  ///
  /// - Returns: the end of the lease: sentAt + promise · (1 − ρ)/(1 + ρ).
  static func leaseEnd(
    sentAt: LocalInstant, acknowledgedAt: LocalInstant, promise: Duration, clockRateBound: Ratio
  ) -> LocalInstant

  /// Ongaro 2014 §6.4.1: within its lease a leader answers reads and asks nobody.
  static func holdsLease(until end: LocalInstant?, now: LocalInstant, ledTerm: Term, current: Term) -> Bool

  /// Ongaro 2014 §6.4, end: an answer is to the incarnation of the follower that asked.
  static func answers(_ id: ForwardedReadID, askedIn starts: UInt64) -> Bool

  /// Ongaro 2014 §6.4: whoever reads waits until its own state machine can be as far as the index.
  static func maySatisfyRead(index: LogIndex, commitIndex: LogIndex) -> Bool
}

/// Raft as published.
package enum PaperRaftRules: RaftRules {}
