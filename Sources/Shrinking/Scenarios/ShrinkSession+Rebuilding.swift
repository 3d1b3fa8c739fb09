import Determinism
import Histories
import Linearizability
import Scenarios

// A new run made of what seems to matter.
extension ShrinkSession {
  /// Tries to bring the failure about anew: in a fresh cluster, without weather, with the elections and the faults of the
  /// time before it, and with the few operations that have no order.
  ///
  /// What hangs on the chance that two things came within milliseconds of each other survives hardly any step that changes
  /// anything else; rebuilt with more time between its parts it does.
  mutating func rebuild() {
    guard hasEnd else { return }
    pass = "telling it anew"
    let end = self.end()
    let old = best
    let elections = old.outcome.elections.filter { $0.at <= end }
    let casts = [essentialOperations(), operationsAtTheEnd(by: end)].compactMap(\.self) + [[]]
    for back in Self.backSteps(elections.count) {
      let last = Array(elections.suffix(back))
      let choices = Rebuild.all(of: old, casts + [operations(from: last[0].at, to: end)], elections: last)
      if takeFirst(of: choices.count, { choices[$0].scenario(from: old, endingAt: end) }) != nil { return }
      if isOver { return }
    }
  }

  /// How many elections the new run may take up, fewest first.
  private static func backSteps(_ count: Int) -> [Int] {
    [1, 2, 3, 4, 5, 6, 8, 11, 16, 24].filter { $0 <= count }
  }

  /// The operations that have no order; `nil` if clients saw nothing wrong, or nobody can say.
  private func essentialOperations() -> [Rebuild.Call]? {
    guard case .linearizability = signature else { return nil }
    let history = best.outcome.history
    let model = Model(of: history)
    guard
      case .notLinearizable(let counterexample) = LinearizabilityChecker(model: model).check(
        history, shouldStop: shouldStop),
      let essence = HistoryShrinker(
        model: model, work: Self.essenceWork, watch: UnlimitedWatch(shouldStop: shouldStop)
      ).shrink(history, from: [counterexample])
    else { return nil }
    return essence.members.map { Rebuild.Call($0.origin, in: history, best.scenario) }
  }

  /// The operations that were called last.
  private func operationsAtTheEnd(by end: Duration) -> [Rebuild.Call]? {
    let last = operations(from: .zero, to: end).suffix(Self.fewOperations)
    return last.isEmpty ? nil : Array(last)
  }

  /// The operations that were called within some time; the last ones, if they are many.
  private func operations(from start: Duration, to end: Duration) -> [Rebuild.Call] {
    let history = best.outcome.history
    let calls = history.operations().map { Rebuild.Call($0, in: history, best.scenario) }
    return calls.filter { start <= $0.at && $0.at <= end }.suffix(Self.manyOperations)
  }

  private static var essenceWork: Int { 1_000_000 }
  private static var fewOperations: Int { 4 }
  private static var manyOperations: Int { 40 }
}

/// One way to tell a failure anew.
private struct Rebuild {
  /// An operation to be called.
  struct Call {
    let client: Int
    let at: Duration
    let key: String
    let request: PlannedRequest
    var firstNode: NodeID?

    init(_ operation: Operation, in history: History, _ scenario: Scenario) {
      client = Int(operation.process) % max(1, scenario.workload.clients.count)
      at = .nanoseconds(history.events[operation.call].time)
      key = history.values[operation.key].map { String(decoding: $0, as: UTF8.self) } ?? ""
      request = PlannedRequest(history.action(of: operation))
    }
  }

  /// The elections of the old run that it has, at least one.
  let elections: [ForcedElection]
  /// How many times longer everything takes.
  let stretch: Int64
  /// Whether faults that were in force at the last election or later stay so to the end.
  let lastsToTheEnd: Bool
  let keepsProtocols: Bool
  let calls: [Call]

  /// All ways, the plainest first.
  static func all(
    of best: ShrinkSession.Best, _ casts: [[Call]], elections: [ForcedElection]
  ) -> [Rebuild] {
    let nodes = NodeID.first(best.scenario.cluster.nodes)
    return casts.flatMap { cast in
      let variants = asking(nodes, cast)
      return [1, 4].flatMap { stretch in
        [true, false].flatMap { lasts in
          [false, true].flatMap { keeps in
            variants.map {
              Rebuild(elections: elections, stretch: stretch, lastsToTheEnd: lasts, keepsProtocols: keeps, calls: $0)
            }
          }
        }
      }
    }
  }

  /// The same calls with every choice of whom the last two ask, if they are few.
  private static func asking(_ nodes: [NodeID], _ calls: [Call]) -> [[Call]] {
    guard let last = calls.indices.last, calls.count <= maxCallsWithChoice else { return [calls] }
    let ofLast = nodes.map { node in
      var calls = calls
      calls[last].firstNode = node
      return calls
    }
    guard last > 0 else { return ofLast }
    return ofLast.flatMap { variant in
      nodes.map { node in
        var calls = variant
        calls[last - 1].firstNode = node
        return calls
      }
    }
  }

  private static var maxCallsWithChoice: Int { 6 }

  /// When the first election comes.
  private static var lead: Duration { .milliseconds(100) }
  /// How long the new run goes on behind the failure of the old one.
  private static var tail: Duration { .milliseconds(500) }

  /// The time at which the new run begins in the old one.
  private var start: Duration { elections.first?.at ?? .zero }

  private func moved(_ time: Duration) -> Duration { time <= start ? Self.lead : Self.lead + (time - start) * stretch }

  func scenario(from old: ShrinkSession.Best, endingAt oldEnd: Duration) -> Scenario {
    var scenario = plain(old.scenario)
    let end = moved(oldEnd) + (scenario.keepsCalm ? .zero : Self.tail)
    scenario.stormEnd = end
    let lastElection = elections.last?.at ?? oldEnd
    scenario.faults = old.scenario.faults.compactMap { fault in
      guard let begun = old.outcome.faults.first(where: { $0.id == fault.id }) else { return nil }
      let over = begun.at + fault.duration
      guard over > start, begun.at <= oldEnd else { return nil }
      var fault = fault.pinned(to: begun, after: .zero)
      let from = begun.at <= start ? Duration.milliseconds(50) : moved(begun.at)
      fault.trigger = .time(at: from)
      fault.duration = lastsToTheEnd && over >= lastElection ? end : max(.milliseconds(1), moved(over) - from)
      return fault
    }
    place(calls, in: &scenario)
    return scenario.fixing { overrides in
      overrides.messages = []
      overrides.elections = elections.map { ForcedElection(node: $0.node, at: $0.at == start ? .zero : moved($0.at)) }
        .sorted()
    }
  }

  /// Calls of before the start come right behind the first election, one after the other.
  private func place(_ calls: [Call], in scenario: inout Scenario) {
    for client in scenario.workload.clients.indices { scenario.workload.clients[client].operations = [] }
    for (id, call) in calls.enumerated() {
      let at = call.at <= start ? Self.lead + .milliseconds(10) * Int64(id + 1) : moved(call.at)
      scenario.workload.clients[call.client].operations.append(
        PlannedOperation(
          id: id, at: at, think: .zero, key: call.key, request: call.request, firstNode: call.firstNode))
    }
  }

  /// The same servers without weather.
  private func plain(_ scenario: Scenario) -> Scenario {
    var plain = scenario
    for knob in Knob.all where !isKept(knob.concern, in: scenario) { plain = knob.plainer(plain).first ?? plain }
    plain.cluster.heartbeatInterval = .milliseconds(50)
    return plain
  }

  private func isKept(_ concern: Knob.Concern, in scenario: Scenario) -> Bool {
    switch concern {
    case .weather, .others: false
    case .reads, .log, .calm: true
    // Leases rest on check-quorum.
    case .elections: keepsProtocols || scenario.protocols.reads == .lease
    }
  }
}
