import Traces

extension Demand {
  /// The demand behind a failure: what was found may say more than its signature does.
  init(of run: FailingRun) {
    self = run.outcome.failure.flatMap { Self.special(to: $0.finding) } ?? Demand(run.signature)
  }

  /// The demand of findings that share their signature with others of which something else is demanded.
  private static func special(to finding: Finding) -> Demand? {
    switch finding {
    case .snapshotOfOtherMembers:
      Demand(
        "A snapshot holds its configuration",
        "A snapshot names the latest configuration as of its last entry (Raft §7).",
        else: "Whoever goes on from that snapshot counts votes and copies among other members.")
    case .voterNotCaughtUp:
      Demand(
        "New voters have caught up",
        "A new server becomes a voter once it has caught up with the leader's log (Ongaro 2014 §4.2.1).",
        else: "Majorities need its copy while it has none, and nothing may be committed meanwhile.")
    case .leadsThoughRemoved:
      Demand(
        "A removed leader steps down",
        "A leader that is no voter of a new configuration steps down once that is committed (Raft §6).",
        else: "The cluster depends on a server that no longer belongs to it, and may be shut down at any time.")
    case .changesUncommitted:
      Demand(
        "One change at a time",
        "A leader appends a configuration only once the one before is committed (Raft §6, Ongaro 2014 §4).",
        else: "Servers count by configurations of which two quorums need not have a server in common.")
    case .jointNotLeft:
      Demand(
        "Joint consensus ends",
        "Once the configuration with old and new members is committed, the one of the new members follows (Raft §6).",
        else: "All decisions go on to need a majority of those that leave as well, and no other change can begin.")
    case .removedForgotten:
      Demand(
        "Removed servers hear of it",
        "A leader replicates to a server that it removes until the removal is committed (Ongaro 2014 §4.2.3).",
        else: "A server that does not know of its removal campaigns, and interrupts the others.")
    default: ofTransfer(finding)
    }
  }

  private static func ofTransfer(_ finding: Finding) -> Demand? {
    switch finding {
    case .transferToOther, .transferToBehind:
      Demand(
        "Leadership goes to who can take it",
        "A leader hands over only to a voter that holds its whole log (Ongaro 2014 §3.10).",
        else:
          "Where that server cannot win the election, the cluster is without a leader; until it campaigns, the leader "
          + "takes no commands.")
    case .proposalAmidTransfer:
      Demand(
        "No commands amid a transfer",
        "A leader that transfers its leadership accepts no new commands (Ongaro 2014 §3.10).",
        else: "The server that is to lead may never catch up, and then the transfer does not end.")
    case .leaseAfterOrder:
      Demand(
        "A lease ends with the order to campaign",
        "A leader that has told another server to campaign relies on its lease no longer (Ongaro 2014 §6.4.1).",
        else:
          "The other one may be elected at once, and accept writes while this one answers reads from its own, older state."
      )
    case .campaignsWithoutOrder:
      Demand(
        "Only who is told to may disrupt",
        "A candidate asks in its leader's name in the term that follows on the order, and in no other (Ongaro 2014 §4.2.3).",
        else: "Servers that hear a leader vote all the same, and so depose one with which nothing is wrong.")
    default: nil
    }
  }
}
