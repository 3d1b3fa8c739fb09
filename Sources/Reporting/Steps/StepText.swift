import Determinism
import Histories
import Linearizability
import Raft
import Scenarios
import Traces

/// All that an event did, a sentence each, for whoever walks through a run event by event.
struct StepText {
  private let scenario: Scenario
  private let operations: [Operation]
  private let text: Wording
  private let targets: FaultTargets

  init(of outcome: RunOutcome, in scenario: Scenario) {
    self.scenario = scenario
    operations = outcome.history.operations()
    text = Wording(outcome.history)
    targets = FaultTargets(outcome.faults)
  }

  /// What the event was.
  func headline(of event: TracedEvent) -> String {
    switch event.kind {
    case .faultBegins(let id, _):
      guard let fault = fault(id) else { return "\(EventText.of(event)): it finds no server to hit" }
      return "fault \(id) begins: \(fault.begin)"
    case .faultEnds(let id) where event.at > scenario.stormEnd: return "fault \(id) has ended with the storm"
    case .faultEnds(let id): return "fault \(id) ends" + (fault(id)?.end.map { ": \($0)" } ?? "")
    default: return EventText.of(event)
    }
  }

  private func fault(_ id: Int) -> FaultText? {
    guard let fault = scenario.faults.first(where: { $0.id == id }), let nodes = targets.nodes(of: id) else {
      return nil
    }
    return FaultText(fault: fault, nodes: nodes, members: NodeID.first(scenario.cluster.nodes))
  }

  /// What it did.
  func effects(of event: TracedEvent) -> [String] {
    let losses = event.effects.compactMap { if case .lost(let message) = $0.what { message } else { nil } }
    return event.effects.compactMap { effect in
      switch effect.what {
      case .sent(let message):
        let end = losses.contains(message) ? ": lost" : ""
        return
          "\(message.key.sender) sends \(message.key.recipient), term \(message.content.term): \(message.text)\(end)"
      case .lost(let message):
        // What is lost as it is sent, or does not arrive now, is told already.
        let isTold = event.kind == .message(message) || event.effects.contains { $0.what == .sent(message) }
        return isTold ? nil : "\(message.key.sender)'s message to \(message.key.recipient) is lost: \(message.text)"
      case .called(let operation): return sentence(operation) { "\($0) calls \(text.request($1))" }
      case .returned(let operation): return sentence(operation, ending)
      default:
        guard let node = effect.node, let text = EffectText(effect.what) else { return nil }
        return "\(node) \(text.predicate)"
      }
    }
  }

  /// What was decided otherwise than the published rules would.
  func decisions(of event: TracedEvent) -> [String] {
    var context = DecisionText.Context()
    if case .message(let message) = event.kind { context.message = message }
    return event.decisions.filter(\.decision.differs).map { traced in
      let text = DecisionText(decision: traced.decision, context: context).predicate
      let rule = traced.decision.rule
      return "\(traced.node) \(text) (not as published: \(rule.rawValue), \(rule.source))"
    }
  }

  private func sentence(_ operation: Int, _ words: (String, Operation) -> String) -> String? {
    guard operations.indices.contains(operation) else { return nil }
    return words(text.client(operations[operation]), operations[operation])
  }

  private func ending(_ client: String, _ operation: Operation) -> String {
    switch operation.kind {
    case .ok: "\(client)'s \(text.exchange(operation)) returns"
    case .fail: "\(client)'s \(text.request(operation)) has failed: it certainly had no effect"
    case .info, .invoke: "\(client) gives up \(text.request(operation)): nobody knows its outcome"
    }
  }
}
