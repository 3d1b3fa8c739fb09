extension KnownBug {
  /// Every known bug, in the order in which they are told.
  package static let catalogue: [KnownBug] =
    votesAndTerms + logAndCommit + readsAndClients + stateAndDisk
    + followersLeftBehind + disksInTheWay

  /// What is known and is not in the catalogue, with the reason.
  package static let leftOut = [
    BugLeftOut(
      name: "append-async-aba",
      mistake: "The completion of an earlier term's append counts for a later entry at that index.",
      seenIn: "etcd-io/raft, asynchronous storage writes",
      reason: """
        Here a candidate asks for votes only when all that it has written is durable, and completions are reported in the \
        order of the writes: when a leader appends, none of an earlier term's is still to come.
        """)
  ]
}
