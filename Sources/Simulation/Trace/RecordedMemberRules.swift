import Determinism
import Raft
import Traces

// Rules of members.
extension RecordedRaftRules {
  static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers {
    record(.inForce, { $0.inForce(appended: appended, committed: committed) }) {
      .members(.inForce(appended: appended, committed: committed, $0))
    }
  }

  static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers {
    record(.membersAfterRemoval, { $0.members(before: before, afterRemovalLeaving: left) }) {
      .members(.afterRemoval(before: before, left: left, $0))
    }
  }

  static func members(before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID) -> LoggedMembers
  {
    record(.membersAfterInstallation, { $0.members(before: before, afterInstallation: latest, at: node) }) {
      .members(.afterInstallation(before: before, latest: latest, at: node, $0))
    }
  }

  static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers {
    record(.membersAtStart, { $0.members(atStart: appended, base: base) }) {
      .members(.atStart(appended: appended, base: base, $0))
    }
  }

  static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers {
    record(.membersOfSnapshot, { $0.members(ofSnapshot: included, latest: latest) }) {
      .members(.ofSnapshot(included: included, latest: latest, $0))
    }
  }

  static func oldMajority(of members: Members) -> NodeSet {
    record(.oldMajority, { $0.oldMajority(of: members) }) {
      .members(.oldMajority(members: members, $0))
    }
  }

  static func isElectable(_ node: NodeID, inForce members: Members, before: Members?) -> Bool {
    record(.isElectable, { $0.isElectable(node, inForce: members, before: before) }) {
      .members(.isElectable(node: node, inForce: members, before: before, $0))
    }
  }

  static func mayVote(for candidate: NodeID, by voter: NodeID, members: Members) -> Bool {
    record(.mayVoteForStranger, { $0.mayVote(for: candidate, by: voter, members: members) }) {
      .members(.mayVote(candidate: candidate, voter: voter, members: members, $0))
    }
  }

  static func mayBeginChange(termAtCommitIndex: Term?, currentTerm: Term) -> Bool {
    record(.mayBeginChange, { $0.mayBeginChange(termAtCommitIndex: termAtCommitIndex, currentTerm: currentTerm) }) {
      .members(.mayBeginChange(termAtCommitIndex: termAtCommitIndex, currentTerm: currentTerm, $0))
    }
  }

  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool {
    record(.mayFollow, { $0.mayFollow(latest: latest, commitIndex: commitIndex, isPromotion: isPromotion) }) {
      .members(.mayFollow(latest: latest, commitIndex: commitIndex, isPromotion: isPromotion, $0))
    }
  }

  static func isCaughtUp(
    match: LogIndex, roundEnd: LogIndex, roundBegan: LocalInstant, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    record(
      .isCaughtUp,
      {
        $0.isCaughtUp(
          match: match, roundEnd: roundEnd, roundBegan: roundBegan, now: now, electionTimeout: electionTimeout)
      }
    ) {
      .members(
        .isCaughtUp(
          match: match, roundEnd: roundEnd, roundBegan: roundBegan, now: now, electionTimeout: electionTimeout, $0))
    }
  }

  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool {
    record(.leavesJoint, { $0.leavesJoint(joint, commitIndex: commitIndex, currentTerm: currentTerm) }) {
      .members(.leavesJoint(joint: joint, commitIndex: commitIndex, currentTerm: currentTerm, $0))
    }
  }

  static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool {
    record(.leadsOn, { $0.leadsOn(leader, members: members, commitIndex: commitIndex) }) {
      .members(.leadsOn(leader: leader, members: members, commitIndex: commitIndex, $0))
    }
  }

  static func commitIndex(whenRemoved commitIndex: LogIndex, lastIndex: LogIndex) -> LogIndex {
    record(.commitIndexWhenRemoved, { $0.commitIndex(whenRemoved: commitIndex, lastIndex: lastIndex) }) {
      .members(.commitIndexWhenRemoved(commitIndex: commitIndex, lastIndex: lastIndex, $0))
    }
  }

  static func mayForget(
    removal: LogIndex, match: LogIndex, committedAt: LocalInstant?, now: LocalInstant,
    electionTimeout: ClosedRange<Duration>
  ) -> Bool {
    record(
      .mayForget,
      {
        $0.mayForget(
          removal: removal, match: match, committedAt: committedAt, now: now, electionTimeout: electionTimeout)
      }
    ) {
      .members(
        .mayForget(
          removal: removal, match: match, committedAt: committedAt, now: now, electionTimeout: electionTimeout, $0))
    }
  }
}

// Rules of transfer of leadership.
extension RecordedRaftRules {
  static func mayTransfer(to target: NodeID, members: Members) -> Bool {
    record(.mayTransfer, { $0.mayTransfer(to: target, members: members) }) {
      .members(.mayTransfer(target: target, members: members, $0))
    }
  }

  static func takesProposals(transferringTo target: NodeID?) -> Bool {
    record(.takesProposals, { $0.takesProposals(transferringTo: target) }) {
      .members(.takesProposals(target: target, $0))
    }
  }

  static func mayTakeOver(match: LogIndex, lastIndex: LogIndex) -> Bool {
    record(.mayTakeOver, { $0.mayTakeOver(match: match, lastIndex: lastIndex) }) {
      .members(.mayTakeOver(match: match, lastIndex: lastIndex, $0))
    }
  }

  static func givesUpTransfer(begunAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>) -> Bool
  {
    record(.givesUpTransfer, { $0.givesUpTransfer(begunAt: begunAt, now: now, electionTimeout: electionTimeout) }) {
      .members(.givesUpTransfer(begunAt: begunAt, now: now, electionTimeout: electionTimeout, $0))
    }
  }

  static func keepsTarget(_ target: NodeID, members: Members, wasVoter: Bool) -> Bool {
    record(.keepsTarget, { $0.keepsTarget(target, members: members, wasVoter: wasVoter) }) {
      .members(.keepsTarget(target: target, members: members, $0))
    }
  }

  static func asksBeforehand(usesPreVote: Bool, isTransfer: Bool) -> Bool {
    record(.asksBeforehand, { $0.asksBeforehand(usesPreVote: usesPreVote, isTransfer: isTransfer) }) {
      .members(.asksBeforehand(usesPreVote: usesPreVote, isTransfer: isTransfer, $0))
    }
  }

  static func passesStickiness(orderedIn: Term?, campaigning term: Term) -> Bool {
    record(.passesStickiness, { $0.passesStickiness(orderedIn: orderedIn, campaigning: term) }) {
      .members(.passesStickiness(orderedIn: orderedIn, term: term, $0))
    }
  }

  static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool {
    record(.mayUseLease, { $0.mayUseLease(hasSentTimeoutNow: hasSentTimeoutNow) }) {
      .members(.mayUseLease(hasSentTimeoutNow: hasSentTimeoutNow, $0))
    }
  }
}
