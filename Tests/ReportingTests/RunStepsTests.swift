import Determinism
import Histories
import Raft
import Scenarios
import Simulation
import Testing
import Traces

@testable import Reporting

@Suite("A run event by event")
struct RunStepsTests {
  private static let scenario: Scenario = {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.clients, knobs.operations, knobs.duration) = (3, 2, 12, .seconds(1))
    return Scenario(seed: 11, knobs: knobs)
  }()

  /// A run of a few hand-made events.
  private func steps(_ events: [TracedEvent]) -> [RunStep] {
    let history = HistoryRecorder(header: HistoryHeader(model: .keyValue)).finish()
    let outcome = RunOutcome(
      eventHash: 0, history: history, statistics: RunStatistics(), failure: nil, isCut: false, trace: events)
    return Array(RunSteps(of: outcome, in: Self.scenario))
  }

  private func state(_ node: UInt8, _ role: Role = .follower, isRunning: Bool = true, commit: UInt64 = 0)
    -> NodeState
  {
    NodeState(
      node: NodeID(node), isRunning: isRunning, role: role, term: 2, last: LogPosition(3, 1),
      commitIndex: LogIndex(commit))
  }

  @Test("The event in a line, what it did, and how every server stands, with a mark where something changed")
  func layout() throws {
    let key = MessageKey(from: NodeID(2), to: NodeID(1), .requestVote, term: 2, index: 0, occurrence: 0)
    let message = TracedMessage(key: key, sentIn: nil, sentAt: .zero, content: Said.requestVote.message(in: 2))
    let event = TracedEvent(
      hash: 1, at: .microseconds(1_204_050), kind: .electionTimer,
      node: NodeID(2),
      effects: [
        TracedEffect(.term(2), at: NodeID(2)), TracedEffect(.role(.candidate, term: 2), at: NodeID(2)),
        TracedEffect(.sent(message), at: NodeID(2)), TracedEffect(.lost(message), at: NodeID(2)),
      ],
      states: [state(2, .candidate)])
    let crash = TracedEvent(
      hash: 2, at: .seconds(2), kind: .calmLook,
      effects: [TracedEffect(.crashed(lossy: true), at: NodeID(2))], states: [state(2, isRunning: false)])
    let texts = steps([event, crash]).map { $0.lines(in: .standard).map(\.plainText).joined(separator: "\n") }
    #expect(
      texts == [
        """
             1  1.204050 s  n2's election timer runs out
                    n2 enters term 2
                    n2 is a candidate of term 2
                    n2 sends n1, term 2: request vote, log empty: lost
                  n1  follower       term 0    log 0/0    commit 0
                * n2  candidate      term 2    log 3/1    commit 0
                  n3  follower       term 0    log 0/0    commit 0
        """,
        """
             2  2.000000 s  the observer looks whether the cluster has settled
                    n2 crashes and loses what was not synced
                  n1  follower       term 0    log 0/0    commit 0
                * n2  down           term 2    log 3/1    commit 0
                  n3  follower       term 0    log 0/0    commit 0
        """,
      ])
  }

  @Test("A sync that fails is no sync, and what says so is what became of it")
  func failedSync() throws {
    var scenario = Self.scenario
    scenario.faults = [
      Fault(id: 42, trigger: .time(at: .zero), duration: .seconds(2), action: .syncError(target: .nodes([NodeID(1)])))
    ]
    scenario.disk.weak = [NodeID(1)]
    scenario.calm.fates[0] = .free
    var simulation = Simulation(scenario, options: SimulationOptions(tracing: .start))
    let outcome = simulation.run()
    let steps = Array(RunSteps(of: outcome, in: scenario))
    let failed = steps.filter { $0.event.isSync(failing: true) }
    #expect(!failed.isEmpty && failed.allSatisfy { $0.headline.hasPrefix("n1's disk fails to sync ") })
    // A sound server stops for it.
    #expect(
      failed.allSatisfy { step in
        step.event.effects.contains { if case .stopped = $0.what { true } else { false } }
      })
    let kept = steps.filter { $0.event.isSync(failing: false) }
    #expect(!kept.isEmpty && kept.allSatisfy { !$0.headline.contains("fails to sync") })
  }

  @Test("Every event of a real run has words, and every effect but a loss that is told already")
  func words() {
    var simulation = Simulation(Self.scenario, options: SimulationOptions(tracing: .start))
    let outcome = simulation.run()
    let steps = Array(RunSteps(of: outcome, in: Self.scenario))
    #expect(steps.map(\.number) == Array(1...outcome.trace.count))
    for step in steps {
      #expect(!step.headline.isEmpty && step.effects.allSatisfy { $0.count > 8 })
      let losses = step.event.effects.count { if case .lost = $0.what { true } else { false } }
      #expect(step.effects.count >= step.event.effects.count - losses)
    }
    #expect(steps.last?.after.contains { $0.role == .leader && $0.commitIndex > 1 } ?? false)
  }

  @Test("No line of a step is wider than its reader's columns", arguments: Widths.all)
  func widths(_ columns: Int) {
    var simulation = Simulation(Self.scenario, options: SimulationOptions(tracing: .start))
    let steps = Array(RunSteps(of: simulation.run(), in: Self.scenario)).prefix(300)
    let lines = steps.flatMap { $0.lines(in: Layout(width: columns)) }
    Widths.check(lines, columns, sameWordsAs: steps.flatMap { $0.lines(in: Layout(width: 160)) })
  }
}

extension TracedEvent {
  fileprivate func isSync(failing: Bool) -> Bool {
    if case .diskSync(_, fails: failing) = kind { true } else { false }
  }
}
