import Determinism
import KnownBugs
import Raft
import Replica

/// For each bug of members and of transfer an input at which its rule and the paper's part.
enum MemberQuestions {
  static let all = configurations + changes + counting + transfers

  private static func logged(_ index: UInt64, _ members: Members) -> LoggedMembers {
    LoggedMembers(index: LogIndex(index), members: members)
  }
  private static let three = logged(3, Members(voters: .first(3)))
  private static let four = logged(9, Members(voters: .first(4)))
  private static let joint = Members(voters: NodeSet([NodeID(4), NodeID(5)]), outgoing: .first(3))
  private static let timeout = Duration.milliseconds(100)...(.milliseconds(200))
  private static let now = LocalInstant(nanoseconds: 0)

  private static let configurations = [
    Question("config-at-commit") { $0.raft.inForce(appended: four, committed: three) },
    Question("config-not-rolled-back") { $0.raft.members(before: four, afterRemovalLeaving: three) },
    Question("stale-config-survives-snapshot") {
      $0.raft.members(before: four, afterInstallation: three, at: NodeID(1))
    },
    Question("snapshot-promotes-learner") { $0.raft.members(before: three, afterInstallation: three, at: NodeID(5)) },
    Question("config-forgotten-at-restart") { $0.raft.members(atStart: four, base: three) },
    Question("config-lost-in-snapshot") { $0.raft.members(ofSnapshot: logged(5, joint), latest: logged(5, joint)) },
    Question("snapshot-holds-uncommitted-config") { $0.raft.members(ofSnapshot: three, latest: four) },
    Question("wiped-node-revotes") { $0.storage.mayStart(onReplacedDisk: true) },
  ]

  private static let changes = [
    Question("config-before-own-commit") { $0.raft.mayBeginChange(termAtCommitIndex: Term(1), currentTerm: Term(2)) },
    Question("config-many-at-once") { $0.raft.mayFollow(latest: four, commitIndex: LogIndex(8), isPromotion: false) },
    Question("promotes-two-uncommitted") {
      $0.raft.mayFollow(latest: four, commitIndex: LogIndex(8), isPromotion: true)
    },
    Question("joint-left-uncommitted") {
      let place = LogPosition(index: LogIndex(9), term: Term(1))
      return $0.raft.leavesJoint(place, commitIndex: LogIndex(8), currentTerm: Term(2))
    },
    Question("joint-never-left") {
      let place = LogPosition(index: LogIndex(9), term: Term(1))
      return $0.raft.leavesJoint(place, commitIndex: LogIndex(9), currentTerm: Term(2))
    },
    Question("removed-leader-stays") { $0.raft.leadsOn(NodeID(5), members: four, commitIndex: LogIndex(9)) },
    Question("removal-splits-apply") { $0.raft.commitIndex(whenRemoved: LogIndex(3), lastIndex: LogIndex(5)) },
    Question("removed-dropped-before-commit") {
      $0.raft.mayForget(
        removal: LogIndex(9), match: LogIndex(9), committedAt: nil, now: now, electionTimeout: timeout)
    },
    Question("voter-added-blind") {
      $0.raft.isCaughtUp(
        match: .zero, roundEnd: LogIndex(9), roundBegan: now, now: now, electionTimeout: timeout)
    },
  ]

  private static let counting = [
    Question("joint-forgets-old-quorum") { $0.raft.oldMajority(of: joint) },
    Question("removed-newest-cannot-campaign") {
      $0.raft.isElectable(NodeID(4), inForce: three.members, before: four.members)
    },
    Question("non-voter-campaigns") { $0.raft.isElectable(NodeID(5), inForce: three.members, before: nil) },
    Question("votes-by-own-config") { $0.raft.mayVote(for: NodeID(4), by: NodeID(1), members: three.members) },
    Question("quorum-scan-unsorted") { $0.raft.isHeld(byHolders: 1, place: 2, quorum: 2) },
    Question("nack-taken-for-ack") {
      $0.raft.counted(
        .refuses(LogIndex(4)), term: Term(2), isOwn: false, role: .leader, ledTerm: Term(3), current: Term(3))
    },
    Question("prevote-round-survives-win") {
      $0.raft.countsPreVote(
        of: CampaignAttempt(starts: 1, number: 1), in: CampaignAttempt(starts: 1, number: 2))
    },
  ]

  private static let transfers = [
    Question("transfer-to-learner") {
      $0.raft.mayTransfer(
        to: NodeID(4), members: Members(voters: .first(3), learners: NodeSet([NodeID(4)])))
    },
    Question("transfer-to-stale") { $0.raft.mayTakeOver(match: LogIndex(3), lastIndex: LogIndex(5)) },
    Question("transfer-never-ends") {
      $0.raft.givesUpTransfer(
        begunAt: now, now: LocalInstant(nanoseconds: 1_000_000_000), electionTimeout: timeout)
    },
    Question("transfer-accepts-proposals") { $0.raft.takesProposals(transferringTo: NodeID(2)) },
    Question("transfer-undone-by-prevote") { $0.raft.asksBeforehand(usesPreVote: true, isTransfer: true) },
    Question("transferee-demoted") { $0.raft.keepsTarget(NodeID(4), members: three.members, wasVoter: true) },
    Question("stickiness-flag-outlives-transfer") {
      $0.raft.passesStickiness(orderedIn: Term(2), campaigning: Term(5))
    },
    Question("lease-survives-transfer") { $0.raft.mayUseLease(hasSentTimeoutNow: true) },
  ]
}
