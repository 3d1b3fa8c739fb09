import Determinism
import Invariants
import Raft
import Replica
import Testing
import Traces

@Suite("How far a leader brings its followers up")
struct FollowerProgressTests {
  private let nodes = NodeID.first(3)
  private var watch = FollowerProgress(nodes: 3)
  private var running = NodeSet()
  private var replicas: [Replica] = []

  /// A leader whose second member follows it, lacks its first entry and never answers.
  init() throws {
    var (leader, follower) = (try Server(1), try Server(2))
    leader.lead(voter: 2)
    follower.hear(
      .appendEntries(
        AppendEntries(term: leader.replica.raft.term, previous: .zero, commitIndex: .zero, round: 1, entries: [])),
      from: 1)
    replicas = [leader.replica, follower.replica, try Server(3).replica]
    for node in nodes { running.insert(node) }
  }

  private mutating func look(
    at milliseconds: Int64, growing: [NodeID], moving: Int64, answering: Int64
  ) -> FailureSignature? {
    let bounds = FollowerProgress.Bounds(
      moving: .milliseconds(moving), answering: .milliseconds(answering), piece: .milliseconds(1), pieceBytes: 1)
    return watch.look(
      at: nodes, growing: growing, replicas: replicas, running: running, within: bounds,
      at: .start + .milliseconds(milliseconds))?.signature
  }

  @Test("A follower that does not answer is missed as soon as its time is up")
  mutating func silent() {
    #expect(look(at: 0, growing: nodes, moving: 900, answering: 100) == nil)
    #expect(look(at: 100, growing: nodes, moving: 900, answering: 100) == nil)
    #expect(look(at: 101, growing: nodes, moving: 900, answering: 100) == .liveness(.followerSilent))
  }

  @Test("A follower that lacks entries must get on, unless its log cannot grow")
  mutating func stuck() {
    #expect(look(at: 0, growing: nodes, moving: 100, answering: 900) == nil)
    #expect(look(at: 101, growing: [NodeID(1)], moving: 100, answering: 900) == nil)
    #expect(look(at: 201, growing: nodes, moving: 100, answering: 900) == nil)
    #expect(look(at: 202, growing: nodes, moving: 100, answering: 900) == .liveness(.followerStuck))
  }
}
