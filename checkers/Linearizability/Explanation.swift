import Histories

/// Finds out, for one key without an order, where it goes wrong and why.
struct Explanation {
  let part: Subhistory
  let model: Model
  private let budget: Budget
  /// The configurations looked at.
  private(set) var expansions = 0
  /// Whether every search for the culprit came to an end; else an earlier one may be to blame.
  private var isCulpritCertain = true

  /// What each of the searches below may spend: an explanation is not worth more than the verdict.
  private static let expansionLimit = 100_000

  init(_ part: Subhistory, _ model: Model, within budget: Budget) {
    self.part = part
    self.model = model
    self.budget = Budget(expansions: min(budget.expansions, Self.expansionLimit), bytes: budget.bytes)
  }

  /// The counterexample, explained.
  mutating func counterexample(shouldStop: () -> Bool) -> Counterexample {
    let culprit = firstImpossibleEnd(shouldStop: shouldStop)
    let cut = part.cut(before: (culprit.end ?? culprit.call) + 1)
    let prefix = longestPrefix(of: cut, shouldStop: shouldStop)
    let replay = Replay(part: cut, specification: model.specification)
    let values = replay.values(along: prefix) ?? []
    let value = values.last ?? model.initial
    let account = Account(part: part, model: model, prefix: prefix, values: values)
    let blocked = blockedOperations(of: cut, behind: prefix).map { operation in
      Counterexample.Blocked(
        operation: operation, name: account.name(operation), reason: account.reason(against: operation))
    }
    return Counterexample(
      key: part.history.values[part.key], culprit: culprit, prefix: prefix, value: value, blocked: blocked,
      explanation: account.text(
        culprit: culprit, isCertain: isCulpritCertain, blocked: blocked, cut: cut))
  }

  /// The operation with the earliest return after which no order is left.
  ///
  /// What holds of a history holds of each of its beginnings, so the point can be found by halving.
  private mutating func firstImpossibleEnd(shouldStop: () -> Bool) -> Operation {
    let ended = part.operations.filter { $0.kind == .ok }.sorted { ($0.end ?? 0) < ($1.end ?? 0) }
    var low = 0
    var high = ended.count - 1
    while low < high {
      let middle = (low + high) / 2
      let cut = part.cut(before: (ended[middle].end ?? 0) + 1)
      var search = Search(Preparation(cut, model.specification))
      let result = search.run(within: budget, shouldStop: shouldStop)
      expansions += search.expansions
      if case .limited = result { isCulpritCertain = false }
      if case .exhausted = result { high = middle } else { low = middle + 1 }
    }
    return ended[high]
  }

  /// The longest order that explains the answers of all the operations that it holds.
  private mutating func longestPrefix(of cut: Subhistory, shouldStop: () -> Bool) -> [Operation] {
    var search = Search(Preparation(cut, model.specification))
    search.keepsDemandedValues = false
    search.recordsLongest = true
    _ = search.run(within: budget, shouldStop: shouldStop)
    expansions += search.expansions
    return search.longest.map { cut.operations[Int(search.operations[Int($0)].source)] }
  }

  /// The completed operations that are not in the prefix and were called before the first of them returned.
  private func blockedOperations(of cut: Subhistory, behind prefix: [Operation]) -> [Operation] {
    let placed = prefix.map(\.call).sorted()
    let left = cut.operations.filter { $0.kind == .ok && !placed.containsSorted($0.call) }
    let earliestReturn = left.compactMap(\.end).min() ?? 0
    return left.filter { $0.call < earliestReturn }
  }
}

extension [Int] {
  /// Whether these numbers, which are sorted, hold `number`.
  func containsSorted(_ number: Int) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number
  }
}
