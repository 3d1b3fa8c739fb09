import Determinism
import Scenarios
import Traces

/// What a broken invariant leads to when nothing stops the run there.
///
/// Some invariants look ahead: `ElectableHoldsCommitted` breaks when a server that lacks a committed entry *could* be
/// elected. The sequel lets it happen: the leader is cut off, what keeps the others apart ends, and one server after the
/// other is tried as the next leader, until the damage is done: servers have applied different entries, or one has
/// stopped rather than do so. One that leads an earlier term restarts first.
package struct Sequel: Sendable {
  /// The run that goes on, and ends with the damage.
  package let run: Run
  /// With its whole trace: the events of the run that failed and those that follow.
  package let outcome: RunOutcome
  /// The place of the first event behind the failure.
  package let start: Int

  /// The run with its verdict.
  package var report: RunReport { SimulatedRun(run: run, outcome: outcome, simulationTime: .zero).judged() }

  /// How long it goes on, in election timeouts of the longest kind.
  private static let length: Int64 = 20

  /// The sequel in which the damage is done; `nil` if there is none, or the failure is itself the damage.
  ///
  /// - Parameter report: of a run with its trace.
  package init?(of report: RunReport) {
    // A run whose trace does not reach back to its start has no place to go on from.
    guard let failure = report.outcome.failure, case .invariant = failure.signature, !failure.finding.isDamage,
      !failure.signature.letsRunGoOn,
      failure.event > 0, report.outcome.trace.count == failure.event
    else { return nil }
    let leaders = Self.leaders(after: report.outcome.trace)
    let nodes = NodeID.first(report.run.scenario.cluster.nodes).filter { $0 != leaders.last }
    for node in nodes {
      var run = report.run
      run.scenario = Self.drawnOut(report, leaders: leaders, successor: node, from: failure.at)
      run.checks = .damage
      guard (try? run.scenario.validate()) != nil else { continue }
      let outcome = run.simulate(tracing: .start).outcome
      guard outcome.failure != nil, outcome.trace.count > failure.event,
        outcome.trace[failure.event - 1].hash == report.outcome.trace[failure.event - 1].hash
      else { continue }
      (self.run, self.outcome, start) = (run, outcome, failure.event)
      return
    }
    return nil
  }

  /// Those that take themselves for leaders, of the latest term last.
  private static func leaders(after trace: [TracedEvent]) -> [NodeID] {
    var latest = SortedTable<NodeID, NodeState>()
    for event in trace { for state in event.states { latest[state.node] = state } }
    return latest.values.filter { $0.isRunning && $0.role == .leader }.sorted { $0.term < $1.term }.map(\.node)
  }

  /// The scenario goes on behind its failure, with another leader.
  private static func drawnOut(
    _ report: RunReport, leaders: [NodeID], successor: NodeID, from failure: Duration
  ) -> Scenario {
    var scenario = report.run.scenario
    let turn = failure + .milliseconds(1)
    let end = failure + scenario.cluster.electionTimeoutMax * length
    scenario.faults = scenario.faults.compactMap { fault in
      guard let begun = report.outcome.faults.first(where: { $0.id == fault.id }) else { return nil }
      var fault = fault
      fault.duration = min(fault.duration, turn - begun.at)
      return fault
    }
    func begin(_ action: FaultAction, for duration: Duration) {
      let id = (scenario.faults.map(\.id).max() ?? 0) + 1
      scenario.faults.append(Fault(id: id, trigger: .time(at: turn), duration: duration, action: action))
    }
    if let leader = leaders.last {
      // What it has sent and nobody has heard yet is lost with it.
      begin(.partition(shape: .one, side: .nodes([leader]), direction: .both), for: end - turn)
    }
    if leaders.contains(successor) { begin(.kill(target: .nodes([successor]), tearing: false), for: .milliseconds(1)) }
    var overrides = scenario.overrides ?? Overrides()
    // At first it may have an earlier term than the others, or they may still keep to their leader.
    let attempts = (0..<length / 3).map { number in
      ForcedElection(node: successor, at: turn + scenario.cluster.electionTimeoutMax * 2 * number)
    }
    overrides.elections = report.outcome.elections + attempts
    overrides.leavesOutCalm = true
    scenario.overrides = overrides
    scenario.stormEnd = end
    return scenario
  }
}
