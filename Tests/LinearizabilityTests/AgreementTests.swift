import Benchmarks
import Determinism
import Histories
import Testing

@testable import Linearizability

@Suite("The search and brute force")
struct AgreementTests {
  @Test("They agree on 20,000 random histories of up to 8 operations")
  func randomHistories() {
    var random = RandomHistories(seed: 2_026)
    var illegal = 0
    for number in 0..<20_000 where !agrees(random.next(), &illegal) {
      Issue.record("they disagree on history \(number)")
      return
    }
    #expect(illegal >= 5_000)
    #expect(illegal <= 15_000)
  }

  @Test("They agree on what appends alone do", arguments: [UInt64(1), 2])
  func appends(seed: UInt64) {
    var random = RandomHistories(seed: seed, functions: [.get, .append, .append, .compareAndSet])
    var illegal = 0
    for number in 0..<3_000 where !agrees(random.next(), &illegal) {
      Issue.record("they disagree on history \(number)")
      return
    }
  }

  /// Whether both say the same, and the search can prove what it says.
  private func agrees(_ history: History, _ illegal: inout Int) -> Bool {
    let checker = LinearizabilityChecker(model: Model(.keyValue))
    for part in Subhistory.parts(of: history) {
      let isLegal = BruteForce.isLinearizable(part, checker.model.specification)
      illegal += isLegal ? 0 : 1
      let replay = Replay(part: part, specification: checker.model.specification)
      switch checker.check(part).verdict {
      case .linearizable(let witness): if !isLegal || !replay.confirms(witness.order) { return complain(history) }
      case .notLinearizable(let counterexample):
        if isLegal || replay.values(along: counterexample.prefix) == nil || counterexample.blocked.isEmpty {
          return complain(history)
        }
        let end = (counterexample.culprit.end ?? 0) + 1
        if BruteForce.isLinearizable(part.cut(before: end), checker.model.specification) { return complain(history) }
      case .unknown: return complain(history)
      }
    }
    return true
  }

  private func complain(_ history: History) -> Bool {
    print(String(decoding: history.jsonLines(), as: UTF8.self))
    return false
  }
}
