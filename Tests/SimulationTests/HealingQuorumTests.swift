import Determinism
import Raft
import Testing

@testable import Simulation

@Suite("Which servers are enough to go on")
struct HealingQuorumTests {
  private static let three = Members(voters: .first(3), learners: NodeSet([NodeID(4)]))

  private func log(
    _ number: UInt8, _ index: UInt64, _ term: UInt64, _ latest: Members = three, before: Members? = nil
  ) -> HealingQuorum.Log {
    HealingQuorum.Log(
      node: NodeID(number), end: LogPosition(index: LogIndex(index), term: Term(term)), latest: latest, before: before)
  }

  private func suffice(_ numbers: [UInt8], _ standing: [Members], _ logs: [HealingQuorum.Log]) -> Bool {
    HealingQuorum(standing: standing, logs: logs).suffices(NodeSet(numbers.map(NodeID.init)))
  }

  @Test("A quorum of every configuration that may be in force is needed, and none more")
  func quorums() {
    let logs = (1...5).map { log($0, 1, 1, Members(voters: .first(3))) }
    let standing = [Members(voters: .first(3)), Members(voters: .first(5), outgoing: .first(3))]
    for (numbers, isEnough) in [([], false), ([1, 2], false), ([1, 4, 5], false), ([1, 2, 4], true)]
      as [([UInt8], Bool)]
    {
      #expect(suffice(numbers, standing, logs) == isEnough, "\(numbers)")
    }
  }

  @Test("Where a learner's log is the newest, whoever needs its vote is not elected")
  func learner() {
    let four = Members(voters: .first(4))
    let logs = [log(1, 21, 10), log(2, 23, 10, four, before: Self.three), log(3, 22, 12), log(4, 22, 12)]
    #expect(!suffice([1, 2, 4], [Self.three, four], logs))
    #expect(suffice([1, 2, 3, 4], [Self.three, four], logs))
    #expect(suffice([1, 2], [Self.three], [log(1, 21, 10), log(2, 23, 10)]))
  }

  @Test("One that is no longer a voter may be elected while that is not known to be committed")
  func leaving() {
    let two = Members(voters: .first(2))
    let logs = [log(1, 4, 1), log(2, 4, 1), log(3, 5, 1, two, before: Self.three)]
    #expect(suffice([1, 2, 3], [Self.three, two], logs))
    let settled = [log(1, 4, 1), log(2, 4, 1), log(3, 5, 2, two)]
    #expect(suffice([1, 2, 3], [two], settled))
    #expect(!suffice([3], [], [log(3, 5, 2, two)]))
  }
}
