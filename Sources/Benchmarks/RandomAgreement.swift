import Histories
import Linearizability

/// Compares ways of deciding with brute force on random small histories of one key.
package struct RandomAgreement: Sendable {
  /// A way of deciding, and how it fared.
  package struct Contestant: Sendable {
    /// What it is called in reports.
    package let name: String
    /// How often it answered, and how often it was wrong.
    package internal(set) var decided = 0
    package internal(set) var wrong = 0
    /// The first history on which it was wrong, in the native format.
    package internal(set) var firstWrong: String?
    let decide: @Sendable (Subhistory, Model) -> Bool?

    /// - Parameter decide: whether the key is linearizable; `nil` if it cannot say.
    package init(_ name: String, decide: @escaping @Sendable (Subhistory, Model) -> Bool?) {
      self.name = name
      self.decide = decide
    }
  }

  /// How many histories there were, and how many of them have no order.
  package private(set) var histories = 0
  package private(set) var notLinearizable = 0
  /// Who took part.
  package private(set) var contestants: [Contestant]

  /// Asks every contestant about the same `count` histories.
  ///
  /// - Complexity: brute force dominates, about 20 µs a history.
  package static func run(_ contestants: [Contestant], count: Int, seed: UInt64) -> RandomAgreement {
    var agreement = RandomAgreement(contestants: contestants)
    var random = RandomHistories(seed: seed)
    while agreement.histories < count { agreement.compare(random.next()) }
    return agreement
  }

  private init(contestants: [Contestant]) {
    self.contestants = contestants
  }

  private mutating func compare(_ history: History) {
    let model = Model(of: history)
    histories += 1
    for part in Subhistory.parts(of: history) {
      let isLegal = BruteForce.isLinearizable(part, model.specification)
      notLinearizable += isLegal ? 0 : 1
      for place in contestants.indices {
        guard let answer = contestants[place].decide(part, model) else { continue }
        contestants[place].decided += 1
        guard answer != isLegal else { continue }
        contestants[place].wrong += 1
        if contestants[place].firstWrong == nil {
          contestants[place].firstWrong = String(decoding: history.jsonLines(), as: UTF8.self)
        }
      }
    }
  }
}

extension RandomAgreement {
  /// Every engine, and the slots in each mode. An order that cannot be replayed, and a certificate that is not itself
  /// without an order or holds more than six operations, count as wrong answers.
  package static var engines: [Contestant] {
    let algorithms = Algorithm.allCases.map { algorithm in
      Contestant(algorithm.rawValue) { part, model in
        proven(part.decide(model.specification, by: algorithm).decision, part, model)
      }
    }
    let modes = SlotMode.allCases.map { mode in
      Contestant("slots, \(mode.rawValue)") { part, model in
        proven(part.decideBySlots(model.specification, mode).decision, part, model)
      }
    }
    return algorithms + modes
  }

  /// The answer, turned round if what it rests on is wrong.
  private static func proven(_ decision: Decision, _ part: Subhistory, _ model: Model) -> Bool? {
    switch decision {
    case .linearizable(let order): part.isConfirmed(by: order, model.specification)
    case .notLinearizable(.zones(let violation)):
      violation.operations.count > 6
        || BruteForce.isLinearizable(part.keeping(violation.operations), model.specification)
    case .notLinearizable: false
    case .notApplicable, .unknown: nil
    }
  }
}
