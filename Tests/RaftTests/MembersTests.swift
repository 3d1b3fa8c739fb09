import Determinism
import Raft
import Testing

@Suite("Sets of nodes, and who takes part")
struct MembersTests {
  /// Sets of a few nodes near both ends.
  private static func randomSet(_ draws: inout DiceSequence) -> Set<UInt8> {
    Set((0..<draws.next().below(6)).map { _ in draws.pick([1, 2, 3, 4, 63, 64]) })
  }

  private static func nodes(_ numbers: Set<UInt8>) -> NodeSet { NodeSet(numbers.map { NodeID($0) }) }

  @Test("A set of nodes answers as a set of numbers would", arguments: 0..<60 as Range<UInt64>)
  func algebra(seed: UInt64) {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 1))
    let (one, other) = (Self.randomSet(&draws), Self.randomSet(&draws))
    let (a, b) = (Self.nodes(one), Self.nodes(other))
    #expect(a.map(\.number) == one.sorted() && a.count == one.count && a.isEmpty == one.isEmpty)
    #expect(a.union(b) == Self.nodes(one.union(other)) && a.intersection(b) == Self.nodes(one.intersection(other)))
    #expect(a.subtracting(b) == Self.nodes(one.subtracting(other)))
    #expect(a.symmetricDifference(b) == Self.nodes(one.symmetricDifference(other)))
    #expect(a.isSubset(of: b) == one.isSubset(of: other) && a.isSubset(of: a.union(b)))
    for number in [1, 2, 3, 4, 63, 64] as [UInt8] {
      let node = NodeID(number)
      #expect(a.contains(node) == one.contains(number))
      #expect(a.inserting(node) == Self.nodes(one.union([number])))
      #expect(a.removing(node) == Self.nodes(one.subtracting([number])))
    }
    #expect(!a.contains(NodeID(65)) && !a.contains(NodeID(255)), "none that cannot be in a set is")
    #expect(NodeSet(rawValue: a.rawValue) == a)
  }

  @Test("The first nodes, and a set in words")
  func first() {
    #expect(NodeSet.first(3).map(\.number) == [1, 2, 3] && NodeSet.first(0).isEmpty && NodeSet.first(64).count == 64)
    #expect("\(NodeSet([NodeID(4), NodeID(1)]))" == "n1, n4")
    var nodes = NodeSet.first(2)
    nodes.remove(.n1)
    nodes.insert(.n5)
    #expect(nodes == NodeSet([.n2, .n5]))
  }

  @Test(
    "All are voters, outgoing voters and learners; electors are all but learners; what is settled has no outgoing ones")
  func members() {
    let joint = Members(voters: NodeSet([.n1, .n4]), outgoing: .first(3), learners: NodeSet([.n3, .n5]))
    #expect(joint.all == .first(5) && joint.electors == .first(4) && joint.isJoint)
    #expect(joint.settled == Members(voters: NodeSet([.n1, .n4]), learners: NodeSet([.n3, .n5])))
    #expect(!joint.settled.isJoint && joint.settled.settled == joint.settled)
  }

  @Test("A change adds, promotes, demotes and removes; whoever is named twice becomes what comes first")
  func changes() {
    let members = Members(voters: .first(3), learners: NodeSet([.n4]))
    func after(voters: [NodeID] = [], learners: [NodeID] = [], removed: [NodeID] = []) -> Members {
      MemberChange(voters: NodeSet(voters), learners: NodeSet(learners), removed: NodeSet(removed)).applied(to: members)
    }
    #expect(after() == members)
    #expect(after(voters: [.n5]) == Members(voters: NodeSet([.n1, .n2, .n3, .n5]), learners: NodeSet([.n4])))
    #expect(after(voters: [.n4]) == Members(voters: .first(4)), "a promotion")
    #expect(after(learners: [.n3]) == Members(voters: .first(2), learners: NodeSet([.n3, .n4])), "a demotion")
    #expect(after(learners: [.n5]) == Members(voters: .first(3), learners: NodeSet([.n4, .n5])))
    #expect(after(removed: [.n3, .n4]) == Members(voters: .first(2)))
    #expect(after(removed: [.n5]) == members, "it takes no part")
    #expect(after(voters: [.n4], learners: [.n4], removed: [.n4]) == Members(voters: .first(4)))
    #expect(
      after(learners: [.n2], removed: [.n2]) == Members(voters: NodeSet([.n1, .n3]), learners: NodeSet([.n2, .n4])))
    #expect(after(voters: [.n4, .n5], removed: [.n1, .n2, .n3]) == Members(voters: NodeSet([.n4, .n5])))
    #expect(after(removed: [.n1, .n2, .n3]).voters.isEmpty)
  }

  @Test("Whatever a change names, none is a voter and a learner, and what it makes stays so if it is made twice")
  func anyChange() {
    var draws = Dice(seed: 1).sequence(Purpose(rawValue: 2))
    for _ in 0..<300 {
      let voters = Self.nodes(Self.randomSet(&draws))
      let members = Members(voters: voters, learners: Self.nodes(Self.randomSet(&draws)).subtracting(voters))
      let change = MemberChange(
        voters: Self.nodes(Self.randomSet(&draws)), learners: Self.nodes(Self.randomSet(&draws)),
        removed: Self.nodes(Self.randomSet(&draws)))
      let after = change.applied(to: members)
      #expect(after.voters.intersection(after.learners).isEmpty && !after.isJoint, "\(change) of \(members)")
      #expect(change.applied(to: after) == after, "\(change) of \(members)")
      #expect(change.voters.isSubset(of: after.voters))
    }
  }

  @Test("Each refusal has a name of its own")
  func names() {
    #expect(Set(RequestRefusal.allCases.map(\.name)).count == RequestRefusal.allCases.count)
  }
}

@Suite("What a leader keeps in mind of each server")
struct ProgressTableTests {
  /// n1 leads; n9 is a learner, so that there are places in between that say nothing.
  private func cluster() -> TestCluster {
    var cluster = TestCluster(nodes: 2, joining: 7)
    cluster.elect(.n1)
    cluster.change(learners: [NodeID(9)], at: .n1)
    return cluster
  }

  @Test("It is kept by server: of members and of the leader itself, and of nobody else")
  func byServer() throws {
    let cluster = cluster()
    let progress = try #require(cluster[.n1].leadership?.progress)
    #expect(progress.tracked == NodeSet([.n1, .n2, NodeID(9)]))
    #expect(progress.slots.count == 9 && progress.slots[8].match == .zero && progress.slots[8].next == LogIndex(3))
    #expect(progress.slots[1].match == LogIndex(1))
  }

  @Test(
    "One that comes does not change what is known of the others, and answers of one that is not tracked change nothing")
  func others() throws {
    var cluster = cluster()
    let before = try #require(cluster[.n1].leadership)
    cluster.hand(.matched(2, term: 1, round: 1), from: .n5, to: .n1)
    #expect(cluster[.n1].leadership == before)
    cluster.settle(among: [.n1, .n2])
    cluster.change(learners: [.n4], at: .n1)
    let progress = try #require(cluster[.n1].leadership?.progress)
    #expect(progress.tracked == NodeSet([.n1, .n2, .n4, NodeID(9)]) && progress.slots[1].match == LogIndex(2))
    #expect(progress.slots[3].next == LogIndex(4) && progress.slots[8].next == LogIndex(3))
  }
}
