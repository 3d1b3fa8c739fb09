import Determinism
import Histories
import Judging
import KeyValue
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// A session's first command is answered again to whatever comes after it.
private enum RepeatsItself: SessionRules {
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition { last == nil ? .apply : .answerAgain }
}

@Suite("Simulated clients")
struct ClientTests {
  /// Storms with connections that break, so that much stays unknown.
  private func lossy(_ seed: UInt64) -> Scenario {
    var scenario = smallScenario(seed)
    scenario.network.clientLoss = Ratio(1, 5)
    scenario.workload.attemptTimeout = .milliseconds(60)
    scenario.workload.operationTimeout = .milliseconds(150)
    scenario.sessions = SessionPlan(lifetime: .seconds(3_600), maxOpen: 10, outlastDoubt: true)
    return scenario
  }

  @Test("An identity of which an operation's outcome is unknown is not used again", arguments: 0..<4 as Range<UInt64>)
  func identities(seed: UInt64) {
    let outcome = run(lossy(seed))
    var unknown: Set<Int32> = []
    for event in outcome.history.events {
      #expect(!unknown.contains(event.process), "process \(event.process) of seed \(seed)")
      if event.kind == .info { unknown.insert(event.process) }
    }
    #expect(!unknown.isEmpty && unknown.count == outcome.statistics.operationsUnknown)
  }

  @Test("An answer to another kind of operation than was asked for is told of, and what became of that stays unknown")
  func unfit() {
    let findings = (0..<8 as Range<UInt64>).compactMap { seed in
      var scenario = lossy(seed)
      // In the calm the operations would not end well, which is the worse.
      scenario.overrides = Overrides(leavesOutCalm: true)
      var simulation = Simulation(
        scenario, rules: RuleSet(session: RepeatsItself.self), options: SimulationOptions(checks: .outside))
      return simulation.run().failure?.finding
    }
    #expect(findings.contains { if case .answerUnfit = $0 { true } else { false } }, "\(findings)")
  }

  @Test("What clients see in such a storm is linearizable", arguments: 0..<4 as Range<UInt64>)
  func linearizable(seed: UInt64) {
    #expect(Judge().judge(run(lossy(seed)).history).verdict.name == "linearizable", "seed \(seed)")
  }

  @Test("After the calm every client reads every key, and all are answered", arguments: 0..<4 as Range<UInt64>)
  func finalReads(seed: UInt64) {
    var scenario = smallScenario(seed)
    scenario.network.clientLoss = .zero
    let outcome = run(scenario)
    var expected: [String] = []
    for client in 0..<3 { expected += scenario.workload.keys.map { "\(client) \($0)" } }
    var read: [String] = []
    var wrote: [String] = []
    for event in outcome.history.events where event.kind == .ok && event.time >= scenario.stormEnd.nanoseconds {
      let key = String(decoding: outcome.history.values[event.key] ?? [], as: UTF8.self)
      if event.function == .get { read.append("\(event.process % 3) \(key)") }
      if key.hasPrefix("calm-") { wrote.append(key) }
    }
    #expect(wrote == ["calm-0", "calm-1", "calm-2"], "each in its turn, to a key of its own")
    #expect(read.suffix(expected.count).sorted() == expected.sorted())
    #expect(outcome.statistics.finalReads == expected.count)
    #expect(outcome.statistics.finalReadsExpected == expected.count)
  }

  @Test("An operation fails if every attempt met a server that was down: it is certain that nothing happened")
  func refusedEverywhere() {
    var scenario = smallScenario(2) { $0.faults = [] }
    scenario.network.clientLoss = .zero
    // Longer than any way there and back.
    scenario.workload.attemptTimeout = .seconds(1)
    scenario.workload.operationTimeout = .milliseconds(300)
    scenario.workload.retryPause = .milliseconds(200)
    scenario.faults = [
      Fault(
        id: 0, trigger: .time(at: .zero), duration: scenario.stormEnd,
        action: .kill(target: .nodes(NodeID.first(3)), tearing: false))
    ]
    let outcome = run(scenario)
    let storm = outcome.history.events.filter { $0.time < scenario.stormEnd.nanoseconds && $0.kind != .invoke }
    #expect(storm.count > 10 && storm.allSatisfy { $0.kind == .fail })
    #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
  }

  @Test("An operation of which an attempt went unanswered is unknown; one that waits for a session was not tried")
  func lostOnce() {
    var scenario = smallScenario(2) { $0.faults = [] }
    scenario.network.clientLoss = Ratio(1, 1)
    (scenario.workload.attemptTimeout, scenario.workload.operationTimeout) = (.milliseconds(50), .milliseconds(100))
    let outcome = run(scenario)
    let ends = outcome.history.events.filter { $0.kind != .invoke && $0.time < scenario.stormEnd.nanoseconds }
    #expect(ends.contains { $0.function == .get } && ends.contains { $0.function != .get })
    for end in ends { #expect(end.kind == (end.function == .get ? .info : .fail)) }
  }

  @Test("An operation keeps its deadline, though the storm ends meanwhile")
  func deadlines() {
    var scenario = smallScenario(2) { $0.faults = [] }
    // Nobody campaigns while anybody waits.
    (scenario.cluster.electionTimeoutMin, scenario.cluster.electionTimeoutMax) = (.seconds(5), .seconds(8))
    scenario.workload.keys = []
    scenario.workload.operationTimeout = .milliseconds(900)
    scenario.workload.attemptTimeout = .milliseconds(100)
    scenario.workload.retryPause = .milliseconds(10)
    let history = run(scenario).history
    var endedAfterStorm = 0
    for operation in history.operations() where !isOfCalm(operation, in: history) {
      guard let end = operation.end else { continue }
      let took = Duration.nanoseconds(history.events[end].time - history.events[operation.call].time)
      // It gives up where a further pause would take it past the deadline.
      #expect(took <= .milliseconds(900) && took > .milliseconds(780))
      if history.events[end].time > scenario.stormEnd.nanoseconds { endedAfterStorm += 1 }
    }
    #expect(endedAfterStorm > 0)
    for operation in history.operations() where !isOfCalm(operation, in: history) {
      #expect(history.events[operation.call].time <= scenario.stormEnd.nanoseconds)
    }
  }

  /// Whether it is a client's work on its own key, after the storm.
  private func isOfCalm(_ operation: Operation, in history: History) -> Bool {
    String(decoding: history.values[operation.key] ?? [], as: UTF8.self).hasPrefix("calm-")
  }

  @Test("A session that expired fails what was not sent before, and leaves unknown what was", arguments: [true, false])
  func expiry(isLossy: Bool) {
    var expired = 0
    for seed in 0..<4 as Range<UInt64> {
      var scenario = isLossy ? lossy(seed) : smallScenario(seed) { $0.faults = [] }
      // Three clients, and room for two: everyone's session ends again and again.
      scenario.sessions = SessionPlan(lifetime: .seconds(3_600), maxOpen: 2, outlastDoubt: seed % 2 == 0)
      if !isLossy {
        scenario.network.clientLoss = .zero
        scenario.workload.attemptTimeout = .seconds(5)
        scenario.workload.operationTimeout = .seconds(5)
      }
      let outcome = run(scenario)
      expired += outcome.statistics.sessionsExpired
      #expect(Judge().judge(outcome.history).verdict.name == "linearizable", "seed \(seed)")
      if !isLossy {
        #expect(outcome.statistics.operationsFailed == outcome.statistics.sessionsExpired, "seed \(seed)")
        #expect(outcome.statistics.operationsUnknown == 0, "seed \(seed)")
      }
    }
    #expect(expired > (isLossy ? 0 : 5))
  }

  @Test("A client keeps its session after an unknown outcome, or opens another one, as the scenario says")
  func doubt() {
    func sessions(outlastDoubt: Bool) -> Int {
      (0..<4 as Range<UInt64>).reduce(0) { count, seed in
        var scenario = lossy(seed)
        (scenario.sessions.maxOpen, scenario.sessions.outlastDoubt) = (100, outlastDoubt)
        var simulation = Simulation(scenario)
        let outcome = simulation.run()
        #expect(outcome.statistics.operationsUnknown > 0, "seed \(seed)")
        return count + simulation.cluster.replicas[0].stateMachine.sessionCount
      }
    }
    #expect(sessions(outlastDoubt: true) < sessions(outlastDoubt: false))
  }

  @Test("A session that was opened too late for the operation that asked for it serves the next")
  func lateSession() {
    var scenario = smallScenario(2) { ($0.faults, $0.duration) = ([], .seconds(6)) }
    // No answer comes back while its operation lasts, so a write is unknown if it was sent, and failed if not.
    scenario.network.clientLoss = .zero
    scenario.network.clientDelayMin = .milliseconds(100)
    scenario.workload.attemptTimeout = .milliseconds(100)
    scenario.workload.operationTimeout = .milliseconds(150)
    scenario.sessions = SessionPlan(lifetime: .seconds(3_600), maxOpen: 10, outlastDoubt: true)
    let history = run(scenario).history
    let ends = history.operations().filter { operation in
      guard let end = operation.end, operation.function != .get else { return false }
      return history.events[end].time < scenario.stormEnd.nanoseconds
    }
    #expect(ends.contains { $0.kind == .fail } && ends.contains { $0.kind == .info })
    #expect(!ends.contains { $0.kind == .ok })
  }

  @Test("An answer that does not fit what was asked leaves the outcome unknown")
  func misfits() {
    let put = KeyValueOperation.put(key: [1], value: [])
    let cas = KeyValueOperation.compareAndSet(key: [1], expected: nil, new: [])
    let answers: [Answer] = [.value(nil), .done, .swapped, .mismatch(seen: nil), .unseenMismatch]
    func fitting(_ body: ClientRequest.Body) -> [Bool] {
      let request = ClientRequest(sequence: .first, body: body)
      let open = SimulatedClient.OpenOperation(
        action: .get, key: "k", call: 0, request: request, start: .start, part: .storm)
      return answers.map(open.isAnswered(by:))
    }
    #expect(fitting(.read(key: [1])) == [true, false, false, false, false])
    #expect(fitting(.write(put, session: SessionID(1))) == [false, true, false, false, false])
    #expect(fitting(.write(cas, session: SessionID(1))) == [false, false, true, true, false])
    #expect(fitting(.openSession) == [false, false, false, false, false])
  }

  @Test("A read that awaits a change is called when another client's change of its key returns, or its time is up")
  func readAfterWrite() {
    var (behind, alone) = (0, 0)
    for seed in 0..<4 as Range<UInt64> {
      var scenario = smallScenario(seed) { $0.faults = [] }
      scenario.workload.keys = ["k0"]
      let patience = Duration.milliseconds(70)
      for client in scenario.workload.clients.indices {
        for place in scenario.workload.clients[client].operations.indices {
          scenario.workload.clients[client].operations[place].key = "k0"
          let isRead = scenario.workload.clients[client].operations[place].request == .get
          scenario.workload.clients[client].operations[place].awaitsChange = isRead ? patience : nil
        }
      }
      let outcome = run(scenario)
      let history = outcome.history
      let changes = history.events.filter { $0.kind == .ok && $0.function != .get }.map(\.time)
      for operation in history.operations() where operation.function == .get {
        let called = history.events[operation.call].time
        let last = history.events[..<operation.call].last { $0.process == operation.process && $0.kind != .invoke }
        guard called < scenario.stormEnd.nanoseconds - patience.nanoseconds else { continue }
        if changes.contains(called) {
          behind += 1
        } else {
          alone += 1
          #expect(called - (last?.time ?? 0) >= patience.nanoseconds, "seed \(seed)")
        }
      }
      #expect(Judge().judge(history).verdict.name == "linearizable", "seed \(seed)")
    }
    #expect(behind > 10 && alone > 0, "\(behind) \(alone)")
  }

  @Test("A value is filled up, and one that is created is written only if its key is absent")
  func values() throws {
    var scenario = smallScenario(1) { ($0.faults, $0.clients, $0.operations) = ([], 1, 1) }
    scenario.network.clientLoss = .zero
    func operation(_ id: Int, _ request: PlannedRequest) -> PlannedOperation {
      PlannedOperation(
        id: id, at: .milliseconds(500 + Int64(id)), think: .zero, key: "k0", request: request, firstNode: nil)
    }
    var large = operation(2, .put(value: "ab"))
    large.fill = 1 << 16
    scenario.workload.clients[0].operations = [
      operation(0, .create(value: "x")), operation(1, .create(value: "y")), large, operation(3, .get),
      operation(4, .put(value: "")), operation(5, .cas(new: "z", guess: "")), operation(6, .get),
    ]
    let history = run(scenario).history
    let answers = history.operations().prefix(7).map { $0.end.map { history.events[$0].kind } }
    #expect(answers == Array(repeating: .ok, count: 7))
    var simulation = Simulation(scenario)
    _ = simulation.run()
    let key = Array("k0".utf8)
    #expect(simulation.cluster.replicas[0].stateMachine.value(of: key) == Array("z".utf8))
    guard case .put(let value) = history.action(of: history.operations()[2]) else {
      Issue.record("the third operation is no put")
      return
    }
    #expect(value.count == 1 << 16 && value.starts(with: Array("ab.".utf8)))
    #expect(Judge().judge(history).verdict.name == "linearizable")
  }

  @Test("A scenario may ask for as many sessions as a server takes")
  func limits() {
    #expect(ScenarioLimits.maxSessions == KeyValueLimits.maxSessions)
    #expect(ScenarioLimits.maxValueBytes == KeyValueLimits.maxValueBytes)
  }
}
