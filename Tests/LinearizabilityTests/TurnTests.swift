import Benchmarks
import Histories
import Testing

@testable import Linearizability

@Suite("Engines in turns")
struct TurnTests {
  private let specification = SequentialSpecification(initial: nil)

  private func wide(_ operations: Int, isSpoiled: Bool, seed: UInt64) -> Subhistory {
    var workload = Workload("wide", operations: operations, clients: 200)
    (workload.values, workload.isSpoiled) = (5, isSpoiled)
    return Subhistory.parts(of: workload.history(seed: seed))[0]
  }

  @Test("A history of 200 clients is decided with little work", arguments: [false, true])
  func wideHistories(isSpoiled: Bool) {
    for operations in [400, 1_000] {
      for seed in 0..<5 as Range<UInt64> {
        let found = wide(operations, isSpoiled: isSpoiled, seed: seed).decide(specification)
        #expect(found.decision.answer == !isSpoiled, "\(operations) operations, seed \(seed)")
        // Breadth first it takes hundreds of thousands, and often millions.
        #expect(found.expansions < 20 * operations, "\(operations) operations, seed \(seed)")
      }
    }
  }

  @Test("The engines together look at no more than a few times what the one needs that is soonest done")
  func fewTimesTheFastest() {
    for seed in 0..<8 as Range<UInt64> {
      let part = wide(400, isSpoiled: false, seed: seed)
      let budget = Budget(expansions: 100_000)
      let single = SlotMode.allCases.map { part.decideBySlots(specification, $0, within: budget) }
      let all = single + [part.decide(specification, by: .wingGong, within: budget)]
      let fastest = all.filter { $0.decision.answer != nil }.map(\.expansions).min() ?? 100_000
      let found = part.decide(specification)
      #expect(found.decision.answer == true)
      // The first turns are as long as the history, whatever is needed.
      #expect(found.expansions < 10 * fastest + 10 * part.operations.count, "seed \(seed)")
    }
  }

  @Test("The same key is decided by the same engine with the same work")
  func deterministic() {
    for isSpoiled in [false, true] {
      for seed in 0..<4 as Range<UInt64> {
        let part = wide(300, isSpoiled: isSpoiled, seed: seed)
        let (one, other) = (part.decide(specification), part.decide(specification))
        #expect(one.expansions == other.expansions)
        #expect("\(one.decision)" == "\(other.decision)")
      }
    }
  }

  /// An engine on a key, in turns of this much work each.
  private func run(_ engine: any Contender, turn: Int) -> (decision: Decision, expansions: Int) {
    var end = turn
    while true {
      let decision = engine.run(upTo: end, within: Budget(expansions: 20_000), shouldStop: { false })
      guard case .unknown(.expansions) = decision, engine.expansions < 20_000 else {
        return (decision, engine.expansions)
      }
      end = end.addingReportingOverflow(turn).overflow ? .max : end + turn
    }
  }

  private func engines(of part: Subhistory) -> [any Contender] {
    var engines: [any Contender] = [SearchContender(Search(Preparation(part, specification)))]
    for mode in [SlotMode.endless, .depthFirst, .breadthFirst] {
      if case .ready(let problem) = part.prepareSlots(
        specification, within: .max, ProvenSlotRules.self, shouldStop: { false })
      {
        engines.append(SlotContender(problem, mode))
      }
    }
    if let windows = SlotWindows<ProvenSlotRules>(part, specification) { engines.append(WindowContender(windows)) }
    return engines
  }

  @Test("An engine that is interrupted comes to the same as one that is not")
  func interrupted() {
    var parts = (0..<6 as Range<UInt64>).map { wide(120, isSpoiled: $0 % 2 == 1, seed: $0) }
    var random = RandomHistories(seed: 5, operationLimit: 24)
    for _ in 0..<300 { parts += Subhistory.parts(of: random.next()) }
    for (number, part) in parts.enumerated() {
      for (whole, pieces) in zip(engines(of: part), engines(of: part)) {
        let (one, other) = (run(whole, turn: .max), run(pieces, turn: 37))
        #expect("\(one.decision)" == "\(other.decision)", "\(number), \(type(of: whole))")
        // Wing & Gong's notices the end of its budget one configuration late.
        #expect(min(one.expansions, 20_000) == min(other.expansions, 20_000), "\(number), \(type(of: whole))")
      }
    }
  }

  @Test("All engines together keep to the limit of memory, and say so when it is reached")
  func memory() {
    let part = wide(400, isSpoiled: false, seed: 17)
    guard case .unknown(.bytes(1_000)) = part.decide(specification, within: Budget(bytes: 1_000)).decision else {
      return #expect(Bool(false))
    }
    let found = part.decide(specification, within: Budget(expansions: 50_000, bytes: 400_000)).decision
    switch found {
    case .unknown(.bytes(400_000)), .unknown(.expansions(50_000)), .linearizable: break
    default: Issue.record("\(found)")
    }
  }
}
