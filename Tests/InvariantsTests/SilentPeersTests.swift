import Determinism
import Invariants
import Raft
import Testing
import Traces

@Suite("What silent peers are sent")
struct SilentPeersTests {
  private let leader = NodeID(1)
  private let peer = NodeID(2)
  private var watch = SilentPeersGetLittle(
    nodes: 3, electionTimeout: .milliseconds(200), heartbeatInterval: .milliseconds(50))
  private let append = MessageLabel(
    .appendEntries(
      AppendEntries(
        term: Term(1), previous: .zero, commitIndex: .zero, round: 1,
        entries: [Entry(term: Term(1), payload: .noOp)])))

  private mutating func send(_ label: MessageLabel, bytes: Int, at milliseconds: Int64) -> Finding? {
    watch.look(at: label, bytes: bytes, from: leader, to: peer, at: at(milliseconds))
  }

  private func at(_ milliseconds: Int64) -> LocalInstant { LocalInstant(nanoseconds: milliseconds * 1_000_000) }

  @Test("A peer that was heard may be sent anything, and one that is silent little in a heartbeat interval")
  mutating func bytes() {
    #expect(send(append, bytes: 10_000, at: 0) == nil, "the leader has only just begun")
    #expect(send(append, bytes: 10_000, at: 200) == nil)
    #expect(send(append, bytes: 256, at: 201) == nil)
    #expect(send(append, bytes: 1, at: 250)?.signature == .invariant(.silentPeersGetLittle))
    watch.noteArrival(at: leader, from: peer, at: at(260))
    #expect(send(append, bytes: 10_000, at: 300) == nil)
  }

  @Test("Each heartbeat interval counts by itself, and empty appends do not")
  mutating func intervals() {
    let empty = MessageLabel(
      .appendEntries(
        AppendEntries(term: Term(1), previous: .zero, commitIndex: .zero, round: 1, entries: [])))
    #expect(send(append, bytes: 10, at: 0) == nil)
    for number in 0..<10 as Range<Int64> {
      #expect(send(append, bytes: 256, at: 1_000 + 50 * number) == nil)
      #expect(send(empty, bytes: 10_000, at: 1_001 + 50 * number) == nil)
    }
  }
}
