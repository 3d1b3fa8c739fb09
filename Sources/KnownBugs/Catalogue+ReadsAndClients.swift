import Replica

extension KnownBug {
  /// Mistakes in reads, and in what clients are told.
  static let readsAndClients = [
    KnownBug(
      "reads-any-node",
      "Any node answers reads from its own state.",
      trigger: "partition, delay", effects: [.history], further: .staleReads,
      seenIn: "two published Raft stores",
      rule: "ServerRules.readPath", RuleSet(server: ReadsAnyNode.self)),
    KnownBug(
      "reads-leader-without-quorum",
      "The leader answers reads from its own state, asking nobody.",
      trigger: "partition", effects: [.history], further: .staleReads,
      seenIn: "a published Raft store; etcd 0.4",
      rule: "RaftRules.confirms", RuleSet(raft: ReadsLeaderWithoutQuorum.self)),
    KnownBug(
      "readindex-before-own-commit",
      "A new leader reads at its commit index before it has committed an entry of its term.",
      trigger: "crash", effects: [.history], further: .staleReads,
      seenIn: "etcd #7331; RedisRaft #18, #19",
      rule: "RaftRules.knowsCommitIndex", RuleSet(raft: ReadIndexBeforeOwnCommit.self)),
    KnownBug(
      "readindex-late-acks",
      "Late answers to earlier heartbeats confirm a newer read.",
      trigger: "pause, duplicate", effects: [.history], further: .staleReads,
      seenIn: "etcd #20418",
      rule: "RaftRules.confirms", RuleSet(raft: ReadIndexLateAcks.self)),
    KnownBug(
      "lease-ignores-drift",
      "A lease is as long as the promise that it rests on, whatever clocks do.",
      trigger: "clock drift", effects: [.history],
      further: Further(
        effects: [.invariant],
        reason:
          "LeaseIsPromised sees that too many are free to vote; clients see it only if they elect somebody and commit before the lease ends."
      ),
      seenIn: "tikv #964",
      rule: "RaftRules.leaseEnd", RuleSet(raft: LeaseIgnoresDrift.self)),
    KnownBug(
      "lease-from-ack",
      "A lease counts from the answers to a heartbeat, not from its sending.",
      trigger: "delay", effects: [.history],
      further: Further(
        effects: [.invariant],
        reason:
          "LeaseIsPromised sees that too many are free to vote; clients see it only if they elect somebody and commit before the lease ends."
      ),
      seenIn: "Ongaro 2014 Figure 6.3",
      rule: "RaftRules.leaseEnd", RuleSet(raft: LeaseFromAck.self)),
    KnownBug(
      "lease-survives-restart",
      "A server that has restarted forgets that it promised not to vote.",
      trigger: "crash", effects: [.history],
      further: Further(
        effects: [.invariant],
        reason:
          "LeaseIsPromised sees that too many are free to vote; clients see it only if they elect somebody and commit before the lease ends."
      ),
      seenIn: "cockroach #7996",
      rule: "RaftRules.heardLeader", RuleSet(raft: LeaseSurvivesRestart.self)),
    KnownBug(
      "acks-before-commit",
      "A client is answered when the leader has appended.",
      trigger: "crash, partition", effects: [.history],
      further: Further(
        effects: [.invariant],
        reason:
          "AcknowledgedWriteSurvives sees the loss when the next leader takes office, before anybody reads."
      ),
      seenIn: "a published Raft store",
      rule: "ServerRules.mayAnswer", RuleSet(server: AcksBeforeCommit.self)),
    KnownBug(
      "answers-whatever-lands",
      "A deposed leader answers a client from whatever entry is applied in its command's place.",
      trigger: "partition", effects: [.history],
      further: Further(
        effects: [.invariant], reason: "WaitersAreAnswered sees clients wait at a leader that leads no more."),
      seenIn: "MIT 6.824, Students' Guide",
      rule: "ServerRules.fate", RuleSet(server: AnswersWhateverLands.self)),
    KnownBug(
      "fails-when-unknown",
      "A client hears that nothing was done when its server steps down.",
      trigger: "partition", effects: [.history],
      seenIn: "two published Raft stores",
      rule: "ServerRules.fate", RuleSet(server: FailsWhenUnknown.self)),
    KnownBug(
      "no-sessions",
      "A retried command is applied again.",
      trigger: "loss", effects: [.history],
      further: Further(
        effects: [.invariant],
        reason:
          "AppliedOnce and ReferenceState hold the state against the log at the retry itself, before anybody reads."
      ),
      seenIn: "two published Raft stores; RedisRaft #13, #52",
      rule: "SessionRules.disposition", RuleSet(session: NoSessions.self)),
    KnownBug(
      "sessions-not-in-snapshot",
      "The sessions are missing from snapshots.",
      trigger: "snapshot, loss", effects: [.history],
      further: Further(
        effects: [.invariant],
        reason: "The sessions are part of the replicated state, so servers at one index differ."),
      seenIn: "no published system that we know of",
      rule: "SessionRules.sessionsForSnapshot", RuleSet(session: SessionsNotInSnapshot.self)),
    KnownBug(
      "sessions-expire-by-local-clock",
      "Sessions expire by each server's own clock.",
      trigger: "clock jump", effects: [.invariant, .history],
      seenIn: "Ongaro 2014 §6.3",
      rule: "SessionRules.hasExpired", RuleSet(session: SessionsExpireByLocalClock.self)),
  ]
}

extension KnownBug.Further {
  fileprivate static let staleReads = Self(
    effects: [.invariant],
    reason: "ReadsAreConfirmed and ReadFreshness see reads that nobody has written past yet; clients cannot.")
}
