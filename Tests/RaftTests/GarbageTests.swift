import Determinism
import Raft
import Testing

/// Lets everything through that a rule could hold up.
private enum LetsAllThrough: RaftRules {
  static func standing(of kind: RaftMessage.Kind, term: Term, current: Term) -> Standing {
    term > current ? .newer : .current
  }
  static func agreement(
    at previous: LogPosition, termAtPrevious: Term?, logStart: LogPosition, commitIndex: LogIndex
  ) -> Agreement { .matches }
  static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex? { hint }
  static func continues(offset: UInt64, received: UInt64) -> Bool { true }
  static func installs(_ position: LogPosition, commitIndex: LogIndex) -> Bool { true }
  static func keepsSuffix(of position: LogPosition, termAtPosition: Term?) -> Bool { true }
  static func isSilent(heardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>) -> Bool {
    false
  }
  static func isStalled(
    movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex { lastIndex }
  static func matchIndex(acknowledging sent: LogPosition, newest: LogPosition?) -> LogIndex { newest?.index ?? .zero }
  static func answers(_ id: ForwardedReadID, askedIn starts: UInt64) -> Bool { true }
  static func maySatisfyRead(index: LogIndex, commitIndex: LogIndex) -> Bool { true }
  static func counted(
    _ answer: LogAnswer, term: Term, isOwn: Bool, role: Role, ledTerm: Term?, current: Term
  ) -> LogAnswer? { answer }
  static func speaksAsLeader(role: Role, ledTerm: Term?, current: Term) -> Bool { true }
  static func proposalIndex(lastIndex: LogIndex, commitIndex: LogIndex) -> LogIndex { commitIndex }
  static func conflictHint(at index: LogIndex, logStart: LogIndex) -> LogIndex { .zero }
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous }
  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex { leaderCommitIndex }
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { acknowledged }
  static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool { true }
}

@Suite("Garbage")
struct GarbageTests {
  @Test(
    "A message from a node whose number is too high for a member changes nothing",
    arguments: [Role.follower, .candidate, .leader])
  func strangers(role: Role) {
    for seed in 0..<200 as Range<UInt64> {
      var cluster = TestCluster(nodes: 3) { $0.usesPreVote = false }
      switch role {
      case .leader: cluster.elect(.n1)
      case .candidate: cluster.timeout(.n1)
      case .follower, .preCandidate: cluster.elect(.n2)
      }
      let before = cluster[.n1]
      #expect(before.role == role)
      var garbage = Garbage(draws: Dice(seed: seed).sequence(Purpose(rawValue: 4)))
      let stranger = NodeID(garbage.draws.pick([65, 128, 255]))
      let ready = cluster.hand(garbage.message(), from: stranger, to: .n1)
      #expect(ready.allMessages.isEmpty && ready.timers.isEmpty && ready.hardState == nil, "seed \(seed)")
      #expect(cluster[.n1] == before, "seed \(seed)")
      cluster.step(.n1, .unreachable(stranger))
      #expect(cluster[.n1] == before)
    }
  }

  @Test(
    "Garbage makes no node trap that has one wrong rule about members or transfers", arguments: wrongMemberRules.indices
  )
  func garbageUnderWrongRules(place: Int) {
    garbage(rules: wrongMemberRules[place], checksItself: false, seeds: 12)
    garbage(rules: wrongMemberRules[place], checksItself: true, seeds: 12)
  }

  @Test(
    "Any message from a peer leaves a node running or stopped with a reason; it never traps",
    arguments: [PaperRaftRules.self, LetsAllThrough.self] as [any RaftRules.Type], [true, false])
  func garbage(rules: any RaftRules.Type, checksItself: Bool) {
    garbage(rules: rules, checksItself: checksItself, seeds: 400)
  }

  private func garbage(rules: any RaftRules.Type, checksItself: Bool, seeds: UInt64) {
    var stops = 0
    for seed in 0..<seeds {
      var garbage = Garbage(draws: Dice(seed: seed).sequence(Purpose(rawValue: 3)))
      var node = TestCluster(nodes: 3, logs: [[1, 1, 2]], checksItself: checksItself, rules: rules) {
        $0.reads = ReadMode.allCases[Int(seed % 4)]
        $0.checksQuorum = seed % 4 == 1
        $0.usesPreVote = seed % 3 == 0
      }[.n1]
      var ready = Ready()
      for number in 0..<60 {
        let sender = garbage.draws.pick([NodeID.n1, .n2, .n3, .n4, NodeID(64), NodeID(65), NodeID(255)])
        let event: RaftEvent =
          switch garbage.draws.next().below(17) {
          case 0: .timer(.election)
          case 1: .timer(.heartbeat)
          case 2: .propose([[1]])
          case 3: .read(ReadID(garbage.number()))
          case 4: .unreachable(sender)
          case 5:
            .snapshotDurable(
              Snapshot(
                position: garbage.position(), members: garbage.loggedMembers(), logDigest: garbage.number(),
                bytes: [1, 2, 3]))
          case 6:
            .change(
              MemberChange(
                voters: NodeSet(rawValue: garbage.number()), learners: NodeSet(rawValue: garbage.number()),
                removed: NodeSet(rawValue: garbage.number())))
          case 7: .transfer(to: garbage.draws.pick([nil, sender, NodeID(64), NodeID(255)]))
          case 8: .stepDown
          default: .message(garbage.message(), from: sender)
          }
        node.step(event, at: LocalInstant(nanoseconds: Int64(number) * 20_000_000), into: &ready)
        #expect(node.commitIndex <= node.log.lastIndex || ready.stopped != nil || !checksItself)
      }
      if node.stopReason != nil { stops += 1 }
    }
    #expect((stops > 0) == checksItself)
  }
}
