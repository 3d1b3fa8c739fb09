import Traces

/// What a run should have kept to and did not, for somebody who has not read the paper.
package struct Demand: Sendable {
  /// In plain words: `Election Safety`.
  package let title: String
  /// What it demands.
  package let sentence: String
  /// What goes wrong for clients where it is broken.
  package let consequence: String

  package init(_ title: String, _ sentence: String, else consequence: String) {
    (self.title, self.sentence, self.consequence) = (title, sentence, consequence)
  }

  /// The demand behind a signature.
  package init(_ signature: FailureSignature) {
    switch signature {
    case .linearizability: self = Self.linearizability
    case .invariant(let invariant): self.init(invariant)
    case .liveness(let failure): self.init(failure)
    case .stopped(let cause): self.init(cause)
    }
  }

  /// What is demanded of servers' states where their logs are the same.
  static let equalStates = Demand(
    "State Machine Safety", "Servers that have applied the same entries are in the same state (Raft §2).",
    else: "The servers' states part, and what a client reads depends on whom it asks.")

  private static let linearizability = Demand(
    "Linearizability",
    "Every operation must seem to happen at one moment between its call and its return (Herlihy & Wing 1990).",
    else: "Clients see a state that was never there, or no longer.")
}

// MARK: Invariants

extension Demand {
  private init(_ invariant: Invariant) {
    self =
      Self.ofElections(invariant) ?? Self.ofLogs(invariant) ?? Self.ofStates(invariant) ?? Self.ofMembers(invariant)
      ?? Self.unsaid(invariant)
  }

  /// Of an invariant without words of its own; a test sees to it that there is none.
  private static func unsaid(_ invariant: Invariant) -> Demand {
    Demand(invariant.rawValue, "\(invariant.rawValue) holds.", else: "It does not.")
  }

  private static func ofElections(_ invariant: Invariant) -> Demand? {
    switch invariant {
    case .electionSafety:
      Demand(
        "Election Safety", "At most one server is ever elected leader of a term (Raft Figure 3).",
        else: "Two leaders of one term put different entries at the same place, and both may be committed.")
    case .oneVotePerTerm:
      Demand(
        "One vote per term",
        "A server votes for at most one candidate in a term, whether it crashes or not (Raft §5.2).",
        else: "Two candidates can each gather a majority of the same term.")
    case .termMonotonicity:
      Demand(
        "Terms never go back", "A server's term never falls below one that it has told anyone (Raft Figure 2).",
        else: "A server that forgets its term can vote in it again, for somebody else.")
    case .campaignsAreGranted:
      Demand(
        "Campaigns are granted",
        "With pre-vote a server begins a term only once a majority would vote for it there (Ongaro 2014 §9.6).",
        else: "A server that nobody would elect raises the term, and unseats the leader.")
    case .leaseIsPromised:
      Demand(
        "A lease rests on promises",
        "While a leader holds a lease, fewer than a majority are free to elect another one (Ongaro 2014 §6.4.1).",
        else: "Another leader can be elected and accept writes while this one answers reads from its own, older state.")
    default: nil
    }
  }

  private static func ofLogs(_ invariant: Invariant) -> Demand? {
    switch invariant {
    case .leaderAppendOnly:
      Demand(
        "Leader Append-Only", "A leader never overwrites or removes entries of its own log (Raft Figure 3).",
        else: "An entry that others already hold, and may have committed, is another one at the leader.")
    case .logMatching:
      Demand(
        "Log Matching",
        "If two logs hold an entry of the same index and term, they are the same up to there (Raft Figure 3).",
        else: "Leaders compare logs by their last entry only, and would take different logs for equal ones.")
    case .leaderCompleteness:
      Demand(
        "Leader Completeness",
        "What is committed in a term is in the logs of all leaders of later terms (Raft Figure 3).",
        else: "The new leader will overwrite what is committed, and what clients may have been told is done.")
    case .electableHoldsCommitted:
      Demand(
        "Whoever can be elected holds what is committed",
        "No server that lacks a committed entry has a log good enough for a majority's votes (Raft §5.4).",
        else: "If that server is elected, it overwrites what is committed.")
    case .committedOnQuorum:
      Demand(
        "What is committed is on a majority's disks",
        "An entry counts as committed only when a majority holds it durably (Raft §5.3).",
        else: "A crash of few servers can take back what is committed, and what clients may have been told is done.")
    case .commitMonotonicity:
      Demand(
        "Commit indices never go back", "A server's commit index never decreases while it runs (Raft Figure 2).",
        else: "What was safe to read a moment ago no longer is.")
    case .commitWithinLog:
      Demand(
        "A commit index lies within the log", "A server takes nothing for committed that its log does not hold.",
        else: "Whatever comes to stand there will be applied unchecked.")
    case .durableBeforePromised:
      Demand(
        "Durable before promised",
        "A vote or an acknowledgement leaves only when a crash can no longer take back what it says (Raft Figure 2).",
        else: "After a crash the server has forgotten its promise, while others build on it.")
    default: ofDisks(invariant)
    }
  }

  private static func ofDisks(_ invariant: Invariant) -> Demand? {
    switch invariant {
    case .removalsTakeNothing:
      Demand(
        "Removals take nothing away",
        "A file is removed only when a loss of power right then leaves all that it would have left before (Raft §7).",
        else: "After a crash the server lacks what it has promised, or cannot start at all.")
    case .marksAreSynced:
      Demand(
        "What counts as synced is synced",
        "A record says of no byte before it that it is synced that is not, and a file behind which the log goes on is "
          + "not written to (Sources/ARCHITECTURE.md).",
        else: "After a crash a torn write looks like damage, and the server refuses to start.")
    case .recoversWhatIsThere:
      Demand(
        "A server starts with what its files say",
        "After a restart a server has the term, the vote and the log that its disk holds (Raft Figure 2).",
        else: "The server has forgotten what it promised, or acts on what it never wrote.")
    case .diskKeepsUp:
      Demand(
        "Disks keep up", "Once all is done that a server asked of its disk, that says what it knows (Raft Figure 2).",
        else: "After a crash it goes on from what its files say, and all else is forgotten.")
    case .nothingIsLeftOver:
      Demand(
        "Nothing is left over",
        "Files of the log that a snapshot has replaced, and earlier snapshots, are removed once all is durable (Raft §7).",
        else: "The disk fills up with what nobody needs.")
    case .roomIsCounted:
      Demand(
        "The room that counts is there",
        "A server takes no more room to be left on its disk than there will be when all is written "
          + "(Sources/ARCHITECTURE.md).",
        else: "It writes into its reserve, until the disk is full amid what must be brought to its end.")
    case .logIsCompacted:
      Demand(
        "Logs are compacted",
        "A server takes a snapshot once its log has grown enough, and lets go of what that stands for (Raft §7).",
        else: "The log grows until memory or the disk is full.")
    default: nil
    }
  }

  private static func ofMembers(_ invariant: Invariant) -> Demand? {
    switch invariant {
    case .electedByQuorum:
      Demand(
        "Leaders are elected by a quorum of the voters",
        "Only voters campaign, and a leader has the votes of a majority of them in its configuration (Raft §6).",
        else: "A leader without a quorum can commit what another leader's voters know nothing of.")
    case .membersInForce:
      Demand(
        "The latest configuration is in force",
        "A server uses the latest configuration in its log, whether it is committed or not (Raft §6).",
        else: "Servers count votes and copies among different members, and two majorities need not meet.")
    case .configurationsOverlap:
      Demand(
        "Configurations overlap",
        "Each quorum of a configuration shares a server with each quorum of the next one (Raft §6, Ongaro 2014 §4.1).",
        else: "Two leaders can be elected in one term, one by the old members and one by the new.")
    case .changesEnd:
      Demand(
        "One change at a time, to its end",
        "A change begins once the one before it is committed, and is brought to its end (Raft §6, Ongaro 2014 §4).",
        else: "A change stays half done, or the next one need not overlap with what is in force.")
    case .transferIsSound:
      Demand(
        "Leadership goes to who can take it",
        "A leader hands over to a voter that holds its whole log, and appends no command meanwhile (Ongaro 2014 §3.10).",
        else: "The cluster is without a leader, or two servers act as the leader at once.")
    default: nil
    }
  }

  private static func ofStates(_ invariant: Invariant) -> Demand? {
    switch invariant {
    case .stateMachineSafety:
      Demand(
        "State Machine Safety", "No two servers apply different entries at the same index (Raft Figure 3).",
        else: "The servers' states part, and what a client reads depends on whom it asks.")
    case .appliedMonotonicity:
      Demand(
        "Applied entries stay applied", "A server never goes back to an earlier entry while it runs (Raft Figure 2).",
        else: "Entries are applied again, or their effects vanish.")
    case .snapshotWithinApplied:
      Demand(
        "A snapshot holds what was applied", "A snapshot ends at an entry that its server has applied (Raft §7).",
        else: "Whoever installs it skips entries, or applies some twice.")
    case .appliedOnce:
      Demand(
        "Commands take effect once", "A command that a client sends again is not applied again (Ongaro 2014 §6.3).",
        else: "A retry undoes what came after the first try, or appends twice.")
    case .referenceState:
      Demand(
        "Equal logs make equal states",
        "A server's state is what the committed entries come to, applied one after the other (Raft §2).",
        else: "Clients read what the committed entries do not explain.")
    case .acknowledgedWriteSurvives:
      Demand(
        "What was acknowledged survives",
        "A write of which a client was told is in the log of every later leader (Raft §5.3, §5.4).",
        else: "The client was told that its write is done, and it is lost.")
    case .logTimeMonotonicity:
      Demand(
        "The log's time never goes back",
        "What leaders stamp on commands moves the log's time forward only, whatever their clocks do (Ongaro 2014 §6.3).",
        else: "Sessions that have expired at one server live on at another, and their commands are applied again.")
    case .waitersAreAnswered:
      Demand(
        "Nobody waits in vain",
        "A client's command is answered once it is applied, its read once it is confirmed or cannot be, and all that "
          + "wait are once their server leads no more (Raft §8).",
        else: "The client waits until its patience is at its end, though the server knows what to tell it.")
    case .readFreshness:
      Demand(
        "Reads are fresh",
        "Whoever answers a read has applied all that anybody was told of before it was called (Ongaro 2014 §6.4).",
        else: "A client reads a state from before what it, or somebody else, knows to be done.")
    case .answersFit:
      Demand(
        "Answers fit", "A client is answered what it asked (Raft §8).",
        else: "It takes what became of another command, or of none, for what became of its own.")
    case .readsAreConfirmed:
      Demand(
        "Reads are confirmed",
        "Whoever answers a read learns after its call that a majority still follows the leader (Ongaro 2014 §6.4).",
        else: "Another leader may have been elected meanwhile, and the read misses what it has committed.")
    default: ofSending(invariant)
    }
  }

  /// What leaders send, and what they know of it.
  private static func ofSending(_ invariant: Invariant) -> Demand? {
    switch invariant {
    case .matchMonotonicity:
      Demand(
        "What a follower is known to hold only grows",
        "A leader's match index for a follower never decreases in its term (Raft Figure 2).",
        else: "The leader's count of copies is wrong, and on it rests what is committed.")
    case .littleIsSentAgain:
      Demand(
        "Little is sent again",
        "A leader goes back in what it sends a follower only where that may be lost (Sources/ARCHITECTURE.md).",
        else: "Each answer brings more of the same, and the links are full of it.")
    case .nothingWaitsUnsent:
      Demand(
        "Nothing waits unsent",
        "What a follower lacks leaves for it when it answers, as far as the window allows (Raft §5.3).",
        else: "The follower gets on at the pace of heartbeats, and so do clients where its copy is needed.")
    case .creditedWhatWasSent:
      Demand(
        "Only answers to what was sent count",
        "A leader credits a follower only with what has come there from it in its term (Raft §5.3, Ongaro 2014 §6.4).",
        else: "The leader counts copies that do not exist, or takes itself for the leader of a majority.")
    case .silentPeersGetLittle:
      Demand(
        "Silent peers get little",
        "A peer that was not heard for an election timeout is sent little until it answers (Sources/ARCHITECTURE.md).",
        else: "The leader's links are full of what nobody hears, and others wait.")
    case .matchIsDurable:
      Demand(
        "A leader counts only copies that are there",
        "A leader takes a follower to hold no more of its log than is durable there (Raft Figure 2, matchIndex).",
        else: "The leader counts a copy that does not exist, and commits what too few hold.")
    default: nil
    }
  }
}

// MARK: Progress

extension Demand {
  private init(_ failure: LivenessFailure) {
    switch failure {
    case .noLeader:
      self.init(
        "A healed majority elects a leader",
        "Once a majority runs, hears each other, and messages are quick, it follows one leader of its own soon (Raft §5.6).",
        else: "The cluster stands still though nothing is in a majority's way any more.")
    case .notCaughtUp:
      self.init(
        "Followers catch up", "With a leader and nothing in the way, all come to hold and apply the same entries.",
        else: "A server stays behind for ever, and the next failure finds fewer copies than there should be.")
    case .followerSilent:
      self.init(
        "Followers answer", "A follower that hears its leader answers it, whatever its disk takes (Raft §5.3).",
        else: "A leader that hears no quorum steps down, or leads nobody (Ongaro 2014 §6.2).")
    case .followerStuck:
      self.init(
        "Followers get on", "A leader gets further with each follower that it hears and that hears it (Raft §5.3).",
        else: "A server stays behind while the log moves on, and the next failure finds too few copies.")
    case .snapshotUnending:
      self.init(
        "Snapshots get there",
        "A snapshot that a leader sends comes to its end, whatever newer ones there are (Raft §7).",
        else: "A server stays behind for as long as clients write.")
    case .leaderDeposed:
      self.init(
        "A leader stays", "Where nothing fails nobody deposes the leader of a majority (Ongaro 2014 §9.6).",
        else: "Elections interrupt the work again and again.")
    case .operationStuck:
      self.init(
        "Operations end", "With a leader and nothing in the way every operation of a client ends well.",
        else: "Clients wait for ever.")
    case .clientTurnedAway:
      self.init(
        "Clients are served",
        "With one leader and nothing in the way a server answers whoever asks it, or names the leader (Raft §8).",
        else: "Clients go from server to server, and wait.")
    case .changeStuck:
      self.init(
        "Members change",
        "With a leader and nothing in the way a change of members comes to its end (Raft §6).",
        else: "Servers that break down for good cannot be replaced.")
    case .transferStuck:
      self.init(
        "Leadership is transferred",
        "With nothing in the way a voter that has caught up leads when its leader is asked for that (Ongaro 2014 §3.10).",
        else: "A leader cannot be taken down without an interruption.")
    case .readUnanswered:
      self.init(
        "Reads are answered", "When everything has healed every read is answered.", else: "Clients wait for ever.")
    }
  }
}

// MARK: Stops

extension Demand {
  private init(_ cause: StopCause) {
    switch cause {
    case .committedEntryReplaced:
      self.init(
        "A committed entry stays", "No append comes to replace an entry that its server knows to be committed.",
        else: "The server has stopped rather than lose what is committed, and what clients may have been told is done.")
    case .twoLeaders:
      self.init(
        "One leader a term", "Nobody hears two leaders of the same term.",
        else: "The server has stopped, for it cannot know which of them to believe.")
    case .acknowledgedBeyondLog:
      self.init(
        "Acknowledgements are of what is there",
        "Nothing counts as acknowledged that is not in the log of the server that counts.",
        else: "The server has stopped rather than commit what its log does not hold.")
    case .gapInLog:
      self.init(
        "Logs have no gaps", "Entries are appended right behind those that are there.",
        else: "The server has stopped rather than hold a log with a hole in it.")
    case .termsExhausted:
      self.init(
        "Terms do not run out", "There is always a next term.", else: "The server can never campaign again.")
    case .logDamaged:
      self.init(
        "A server can read what it wrote",
        "What a server has written and synced to a sound disk it can recover from after a crash.",
        else: "The server stays down, though nothing is wrong with its disk.")
    case .unreadableSnapshot:
      self.init(
        "Snapshots can be read", "A snapshot that a server was given, or has written, decodes.",
        else: "The server has stopped: it cannot know its state.")
    case .disk:
      self.init(
        "A sound disk is no reason to stop", "A server stops for its disk only when something is wrong with it.",
        else: "The server is down for nothing.")
    }
  }
}
