import Determinism
import Histories
import Linearizability
import Raft
import Scenarios
import Traces

/// All that an event did, a sentence each, for whoever walks through a run event by event.
struct StepText {
  /// More entries than these are counted, not named.
  static let maxEntries = 5

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
      guard let fault = fault(id) else { return "\(EventText.of(event)): there is nobody for it to hit" }
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
      default: return effect.node.map { "\($0) \(predicate(effect.what))" }
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

  /// What a server did, or was done to it.
  private func predicate(_ what: TracedEffect.What) -> String {
    switch what {
    case .role(.follower, let term): "is a follower in term \(term)"
    case .role(let role, let term): "is \(role == .leader ? "the leader" : "a \(role.name)") of term \(term)"
    case .term(let term): "enters term \(term)"
    case .voted(let candidate, let term): "votes for \(candidate) in term \(term)"
    case .appended(let entries): "appends \(names(entries))"
    case .truncated(let index): "has no entries from \(index) on any more"
    case .committed(let index): "has committed all through \(index)"
    case .tookSnapshot(let position): "has a snapshot through \(position)"
    case .installedSnapshot(let position): "goes on from its leader's snapshot through \(position)"
    case .removedFile(let name): "removes \(name)"
    case .started: "starts"
    case .crashed(let lossy): "crashes" + (lossy ? " and loses what was not synced" : "")
    case .stopped(.server(let reason)): "stops: \(reason)"
    case .stopped(.damage(let damage)): "stops: \(damage)"
    case .paused: "stands still"
    case .resumed: "goes on"
    case .cut(let others): "is no more heard by \(Words.list(others.map(\.description)))"
    case .healed(let others): "is heard again by \(Words.list(others.map(\.description)))"
    case .sent, .lost, .called, .returned: ""
    }
  }

  private func names(_ entries: [TracedEntry]) -> String {
    var names = entries.prefix(Self.maxEntries).map { "\($0.index)/\($0.term) \($0.text)" }
    if entries.count > Self.maxEntries { names.append("and \(entries.count - Self.maxEntries) more") }
    return names.joined(separator: "; ")
  }
}
