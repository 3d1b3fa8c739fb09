import Determinism
import Histories
import KeyValue
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// A scenario small enough for debug builds.
func smallScenario(
  _ seed: UInt64, _ turn: (inout ScenarioKnobs) -> Void = { _ in }
) -> Scenario {
  var knobs = ScenarioKnobs()
  (knobs.nodes, knobs.clients, knobs.operations, knobs.duration) = (3, 3, 60, .seconds(2))
  turn(&knobs)
  return Scenario(seed: seed, knobs: knobs)
}

/// Runs a scenario on the correct rules.
func run(_ scenario: Scenario, checks: RunChecks = .all) -> RunOutcome {
  var simulation = Simulation(scenario, options: SimulationOptions(checks: checks))
  return simulation.run()
}

/// What clients saw before an instant, to the nanosecond: it hangs on every delay, timeout and sync behind it.
private func prefix(_ scenario: Scenario, before end: Duration) -> [HistoryEvent] {
  Array(run(scenario).history.events.prefix { $0.time < end.nanoseconds })
}

@Suite("A run is a function of its scenario")
struct RunTests {
  /// The runs of the first seeds, to which others are compared.
  private static let runs = (0..<4 as Range<UInt64>).map { run(smallScenario($0)) }

  @Test("The same scenario twice gives the same events and the same history", arguments: 0..<4)
  func twice(place: Int) {
    let (one, other) = (Self.runs[place], run(smallScenario(UInt64(place))))
    #expect(one.eventHash == other.eventHash)
    #expect(one.statistics == other.statistics)
    #expect(one.history.events == other.history.events)
    #expect(
      one.history.operations().map { one.history.outcome(of: $0) }
        == other.history.operations().map { other.history.outcome(of: $0) })
    #expect(one.failure == nil && !one.isCut)
    #expect(Self.runs.count { $0.eventHash == one.eventHash } == 1, "other seeds are other runs")
  }

  @Test("Checking invariants does not change the run", arguments: 0..<4)
  func observation(place: Int) {
    let (one, other) = (Self.runs[place], run(smallScenario(UInt64(place)), checks: .none))
    #expect(one.eventHash == other.eventHash && one.history.events == other.history.events)
  }

  @Test("Messages that travel as bytes make the same run", arguments: 0..<4 as Range<UInt64>)
  func bytes(seed: UInt64) {
    let outcomes = [false, true].map { sendsBytes in
      var simulation = Simulation(smallScenario(seed), options: SimulationOptions(sendsBytes: sendsBytes))
      return simulation.run()
    }
    #expect(outcomes[0].eventHash == outcomes[1].eventHash && outcomes[0].history.events == outcomes[1].history.events)
  }

  @Test("Without a fault everything before it is as it was")
  func withoutFault() {
    var compared = 0
    for seed in 0..<4 as Range<UInt64> {
      let whole = smallScenario(seed)
      let times = whole.faults.map { fault in
        if case .time(let at) = fault.trigger { at } else { Duration.zero }
      }
      let last = times.max() ?? .zero
      var without = whole
      without.faults.removeAll { $0.trigger == .time(at: last) }
      let before = prefix(whole, before: last)
      #expect(before == prefix(without, before: last), "seed \(seed)")
      #expect(without.faults.count < whole.faults.count)
      compared += before.count
    }
    #expect(compared > 100)
  }

  @Test("Without an operation everything before it is as it was", arguments: 0..<4 as Range<UInt64>)
  func withoutOperation(seed: UInt64) {
    let whole = smallScenario(seed)
    var without = whole
    let removed = without.workload.clients[1].operations.removeLast()
    let before = prefix(whole, before: removed.at)
    #expect(before == prefix(without, before: removed.at), "operation \(removed.id)")
  }

  @Test("A run that reaches its limit of events says so, and what was open stays open")
  func cut() {
    var scenario = smallScenario(1) { ($0.nodes, $0.clients, $0.operations, $0.faults) = (1, 1, 1, []) }
    // A client asks twice a millisecond, nothing ever arrives, and it has an hour.
    scenario.network.clientLoss = Ratio(1, 1)
    scenario.workload.attemptTimeout = .milliseconds(1)
    scenario.workload.retryPause = .microseconds(1)
    scenario.workload.operationTimeout = ScenarioLimits.maxDuration
    scenario.stormEnd = ScenarioLimits.maxDuration
    scenario.cluster.heartbeatInterval = ScenarioLimits.maxDuration
    scenario.overrides = Overrides(leavesOutCalm: true)
    let outcome = run(scenario)
    #expect(outcome.isCut && outcome.failure == nil)
    #expect(outcome.statistics.events == scenario.maxEvents)
    #expect(outcome.statistics.operationsUnknown == 1 && outcome.history.events.count == 1)
  }
}
