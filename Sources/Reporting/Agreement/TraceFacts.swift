import Determinism
import Histories
import Linearizability
import Raft
import Scenarios
import Traces

/// What each event of a trace names, as far as it is asked for.
struct TraceFacts {
  let scenario: Scenario
  let outcome: RunOutcome
  let operations: [Operation]
  private let wording: Wording
  private let members: [NodeID]
  /// Of all operations.
  private let keys: [String]
  /// By event: the operations that are answered because of it, and those that it is about.
  private var concerned = SortedTable<Int, [Int]>()
  /// What each server has appended, in order.
  private var appended: [(event: Int, node: NodeID, entries: [TracedEntry])] = []
  /// By event: the state of each server before it; only of the servers that it touches.
  private var before: [[NodeState]] = []

  init(_ scenario: Scenario, _ outcome: RunOutcome) {
    (self.scenario, self.outcome) = (scenario, outcome)
    operations = outcome.history.operations()
    wording = Wording(outcome.history)
    members = NodeID.first(scenario.cluster.nodes)
    keys = operations.compactMap { outcome.history.values[$0.key] }.map { Wording.show($0) }
    var states = members.map { NodeState(node: $0) }
    for (place, event) in outcome.trace.enumerated() {
      before.append(event.states.map { states[$0.node.offset] })
      for state in event.states { states[state.node.offset] = state }
      for effect in event.effects {
        if case .appended(let entries) = effect.what, let node = effect.node { appended.append((place, node, entries)) }
      }
      for operation in operationsNamed(in: event) { concerned[place, default: []].append(operation) }
      if case .clientReply(_, let caller, _) = event.kind, let operation = caller.operation, let cause = event.cause {
        concerned[cause, default: []].append(operation)
      }
    }
  }

  var trace: [TracedEvent] { outcome.trace }

  private func operationsNamed(in event: TracedEvent) -> [Int] {
    var named = [event.kind.caller?.operation].compactMap(\.self)
    for effect in event.effects {
      switch effect.what {
      case .called(let operation), .returned(let operation): named.append(operation)
      default: break
      }
    }
    return named
  }

  /// All that an event names: what it was, did and decided, how its servers stood before and after it.
  func facts(of place: Int) -> EventFacts {
    var facts = EventFacts()
    guard trace.indices.contains(place) else { return facts }
    let event = trace[place]
    facts.keys = keys
    facts.add(time: event.at)
    if let node = event.node { facts.add(node: node) }
    addKind(event.kind, at: event.at, to: &facts)
    for effect in event.effects {
      facts.add(allIn: effect)
      if case .appended(let entries) = effect.what {
        facts.add(number: UInt64(max(0, entries.count - EffectText.maxEntries)))
      }
    }
    for decision in event.decisions {
      facts.add(allIn: decision)
      facts.add(phrase: decision.decision.rule.source)
    }
    for state in event.states + before[place] { facts.add(allIn: state) }
    for operation in concerned[place] ?? [] where operations.indices.contains(operation) {
      facts.add(operations[operation], wording, outcome.history)
    }
    return facts
  }

  private func addKind(_ kind: TracedEvent.Kind, at time: Duration, to facts: inout EventFacts) {
    facts.add(allIn: kind)
    switch kind {
    case .message(let message): facts.add(span: time - message.sentAt)
    case .held(let waiting): addKind(waiting, at: time, to: &facts)
    case .faultBegins(let id, _), .faultEnds(let id), .faultGoesOn(let id): facts.add(factsOfFault(id))
    case .stormEnds, .calmLook:
      facts.add(allIn: scenario.calm)
      for node in members { facts.add(node: node) }
    default: break
    }
  }

  /// What a fault of the scenario names, and whom it has hit.
  func factsOfFault(_ id: Int) -> EventFacts {
    var facts = EventFacts()
    guard let fault = scenario.faults.first(where: { $0.id == id }) else { return facts }
    facts.add(allIn: fault)
    if let begun = outcome.faults.first(where: { $0.id == id }) {
      for node in begun.nodes { facts.add(node: node) }
      facts.add(span: begun.at)
    }
    switch fault.action {
    case .partition: for node in members { facts.add(node: node) }
    case .clockDrift(_, let rate): facts.add(number: UInt64((rate.magnitude + 500) / 10_000))
    default: break
    }
    return facts
  }

  /// What the logs of these servers have held up to an event, as far as the trace tells.
  private func logs(of nodes: [NodeID], through place: Int) -> EventFacts {
    var facts = EventFacts()
    for one in appended where one.event <= place && nodes.contains(one.node) {
      for entry in one.entries { facts.add(entry) }
    }
    return facts
  }

  /// What stands anywhere in the trace, for what is told of the run as a whole.
  var whole: EventFacts {
    var facts = EventFacts()
    facts.keys = keys
    for node in members { facts.add(node: node) }
    for number in 1...members.count { facts.add(number: UInt64(number)) }
    for (place, event) in trace.enumerated() {
      facts.add(time: event.at)
      for (state, earlier) in zip(event.states, before[place]) where state != earlier {
        facts.add(state.last)
        facts.add(LogPosition(index: state.commitIndex, term: state.term))
      }
      for effect in event.effects {
        if case .sent(let message) = effect.what { facts.add(time: message.sentAt) }
      }
      for traced in event.decisions {
        if case .ignoresCandidate(_, let heard?, let now, _, let answers) = traced.decision.question, answers.inForce {
          facts.add(span: now - heard)
        }
      }
    }
    for one in appended { for entry in one.entries { facts.add(entry) } }
    for operation in operations { facts.add(operation, wording, outcome.history) }
    for rate in scenario.clocks.driftPartsPerMillion { facts.add(number: UInt64((rate.magnitude + 500) / 10_000)) }
    return facts
  }

  /// All that a line may tell: what its events and those that it mentions name, what it decided, and what was in the logs
  /// of the servers that it is about.
  func facts(of line: NarrativeLine) -> EventFacts {
    var facts = EventFacts()
    for place in line.events + line.mentions { facts.add(self.facts(of: place)) }
    for decision in line.decisions { facts.add(allIn: decision) }
    let nodes = line.events.filter(trace.indices.contains).flatMap { trace[$0].states.map(\.node) }
    if let last = line.events.last { facts.add(logs(of: nodes, through: last)) }
    return facts
  }
}
