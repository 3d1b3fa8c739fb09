import Determinism
import Scenarios

/// Reads from a trace what a drawing needs.
struct TraceReader {
  let trace: [TracedEvent]
  /// The last event that is drawn.
  let last: Int
  let history: PageHistory
  let narrative: [NarrativeLine]

  /// A message, of servers or clients, by the places of its events.
  struct Crossing {
    var from: PageSpaceTime.Party
    var to: PageSpaceTime.Party
    /// -1 for the start.
    var sent: Int
    var arrival: Int?
    var fate: PageSpaceTime.Fate
    var text: String
    var isStory: Bool
    var detail: String

    var isClients: Bool {
      for case .client in [from, to] { return true }
      return false
    }
    var last: Int { arrival ?? sent }
    var events: [Int] { [sent] + (arrival.map { [$0] } ?? []) }
  }

  /// All messages up to the last event, in the order of their ends.
  func crossings() -> [Crossing] {
    let story = narrative.map(\.event).sorted()
    func isStory(_ place: Int) -> Bool {
      let found = story.partitioningIndex { $0 >= place }
      return found < story.count && story[found] == place
    }
    var ended = LookupTable<MessageKey, Bool>()
    var crossings: [Crossing] = []
    for (place, event) in trace[...last].enumerated() {
      var arriving: TracedMessage?
      switch event.kind {
      case .message(let message):
        arriving = message
        ended[message.key] = true
        let isLost = event.effects.contains { $0.what == .lost(message) }
        crossings.append(
          crossing(message, arrival: place, isLost ? .unheard : .arrived, isStory: isStory(place)))
      case .clientRequest, .clientReply:
        if let crossing = clientCrossing(event, at: place, isStory: isStory(place)) { crossings.append(crossing) }
      default: break
      }
      for case .lost(let message) in event.effects.map(\.what) where message != arriving {
        ended[message.key] = true
        let isAtOnce = message.sentIn == nil || message.sentIn == place
        var lost = crossing(message, arrival: isAtOnce ? nil : place, .lost, isStory: isStory(place))
        if isAtOnce { lost.sent = place }
        crossings.append(lost)
      }
    }
    for (place, event) in trace[...last].enumerated() {
      for case .sent(let message) in event.effects.map(\.what) where ended[message.key] == nil {
        crossings.append(crossing(message, arrival: nil, .underWay, isStory: false))
        crossings[crossings.count - 1].sent = place
      }
    }
    return crossings.enumerated().sorted { ($0.element.last, $0.offset) < ($1.element.last, $1.offset) }.map(\.element)
  }

  private func crossing(
    _ message: TracedMessage, arrival: Int?, _ fate: PageSpaceTime.Fate, isStory: Bool
  ) -> Crossing {
    let (sender, recipient) = (message.key.sender, message.key.recipient)
    let end =
      switch fate {
      case .arrived: arrival.map { ", arrives at \(trace[$0].at)" } ?? ""
      case .lost: ", lost"
      case .unheard: ", lost where it arrives"
      case .underWay: ", still under way"
      }
    return Crossing(
      from: .server(sender), to: .server(recipient), sent: message.sentIn ?? -1, arrival: arrival, fate: fate,
      text: message.text, isStory: isStory,
      detail: "\(sender) to \(recipient): \(message.text); sent at \(message.sentAt)\(end)")
  }

  /// A client's request or an answer to it; `nil` if it is about no operation, or nobody knows where it came from.
  private func clientCrossing(_ event: TracedEvent, at place: Int, isStory: Bool) -> Crossing? {
    let from: PageSpaceTime.Party
    let to: PageSpaceTime.Party
    let call: PageHistory.Call
    switch event.kind {
    case .clientRequest(_, let operation):
      guard let operation, history.calls.indices.contains(operation), let node = event.node else { return nil }
      call = history.calls[operation]
      (from, to) = (.client(call.process), .server(node))
    case .clientReply(_, let operation, let node):
      guard let operation, history.calls.indices.contains(operation) else { return nil }
      call = history.calls[operation]
      (from, to) = (.server(node), .client(call.process))
    default: return nil
    }
    guard let cause = event.cause else { return nil }
    return Crossing(
      from: from, to: to, sent: cause, arrival: place, fate: .arrived, text: "",
      isStory: isStory || history.culprit == call.place, detail: "\(from) to \(to): \(event.what)")
  }

  /// The events that change how a server or a client stands, and those of faults.
  func stateEvents() -> [Int] {
    trace[...last].indices.filter { place in
      let event = trace[place]
      switch event.kind {
      case .faultBegins, .faultEnds, .stormEnds: return true
      default: break
      }
      return event.effects.contains { effect in
        switch effect.what {
        case .sent, .lost, .cut, .healed: false
        case .called(let operation), .returned(let operation): history.shown.contains(operation)
        default: true
        }
      }
    }
  }

  /// The operations that were called up to the last event.
  var calledOperations: [Int] {
    trace[...last].flatMap { event in
      event.effects.compactMap { if case .called(let operation) = $0.what { operation } else { nil } }
    }
  }

  /// The client that an event is about, as its operations name it.
  func client(of event: TracedEvent) -> Int? {
    for effect in event.effects {
      switch effect.what {
      case .called(let operation), .returned(let operation):
        if history.calls.indices.contains(operation) { return history.calls[operation].process }
      default: break
      }
    }
    guard case .clientReply(_, let operation?, _) = event.kind, history.calls.indices.contains(operation) else {
      return nil
    }
    return history.calls[operation].process
  }
}

/// What an event did to one lane, in a few words.
struct EffectSummary {
  private(set) var text = ""
  /// The term to which it belongs, if it is about one.
  private(set) var term: UInt64?

  init(of event: TracedEvent, at node: NodeID) {
    var words: [String] = []
    let effects = event.effects.filter { $0.node == node }.map(\.what)
    let isNewLeader = effects.contains { if case .role(.leader, _) = $0 { true } else { false } }
    for effect in effects {
      switch effect {
      case .role(let role, let term):
        words.append(role == .follower ? "follows, term \(term)" : "\(role.rawValue), term \(term)")
        self.term = term
      case .term(let term):
        if !Self.names(effects, term) { words.append("term \(term)") }
        self.term = self.term ?? term
      case .voted(let candidate, let term):
        if candidate != node { words.append("votes for \(candidate), term \(term)") }
        self.term = self.term ?? term
      case .appended(let entries):
        // Every leader begins its term with one.
        if !isNewLeader || entries.contains(where: { $0.text != "no-op" }) { words.append(Self.words(for: entries)) }
      case .truncated(let index): words.append("drops \(index) and on")
      case .committed(let index): words.append("commits to \(index)")
      case .tookSnapshot(let index): words.append("snapshot to \(index)")
      case .installedSnapshot(let index): words.append("takes snapshot to \(index)")
      case .started: words.append("starts")
      case .crashed(let isLossy): words.append(isLossy ? "crashes, loses writes" : "crashes")
      case .stopped(let reason): words.append("stops: \(reason)")
      case .paused: words.append("stands still")
      case .resumed: words.append("goes on")
      case .sent, .lost, .cut, .healed, .called, .returned: break
      }
    }
    text = words.joined(separator: " · ")
  }

  init(of event: TracedEvent, byClient process: Int, _ history: PageHistory) {
    var words: [String] = []
    for effect in event.effects {
      switch effect.what {
      case .called(let place) where history.calls.indices.contains(place) && history.calls[place].process == process:
        words.append(history.calls[place].request)
      case .returned(let place) where history.calls.indices.contains(place) && history.calls[place].process == process:
        words.append(history.calls[place].answer)
      default: break
      }
    }
    text = words.isEmpty ? "" : "c\(process) \(words.joined(separator: " · "))"
  }

  /// Whether another effect says the term, too.
  private static func names(_ effects: [TracedEffect.What], _ term: UInt64) -> Bool {
    effects.contains { effect in
      switch effect {
      case .role(_, let other), .voted(_, let other): other == term
      default: false
      }
    }
  }

  private static func words(for entries: [TracedEntry]) -> String {
    guard let first = entries.first, let last = entries.last else { return "appends nothing" }
    if entries.count == 1 { return "+ \(first.index)/\(first.term) \(first.text)" }
    return "+ \(first.index)/\(first.term) … \(last.index)/\(last.term)"
  }
}

/// The faults of a run in a few words.
struct Spread {
  private let scenario: Scenario
  private let begun: [BegunFault]
  private let ends: [(id: Int, event: Int)]
  private let stormEnd: Int?

  /// A fault as a banner names it.
  struct Named {
    var text: String
    /// The servers that it cuts off from the most of the others.
    var cutOff: [NodeID]?
  }

  init(of run: FailingRun) {
    scenario = run.scenario
    begun = run.outcome.faults
    let trace = run.sequel?.trace ?? run.outcome.trace
    ends = trace.enumerated().compactMap { place, event in
      if case .faultEnds(let id) = event.kind { (id, place) } else { nil }
    }
    stormEnd = trace.firstIndex { $0.kind == .stormEnds }
  }

  /// The row in which a fault is over; the last one if it is not.
  func endRow(of id: Int, in drawing: PageSpaceTime) -> Int {
    let ends = [ends.first { $0.id == id }?.event, stormEnd].compactMap(\.self)
    return ends.min().map { end in
      min(drawing.rows.count - 1, drawing.rows.partitioningIndex { $0.event >= end })
    } ?? drawing.rows.count - 1
  }

  func fault(_ id: Int) -> Named? {
    guard let fault = scenario.faults.first(where: { $0.id == id }) else { return nil }
    let nodes = begun.first { $0.id == id }?.nodes ?? []
    let kind = fault.action.kind(hitting: nodes.count, of: scenario.cluster.nodes).rawValue
    switch fault.action {
    case .partition(let shape, _, let direction):
      return partition(shape.cuts(side: nodes, of: NodeID.first(scenario.cluster.nodes), direction: direction), nodes)
    case .clog: return Named(text: "\(kind) \(Self.list(nodes))", cutOff: nodes)
    default: return Named(text: nodes.isEmpty ? kind : "\(kind) \(Self.list(nodes))", cutOff: nil)
    }
  }

  private func partition(_ cuts: [(senders: [NodeID], recipients: [NodeID])], _ side: [NodeID]) -> Named {
    let members = NodeID.first(scenario.cluster.nodes)
    func isCut(_ one: NodeID, _ other: NodeID) -> Bool {
      cuts.contains { $0.senders.contains(one) && $0.recipients.contains(other) }
    }
    // Two servers belong together if one hears the other, if only through a third.
    var parts: [[NodeID]] = []
    for node in members {
      let near = parts.indices.filter { parts[$0].contains { !isCut($0, node) || !isCut(node, $0) } }
      let joined = (near.flatMap { parts[$0] } + [node]).sorted()
      parts = parts.enumerated().filter { !near.contains($0.offset) }.map(\.element) + [joined]
    }
    if parts.count > 1 {
      parts.sort { ($0[0]) < ($1[0]) }
      let largest = parts.map(\.count).max() ?? 0
      let home = parts.firstIndex { $0.count == largest && !$0.contains { side.contains($0) } }
      let cutOff = parts.indices.filter { $0 != home ?? parts.firstIndex { $0.count == largest } }
      let names = parts.map { "{\(Self.list($0))}" }.joined(separator: " | ")
      return Named(text: "partition \(names)", cutOff: cutOff.flatMap { parts[$0] })
    }
    let pairs = cuts.filter { !$0.recipients.isEmpty }
    let unheard = pairs.filter { cut in !pairs.contains { $0.senders == cut.recipients && $0.recipients == cut.senders }
    }
    if !unheard.isEmpty, unheard.count == pairs.count, pairs.count <= 2 {
      let words = pairs.map {
        "\(Self.list($0.recipients)) do\($0.recipients.count == 1 ? "es" : "") not hear \(Self.list($0.senders))"
      }
      return Named(text: "one-way: \(words.joined(separator: ", "))", cutOff: side)
    }
    let apart = members.flatMap { one in
      members.filter { one < $0 && isCut(one, $0) }.map { "\(one)–\($0)" }
    }
    return Named(text: "partition: no link \(apart.joined(separator: ", "))", cutOff: nil)
  }

  private static func list(_ nodes: [NodeID]) -> String { nodes.map(\.description).joined(separator: " ") }
}
