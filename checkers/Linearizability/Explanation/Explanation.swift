import Histories

/// Finds out, for one key without an order, where it goes wrong and why.
struct Explanation {
  let part: Subhistory
  let model: Model
  /// What may be spent in all, and on each of the searches below.
  private let given: Budget
  private let budget: Budget
  /// What each beginning of the history may cost that is decided.
  private let budgetOfBeginning: Budget
  /// The configurations looked at.
  private(set) var expansions = 0
  /// Whether every search for the culprit came to an end; else an earlier one may be to blame.
  private var isCulpritCertain = true
  /// The last order met of all that was to be explained right before an operation's end, which has this call.
  private var orderBefore: (call: Int, order: [Operation])?

  /// What each of the searches below may spend: an explanation is not worth more than the verdict.
  private static let expansionLimit = 20_000
  /// What each beginning of the history may cost that is decided: all engines have a turn at it.
  private static let expansionLimitOfBeginning = 30_000
  private static let leastExpansions = 2_000
  private static let leastExpansionsPerOperation = 8
  /// The most operations of a key whose order is told step by step.
  private static let storyLimit = 20_000
  /// So many of the operations none of which can come next are named.
  private static let blockedLimit = 64

  /// - Parameter spent: the configurations that were looked at for the verdict.
  init(_ part: Subhistory, _ model: Model, within budget: Budget, spent: Int) {
    self.part = part
    self.model = model
    given = budget
    let least = Self.leastExpansions + Self.leastExpansionsPerOperation * part.operations.count
    let limit = min(max(spent, least), Self.expansionLimit)
    self.budget = Budget(expansions: min(budget.expansions, limit), bytes: budget.bytes)
    budgetOfBeginning = Budget(expansions: min(budget.expansions, Self.expansionLimitOfBeginning), bytes: budget.bytes)
  }

  /// The counterexample, explained.
  ///
  /// - Parameter ground: from what it follows that there is no order.
  mutating func counterexample(_ ground: Decision.Ground, shouldStop: () -> Bool) -> Counterexample {
    if part.operations.count > Self.storyLimit, let culprit = culprit(ground) {
      return summary(ground, culprit: culprit, shouldStop: shouldStop)
    }
    let culprit = firstImpossibleEnd(ground, shouldStop: shouldStop)
    let cut = part.cut(before: (culprit.end ?? culprit.call) + 1)
    let known = knownOrder(ground, before: culprit)
    orderBefore = known.map { (culprit.call, Self.beginning(of: $0.order, in: cut)) } ?? orderBefore
    var facts = facts(of: culprit, behind: known, cut, shouldStop)
    guard let prefix = longestPrefix(of: cut, culprit, shouldStop: shouldStop) else {
      return summary(ground, culprit: culprit, shouldStop: shouldStop)
    }
    let replay = Replay(part: cut, specification: model.specification)
    let value = replay.value(after: prefix) ?? model.initial
    let account = Account(part: part, model: model, prefix: prefix, value: value)
    let returned = cut.operations.count { $0.kind == .ok && $0.call != culprit.call }
    if let found = facts?.found, !prefix.contains(where: { $0.call == culprit.call }),
      prefix.count(where: { $0.kind == .ok }) == returned,
      replay.lastPlace(of: found, along: prefix) != nil
    {
      facts?.isFoundCertain = true
    }
    let all = blockedOperations(of: cut, behind: prefix)
    var blocked: [Counterexample.Blocked] = []
    for operation in all.prefix(Self.blockedLimit) {
      if shouldStop() { return summary(ground, culprit: culprit, shouldStop: shouldStop) }
      blocked.append(
        Counterexample.Blocked(
          operation: operation, name: account.name(operation), reason: account.reason(against: operation, facts),
          obstacle: account.obstacle(against: operation)))
    }
    let anomaly = anomaly(culprit: culprit, &facts, blocked: blocked, ground, shouldStop)
    let values = possibleValues(ground)
    return Counterexample(
      key: part.history.values[part.key], culprit: culprit, prefix: prefix, value: value, blocked: blocked,
      certificate: certificate(ground), possibleValues: facts?.values ?? values, anomaly: anomaly,
      explanation: account.text(
        culprit: culprit, isCertain: isCulpritCertain, facts: facts, blocked: blocked, blockedCount: all.count,
        cut: cut, anomaly: anomaly, ground))
  }

  /// What is certain of the culprit; `nil` of a lock: of what that holds, values say nothing to its users.
  ///
  /// - Parameter known: an order of all that had returned before it and what that leaves, if one is known.
  private mutating func facts(
    of culprit: Operation, behind known: (order: [Operation], value: [UInt8]?)?, _ cut: Subhistory,
    _ shouldStop: () -> Bool
  ) -> CulpritFacts? {
    guard model.name != .mutex else { return nil }
    let walk =
      isCulpritCertain ? StateWalk(part, model.specification, culprit: culprit, shouldStop: shouldStop) : nil
    var facts = CulpritFacts(culprit, in: part, model, walk)
    if isCulpritCertain, case .unknown = facts.rest, culprit.onlyLooks {
      let known = known ?? (order: [], value: model.initial)
      let placed = ([culprit] + known.order).map(\.call).sorted()
      let rest = part.with(part.operations.filter { !placed.containsSorted($0.call) })
      let specification = SequentialSpecification(initial: known.value)
      let found = rest.decideExpectingOrder(specification, within: budgetOfBeginning, shouldStop: shouldStop)
      expansions += found.expansions
      if case .linearizable(let order) = found.decision {
        facts.rest = .hasOrder
        let whole = known.order + order.map { rest.operations[Int($0)] }
        orderBefore = (culprit.call, Self.beginning(of: whole, in: cut))
      }
    }
    return facts
  }

  /// An order of all that had returned before the culprit did, and of some of what was open, if the engine tells one, and
  /// it is one; and the value that it leaves.
  private func knownOrder(
    _ ground: Decision.Ground, before culprit: Operation
  ) -> (order: [Operation], value: [UInt8]?)? {
    guard case .deadEnd(let end) = ground, !end.order.isEmpty, part.operations[Int(end.operation)] == culprit else {
      return nil
    }
    let order = end.order.map { part.operations[Int($0)] }
    func hasReturned(_ operation: Operation) -> Bool {
      operation.kind == .ok && operation.end ?? .max < culprit.end ?? 0
    }
    guard order.count(where: hasReturned) == part.operations.count(where: hasReturned),
      let value = Replay(part: part, specification: model.specification).value(after: order)
    else { return nil }
    return (order, value)
  }

  /// What an order of all but the culprit does until that returns: behind the last operation of `cut` that has returned
  /// there stand those that were called later.
  private static func beginning(of order: [Operation], in cut: Subhistory) -> [Operation] {
    let calls = cut.operations.map(\.call)
    let places = order.map { operation -> Int? in
      let place = calls.partitionPoint { $0 >= operation.call }
      return place < calls.count && calls[place] == operation.call ? place : nil
    }
    let last = places.lastIndex { $0.map { cut.operations[$0].kind == .ok } ?? false }
    return places.prefix(last.map { $0 + 1 } ?? 0).compactMap { $0.map { cut.operations[$0] } }
  }

  /// The counterexample of a key too long for a story, or of one for whose story there was no time: the rule that it
  /// breaks, or where it ends.
  private func summary(
    _ ground: Decision.Ground, culprit: Operation, shouldStop: () -> Bool
  ) -> Counterexample {
    let account = Account(part: part, model: model, prefix: [], value: model.initial)
    let blocked = Counterexample.Blocked(
      operation: culprit, name: account.name(culprit), reason: "no order goes on behind its end")
    var facts: CulpritFacts?
    let anomaly = anomaly(culprit: culprit, &facts, blocked: [], ground, shouldStop)
    return Counterexample(
      key: part.history.values[part.key], culprit: culprit, prefix: [], value: model.initial, blocked: [blocked],
      certificate: certificate(ground), possibleValues: possibleValues(ground),
      anomaly: anomaly, explanation: account.summary(ground, culprit: culprit) + "\n\(anomaly.sentence)")
  }

  /// The kind of the culprit's answer; what was found out beside it joins the facts. Where the culprit tells no value, those
  /// beside it say what was seen.
  private func anomaly(
    culprit: Operation, _ facts: inout CulpritFacts?, blocked: [Counterexample.Blocked], _ ground: Decision.Ground,
    _ shouldStop: () -> Bool
  ) -> Anomaly {
    var reader = AnomalyReader(part: part, model: model, within: given)
    let beside = culprit.foundValue == nil ? blocked.map(\.operation) + certificate(ground) : []
    let anomaly = reader.anomaly(culprit: culprit, suspects: [culprit] + beside, shouldStop: shouldStop)
    let isPhantom = anomaly == .staleRead && facts?.isImpossible ?? false
    facts?.isLostWithoutRead = reader.isLostWithoutRead
    facts?.denied = reader.denied
    return isPhantom ? .phantomValue : anomaly
  }

  /// The operation that the ground names by itself: the one behind whose end nothing works, or the last to end of those
  /// that break a rule.
  private func culprit(_ ground: Decision.Ground) -> Operation? {
    switch ground {
    case .zones: certificate(ground).filter { $0.kind == .ok }.max { ($0.end ?? 0) < ($1.end ?? 0) }
    case .deadEnd(let end): part.operations[Int(end.operation)]
    case .exhausted, .object: nil
    }
  }

  private func certificate(_ ground: Decision.Ground) -> [Operation] {
    guard case .zones(let violation) = ground else { return [] }
    return violation.operations.map { part.operations[Int($0)] }
  }

  private func possibleValues(_ ground: Decision.Ground) -> [[UInt8]?] {
    guard case .deadEnd(let end) = ground else { return [] }
    return end.values
  }

  /// The operation with the earliest return after which no order is left.
  ///
  /// What holds of a history holds of each of its beginnings, so the point can be found by halving. The ground often names
  /// it: so that is asked first, and the others backwards from there.
  private mutating func firstImpossibleEnd(_ ground: Decision.Ground, shouldStop: () -> Bool) -> Operation {
    let named = culprit(ground)
    if case .deadEnd(let end) = ground, end.isFirst, let named { return named }
    let ended = part.operations.filter { $0.kind == .ok }.sorted { ($0.end ?? 0) < ($1.end ?? 0) }
    // Right before the end of the one at `low` there is an order; none is left behind that of the one at `high`.
    var low = 0
    var high = named.flatMap { named in ended.lastIndex { $0.call == named.call } } ?? ended.count - 1
    var step = named == nil ? high : 0
    while low < high {
      if shouldStop() {
        isCulpritCertain = false
        break
      }
      let middle = step < high - low ? high - step : (low + high + 1) / 2
      step = step < high - low ? 2 * step + 1 : .max
      let answer = hasOrder(before: ended[middle], shouldStop)
      if answer == nil { isCulpritCertain = false }
      if answer == false { high = middle - 1 } else { (low, step) = (middle, .max) }
    }
    return ended[high]
  }

  /// Whether there is an order right before the end of an operation; `nil` if that was not found out.
  ///
  /// - Parameter isExpected: whether there most likely is one.
  private mutating func hasOrder(
    before operation: Operation, isExpected: Bool = false, _ shouldStop: () -> Bool
  ) -> Bool? {
    let cut = part.cut(before: operation.end ?? 0)
    let found =
      isExpected
      ? cut.decideExpectingOrder(model.specification, within: budgetOfBeginning, shouldStop: shouldStop)
      : cut.decide(model.specification, within: budgetOfBeginning, shouldStop: shouldStop)
    expansions += found.expansions
    if case .linearizable(let order) = found.decision {
      orderBefore = (operation.call, order.map { cut.operations[Int($0)] })
    }
    return found.decision.answer
  }

  /// The longest order that explains the answers of all the operations that it holds; `nil` if it was not looked for to
  /// the end, since the caller said stop.
  ///
  /// Where the culprit is known none is longer than those that leave nothing but one operation out.
  private mutating func longestPrefix(
    of cut: Subhistory, _ culprit: Operation, shouldStop: () -> Bool
  ) -> [Operation]? {
    var search = Search(Preparation(cut, model.specification, shouldStop: shouldStop))
    search.keepsDemandedValues = false
    search.recordsLongest = true
    search.endsAtAllButOne = true
    var few = budget
    // Where the search for the culprit took all it may there is little hope for this one.
    few.expansions = isCulpritCertain ? min(few.expansions, 64 + cut.operations.count) : few.expansions / 4
    let result = search.run(within: few, shouldStop: shouldStop)
    expansions += search.expansions
    if case .limited(.stopped) = result { return nil }
    if case .limited = result, isCulpritCertain, let order = order(before: culprit, shouldStop) { return order }
    if shouldStop() { return nil }
    return search.longest.map { cut.operations[Int(search.operations[Int($0)].source)] }
  }

  /// An order of everything up to right before the culprit's end: it leaves out nothing but that.
  private mutating func order(before culprit: Operation, _ shouldStop: () -> Bool) -> [Operation]? {
    if orderBefore?.call != culprit.call { _ = hasOrder(before: culprit, isExpected: true, shouldStop) }
    return orderBefore?.call == culprit.call ? orderBefore?.order : nil
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
