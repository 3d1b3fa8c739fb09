import Replica

extension KnownBug {
  /// Mistakes by which a leader never brings a follower up, or takes from others what they need.
  package static let followersLeftBehind = [
    KnownBug(
      "refusal-into-match-ignored",
      "A refusal that points into what a follower is known to hold is taken for an old one.",
      trigger: "partition, snapshot, loss", effects: [.progress],
      seenIn: "this project",
      rule: "RaftRules.backtrack", RuleSet(raft: RefusalIntoMatchIgnored.self)),
    KnownBug(
      "transfer-stalls-at-heartbeat",
      "A snapshot that gets no further within a heartbeat interval is given up for a newer one.",
      trigger: "snapshot, delay", effects: [.progress],
      seenIn: "this project",
      rule: "RaftRules.isStalled", RuleSet(raft: TransferStallsAtHeartbeat.self)),
    KnownBug(
      "bulk-for-the-silent",
      "A peer that does not answer is sent entries and pieces of a snapshot with every heartbeat.",
      trigger: "crash, narrow link", effects: [.invariant],
      seenIn: "this project",
      rule: "RaftRules.isSilent", RuleSet(raft: BulkForTheSilent.self)),
  ]
}
