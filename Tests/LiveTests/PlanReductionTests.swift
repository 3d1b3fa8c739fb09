import Determinism
import Scenarios
import Testing

@testable import Live

@Suite("Making a failing plan smaller")
struct PlanReductionTests {
  /// A plan with this many pauses, one a second.
  private func plan(faults: Int) -> LivePlan {
    var scenario = Scenario(seed: 1, live: .plain(duration: .seconds(60)))
    scenario.faults = (0..<faults).map { number in
      Fault(
        id: number, trigger: .time(at: .seconds(Int64(number))), duration: .milliseconds(500),
        action: .pause(target: .nodes([NodeID(1)])))
    }
    return LivePlan(system: "s", options: [], bug: nil, scenario: scenario)
  }

  private func reduction(
    of plan: LivePlan, lastReturn: Duration? = nil, trials: Int = 1_000, fails: @escaping (Scenario) -> Bool
  ) throws -> (result: PlanReduction.Result, left: LivePlan?) {
    var (count, left) = (0, nil as LivePlan?)
    var reduction = PlanReduction(
      plan, at: "plan", failing: .init(lastReturn: lastReturn), hasToEnd: { count >= trials }
    ) { plan in
      count += 1
      return fails(plan.scenario) ? .init(lastReturn: lastReturn) : nil
    }
    let result = try reduction.reduce { plan in
      left = plan
      return "smaller"
    }
    return (result, left)
  }

  @Test("What is left are the faults without which it does not fail")
  func faults() throws {
    let wanted = [3, 11]
    let (result, left) = try reduction(of: plan(faults: 20)) { scenario in
      wanted.allSatisfy { id in scenario.faults.contains { $0.id == id } }
    }
    #expect(left?.scenario.faults.map(\.id) == wanted)
    #expect(result.smaller?.faults == 2)
    #expect((result.failures, result.tries) == (3, 3))
    #expect(result.bestPath == "smaller")
  }

  @Test("The storm ends soon after the last operation that was not explained")
  func end() throws {
    let plan = plan(faults: 20)
    let (result, left) = try reduction(of: plan, lastReturn: .seconds(5)) { !$0.faults.isEmpty }
    let end = .seconds(5) + plan.scenario.cluster.electionTimeoutMax * 2
    #expect(left?.scenario.stormEnd == end)
    #expect(result.smaller?.time == end)
    #expect(left?.scenario.workload.clients.allSatisfy { $0.operations.allSatisfy { $0.at < end } } == true)
    #expect(left?.scenario.faults.count == 1)
  }

  @Test("A plan that never fails again is left as it is")
  func never() throws {
    let (result, left) = try reduction(of: plan(faults: 4)) { _ in false }
    #expect(left == nil)
    #expect((result.failures, result.tries) == (0, 3))
    #expect(result.smaller == nil)
    #expect(result.bestPath == "plan")
    #expect(result.sentence.contains("0 of 3"))
  }

  @Test("It ends when the budget is used up, with what it has by then")
  func budget() throws {
    let (result, left) = try reduction(of: plan(faults: 20), trials: 4) { !$0.faults.isEmpty }
    #expect(result.tries == 3)
    #expect(left == nil)
  }
}

extension LiveKnobs {
  /// Three servers without faults.
  static func plain(nodes: Int = 3, duration: Duration = .seconds(3), faults: [FaultKind] = []) -> LiveKnobs {
    LiveKnobs(
      nodes: nodes, clients: 2 * nodes, rate: 100, duration: duration, faults: faults,
      electionTimeout: .milliseconds(300)...(.milliseconds(600)), heartbeatInterval: .milliseconds(60),
      changes: LiveChange.allCases)
  }
}
