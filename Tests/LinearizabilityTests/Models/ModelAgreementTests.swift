import Histories
import Testing

@testable import Linearizability

/// A random history with what is right of it.
struct ObjectCase {
  let text: String
  let model: Model
  let part: Subhistory
  let isLegal: Bool

  /// The next one that `random` draws; `nil` if nobody called.
  init?(_ random: inout RandomObjectHistories) throws {
    let (text, initial) = random.next()
    var reader = HistoryReader(model: random.model)
    try reader.read(Array(text.utf8))
    let history = try reader.finish()
    guard let part = Subhistory.parts(of: history).first else { return nil }
    (self.text, self.part) = (text, part)
    model = Model(random.model, initial: initial == .absent ? nil : Array(initial.description.utf8))
    isLegal = NaiveObject(random.model, initial: initial, history).isLinearizable
  }

  /// Whether the answer is right, and its order can be replayed.
  func agrees<Rules: ModelRules>(_ rules: Rules.Type, asksFastWays: Bool = true) -> Bool {
    let checker = ObjectChecker(model, asksFastWays: asksFastWays)
    switch checker.decide(part, within: Budget(expansions: 100_000), rules).decision {
    case .linearizable(let order): return isLegal && checker.confirms(order, of: part)
    case .notLinearizable: return !isLegal
    case .notApplicable, .unknown: return false
    }
  }
}

/// Tries every order of the calls as the model reads them.
private struct TryingEveryOrder: ObjectTask {
  func run<Model: ObjectModel>(on decoded: DecodedCalls<Model>, of part: Subhistory) -> Bool {
    ModelBruteForce.isLinearizable(decoded.model, decoded.calls)
  }
}

@Suite("Models and naive definitions")
struct ModelAgreementTests {
  static let models: [ModelName] = [
    .ownerMutex, .reentrantMutex, .fencedLock, .semaphore, .counter, .set, .uniqueIDs, .unorderedQueue, .fifoQueue,
    .stack, .multiRegister, .versionedRegister, .bank, .etcd,
  ]

  /// Those that have an exact way of their own beside the search.
  private static let decidedFast: [ModelName] = [.set, .uniqueIDs, .unorderedQueue, .fifoQueue, .stack, .etcd]

  /// 20,000 of all together.
  @Test("The search agrees with the naive definition on 1,540 random histories each", arguments: models)
  func randomHistories(_ model: ModelName) throws {
    var random = RandomObjectHistories(model, seed: 2_026, limit: 6)
    var illegal = 0
    for number in 0..<1_540 {
      guard let drawn = try ObjectCase(&random) else { continue }
      illegal += drawn.isLegal ? 0 : 1
      let agrees = drawn.agrees(ProvenModelRules.self)
      let hasTwoWays = Self.decidedFast.contains(model)
      if !agrees || hasTwoWays && !drawn.agrees(ProvenModelRules.self, asksFastWays: false) {
        Issue.record("history \(number):\n\(drawn.text)")
        return
      }
      guard number % 16 == 0 else { continue }
      #expect(try ObjectChecker(drawn.model).run(TryingEveryOrder(), on: drawn.part) == drawn.isLegal)
    }
    #expect(illegal > 50)
    #expect(illegal < 1_200)
  }

  @Test("A counterexample names the first end after which no order is left", arguments: models)
  func culprits(_ model: ModelName) throws {
    var random = RandomObjectHistories(model, seed: 7, limit: 6)
    var count = 0
    while count < 30, let drawn = try ObjectCase(&random) {
      if drawn.isLegal { continue }
      count += 1
      let checked = LinearizabilityChecker(model: drawn.model).check(drawn.part)
      guard case .notLinearizable(let counterexample) = checked.verdict else {
        Issue.record("\(checked.verdict):\n\(drawn.text)")
        return
      }
      let end = try #require(counterexample.culprit.end)
      // What the clients knew right before that end has an order, as far as the model reads it the same way.
      let before = drawn.part.cut(before: end)
      let isOpenBefore = ObjectChecker(drawn.model).decide(before, within: Budget()).decision.answer
      #expect(isOpenBefore == true, "\(drawn.text)\(counterexample)")
      // Later answers may tell whose calls they are.
      if !drawn.text.contains(":client") {
        let behind = drawn.part.cut(before: end + 1)
        let isOpenBehind = ObjectChecker(drawn.model).decide(behind, within: Budget()).decision.answer
        #expect(isOpenBehind == false, "\(drawn.text)\(counterexample)")
      }
      #expect(!counterexample.blocked.isEmpty, "\(drawn.text)\(counterexample)")
      let order = counterexample.prefix.map(\.call)
      #expect(Set(order).count == order.count)
    }
  }
}

@Suite("Weakened rules of the search over models")
struct ModelWeakeningTests {
  private static var rules: [any ModelRules.Type] {
    [
      AbsorbsWhatMayChangeLater.self, LetsLateCallsComeFirst.self, HoldsBackWhatOverlaps.self,
      PlacesTheLastOfEqualsFirst.self, ForgetsTheEndOfTheWindow.self, LeavesOutBehindWhatWasSeen.self,
      KeepsNoOrderOfUnknowns.self, IgnoresWhatWasSpent.self, TakesTheSpentForTheBetter.self,
    ]
  }

  @Test("The comparison notices each", arguments: rules.indices)
  func isNoticed(_ place: Int) throws {
    func isRight<Rules: ModelRules>(_ drawn: ObjectCase, _ rules: Rules.Type) -> Bool { drawn.agrees(rules) }
    // The seeds in which the rules showed when this was written come first.
    for seed in [0, 16] + (1..<UInt64(40)) {
      for model in ModelAgreementTests.models {
        var random = RandomObjectHistories(model, seed: seed)
        for _ in 0..<50 {
          guard let drawn = try ObjectCase(&random) else { continue }
          if !isRight(drawn, Self.rules[place]) { return }
        }
      }
    }
    Issue.record("\(Self.rules[place]) was not noticed")
  }
}
