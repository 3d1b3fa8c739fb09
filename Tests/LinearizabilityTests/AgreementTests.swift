import Benchmarks
import Histories
import Testing

@testable import Linearizability

@Suite("Every engine and brute force")
struct AgreementTests {
  /// `.ci/run` asks them about 100,000 others, with README's `raftcheck bench agree --random 100000`.
  @Test("They agree on 1,500 random histories of up to 8 operations")
  func randomHistories() {
    let engines = SlotMode.allCases.map { mode in
      RandomAgreement.Contestant(mode.rawValue) { part, model in
        let decision = part.decideBySlots(model.specification, mode).decision
        return confirmed(decision, part, model)
      }
    }
    let algorithms = Algorithm.allCases.map { algorithm in
      RandomAgreement.Contestant(algorithm.rawValue) { part, model in
        confirmed(part.decide(model.specification, by: algorithm).decision, part, model)
      }
    }
    let agreement = RandomAgreement.run(
      engines + algorithms + [RandomAgreement.givenOrders], count: 1_500, seed: 2_026)
    for contestant in agreement.contestants {
      #expect(contestant.wrong == 0, "\(contestant.name): \(contestant.firstWrong ?? "")")
      let least = ["endless": 375, "zones": 375, "windows": 20][contestant.name]
      #expect(contestant.decided > least ?? 1_499, "\(contestant.name)")
    }
    #expect(agreement.notLinearizable >= 375)
    #expect(agreement.notLinearizable <= 1_125)
  }

  @Test("Every certificate of the zones is itself without an order, and holds at most six operations")
  func certificates() {
    var random = RandomHistories(seed: 44)
    var count = 0
    for _ in 0..<20_000 {
      for part in Subhistory.parts(of: random.next()) {
        let specification = SequentialSpecification(initial: nil)
        guard case .notLinearizable(.zones(let violation)) = part.decideByZones(specification) else { continue }
        count += 1
        #expect((1...6).contains(violation.operations.count))
        #expect(!BruteForce.isLinearizable(part.keeping(violation.operations), specification))
      }
    }
    #expect(count > 2_000)
  }

  @Test("They agree on what appends alone do", arguments: [UInt64(1), 2])
  func appends(seed: UInt64) {
    var random = RandomHistories(seed: seed, functions: [.get, .append, .append, .compareAndSet])
    for number in 0..<3_000 where !agrees(random.next()) {
      Issue.record("they disagree on history \(number)")
      return
    }
  }

  @Test("Every account of 3,000 random histories can be checked")
  func accounts() {
    var random = RandomHistories(seed: 5)
    for number in 0..<3_000 where !agrees(random.next()) {
      Issue.record("they disagree on history \(number)")
      return
    }
  }

  /// Whether both say the same, and the checker can prove what it says.
  private func agrees(_ history: History) -> Bool {
    let checker = LinearizabilityChecker(model: Model(.keyValue))
    for part in Subhistory.parts(of: history) {
      let isLegal = BruteForce.isLinearizable(part, checker.model.specification)
      let replay = Replay(part: part, specification: checker.model.specification)
      switch checker.check(part).verdict {
      case .linearizable(let witness): if !isLegal || !replay.confirms(witness.order) { return complain(history) }
      case .notLinearizable(let counterexample):
        if isLegal || replay.value(after: counterexample.prefix) == nil || counterexample.blocked.isEmpty {
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

/// The answer; an order that cannot be replayed counts as the wrong one.
private func confirmed(_ decision: Decision, _ part: Subhistory, _ model: Model) -> Bool? {
  if case .linearizable(let order) = decision, !part.isConfirmed(by: order, model.specification) { return false }
  return decision.answer
}
