import Determinism
import Raft
import Testing

/// A cluster in real time: timers run out by themselves, messages take one turn of ten milliseconds or are lost, operators
/// ask for anything.
private struct TimedCluster {
  static let turn = Duration.milliseconds(10)

  var cluster: TestCluster
  var checks = FigureThree()
  var draws: DiceSequence

  init(seed: UInt64) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 9))
    let (checksQuorum, usesPreVote) = draws.pick([(true, true), (true, false), (false, true)])
    var number: Int64 = 0
    cluster = TestCluster(nodes: draws.next().within(1...3), joining: 3) {
      ($0.checksQuorum, $0.usesPreVote) = (checksQuorum, usesPreVote)
      // No two time out together, as if each drew from its interval.
      $0.electionTimeout = .milliseconds(150 + 20 * number)...(.milliseconds(300 + 20 * number))
      number += 1
    }
    for id in cluster.members { cluster.restart(id) }
  }

  /// Lets so much time pass.
  ///
  /// - Parameter loss: of how many messages in a hundred none arrives.
  mutating func run(_ span: Duration, loss: Int = 0, until isOver: (TestCluster) -> Bool = { _ in false }) throws {
    var left = span
    while left > .zero, !isOver(cluster) {
      left = left - Self.turn
      for id in cluster.members { cluster.advance(id, by: Self.turn) }
      for id in cluster.members { cluster.sync(id) }
      for _ in 0..<cluster.inFlight.count {
        let message = cluster.inFlight[0]
        if draws.next().below(100) < loss { cluster.drop { $0 == message } } else { cluster.deliver(at: 0) }
        guard !cluster.inFlight.isEmpty else { break }
      }
      try checks.check(cluster)
    }
  }

  var leader: RaftNode? { cluster.leader.flatMap { $0.leadership == nil ? nil : $0 } }

  /// Lets faults and operators have their way for a while.
  mutating func storm() throws {
    for number in 0..<12 {
      try run(.milliseconds(150), loss: draws.pick([0, 5, 30]))
      let node = draws.pick(cluster.members)
      switch draws.next().below(6) {
      case 0: if cluster.hosts[node.offset].isUp { cluster.crash(node) }
      case 1, 2:
        let target = draws.pick(cluster.members)
        var change = MemberChange()
        switch draws.next().below(4) {
        case 0: change.removed.insert(target)
        case 1: change.learners.insert(target)
        default: change.voters.insert(target)
        }
        cluster.step(leader?.id ?? node, .change(change))
      case 3: cluster.transfer(to: draws.pick([nil, node]), at: leader?.id ?? node)
      default: cluster.propose("\(number)", at: leader?.id ?? node)
      }
      for id in cluster.members where !cluster.hosts[id.offset].isUp && draws.next().below(2) == 0 {
        cluster.restart(id)
      }
    }
    for id in cluster.members where !cluster.hosts[id.offset].isUp { cluster.restart(id) }
  }

  /// Ten upper election timeouts, of the slowest.
  static let enough = Duration.milliseconds(10 * 400)

  /// Waits for a leader that has nothing left to do.
  mutating func settle() throws -> NodeID? {
    func rests(_ node: RaftNode) -> Bool {
      node.requests.change == nil && node.requests.transfer == nil && !node.members.isJoint
        && node.commitIndex == node.log.lastIndex && node.log.term(at: node.commitIndex) == node.term
    }
    try run(Self.enough) { $0.leader.map(rests) ?? false }
    return leader.flatMap { rests($0) ? $0.id : nil }
  }
}

@Suite("Members that change in real time")
struct TimedMembershipTests {
  @Test(
    "When the faults are over a leader comes, a change ends as it was asked for, and then a transfer",
    arguments: 0..<6 as Range<UInt64>)
  func ends(block: UInt64) throws {
    for seed in block * 20..<(block + 1) * 20 {
      var timed = TimedCluster(seed: seed)
      try timed.storm()
      guard let leader = try timed.settle() else {
        Issue.record("seed \(seed): nobody leads, or what was asked for does not end")
        continue
      }
      // One that was removed may be of a later term: it can depose the leader that brings it back, once.
      try change(&timed, leader, seed)
      guard let next = try timed.settle() else {
        Issue.record("seed \(seed): nobody leads after the change")
        continue
      }
      let successors = timed.cluster[next].members.voters.removing(next)
      guard !successors.isEmpty else { continue }
      let target = timed.draws.pick(Array(successors))
      timed.cluster.transfer(to: target, at: next)
      try timed.run(.milliseconds(400)) { $0[target].role == .leader }
      #expect(timed.cluster[target].role == .leader, "seed \(seed): \(next) should have transferred to \(target)")
    }
  }

  private func change(_ timed: inout TimedCluster, _ leader: NodeID, _ seed: UInt64) throws {
    var leader = leader
    let members = timed.cluster[leader].members
    let others = NodeSet(timed.cluster.members).subtracting(members.voters)
    let change =
      timed.draws.next().below(2) == 0 || others.isEmpty
      ? MemberChange(learners: members.voters.count > 1 ? NodeSet([leader]) : NodeSet(), removed: members.learners)
      : MemberChange(voters: others, removed: NodeSet([leader]))
    let wanted = change.applied(to: members)
    for attempt in 0..<2 {
      let told = timed.cluster.hosts[leader.offset].changeOutcomes.count
      timed.cluster.step(leader, .change(change))
      try timed.run(TimedCluster.enough) {
        $0.hosts[leader.offset].changeOutcomes.count > told || $0[leader].role != .leader
      }
      let outcome = timed.cluster.hosts[leader.offset].changeOutcomes.dropFirst(told).first
      guard outcome != .done else { break }
      #expect(
        outcome == nil && attempt == 0, "seed \(seed): \(change) of \(members) came to \(String(describing: outcome))")
      guard let next = try timed.settle() else { break }
      leader = next
      // What was appended before may have been committed since.
      guard timed.cluster[leader].members != wanted else { break }
    }
    let present = timed.cluster[leader].members
    #expect(present == wanted, "seed \(seed): \(change) of \(members) made \(present)")
  }
}
