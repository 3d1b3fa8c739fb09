import Benchmarks
import Histories
import Testing

@testable import Linearizability

@Suite("What is certain of the operation whose end leaves no order")
struct StateWalkTests {
  @Test("Every fact holds in all orders, tried one by one, of 700 random histories", arguments: [UInt64(9), 10])
  func randomHistories(seed: UInt64) {
    var random =
      seed == 9
      ? RandomHistories(
        seed: seed, functions: [.get, .get, .get, .put, .put, .compareAndSet], operationLimit: 11)
      : RandomHistories(seed: seed, operationLimit: 6)
    var tally = Tally()
    for _ in 0..<700 {
      for part in Subhistory.parts(of: random.next()) {
        guard case .notLinearizable(let counterexample) = checker.check(part).verdict else { continue }
        let specification = checker.model.specification
        guard let walk = StateWalk(part, specification, culprit: counterexample.culprit, shouldStop: { false }) else {
          Issue.record("not followed: \(text(part))")
          continue
        }
        let facts = CulpritFacts(counterexample.culprit, in: part, checker.model, walk)
        if let wrong = mistake(in: facts, of: part, &tally) { Issue.record("\(wrong): \(text(part))") }
      }
    }
    #expect(tally.replaced > 2 && tally.gone > 2 && tally.others > 30 && tally.fails > 30, "\(tally)")
    #expect(seed == 10 || tally.needs > 0, "\(tally)")
  }

  /// How often each kind of fact was there to be checked.
  struct Tally {
    var (replaced, gone, needs, others, fails) = (0, 0, 0, 0, 0)
  }

  private var checker: LinearizabilityChecker { LinearizabilityChecker(model: Model(.keyValue)) }

  private func text(_ part: Subhistory) -> String {
    "\(part.operations) \(String(decoding: part.history.jsonLines(), as: UTF8.self))"
  }

  /// What is said that does not hold; `nil` if everything does.
  private func mistake(in facts: CulpritFacts, of part: Subhistory, _ tally: inout Tally) -> String? {
    let end = facts.culprit.end ?? 0
    let before = finalValues(of: part.cut(before: end))
    if let values = facts.values, values.count != before.count || !values.allSatisfy(before.contains) {
      return "the values \(values) are not \(before)"
    }
    if let wrong = mistake(inFateOf: facts, part, &tally) { return wrong }
    for latecomer in facts.latecomers {
      let without = part.with(part.operations.filter { $0.call != latecomer.operation.call })
      if let need = latecomer.need {
        tally.needs += 1
        if !finalValues(of: without.cut(before: (need.end ?? 0) + 1)).isEmpty { return "\(latecomer) is not needed" }
      }
      if let missing = latecomer.missing,
        finalValues(of: without.cut(before: end)).contains(part.history.values[missing])
      {
        return "\(latecomer) has what it replaces"
      }
    }
    let rest = part.with(part.operations.filter { $0.call != facts.culprit.call })
    switch facts.rest {
    case .hasOrder:
      tally.others += 1
      if finalValues(of: rest).isEmpty { return "the rest has no order" }
    case .failsNext(let operation):
      tally.fails += 1
      if finalValues(of: rest.cut(before: operation.end ?? 0)).isEmpty { return "the rest fails before" }
      if !finalValues(of: rest.cut(before: (operation.end ?? 0) + 1)).isEmpty { return "the rest does not fail there" }
    case .unknown: return "the rest is unknown"
    }
    return nil
  }

  private func mistake(inFateOf facts: CulpritFacts, _ part: Subhistory, _ tally: inout Tally) -> String? {
    guard let found = facts.found else { return facts.fate == nil ? nil : "it has a fate, and found nothing" }
    let value = part.history.values[found]
    let start: Int
    switch facts.fate {
    case .replaced(let operation, _):
      tally.replaced += 1
      start = (operation.end ?? 0) + 1
    case .gone(let operation):
      tally.gone += 1
      start = (operation.end ?? 0) + 1
    case .neverMade, .impossible: start = 0
    case nil: return "the fate is not known"
    }
    for position in start..<max(start, facts.culprit.end ?? 0) + 1 {
      var known = part.cut(before: position)
      if position > facts.culprit.call, start > facts.culprit.call {
        // Not even if it took effect before.
        known = known.with((known.operations + [facts.culprit]).sorted { $0.call < $1.call })
        if !finalValues(of: known).isEmpty { return "it can have taken effect before \(position)" }
      } else if finalValues(of: known).contains(value) {
        return "the value is there before \(position)"
      }
    }
    return nil
  }

  /// The values that all orders of these operations leave.
  private func finalValues(of part: Subhistory) -> [[UInt8]?] {
    var found: [[UInt8]?] = []
    leave(part.operations.filter { $0.kind != .fail }, from: nil, part, &found)
    return found
  }

  private func leave(_ left: [Operation], from value: [UInt8]?, _ part: Subhistory, _ found: inout [[UInt8]?]) {
    if left.allSatisfy(\.isUnknown), !found.contains(value) { found.append(value) }
    let earliest = left.filter { !$0.isUnknown }.compactMap(\.end).min() ?? .max
    for (place, operation) in left.enumerated() where operation.call < earliest {
      let step = Replay(part: part, specification: checker.model.specification).step(from: value, by: operation)
      guard case .next(let next) = step else { continue }
      var rest = left
      rest.remove(at: place)
      leave(rest, from: next, part, &found)
    }
  }
}
