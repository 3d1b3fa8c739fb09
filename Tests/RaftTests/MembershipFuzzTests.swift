import Determinism
import Raft
import Testing

/// Begins a change while the one before is not committed.
private enum ChangesOnTop: RaftRules {
  static func mayFollow(latest: LoggedMembers, commitIndex: LogIndex, isPromotion: Bool) -> Bool { true }
}

/// Keeps a configuration though the entry that brought it is removed.
private enum KeepsCutMembers: RaftRules {
  static func members(before: LoggedMembers, afterRemovalLeaving left: LoggedMembers) -> LoggedMembers { before }
}

/// Keeps the configuration that it had when it installs a snapshot.
private enum KeepsMembersOverSnapshot: RaftRules {
  static func members(
    before: LoggedMembers, afterInstallation latest: LoggedMembers, at node: NodeID
  ) -> LoggedMembers { before }
}

/// Puts its latest configuration into a snapshot.
private enum SnapshotsLatestMembers: RaftRules {
  static func members(ofSnapshot included: LoggedMembers, latest: LoggedMembers) -> LoggedMembers { latest }
}

/// Recovers the configuration where its log begins.
private enum ForgetsMembersAtStart: RaftRules {
  static func members(atStart appended: LoggedMembers, base: LoggedMembers) -> LoggedMembers { base }
}

/// Lets the new majority decide alone.
private enum IgnoresOldMajority: RaftRules {
  static func oldMajority(of members: Members) -> NodeSet { NodeSet() }
}

/// Ends joint consensus before it is committed.
private enum LeavesJointEarly: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool { true }
}

/// Goes by the latest configuration that is committed.
private enum WaitsForCommit: RaftRules {
  static func inForce(appended: LoggedMembers, committed: LoggedMembers) -> LoggedMembers { committed }
}

/// Takes all of its log for committed when it is removed.
private enum CommitsAllWhenRemoved: RaftRules {
  static func commitIndex(whenRemoved commitIndex: LogIndex, lastIndex: LogIndex) -> LogIndex { lastIndex }
}

/// Reads by its lease though it has asked another one to campaign.
private enum KeepsLease: RaftRules {
  static func mayUseLease(hasSentTimeoutNow: Bool) -> Bool { true }
}

/// Never ends joint consensus that another leader has begun.
private enum NeverLeavesJoint: RaftRules {
  static func leavesJoint(_ joint: LogPosition, commitIndex: LogIndex, currentTerm: Term) -> Bool { false }
}

/// Leads on though it is removed.
private enum LeadsOnRemoved: RaftRules {
  static func leadsOn(_ leader: NodeID, members: LoggedMembers, commitIndex: LogIndex) -> Bool { true }
}

@Suite("Random schedules of changing members")
struct MembershipFuzzTests {
  @Test(
    "Members change and leaders go in any order, and it is safe; without faults a change and a transfer end",
    arguments: 0..<8 as Range<UInt64>)
  func changing(block: UInt64) {
    for seed in block * 15..<(block + 1) * 15 {
      var schedule = Schedule(seed: seed, changesMembers: true)
      do {
        try schedule.run(steps: 250)
        try schedule.calmChanging()
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
  }

  @Test("The schedules meet joint consensus, leaders that are removed, transfers, and changes that a new leader finds")
  func coverage() throws {
    var (configurations, joint, removed, transferred, found) = (0, 0, 0, 0, 0)
    for seed in 0..<40 as Range<UInt64> {
      var schedule = Schedule(seed: seed, changesMembers: true)
      try schedule.run(steps: 250)
      configurations += schedule.checks.checkedConfigurations
      joint += schedule.checks.met.joint
      removed += schedule.checks.met.removedLeaders
      transferred += schedule.checks.met.transfers
      found += schedule.checks.met.inherited
    }
    let met = "\(configurations) \(joint) \(removed) \(transferred) \(found)"
    #expect(configurations >= 40 && joint >= 3 && removed >= 4 && transferred >= 4 && found >= 4, "\(met)")
  }

  @Test(
    "A wrong rule about members or transfers breaks a property within a few schedules",
    arguments: [
      (ChangesOnTop.self, .log, 20), (KeepsCutMembers.self, .log, 16),
      (KeepsMembersOverSnapshot.self, .log, 4), (SnapshotsLatestMembers.self, .log, 1),
      (ForgetsMembersAtStart.self, .log, 4), (IgnoresOldMajority.self, .log, 332), (LeavesJointEarly.self, .log, 8),
      (WaitsForCommit.self, .log, 1), (CommitsAllWhenRemoved.self, .log, 99), (KeepsLease.self, .lease, 5),
      (NeverLeavesJoint.self, .log, 1), (LeadsOnRemoved.self, .log, 336),
    ] as [(any RaftRules.Type, ReadMode, UInt64)])
  func wrongRules(rules: any RaftRules.Type, mode: ReadMode, first: UInt64) {
    // The first schedule tried is one that showed it when this was written.
    for seed in [first] + (0..<600 as Range<UInt64>) {
      var schedule = Schedule(seed: seed, rules: rules, reads: mode, changesMembers: true)
      do {
        try schedule.run(steps: 250)
        try schedule.calmChanging()
      } catch {
        return
      }
    }
    Issue.record("no schedule shows what is wrong with \(rules)")
  }
}
