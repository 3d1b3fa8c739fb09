import Replica

extension KnownBug {
  /// Mistakes in votes and terms.
  static let votesAndTerms = [
    KnownBug(
      "vote-not-persisted",
      "The vote is granted without being made durable.",
      trigger: "crash", effects: [.invariant, .history],
      seenIn: "four published Raft stores; sofa-jraft #1241",
      rule: "RaftRules.hardStateToPersist", RuleSet(raft: VoteNotPersisted.self)),
    KnownBug(
      "vote-persisted-after-reply",
      "The vote is made durable only after the reply has left.",
      trigger: "crash", effects: [.invariant, .history],
      seenIn: "sofa-jraft #1245",
      rule: "RaftRules.departure", RuleSet(raft: VotePersistedAfterReply.self)),
    KnownBug(
      "vote-expires",
      "A vote is forgotten after an election timeout.",
      trigger: "delay, clock drift", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "RaftRules.mayVote", RuleSet(raft: VoteExpires.self)),
    KnownBug(
      "vote-forgotten-on-step-down",
      "Stepping down within a term clears the vote.",
      trigger: "loss, delay", effects: [.invariant],
      seenIn: "two published Raft stores",
      rule: "RaftRules.vote(after:entering:)", RuleSet(raft: VoteForgottenOnStepDown.self)),
    KnownBug(
      "vote-ignores-log",
      "Votes are granted without looking at the logs.",
      trigger: "partition", effects: [.invariant, .history],
      seenIn: "a published walkthrough; Raft §5.4.1",
      rule: "RaftRules.isUpToDate", RuleSet(raft: VoteIgnoresLog.self)),
    KnownBug(
      "vote-compares-index-only",
      "The longer log is taken for the more up-to-date one.",
      trigger: "partition", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "RaftRules.isUpToDate", RuleSet(raft: VoteComparesIndexOnly.self)),
    KnownBug(
      "vote-compares-conjunction",
      "A log is up to date only if neither its last term nor its last index is behind.",
      trigger: "partition", effects: [.progress],
      seenIn: "a published Raft store; openraft a48a3282",
      rule: "RaftRules.isUpToDate", RuleSet(raft: VoteComparesConjunction.self)),
    KnownBug(
      "vote-compares-committed-only",
      "A candidate's log is compared with the voter's commit index, not with its log.",
      trigger: "partition, crash", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "RaftRules.isUpToDate", RuleSet(raft: VoteComparesCommittedOnly.self)),
    KnownBug(
      "stale-votes-counted",
      "Votes of an earlier term count.",
      trigger: "delay", effects: [.invariant, .history],
      seenIn: "two published Raft stores; xraft #33",
      rule: "RaftRules.standing", RuleSet(raft: StaleVotesCounted.self)),
    KnownBug(
      "votes-counted-twice",
      "A grant that arrives twice counts twice.",
      trigger: "duplicate", effects: [.invariant, .history],
      bound: Bound(
        nodes: 4,
        reason:
          "In a cluster of three the candidate and one voter are a majority already; only from four on one voter's second grant makes one."
      ),
      seenIn: "akka-raft",
      rule: "RaftRules.votes", RuleSet(raft: VotesCountedTwice.self)),
    KnownBug(
      "quorum-rounds-down",
      "A quorum is (n + 1) / 2.",
      trigger: "partition, even number of nodes", effects: [.invariant, .history],
      seenIn: "openraft d60f1e85",
      rule: "RaftRules.quorum", RuleSet(raft: QuorumRoundsDown.self)),
    KnownBug(
      "term-not-persisted",
      "The term is not made durable.",
      trigger: "crash", effects: [.invariant, .history, .stop],
      seenIn: "two published Raft stores",
      rule: "RaftRules.hardStateToPersist", RuleSet(raft: TermNotPersisted.self)),
    KnownBug(
      "term-taken-from-snapshot",
      "Installing a snapshot sets the term to that of the snapshot's last entry.",
      trigger: "snapshot", effects: [.invariant],
      further: Further(
        effects: [.stop],
        reason:
          "A term that went back is seen at the next restart, where the log's records are refused, and by a server that hears a second leader in it."
      ),
      seenIn: "a published Raft store; willemt/raft #118",
      rule: "RaftRules.term(afterInstalling:)", RuleSet(raft: TermTakenFromSnapshot.self)),
    KnownBug(
      "term-read-at-send",
      "A deposed leader goes on to speak, in the term that it has just learnt.",
      trigger: "delay", effects: [.invariant, .history],
      further: Further(
        effects: [.stop],
        reason:
          "The deposed leader is a follower to whoever looks at it; that it still speaks only its hearers see, and stop at the second leader of a term."
      ),
      seenIn: "three published Raft stores",
      rule: "RaftRules.speaksAsLeader", RuleSet(raft: TermReadAtSend.self)),
    KnownBug(
      "vote-set-by-append",
      "An append sets the vote to its leader.",
      trigger: "partition", effects: [.invariant],
      seenIn: "a published walkthrough",
      rule: "RaftRules.vote(afterHearing:)", RuleSet(raft: VoteSetByAppend.self)),
    KnownBug(
      "higher-term-not-adopted",
      "A vote is granted in a later term without entering that term.",
      trigger: "partition", effects: [.invariant, .history],
      seenIn: "two published Raft stores",
      rule: "RaftRules.standing", RuleSet(raft: HigherTermNotAdopted.self)),
    KnownBug(
      "election-not-randomised",
      "The election timeout is the same everywhere and every time.",
      trigger: "nothing", effects: [.progress],
      seenIn: "a published walkthrough",
      rule: "RaftRules.electionTimeout", RuleSet(raft: ElectionNotRandomised.self)),
    KnownBug(
      "timer-reset-by-denied-candidate",
      "The election timer starts anew on any request.",
      trigger: "partition", effects: [.progress],
      seenIn: "a published Raft store",
      rule: "RaftRules.resetsElectionTimer", RuleSet(raft: TimerResetByDeniedCandidate.self)),
    KnownBug(
      "no-prevote-stickiness",
      "A server that hears its leader listens to candidates too.",
      trigger: "one-way partition", effects: [.progress],
      seenIn: "RedisLabs/raft #24; etcd #9333",
      rule: "RaftRules.ignoresCandidate", RuleSet(raft: NoPreVoteStickiness.self)),
  ]
}
