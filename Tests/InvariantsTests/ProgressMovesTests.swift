import Determinism
import Invariants
import Raft
import Testing
import Traces

@Suite("Where refusals lead a leader")
struct ProgressMovesTests {
  private var watch = ProgressMoves(nodes: 3, electionTimeout: .milliseconds(200))
  /// What a new leader knows of a follower: it asks about the end of its log.
  private let asking: Progress
  /// The same once the follower has agreed.
  private let sending: Progress

  init() throws {
    var leader = try Server(1)
    leader.lead(voter: 2)
    asking = try #require(leader.replica.raft.leadership?.progress.slots[1])
    let agreement = AppendEntriesReply(term: leader.replica.raft.term, round: 1, outcome: .matched(.zero))
    leader.hear(.appendEntriesReply(agreement), from: 2)
    sending = try #require(leader.replica.raft.leadership?.progress.slots[1])
    #expect(asking.mode == .probe && sending.mode == .replicate && asking.match == sending.match)
  }

  /// An answer to an append of a round, when another one has begun.
  private mutating func answer(
    _ progress: Progress, round: UInt64, refused: Bool = true, begun: UInt64, canWrite: Bool = true, at time: Int64
  ) -> FailureSignature? {
    watch.look(
      atMatch: progress.match, asking: progress.mode == .probe ? progress.next : .zero, of: NodeID(2), by: NodeID(1),
      in: Term(1), refused: refused ? round : nil, begun: begun,
      canWrite: canWrite, at: LocalInstant(nanoseconds: time * 1_000_000))?.signature
  }

  @Test("Four later rounds that are refused where they asked before, for an election timeout, are too many")
  mutating func refusals() {
    #expect(answer(asking, round: 1, begun: 3, at: 0) == nil, "it has only just come there")
    for round in 1...3 { #expect(answer(asking, round: UInt64(round), begun: 4, at: 300) == nil, "asked before") }
    for round in 4...6 { #expect(answer(asking, round: UInt64(round), begun: 9, at: 400) == nil) }
    #expect(answer(asking, round: 6, begun: 9, at: 400) == nil, "the same answer again")
    #expect(answer(asking, round: 7, begun: 9, at: 400) == .liveness(.followerStuck))
  }

  @Test("Within an election timeout any number may be")
  mutating func quick() {
    for round in 1...20 { #expect(answer(asking, round: UInt64(round), begun: 0, at: 200) == nil) }
  }

  @Test("Whoever was heard to agree in between, or has no room, is not stuck")
  mutating func agreement() {
    for round in 1...4 { #expect(answer(asking, round: UInt64(round), begun: 0, at: Int64(round)) == nil) }
    #expect(answer(sending, round: 5, refused: false, begun: 0, at: 250) == nil)
    #expect(answer(asking, round: 6, begun: 0, at: 300) == nil)
    for round in 7...20 {
      #expect(answer(asking, round: UInt64(round), begun: 0, canWrite: false, at: 900) == nil)
    }
  }

  @Test("A leader that has asked about another place meanwhile has left this one, though no answer was seen there")
  mutating func left() {
    for isElsewhere in [false, true] {
      watch = ProgressMoves(nodes: 3, electionTimeout: .milliseconds(200))
      #expect(answer(asking, round: 1, begun: 0, at: 0) == nil)
      let previous = isElsewhere ? asking.next : asking.next.previous
      watch.note(appendBehind: previous, by: NodeID(1), to: NodeID(2))
      for round in 2...4 { #expect(answer(asking, round: UInt64(round), begun: 0, at: 300) == nil) }
      #expect(answer(asking, round: 5, begun: 0, at: 300) == (isElsewhere ? nil : .liveness(.followerStuck)))
    }
  }
}
