import Determinism
import Raft
import Testing

/// Lets everything through that a rule could hold up.
private enum LetsAllThrough: RaftRules {
  static func counts(_ kind: RaftMessage.Kind, of term: Term, current: Term) -> Bool { true }
  static func matches(previous: LogPosition, termAtPrevious: Term?) -> Bool { true }
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous }
  static func followerCommitIndex(
    current: LogIndex, leaderCommitIndex: LogIndex, lastNewEntry: LogIndex, lastEntry: LogIndex
  ) -> LogIndex { leaderCommitIndex }
  static func matchIndex(current: LogIndex, acknowledged: LogIndex) -> LogIndex { acknowledged }
  static func mayCommit(entryTerm: Term, currentTerm: Term) -> Bool { true }
}

/// Messages that no node would send, with numbers at every edge.
private struct Garbage {
  var draws: DiceSequence

  mutating func number() -> UInt64 {
    let draw = draws.next()
    return switch draw.below(8) {
    case 0: .max - draw.bits % 3
    case 1: 1 << (draw.bits % 64)
    default: draw.bits % 6
    }
  }

  /// Terms mostly stay small, or nothing but the first message would ever be current.
  mutating func term() -> UInt64 { draws.next().below(40) == 0 ? number() : draws.next().bits % 4 }

  mutating func message() -> RaftMessage {
    let term = term()
    switch draws.next().below(6) {
    case 0: return .requestVote(term: term, last: (number(), number()))
    case 1: return .vote(term: term, granted: draws.next().below(3) > 0)
    case 2: return .matched(number(), term: term, round: number())
    case 3:
      let conflictTerm = draws.next().below(2) == 0 ? nil : number()
      return .conflict(index: number(), conflictTerm: conflictTerm, term: term, round: number())
    default:
      let entries = (0..<draws.next().below(4)).map { _ in Entry.command("\(number())", term: number()) }
      return .append(term: term, previous: (number(), number()), entries, commit: number(), round: number())
    }
  }
}

@Suite("Garbage")
struct GarbageTests {
  @Test(
    "A node outlives whatever its peers say: it goes on or stops with a reason, and never traps",
    arguments: [PaperRaftRules.self, LetsAllThrough.self] as [any RaftRules.Type], [true, false])
  func garbage(rules: any RaftRules.Type, checksItself: Bool) {
    var stops = 0
    for seed in 0..<400 as Range<UInt64> {
      var garbage = Garbage(draws: Dice(seed: seed).sequence(Purpose(rawValue: 3)))
      var node = TestCluster(nodes: 3, logs: [[1, 1, 2]], checksItself: checksItself, rules: rules)[.n1]
      var ready = Ready()
      for _ in 0..<60 {
        let sender = garbage.draws.pick([NodeID.n1, .n2, .n3, .n4])
        let event: RaftEvent =
          switch garbage.draws.next().below(12) {
          case 0: .timer(.election)
          case 1: .timer(.heartbeat)
          case 2: .propose([1])
          case 3: .read(ReadID(garbage.number()))
          default: .message(garbage.message(), from: sender)
          }
        node.step(event, at: LocalInstant(nanoseconds: 0), into: &ready)
        #expect(node.commitIndex <= node.log.lastIndex || ready.stopped != nil || !checksItself)
      }
      if node.stopReason != nil { stops += 1 }
    }
    #expect((stops > 0) == checksItself)
  }
}
