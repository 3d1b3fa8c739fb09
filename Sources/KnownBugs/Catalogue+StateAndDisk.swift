import Replica

extension KnownBug {
  /// Mistakes of the state machine, of snapshots and of the disk.
  static let stateAndDisk = [
    KnownBug(
      "delete-applies-put",
      "A delete writes an empty value at the leader.",
      trigger: "nothing", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "SessionRules.effect", RuleSet(session: DeleteAppliesPut.self)),
    KnownBug(
      "applies-twice-after-restart",
      "The applied index is not restored with the state.",
      trigger: "crash", effects: [.invariant, .history],
      seenIn: "Ongaro 2014; openraft eed681d5",
      rule: "ReplicaRules.appliedIndex", RuleSet(replica: AppliesTwiceAfterRestart.self)),
    KnownBug(
      "snapshot-merges",
      "Restoring a snapshot keeps keys that it lacks.",
      trigger: "snapshot", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "SessionRules.value(inSnapshot:held:)", RuleSet(session: SnapshotMerges.self)),
    KnownBug(
      "snapshot-newer-than-index",
      "A snapshot holds effects later than its index.",
      trigger: "snapshot", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "ReplicaRules.snapshotIndex", RuleSet(replica: SnapshotNewerThanIndex.self)),
    KnownBug(
      "snapshot-wrong-last-term",
      "A snapshot names the current term in place of its last entry's.",
      trigger: "snapshot", effects: [.invariant, .progress],
      seenIn: "a published Raft store",
      rule: "RaftRules.lastIncludedTerm", RuleSet(raft: SnapshotWrongLastTerm.self)),
    KnownBug(
      "snapshot-discards-suffix",
      "Installing a snapshot drops entries behind it that the log already held.",
      trigger: "snapshot", effects: [.invariant, .history],
      seenIn: "Raft §7",
      rule: "RaftRules.keepsSuffix", RuleSet(raft: SnapshotDiscardsSuffix.self)),
    KnownBug(
      "snapshot-picks-lexicographic-last",
      "Snapshot 9 is taken to be later than snapshot 10.",
      trigger: "crash", effects: [.invariant, .history, .stop],
      seenIn: "a published Raft store",
      rule: "StorageRules.isNewer", RuleSet(storage: SnapshotPicksLexicographicLast.self)),
    KnownBug(
      "log-truncated-before-snapshot-durable",
      "The log is cut before the snapshot that replaces it is durable.",
      trigger: "crash", effects: [.invariant, .history, .stop],
      seenIn: "a published Raft store",
      rule: "StorageRules.disposable", RuleSet(storage: LogTruncatedBeforeSnapshotDurable.self)),
    KnownBug(
      "file-replaced-in-place",
      "A new snapshot is written over the latest one.",
      trigger: "crash, torn write", effects: [.invariant, .history, .stop],
      seenIn: "a published Raft store",
      rule: "StorageRules.fileToWrite", RuleSet(storage: FileReplacedInPlace.self)),
    KnownBug(
      "torn-tail-accepted",
      "A last record that was cut short is accepted.",
      trigger: "torn write", effects: [.invariant, .history, .stop],
      seenIn: "no published system that we know of",
      rule: "StorageRules.isIntact", RuleSet(storage: TornTailAccepted.self)),
    KnownBug(
      "fsync-error-ignored",
      "A sync that failed counts as done.",
      trigger: "fsync error", effects: [.invariant, .history],
      seenIn: "PostgreSQL's fsync bug",
      rule: "StorageRules.outcome", RuleSet(storage: FsyncErrorIgnored.self)),
    KnownBug(
      "log-position-stale-after-compaction",
      "Byte positions of the old log are used after compaction.",
      trigger: "crash", effects: [.invariant, .stop],
      seenIn: "a published Raft store",
      rule: "StorageRules.place", RuleSet(storage: LogPositionStaleAfterCompaction.self)),
  ]
}
