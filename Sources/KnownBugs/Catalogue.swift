import Replica

extension KnownBug {
  /// Every known bug, in the order in which they are told.
  package static let catalogue: [KnownBug] = votes + log + snapshots + readsAndClients + storage

  private static let votes = [
    KnownBug(
      name: "vote-not-persisted",
      mistake: "The vote is granted without being made durable.",
      trigger: "crash", effects: [.invariant], seenIn: "four published Raft stores; sofa-jraft #1241",
      rules: RuleSet(raft: VoteNotPersisted.self)),
    KnownBug(
      name: "vote-persisted-after-reply",
      mistake: "The vote is made durable only after the reply has left.",
      trigger: "crash", effects: [.invariant], seenIn: "sofa-jraft #1245",
      rules: RuleSet(raft: VotePersistedAfterReply.self)),
    KnownBug(
      name: "vote-expires",
      mistake: "A vote is forgotten after an election timeout.",
      trigger: "delay, clock drift", effects: [.invariant, .history], seenIn: "a published Raft store",
      rules: RuleSet(raft: VoteExpires.self)),
    KnownBug(
      name: "vote-ignores-log",
      mistake: "Votes are granted without looking at the logs.",
      trigger: "partition", effects: [.invariant, .history], seenIn: "a published walkthrough; Raft §5.4.1",
      rules: RuleSet(raft: VoteIgnoresLog.self)),
    KnownBug(
      name: "vote-compares-index-only",
      mistake: "The longer log is taken for the more up-to-date one.",
      trigger: "partition", effects: [.invariant, .history], seenIn: "a published Raft store",
      rules: RuleSet(raft: VoteComparesIndexOnly.self)),
    KnownBug(
      name: "vote-compares-committed-only",
      mistake: "A candidate's log is compared with the voter's commit index, not with its log.",
      trigger: "partition, crash", effects: [.invariant, .history], seenIn: "a published Raft store",
      rules: RuleSet(raft: VoteComparesCommittedOnly.self)),
    KnownBug(
      name: "stale-votes-counted",
      mistake: "Votes of an earlier term count.",
      trigger: "delay", effects: [.invariant, .history], seenIn: "two published Raft stores; xraft #33",
      rules: RuleSet(raft: StaleVotesCounted.self)),
    KnownBug(
      name: "votes-counted-twice",
      mistake: "A grant that arrives twice counts twice.",
      trigger: "duplicate", effects: [.invariant, .history], seenIn: "akka-raft",
      rules: RuleSet(raft: VotesCountedTwice.self)),
    KnownBug(
      name: "quorum-rounds-down",
      mistake: "A quorum is (n + 1) / 2.",
      trigger: "partition, even number of nodes", effects: [.history, .invariant], seenIn: "openraft d60f1e85",
      rules: RuleSet(raft: QuorumRoundsDown.self)),
    KnownBug(
      name: "term-not-persisted",
      mistake: "The term is not made durable.",
      trigger: "crash", effects: [.invariant, .history, .stop], seenIn: "two published Raft stores",
      rules: RuleSet(raft: TermNotPersisted.self)),
    KnownBug(
      name: "term-taken-from-snapshot",
      mistake: "Installing a snapshot sets the term to that of the snapshot's last entry.",
      trigger: "snapshot", effects: [.stop], seenIn: "a published Raft store; willemt/raft #118",
      rules: RuleSet(raft: TermTakenFromSnapshot.self)),
    KnownBug(
      name: "term-read-at-send",
      mistake: "A deposed leader goes on to speak, in the term that it has just learnt.",
      trigger: "delay", effects: [.stop], seenIn: "three published Raft stores",
      rules: RuleSet(raft: TermReadAtSend.self)),
    KnownBug(
      name: "higher-term-not-adopted",
      mistake: "A vote is granted in a later term without entering that term.",
      trigger: "partition", effects: [.invariant, .history], seenIn: "two published Raft stores",
      rules: RuleSet(raft: HigherTermNotAdopted.self)),
  ]

  private static let log = [
    KnownBug(
      name: "append-always-truncates",
      mistake: "An append cuts the log after its previous index even when nothing conflicts.",
      trigger: "reorder, duplicate", effects: [.history, .invariant, .stop],
      seenIn: "three published Raft stores; openraft 9540c904; Maelstrom's demos",
      rules: RuleSet(raft: AppendAlwaysTruncates.self)),
    KnownBug(
      name: "commit-past-verified",
      mistake: "A follower commits up to the end of its log, not up to the last new entry.",
      trigger: "reorder", effects: [.invariant], seenIn: "a published Raft store; openraft 9540c904",
      rules: RuleSet(raft: CommitPastVerified.self)),
    KnownBug(
      name: "ack-before-sync",
      mistake: "An append is acknowledged before it is durable.",
      trigger: "crash", effects: [.history, .invariant], seenIn: "NATS 2.12.1; etcd #14370",
      rules: RuleSet(raft: AckBeforeSync.self)),
    KnownBug(
      name: "zero-prev-always-matches",
      mistake: "An append from the beginning of the log fits any log, compacted ones too.",
      trigger: "snapshot, duplicate", effects: [.stop], seenIn: "willemt/raft #118",
      rules: RuleSet(raft: ZeroPrevAlwaysMatches.self)),
    KnownBug(
      name: "purged-prev-is-conflict",
      mistake: "An entry before the snapshot is taken for a conflict, and the log is removed.",
      trigger: "snapshot", effects: [.stop, .invariant, .history], seenIn: "openraft 44381b0c",
      rules: RuleSet(raft: PurgedPrevIsConflict.self)),
    KnownBug(
      name: "proposal-reuses-index",
      mistake: "A proposal takes the place of one that is not committed yet.",
      trigger: "partition", effects: [.invariant, .history], seenIn: "a published Raft store",
      rules: RuleSet(raft: ProposalReusesIndex.self)),
    KnownBug(
      name: "deposed-leader-keeps-committing",
      mistake: "Acknowledgements that arrive after a leader stepped down still advance its commit index.",
      trigger: "delay", effects: [.stop], seenIn: "openraft a80579ef",
      rules: RuleSet(raft: DeposedLeaderKeepsCommitting.self)),
  ]

  private static let snapshots = [
    KnownBug(
      name: "snapshot-wrong-last-term",
      mistake: "A snapshot names the current term in place of its last entry's.",
      trigger: "snapshot", effects: [.invariant, .history], seenIn: "a published Raft store",
      rules: RuleSet(raft: SnapshotWrongLastTerm.self))
  ]

  private static let readsAndClients = [
    KnownBug(
      name: "reads-any-node",
      mistake: "Any node answers reads from its own state.",
      trigger: "partition, delay", effects: [.history], seenIn: "two published Raft stores",
      rules: RuleSet(server: ReadsAnyNode.self)),
    KnownBug(
      name: "reads-leader-without-quorum",
      mistake: "The leader answers reads from its own state, asking nobody.",
      trigger: "partition", effects: [.history], seenIn: "a published Raft store; etcd 0.4",
      rules: RuleSet(server: ReadsLeaderWithoutQuorum.self)),
    KnownBug(
      name: "readindex-before-own-commit",
      mistake: "A new leader reads at its commit index before it has committed an entry of its term.",
      trigger: "crash", effects: [.history], seenIn: "etcd #7331; RedisRaft #18, #19",
      rules: RuleSet(raft: ReadIndexBeforeOwnCommit.self)),
    KnownBug(
      name: "readindex-late-acks",
      mistake: "Late answers to earlier heartbeats confirm a newer read.",
      trigger: "pause, duplicate", effects: [.history], seenIn: "etcd #20418",
      rules: RuleSet(raft: ReadIndexLateAcks.self)),
    KnownBug(
      name: "acks-before-commit",
      mistake: "A client is answered when the leader has appended.",
      trigger: "crash, partition", effects: [.history], seenIn: "a published Raft store",
      rules: RuleSet(server: AcksBeforeCommit.self)),
    KnownBug(
      name: "no-sessions",
      mistake: "A retried command is applied again.",
      trigger: "loss", effects: [.history], seenIn: "two published Raft stores; RedisRaft #13, #52",
      rules: RuleSet(session: NoSessions.self)),
    KnownBug(
      name: "sessions-not-in-snapshot",
      mistake: "The sessions are missing from snapshots.",
      trigger: "snapshot, loss", effects: [.invariant, .history], seenIn: "no published system that we know of",
      rules: RuleSet(session: SessionsNotInSnapshot.self)),
    KnownBug(
      name: "sessions-expire-by-local-clock",
      mistake: "Sessions expire by each server's own clock.",
      trigger: "clock jump", effects: [.invariant, .history], seenIn: "Ongaro 2014 §6.3",
      rules: RuleSet(session: SessionsExpireByLocalClock.self)),
  ]

  private static let storage = [
    KnownBug(
      name: "snapshot-picks-lexicographic-last",
      mistake: "Snapshot 9 is taken to be later than snapshot 10.",
      trigger: "crash", effects: [.stop], seenIn: "a published Raft store",
      rules: RuleSet(storage: SnapshotPicksLexicographicLast.self)),
    KnownBug(
      name: "file-replaced-in-place",
      mistake: "A new snapshot is written over the latest one.",
      trigger: "crash, torn write", effects: [.stop], seenIn: "a published Raft store",
      rules: RuleSet(storage: FileReplacedInPlace.self)),
    KnownBug(
      name: "torn-tail-accepted",
      mistake: "A last record that was cut short is accepted.",
      trigger: "torn write", effects: [.stop, .invariant, .history], seenIn: "no published system that we know of",
      rules: RuleSet(storage: TornTailAccepted.self)),
    KnownBug(
      name: "log-position-stale-after-compaction",
      mistake: "Byte positions of the old log are used after compaction.",
      trigger: "crash", effects: [.stop, .invariant, .history], seenIn: "a published Raft store",
      rules: RuleSet(storage: LogPositionStaleAfterCompaction.self)),
  ]
}
