extension KnownBug {
  /// Every known bug, in the order in which they are told.
  package static let catalogue: [KnownBug] =
    votesAndTerms + logAndCommit + readsAndClients + stateAndDisk + wire + followersLeftBehind + disksInTheWay
    + membership + transfer

  /// What is known and is not in the catalogue, with the reason.
  package static let leftOut = [
    BugLeftOut(
      name: "append-async-aba",
      mistake: "The completion of an earlier term's append counts for a later entry at that index.",
      seenIn: "etcd-io/raft, asynchronous storage writes",
      reason: """
        Here a candidate asks for votes only when all that it has written is durable, and completions are reported in the \
        order of the writes: when a leader appends, none of an earlier term's is still to come.
        """),
    BugLeftOut(
      name: "config-rollback-one-level",
      mistake: "A log that is cut goes back by one configuration only.",
      seenIn: "scylla #30936",
      reason: "No log here holds two configurations that are not committed."),
    BugLeftOut(
      name: "new-leader-ignores-pending-config",
      mistake: "A new leader begins a change while one of the leader before is not committed.",
      seenIn: "NuRaft #67",
      reason: "It is no more than config-before-own-commit: an entry of the own term commits all before it."),
    BugLeftOut(
      name: "campaigns-with-pending-config",
      mistake: "A server campaigns with a configuration that is not committed.",
      seenIn: "etcd #12133",
      reason: "It is as it should be where a configuration counts when it is appended."),
    BugLeftOut(
      name: "progress-survives-rejoin",
      mistake: "What a leader knows of a server survives its removal and return.",
      seenIn: "no report known",
      reason: "It takes a server that comes back under its old name with another disk, which does not start here."),
    BugLeftOut(
      name: "transfer-before-own-commit",
      mistake: "Leadership is transferred before an entry of the leader's own term is committed.",
      seenIn: "redpanda #5333",
      reason: "Nobody notices: the next leader commits an entry of its own."),
  ]
}
