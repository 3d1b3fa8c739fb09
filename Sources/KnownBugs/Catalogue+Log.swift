import Replica

extension KnownBug {
  /// Mistakes in replication and commitment.
  static let logAndCommit = [
    KnownBug(
      "append-always-truncates",
      "An append cuts the log after its previous index even when nothing conflicts.",
      trigger: "reorder, duplicate", effects: [.invariant, .history, .stop],
      seenIn: "three published Raft stores; openraft 9540c904; Maelstrom's demos",
      rule: "RaftRules.truncationStart", RuleSet(raft: AppendAlwaysTruncates.self)),
    KnownBug(
      "commits-earlier-terms",
      "An earlier term's entry is committed by counting replicas.",
      trigger: "crash, partition", effects: [.invariant, .history],
      seenIn: "a published Raft store; Raft Figure 8; PySyncObj #169",
      rule: "RaftRules.mayCommit", RuleSet(raft: CommitsEarlierTerms.self)),
    KnownBug(
      "commit-past-verified",
      "A follower commits up to the end of its log, not up to the last new entry.",
      trigger: "reorder", effects: [.invariant, .history],
      seenIn: "a published Raft store; openraft 9540c904",
      rule: "RaftRules.followerCommitIndex", RuleSet(raft: CommitPastVerified.self)),
    KnownBug(
      "commit-regresses",
      "The commit index may go back.",
      trigger: "reorder", effects: [.invariant],
      seenIn: "PySyncObj #166",
      rule: "RaftRules.followerCommitIndex", RuleSet(raft: CommitRegresses.self)),
    KnownBug(
      "match-regresses",
      "An acknowledgement that was overtaken lowers what a follower is known to hold.",
      trigger: "reorder", effects: [.invariant],
      seenIn: "RaftOS #25",
      rule: "RaftRules.matchIndex(current:acknowledged:)", RuleSet(raft: MatchRegresses.self)),
    KnownBug(
      "match-from-current-snapshot",
      "The answer to a snapshot acknowledges the newest one, not the one that was sent.",
      trigger: "snapshot, delay", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "RaftRules.matchIndex(acknowledging:newest:)", RuleSet(raft: MatchFromCurrentSnapshot.self)),
    KnownBug(
      "ack-credited-to-wrong-peer",
      "An acknowledgement counts for the peer that was written to last.",
      trigger: "partition", effects: [.invariant, .history],
      seenIn: "Maelstrom's Python demo",
      rule: "RaftRules.credit", RuleSet(raft: AckCreditedToWrongPeer.self)),
    KnownBug(
      "ack-before-sync",
      "An append is acknowledged before it is durable.",
      trigger: "crash", effects: [.invariant, .history],
      seenIn: "NATS 2.12.1; etcd #14370",
      rule: "RaftRules.departure", RuleSet(raft: AckBeforeSync.self)),
    KnownBug(
      "zero-prev-always-matches",
      "An append from the beginning of the log fits any log, compacted ones too.",
      trigger: "snapshot, duplicate", effects: [.invariant, .history],
      further: Further(
        effects: [.stop],
        reason:
          "The follower is asked to replace entries that its snapshot includes, sees that they are committed, and stops."
      ),
      seenIn: "willemt/raft #118",
      rule: "RaftRules.agreement", RuleSet(raft: ZeroPrevAlwaysMatches.self)),
    KnownBug(
      "backtrack-ignores-snapshot",
      "The hint at where logs part is counted from the wrong base after compaction.",
      trigger: "snapshot", effects: [.progress, .stop],
      seenIn: "a published Raft store; Maelstrom's documents",
      rule: "RaftRules.conflictHint", RuleSet(raft: BacktrackIgnoresSnapshot.self)),
    KnownBug(
      "purged-prev-is-conflict",
      "An entry before the snapshot is taken for a conflict, and the log is removed.",
      trigger: "snapshot", effects: [.invariant, .history],
      further: Further(
        effects: [.stop],
        reason: "What is removed is often known to be committed, which the follower sees, and stops."),
      seenIn: "openraft 44381b0c",
      rule: "RaftRules.agreement", RuleSet(raft: PurgedPrevIsConflict.self)),
    KnownBug(
      "proposal-reuses-index",
      "A proposal takes the place of one that is not committed yet.",
      trigger: "partition", effects: [.invariant, .history],
      seenIn: "a published Raft store",
      rule: "RaftRules.proposalIndex", RuleSet(raft: ProposalReusesIndex.self)),
    KnownBug(
      "deposed-leader-keeps-committing",
      "Acknowledgements that arrive after a leader stepped down still advance its commit index.",
      trigger: "delay", effects: [.invariant, .history],
      further: Further(
        effects: [.stop],
        reason:
          "It hears of entries acknowledged that the new leader has removed from its log, which it sees, and stops."),
      seenIn: "openraft a80579ef",
      rule: "RaftRules.counted", RuleSet(raft: DeposedLeaderKeepsCommitting.self)),
    KnownBug(
      "broadcast-aborts",
      "A broadcast stops at the first peer that cannot be reached.",
      trigger: "crash", effects: [.progress],
      seenIn: "a published Raft store",
      rule: "RaftRules.recipients", RuleSet(raft: BroadcastAborts.self)),
  ]
}
