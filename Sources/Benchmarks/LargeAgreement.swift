import Determinism
import Histories
import Judging
import Linearizability

/// Compares the engines with each other on random histories that are too long for brute force: what goes wrong only with
/// many clients, many classes of unknown results or long chains shows here.
package struct LargeAgreement: Sendable {
  /// How many histories there were.
  package private(set) var histories = 0
  /// How many of them no engine decided.
  package private(set) var undecided = 0
  /// How many were found to have no order.
  package private(set) var notLinearizable = 0
  /// The operations of all of them.
  package private(set) var operations = 0
  /// Who took part.
  package private(set) var contestants: [RandomAgreement.Contestant]
  /// The first histories on which two engines, or an engine and how the history was made, contradict each other.
  package private(set) var contradictions: [String] = []

  /// The most histories that are compared at once: some hours' work.
  package static let largestCount = 1_000_000

  /// Asks every engine about the same `count` histories, on all cores.
  ///
  /// - Parameter operationLimit: the most operations of a history, more than 100.
  package static func run(count: Int, seed: UInt64, operationLimit: Int = 2_000) -> LargeAgreement {
    let contestants = RandomAgreement.engines { part in
      Budget(expansions: 1_000 + 8 * part.operations.count, bytes: 64 << 20)
    }
    let results = Workers.map(Array(0..<UInt64(count)), threads: Workers.cores) { number in
      var agreement = LargeAgreement(contestants: contestants)
      agreement.compare(LargeHistory(seed: seed &+ number, operationLimit: operationLimit))
      return agreement
    }
    var agreement = LargeAgreement(contestants: contestants)
    for result in results { agreement.merge(result) }
    return agreement
  }

  private init(contestants: [RandomAgreement.Contestant]) {
    self.contestants = contestants
  }

  private static let contradictionLimit = 10

  private mutating func merge(_ other: LargeAgreement) {
    histories += other.histories
    undecided += other.undecided
    notLinearizable += other.notLinearizable
    operations += other.operations
    for place in contestants.indices { contestants[place].merge(other.contestants[place]) }
    contradictions += other.contradictions.prefix(Self.contradictionLimit - contradictions.count)
  }

  private mutating func compare(_ large: LargeHistory) {
    histories += 1
    let model = Model(of: large.history)
    let parts = Subhistory.parts(of: large.history)
    operations += parts.reduce(0) { $0 + $1.operations.count }
    var isLegal: Bool? = true
    var isContradictory = false
    for part in parts {
      let answers = contestants.map { $0.decide(part, model) }
      let given = answers.compactMap(\.self)
      // On a key that is linearizable by construction that is what counts, else what most engines say.
      let illegal = given.count { !$0 }
      let isPartLegal = large.isLegal == true || 2 * illegal < given.count
      for (place, answer) in answers.enumerated() {
        guard let answer else { continue }
        contestants[place].note(answer, isRight: answer == isPartLegal, on: large.history)
        if answer != isPartLegal { isContradictory = true }
      }
      if !given.isEmpty, !isPartLegal { isLegal = false }
      if given.isEmpty, isLegal != false { isLegal = nil }
    }
    if isLegal == true, large.isLegal == false { isContradictory = true }
    undecided += isLegal == nil ? 1 : 0
    notLinearizable += isLegal == false ? 1 : 0
    if isContradictory { contradictions.append(String(decoding: large.history.jsonLines(), as: UTF8.self)) }
  }
}

/// A long random history.
private struct LargeHistory {
  let history: History
  /// Whether it is linearizable by construction; `nil` if only an engine can tell.
  let isLegal: Bool?

  private static let purpose = Purpose(rawValue: 0x4C41_5247)
  private static let mixes: [[Function]] = [
    [.get, .put], [.get, .put, .compareAndSet], [.get, .put, .compareAndSet, .compareAndSet], [.get, .append],
    [.get, .put, .append], [.get, .put, .delete], [.get, .put, .append, .delete, .compareAndSet],
    [.get, .get, .get, .put, .delete, .compareAndSet],
  ]

  init(seed: UInt64, operationLimit: Int) {
    var draws = Dice(seed: seed).sequence(Self.purpose)
    // Shorter ones more often.
    let operations = 100 + draws.next().below(1 + draws.next().below(operationLimit - 100))
    var workload = Workload("agree-\(seed)", operations: operations, clients: 3 + draws.next().below(18))
    workload.functions = draws.pick(Self.mixes)
    workload.values = draws.pick([nil, nil, nil, 2, 3, 5, 12, 40])
    workload.unknownPercent = draws.pick([0, 0, 1, 3, 10, 30])
    workload.keys = draws.pick([1, 1, 1, 2, 5])
    workload.isSpoiled = draws.next().below(3) == 0
    let made = workload.history(seed: seed)
    switch (workload.isSpoiled, draws.next().below(2)) {
    case (true, _): (history, isLegal) = (made, false)
    case (false, 0): (history, isLegal) = (Self.blurred(made, &draws, spoils: false), true)
    case (false, _): (history, isLegal) = (Self.blurred(made, &draws, spoils: true), nil)
    }
  }

  /// The history with some of its mismatches told without what they saw, and, if it is to be spoiled, with some reads that
  /// saw what another read did. Each may or may not leave an order.
  private static func blurred(_ history: History, _ draws: inout DiceSequence, spoils: Bool) -> History {
    var recorder = HistoryRecorder(header: history.header)
    let reads = history.events.filter { $0.kind == .ok && $0.answer == .value }
    let forgets = draws.next().below(2) == 0
    for operation in HistorySteps(history) {
      guard let outcome = operation.outcome else {
        recorder.invoke(
          process: operation.process, at: operation.time, key: history.values[operation.key] ?? [], operation.action)
        continue
      }
      var answer = outcome
      if case .ok(.mismatch) = outcome, forgets, draws.next().below(2) == 0 { answer = .ok(.unseenMismatch) }
      if case .ok(.value) = outcome, spoils, draws.next().below(max(1, reads.count / 2)) == 0 {
        answer = .ok(.value(history.values[draws.pick(reads).value]))
      }
      recorder.complete(process: operation.process, at: operation.time, answer)
    }
    return recorder.finish()
  }
}

/// The calls and returns of a history, for it to be recorded again.
private struct HistorySteps: Sequence {
  struct Step {
    let process: Int
    let time: Int64
    let key: ValueID
    let action: Action
    /// `nil` for a call.
    let outcome: Outcome?
  }

  private let steps: [Step]

  init(_ history: History) {
    var steps: [Step?] = history.events.map { _ in nil }
    for operation in history.operations() {
      let action = history.action(of: operation)
      func step(at place: Int, _ outcome: Outcome?) -> Step {
        Step(
          process: operation.process, time: history.events[place].time, key: operation.key, action: action,
          outcome: outcome)
      }
      steps[operation.call] = step(at: operation.call, nil)
      if let end = operation.end { steps[end] = step(at: end, history.outcome(of: operation)) }
    }
    self.steps = steps.compactMap(\.self)
  }

  func makeIterator() -> IndexingIterator<[Step]> { steps.makeIterator() }
}
