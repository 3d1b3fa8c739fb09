import Replica

extension KnownBug {
  /// Every known bug, in the order in which they are told.
  package static let catalogue: [KnownBug] = votes + log + readsAndClients

  private static let votes = [
    KnownBug(
      name: "vote-not-persisted", mistake: "The vote is granted without being made durable.", trigger: "crash",
      effects: [.invariant, .history], seenIn: "four published Raft stores; sofa-jraft #1241",
      rules: RuleSet(raft: VoteNotPersisted.self)),
    KnownBug(
      name: "quorum-rounds-down", mistake: "A quorum is (n + 1) / 2.", trigger: "partition, even number of nodes",
      effects: [.history, .invariant], seenIn: "openraft d60f1e85", rules: RuleSet(raft: QuorumRoundsDown.self)),
  ]

  private static let log = [
    KnownBug(
      name: "append-always-truncates",
      mistake: "An append cuts the log after its previous index even when nothing conflicts.",
      trigger: "reorder, duplicate", effects: [.history, .invariant, .stop],
      seenIn: "three published Raft stores; openraft 9540c904; Maelstrom's demos",
      rules: RuleSet(raft: AppendAlwaysTruncates.self)),
    KnownBug(
      name: "ack-before-sync", mistake: "An append is acknowledged before it is durable.", trigger: "crash",
      effects: [.history, .invariant], seenIn: "NATS 2.12.1; etcd #14370", rules: RuleSet(raft: AckBeforeSync.self)),
  ]

  private static let readsAndClients = [
    KnownBug(
      name: "reads-any-node", mistake: "Any node answers reads from its own state.", trigger: "partition, delay",
      effects: [.history], seenIn: "two published Raft stores", rules: RuleSet(server: ReadsAnyNode.self)),
    KnownBug(
      name: "reads-leader-without-quorum", mistake: "The leader answers reads from its own state, asking nobody.",
      trigger: "partition", effects: [.history], seenIn: "a published Raft store; etcd 0.4",
      rules: RuleSet(server: ReadsLeaderWithoutQuorum.self)),
    KnownBug(
      name: "acks-before-commit", mistake: "A client is answered when the leader has appended.",
      trigger: "crash, partition", effects: [.history], seenIn: "a published Raft store",
      rules: RuleSet(server: AcksBeforeCommit.self)),
    KnownBug(
      name: "no-sessions", mistake: "A retried command is applied again.", trigger: "loss", effects: [.history],
      seenIn: "two published Raft stores; RedisRaft #13, #52", rules: RuleSet(session: NoSessions.self)),
  ]
}
