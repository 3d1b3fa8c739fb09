import Replica

extension KnownBug {
  /// Mistakes in transferring leadership.
  package static let transfer = [
    KnownBug(
      "transfer-to-learner",
      "Leadership is handed on to a learner.",
      trigger: "transfer", effects: [.progress, .invariant],
      bound: .changing,
      seenIn: "hashicorp/raft #398; ra #482",
      rule: "TransferRules.mayTransfer", RuleSet(raft: TransferToLearner.self)),
    KnownBug(
      "transfer-to-stale",
      "Leadership is handed on to a server that has not caught up.",
      trigger: "transfer", effects: [.progress],
      further: .seenInside,
      bound: .changing,
      seenIn: "openraft #1805",
      rule: "TransferRules.mayTakeOver", RuleSet(raft: TransferToStale.self)),
    KnownBug(
      "transfer-never-ends",
      "A transfer of leadership has no time limit.",
      trigger: "transfer, partition", effects: [.progress],
      bound: .changing,
      seenIn: "openraft #1747",
      rule: "TransferRules.givesUpTransfer", RuleSet(raft: TransferNeverEnds.self)),
    KnownBug(
      "transfer-accepts-proposals",
      "Proposals go on during a transfer of leadership.",
      trigger: "transfer", effects: [.progress],
      further: .seenInside,
      bound: .changing,
      seenIn: "hashicorp/raft #487",
      rule: "TransferRules.takesProposals", RuleSet(raft: TransferAcceptsProposals.self)),
    KnownBug(
      "transfer-undone-by-prevote",
      "The target of a transfer asks beforehand, and the leader that it hears makes all refuse.",
      trigger: "transfer", effects: [.progress],
      bound: .changing,
      seenIn: "canonical/raft #203",
      rule: "TransferRules.asksBeforehand", RuleSet(raft: TransferUndoneByPrevote.self)),
    KnownBug(
      "transferee-demoted",
      "A change that demotes the target does not end the transfer.",
      trigger: "transfer, membership", effects: [.progress],
      further: .seenInside,
      bound: .changing,
      seenIn: "etcd #11326",
      rule: "TransferRules.keepsTarget", RuleSet(raft: TransfereeDemoted.self)),
    KnownBug(
      "stickiness-flag-outlives-transfer",
      "A later campaign still passes stickiness.",
      trigger: "transfer", effects: [.invariant, .history],
      bound: .changing,
      seenIn: "Ongaro 2014 §3.10, §4.2.3",
      rule: "TransferRules.passesStickiness", RuleSet(raft: StickinessFlagOutlivesTransfer.self)),
    KnownBug(
      "lease-survives-transfer",
      "The lease is kept after leadership was handed over.",
      trigger: "transfer", effects: [.history],
      further: .seenInside,
      bound: .changing,
      seenIn: "tikv #1593, raft-rs #234",
      rule: "TransferRules.mayUseLease", RuleSet(raft: LeaseSurvivesTransfer.self)),
  ]
}
