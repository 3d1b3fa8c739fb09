import Determinism
import Invariants
import Raft
import Replica
import Testing
import Traces

/// Lets go of what lies behind a snapshot that is on its way to a follower.
private enum KeepsNothing: RaftRules {
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex { snapshot }
}

@Suite("How far a leader brings its followers up")
struct FollowerProgressTests {
  private let nodes = NodeID.first(3)
  private var watch = FollowerProgress(nodes: 3)
  private var running = NodeSet()
  private var replicas: [Replica] = []

  /// A leader whose second member follows it, lacks its first entry and never answers.
  init() throws {
    var leader = try Server(1)
    leader.lead(voter: 2)
    replicas = [leader.replica, try follower(of: leader), try Server(3).replica]
    for node in nodes { running.insert(node) }
  }

  private func follower(of leader: Server) throws -> Replica {
    var follower = try Server(2)
    follower.hear(
      .appendEntries(
        AppendEntries(term: leader.replica.raft.term, previous: .zero, commitIndex: .zero, round: 1, entries: [])),
      from: 1)
    return follower.replica
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

  @Test("A snapshot that has arrived is not one that does not end, though the next was begun before anybody looked")
  mutating func arrived() throws {
    for hasArrived in [false, true] {
      watch = FollowerProgress(nodes: 3)
      var leader = try Server(
        1, log: [entry("a", term: 1)], snapshotEntries: 1, rules: RuleSet(raft: KeepsNothing.self))
      leader.lead(voter: 3)
      leader.commitAll(with: 3)
      let (term, first) = (leader.replica.raft.term, try #require(leader.replica.raft.snapshot).position)
      let refusal = AppendEntriesReply(term: term, round: 1, outcome: .conflict(index: LogIndex(1), term: nil))
      leader.hear(.appendEntriesReply(refusal), from: 2)
      (replicas[0], replicas[1]) = (leader.replica, try follower(of: leader))
      #expect(look(at: 0, growing: nodes, moving: 100, answering: 900) == nil)
      leader.openSession()
      leader.commitAll(with: 3)
      if hasArrived {
        let reply = InstallSnapshotReply(term: term, round: 1, position: first, outcome: .installed)
        leader.hear(.installSnapshotReply(reply), from: 2)
      }
      replicas[0] = leader.replica
      #expect(leader.replica.raft.lastLeadership?.progress.slots[1].mode == .snapshot)
      #expect(
        look(at: 900, growing: nodes, moving: 100, answering: 900)
          == (hasArrived ? nil : .liveness(.snapshotUnending)))
    }
  }
}
