import Determinism

/// A transfer of leadership that is under way (Ongaro 2014 §3.10).
package struct LeadershipTransfer: Hashable, Sendable {
  /// Who is to lead.
  package let target: NodeID
  /// By the leader's clock.
  package let begunAt: LocalInstant
  /// Whether the target was a voter then, as it should be.
  package let wasVoter: Bool
  /// Whether the target was told to campaign.
  package internal(set) var isOrdered = false
}

/// Transferring leadership (Ongaro 2014 §3.10).
extension RaftNode {
  mutating func beginTransfer(to wanted: NodeID?, into ready: inout Ready) {
    guard role == .leader else { return }
    guard let target = wanted ?? bestSuccessor, target == id || rules.mayTransfer(to: target, members: members),
      lastLeadership?.progress.tracked.contains(target) ?? false
    else {
      ready.transferOutcome = .refused(.unknownServer)
      return
    }
    guard target != id else {
      ready.transferOutcome = .done
      return
    }
    guard requests.transfer == nil else {
      ready.transferOutcome = .refused(.transferUnderWay)
      return
    }
    requests.transfer = LeadershipTransfer(
      target: target, begunAt: now, wasVoter: members.voters.contains(target))
    sendEntries(to: target, into: &ready)
    manage(into: &ready)
  }

  /// The voter that holds the most of the log, of those that answer.
  private var bestSuccessor: NodeID? {
    var best: NodeID?
    for voter in members.voters.removing(id) where !isSilent(voter) {
      if let best, let known = lastLeadership?.progress[best].match, let match = lastLeadership?.progress[voter].match,
        match <= known
      {
        continue
      }
      best = voter
    }
    return best
  }

  /// Tells the target to campaign once it may, or goes on to lead if the transfer takes too long.
  mutating func pursueTransfer(into ready: inout Ready) {
    guard let transfer = requests.transfer else { return }
    guard !isOver(transfer) else {
      requests.transfer = nil
      ready.transferOutcome = .refused(.notCaughtUp)
      return
    }
    guard !transfer.isOrdered, let match = lastLeadership?.progress[transfer.target].match,
      rules.mayTakeOver(match: match, lastIndex: log.lastIndex)
    else { return }
    order(transfer.target, into: &ready)
  }

  /// Tells the target of a transfer once more, for the first request may be lost. Once it is given up, the target would take
  /// over a leader that goes on.
  mutating func repeatOrder(into ready: inout Ready) {
    if role == .leader, let target = requests.transfer?.target { order(target, into: &ready) }
  }

  /// Whether a transfer has taken too long, or its target can no longer win.
  private func isOver(_ transfer: LeadershipTransfer) -> Bool {
    rules.givesUpTransfer(begunAt: transfer.begunAt, now: now, electionTimeout: configuration.electionTimeout)
      || !rules.keepsTarget(transfer.target, members: members, wasVoter: transfer.wasVoter)
      || !(lastLeadership?.progress.tracked.contains(transfer.target) ?? false)
  }

  private mutating func order(_ target: NodeID, into ready: inout Ready) {
    requests.transfer?.isOrdered = true
    requests.hasSentTimeoutNow = true
    send(.timeoutNow(TimeoutNow(term: term)), to: target, into: &ready)
  }

  mutating func handle(_ request: TimeoutNow, isCurrent: Bool, from sender: NodeID, into ready: inout Ready) {
    guard isCurrent, role == .follower, leader == sender, isElectable, mayLead, term.rawValue < .max else { return }
    orderedIn = term
    if rules.asksBeforehand(usesPreVote: configuration.usesPreVote, isTransfer: true) {
      askBeforehand(into: &ready)
    } else {
      campaign(into: &ready)
    }
    setElectionTimer(into: &ready)
    setHeartbeatTimer(into: &ready)
  }

  mutating func stepDown(into ready: inout Ready) {
    if role == .leader { becomeFollower(in: term, into: &ready) }
  }
}
