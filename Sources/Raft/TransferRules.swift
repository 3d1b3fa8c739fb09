import Determinism

/// The decisions on which it rests that leadership is transferred, or stays where it was (Ongaro 2014 §3.10).
package protocol TransferRules: Sendable {
  /// Ongaro 2014 §3.10: leadership goes to another server of the cluster that can win: to a voter, not to a learner, nor to
  /// one that is being removed.
  static func mayTransfer(to target: NodeID, members: Members) -> Bool

  /// Ongaro 2014 §3.10: the prior leader stops accepting new client requests.
  ///
  /// - Parameter target: to whom it transfers leadership; `nil` while it does not.
  static func takesProposals(transferringTo target: NodeID?) -> Bool

  /// Ongaro 2014 §3.10: the prior leader fully updates the target server's log to match its own, and sends it a TimeoutNow
  /// request then.
  static func mayTakeOver(match: LogIndex, lastIndex: LogIndex) -> Bool

  /// Ongaro 2014 §3.10: if leadership transfer does not complete after about an election timeout, the prior leader aborts the
  /// transfer and resumes accepting client requests.
  static func givesUpTransfer(
    begunAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool

  /// Ongaro 2014 §3.10: once the target can no longer win, having been demoted or removed, the prior leader goes on.
  ///
  /// - Parameter wasVoter: whether the target was a voter when the transfer began.
  static func keepsTarget(_ target: NodeID, members: Members, wasVoter: Bool) -> Bool

  /// Ongaro 2014 §3.10: TimeoutNow causes the target to start an election immediately: it asks nobody whether it could win,
  /// for all who hear the prior leader would say no.
  ///
  /// - Returns: whether it asks beforehand.
  static func asksBeforehand(usesPreVote: Bool, isTransfer: Bool) -> Bool

  /// Ongaro 2014 §3.10, §4.2.3: the election that TimeoutNow has caused disrupts nobody who did not ask for it, and servers
  /// vote in it though they hear a leader. It is that of the term after.
  ///
  /// - Parameter orderedIn: the term of the latest TimeoutNow.
  static func passesStickiness(orderedIn: Term?, campaigning term: Term) -> Bool

  /// Ongaro 2014 §6.4.1, §3.10: whoever has told another one to campaign can no longer rely on nobody's being elected, also
  /// when the transfer was given up: the request may arrive late.
  ///
  /// - Parameter hasSentTimeoutNow: in this leader's term.
  static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool
}

/// Transfer of leadership as published.
extension TransferRules {
  package static func mayTransfer(to target: NodeID, members: Members) -> Bool {
    members.voters.contains(target)
  }

  package static func takesProposals(transferringTo target: NodeID?) -> Bool { target == nil }

  package static func mayTakeOver(match: LogIndex, lastIndex: LogIndex) -> Bool { match >= lastIndex }

  package static func givesUpTransfer(
    begunAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    now - begunAt >= electionTimeout.upperBound
  }

  package static func keepsTarget(_ target: NodeID, members: Members, wasVoter: Bool) -> Bool {
    !wasVoter || members.voters.contains(target)
  }

  package static func asksBeforehand(usesPreVote: Bool, isTransfer: Bool) -> Bool { usesPreVote && !isTransfer }

  package static func passesStickiness(orderedIn: Term?, campaigning term: Term) -> Bool {
    orderedIn.map { $0.rawValue &+ 1 } == term.rawValue
  }

  package static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool { !hasSentTimeoutNow }
}
