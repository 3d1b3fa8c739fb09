import Histories
import Judging
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

    /// Notes an answer.
    mutating func note(_ answer: Bool, isRight: Bool, on history: History) {
      decided += 1
      guard !isRight else { return }
      wrong += 1
      if firstWrong == nil { firstWrong = String(decoding: history.jsonLines(), as: UTF8.self) }
    }

    mutating func merge(_ other: Contestant) {
      decided += other.decided
      wrong += other.wrong
      firstWrong = firstWrong ?? other.firstWrong
    }
  }

  /// How many histories there were, and how many of them have no order.
  package private(set) var histories = 0
  package private(set) var notLinearizable = 0
  /// Who took part.
  package private(set) var contestants: [Contestant]
  /// How many certificates of the zones hold so many operations, from none on.
  package private(set) var certificateSizes: [Int] = []

  /// The most histories that are compared at once: some hours' work.
  package static let largestCount = 100_000_000

  /// Asks every contestant about the same `count` histories, on all cores.
  ///
  /// - Complexity: brute force dominates, about 20 µs a history.
  package static func run(_ contestants: [Contestant], count: Int, seed: UInt64) -> RandomAgreement {
    let portions = Array(stride(from: 0, to: count, by: portionSize))
    let results = Workers.map(portions, threads: Workers.cores) { start in
      var agreement = RandomAgreement(contestants: contestants)
      // Each portion has a seed of its own, so that the histories are the same on any number of cores.
      var random = RandomHistories(seed: seed &+ UInt64(start))
      for _ in start..<min(count, start + portionSize) { agreement.compare(random.next()) }
      return agreement
    }
    var agreement = RandomAgreement(contestants: contestants)
    for result in results { agreement.merge(result) }
    return agreement
  }

  private static let portionSize = 5_000

  private init(contestants: [Contestant]) {
    self.contestants = contestants
  }

  private mutating func merge(_ other: RandomAgreement) {
    histories += other.histories
    notLinearizable += other.notLinearizable
    for place in contestants.indices { contestants[place].merge(other.contestants[place]) }
    for (size, count) in other.certificateSizes.enumerated() { noteCertificates(of: size, count) }
  }

  private mutating func noteCertificates(of size: Int, _ count: Int) {
    while certificateSizes.count <= size { certificateSizes.append(0) }
    certificateSizes[size] += count
  }

  private mutating func compare(_ history: History) {
    let model = Model(of: history)
    histories += 1
    for part in Subhistory.parts(of: history) {
      let isLegal = BruteForce.isLinearizable(part, model.specification)
      notLinearizable += isLegal ? 0 : 1
      if case .notLinearizable(.zones(let violation)) = part.decideByZones(model.specification) {
        noteCertificates(of: violation.operations.count, 1)
      }
      for place in contestants.indices {
        guard let answer = contestants[place].decide(part, model) else { continue }
        contestants[place].note(answer, isRight: answer == isLegal, on: history)
      }
    }
  }
}

extension RandomAgreement {
  /// Every engine, the slots in each mode, and `auto` handed an order. An order that cannot be replayed, and a
  /// certificate that is not itself without an order or holds more than six operations, count as wrong answers.
  package static var engines: [Contestant] { engines(within: { _ in Budget() }) + [givenOrders] }

  /// The same, each within a budget.
  static func engines(within budget: @escaping @Sendable (Subhistory) -> Budget) -> [Contestant] {
    let algorithms = Algorithm.allCases.map { algorithm in
      Contestant(algorithm.rawValue) { part, model in
        proven(part.decide(model.specification, by: algorithm, within: budget(part)).decision, part, model)
      }
    }
    let modes = SlotMode.allCases.map { mode in
      Contestant("slots, \(mode.rawValue)") { part, model in
        proven(part.decideBySlots(model.specification, mode, within: budget(part)).decision, part, model)
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
