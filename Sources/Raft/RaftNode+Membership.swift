import Determinism

/// What a leader has begun because an operator asked for it, and what follows from that; it ends with the leadership.
package struct OperatorRequests: Hashable, Sendable {
  /// The change of members that has not ended.
  package internal(set) var change: PendingChange?
  /// The transfer of leadership that is under way.
  package internal(set) var transfer: LeadershipTransfer?
  /// Whether this leader has told another server to campaign, ever in its term.
  package internal(set) var hasSentTimeoutNow = false
  /// When it knew its latest configuration to be committed; `nil` before.
  var membersCommittedAt: LocalInstant?

  /// Whether nothing is under way.
  var areSettled: Bool { change == nil && transfer == nil }
}

/// A change of members that a leader has begun.
package struct PendingChange: Hashable, Sendable {
  /// How far it has come.
  package enum Phase: Hashable, Sendable {
    /// The new voters catch up, in rounds (Ongaro 2014 §4.2.1). A round ends once they hold what the leader's log held when
    /// it began.
    case catchingUp(round: Int, end: LogIndex, began: LocalInstant)
    /// Its configuration is appended, or the joint one before it.
    case replicating
  }

  package let change: MemberChange
  package var phase: Phase
}

/// Which configuration is in force (Raft §6).
extension RaftNode {
  /// Who takes part, by the configuration in force.
  package var members: Members { inForce.members }

  /// The configuration before that in force, while the latter is not known to be committed.
  var membersBefore: Members? {
    inForce.index > commitIndex ? log.members(before: inForce.index)?.members : nil
  }

  /// Whether this node may campaign.
  var isElectable: Bool { rules.isElectable(id, inForce: members, before: membersBefore) }

  /// Takes note that the log holds another latest configuration.
  mutating func noteAppendedMembers() {
    latestMembers = log.latestMembers
    requests.membersCommittedAt = nil
    enterMembers()
  }

  /// Takes note that entries were removed from the log.
  mutating func noteRemovedMembers() {
    latestMembers = rules.members(before: latestMembers, afterRemovalLeaving: log.latestMembers)
    enterMembers()
  }

  /// Takes note that a snapshot has taken the place of the log's beginning.
  mutating func noteInstalledMembers() {
    latestMembers = rules.members(before: latestMembers, afterInstallation: log.latestMembers, at: id)
    enterMembers()
  }

  /// Lets the configuration count that the rules say is in force by now.
  mutating func enterMembers() {
    let present = rules.inForce(appended: latestMembers, committed: log.members(at: commitIndex))
    guard present != inForce else { return }
    inForce = present
    let (lastIndex, now) = (log.lastIndex, now)
    lastLeadership?.track(present.members, lastIndex: lastIndex, at: now)
  }
}

/// Changing who takes part (Raft §6; Ongaro 2014 §4).
extension RaftNode {
  mutating func begin(_ change: MemberChange, into ready: inout Ready) {
    guard role == .leader else { return }
    if let refusal = refusal(of: change) {
      ready.changeOutcome = .refused(refusal)
      return
    }
    let present = latestMembers.members
    guard change.applied(to: present) != present else {
      ready.changeOutcome = .done
      return
    }
    requests.change = PendingChange(
      change: change, phase: .catchingUp(round: 1, end: log.lastIndex, began: now))
    // Whoever is new receives the log before it counts.
    let strangers = change.voters.subtracting(present.all)
    if !strangers.isEmpty {
      append(Members(voters: present.voters, learners: present.learners.union(strangers)), into: &ready)
    }
    manage(into: &ready)
  }

  private func refusal(of change: MemberChange) -> RequestRefusal? {
    let (present, after) = (latestMembers.members, change.applied(to: latestMembers.members))
    if case .catchingUp = requests.change?.phase { return .changeUnderWay }
    let isPromotion = !change.voters.intersection(present.learners).isEmpty
    if present.isJoint || !rules.mayFollow(latest: latestMembers, commitIndex: commitIndex, isPromotion: isPromotion) {
      return .changeUnderWay
    }
    if !rules.takesProposals(transferringTo: requests.transfer?.target) { return .transferUnderWay }
    if !rules.mayBeginChange(termAtCommitIndex: log.term(at: commitIndex), currentTerm: term) {
      return .nothingCommittedInTerm
    }
    if !change.removed.isSubset(of: present.all) { return .unknownServer }
    return after.voters.isEmpty ? .lastVoter : nil
  }

  /// Appends a configuration, which counts from now on.
  private mutating func append(_ members: Members, into ready: inout Ready) {
    append(.configuration(members), into: &ready)
    noteAppendedMembers()
    for follower in followers { sendEntries(to: follower, into: &ready) }
  }

  /// Whether there may be something to do for that: mostly not, and that is seen by way of fields. Inlined, for a call would
  /// copy the node.
  @inline(__always)
  var isManaging: Bool { latestMembers.index > .zero || !requests.areSettled }

  /// Brings a leader's changes of members, and of leadership, as far as they can get now.
  mutating func manage(into ready: inout Ready) {
    guard role == .leader else { return }
    noteCommittedMembers()
    leaveJoint(into: &ready)
    pursueChange(into: &ready)
    forgetRemoved(into: &ready)
    pursueTransfer(into: &ready)
    stepDownIfRemoved(into: &ready)
  }

  private mutating func noteCommittedMembers() {
    guard latestMembers.index <= commitIndex, requests.membersCommittedAt == nil else { return }
    let now = now
    requests.membersCommittedAt = now
  }

  /// Ends joint consensus, whoever has begun it.
  private mutating func leaveJoint(into ready: inout Ready) {
    guard latestMembers.members.isJoint else { return }
    let joint = LogPosition(index: latestMembers.index, term: log.term(at: latestMembers.index) ?? .zero)
    if rules.leavesJoint(joint, commitIndex: commitIndex, currentTerm: term) {
      append(latestMembers.members.settled, into: &ready)
    }
  }

  private mutating func pursueChange(into ready: inout Ready) {
    guard let pending = requests.change else { return }
    switch pending.phase {
    case .catchingUp(let round, let end, let began):
      let isPromotion = !pending.change.voters.isEmpty
      guard rules.mayFollow(latest: latestMembers, commitIndex: commitIndex, isPromotion: isPromotion) else { return }
      let newcomers = pending.change.voters.subtracting(latestMembers.members.voters)
      let held = newcomers.compactMap { lastLeadership?.progress[$0].match }.min()
      if held.map({ isCaughtUp($0, with: end, since: began) }) ?? true {
        appendVoters(of: pending.change, into: &ready)
      } else if let held, held >= end, round < RaftConfiguration.maxCatchUpRounds {
        requests.change?.phase = .catchingUp(round: round + 1, end: log.lastIndex, began: now)
      } else if let held, held >= end || isRoundTooLong(since: began) {
        requests.change = nil
        ready.changeOutcome = .refused(.notCaughtUp)
      }
    case .replicating:
      guard !latestMembers.members.isJoint, latestMembers.index <= commitIndex else { return }
      requests.change = nil
      ready.changeOutcome = .done
    }
  }

  private func isCaughtUp(_ match: LogIndex, with end: LogIndex, since began: LocalInstant) -> Bool {
    rules.isCaughtUp(
      match: match, roundEnd: end, roundBegan: began, now: now, electionTimeout: configuration.electionTimeout)
  }

  private func isRoundTooLong(since began: LocalInstant) -> Bool {
    now - began >= configuration.electionTimeout.upperBound * RaftConfiguration.maxRoundTimeouts
  }

  /// Appends what a change comes to: at once where one voter comes or goes, for then the majorities of before and after
  /// overlap (Ongaro 2014 §4.1), and else by way of joint consensus.
  private mutating func appendVoters(of change: MemberChange, into ready: inout Ready) {
    let (before, after) = (latestMembers.members, change.applied(to: latestMembers.members))
    let isSingle = before.voters.symmetricDifference(after.voters).count <= 1
    requests.change?.phase = .replicating
    append(
      Members(voters: after.voters, outgoing: isSingle ? NodeSet() : before.voters, learners: after.learners),
      into: &ready)
  }

  /// Replicates no longer to those that are removed and need not hear of it any more.
  private mutating func forgetRemoved(into ready: inout Ready) {
    guard let tracked = lastLeadership?.progress.tracked else { return }
    let committedAt = requests.membersCommittedAt
    for node in tracked.subtracting(latestMembers.members.all).removing(id) {
      guard let match = lastLeadership?.progress[node].match,
        rules.mayForget(
          removal: latestMembers.index, match: match, committedAt: committedAt, now: now,
          electionTimeout: configuration.electionTimeout)
      else { continue }
      // The last that it hears is that its removal is committed.
      if match >= latestMembers.index { sendAppend(to: node, into: &ready) }
      lastLeadership?.progress.forget(NodeSet().inserting(node))
    }
  }

  private mutating func stepDownIfRemoved(into ready: inout Ready) {
    guard role == .leader, !rules.leadsOn(id, members: latestMembers, commitIndex: commitIndex) else { return }
    setCommitIndex(to: rules.commitIndex(whenRemoved: commitIndex, lastIndex: log.lastIndex), into: &ready)
    // The others learn what is committed, and need not wait for their next leader to say so.
    broadcastAppends(resending: false, into: &ready)
    becomeFollower(in: term, into: &ready)
  }
}
