import Determinism
import Raft
import Scenarios
import Traces

/// Reads from a trace what a drawing needs.
struct PageTrace {
  let trace: [TracedEvent]
  /// The last event that is drawn.
  let last: Int
  let history: PageHistory
  let narrative: [NarrativeLine]
  /// What is not drawn.
  let leftOut: LeftOutMessages

  /// A message, of servers or clients, by the places of its events.
  struct Crossing {
    var from: PageSpaceTime.Party
    var to: PageSpaceTime.Party
    /// -1 for the start.
    var sent: Int
    var arrival: Int?
    var fate: PageSpaceTime.Fate
    var text: String
    var short: String
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
    var refused = LookupTable<Int, Bool>()
    for event in trace[...last] {
      guard event.kind.isReply, let cause = event.cause else { continue }
      refused[cause] = event.effects.isEmpty
    }
    // Requests that were only refused, and the answers that say so, are no part of what happened.
    func isRefused(_ place: Int) -> Bool {
      if trace[place].kind.isReply { return trace[place].effects.isEmpty }
      return refused[place] ?? false
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
      case .clientRequest, .clientReply, .connectionRefused:
        guard isStory(place) || !isRefused(place) else { break }
        if let crossing = clientCrossing(event, at: place, isStory: isStory(place)) { crossings.append(crossing) }
      default: break
      }
      for case .lost(let message) in event.effects.map(\.what) where message != arriving {
        ended[message.key] = true
        guard !leftOut.contains(message) else { continue }
        let isAtOnce = message.sentIn == nil || message.sentIn == place
        var lost = crossing(message, arrival: isAtOnce ? nil : place, .lost, isStory: isStory(place))
        if isAtOnce { lost.sent = place }
        crossings.append(lost)
      }
    }
    for (place, event) in trace[...last].enumerated() {
      for case .sent(let message) in event.effects.map(\.what) where ended[message.key] == nil {
        crossings.append(crossing(message, arrival: nil, .underWay, isStory: isStory(place)))
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
    let flaw = message.flaw.map { " \($0.remark)" } ?? ""
    return Crossing(
      from: .server(sender), to: .server(recipient), sent: message.sentIn ?? -1, arrival: arrival, fate: fate,
      text: message.text, short: Self.short(message.content), isStory: isStory,
      detail: "\(sender) to \(recipient)\(flaw): \(message.text); sent at \(message.sentAt)\(end)")
  }

  /// A client's request or an answer to it; `nil` if it is about no operation, or nobody knows where it came from.
  private func clientCrossing(_ event: TracedEvent, at place: Int, isStory: Bool) -> Crossing? {
    let from: PageSpaceTime.Party
    let to: PageSpaceTime.Party
    let call: PageHistory.Call
    switch event.kind {
    case .clientRequest(_, let caller):
      guard let operation = caller.operation, history.calls.indices.contains(operation), let node = event.node else {
        return nil
      }
      call = history.calls[operation]
      (from, to) = (.client(call.process), .server(node))
    case .clientReply(_, let caller, let node), .connectionRefused(let node, let caller):
      guard let operation = caller.operation, history.calls.indices.contains(operation) else { return nil }
      call = history.calls[operation]
      (from, to) = (.server(node), .client(call.process))
    default: return nil
    }
    guard let cause = event.cause else { return nil }
    return Crossing(
      from: from, to: to, sent: cause, arrival: place, fate: .arrived, text: "", short: "",
      isStory: isStory || history.culprit == call.place, detail: "\(from) to \(to): \(EventText.of(event))")
  }

  /// What a message says, where there is little room.
  private static func short(_ message: RaftMessage) -> String {
    switch message {
    case .requestVote: "request vote"
    case .requestVoteReply(let reply): reply.isGranted ? "granted" : "denied"
    case .preVote: "pre-vote"
    case .preVoteReply(let reply): reply.isGranted ? "granted" : "denied"
    case .appendEntries(let append):
      switch append.entries.count {
      case 0: "heartbeat"
      case 1: "append \(LogIndex(append.previous.index.rawValue &+ 1))/\(append.entries[0].term)"
      case let count: "append \(count) entries"
      }
    case .appendEntriesReply(let reply):
      switch reply.outcome {
      case .matched(let index): "matches \(index)"
      case .conflict: "conflict"
      }
    case .installSnapshot: "snapshot"
    case .installSnapshotReply(let reply): reply.outcome == .installed ? "installed" : "received"
    case .readIndex: "index?"
    case .readIndexReply(let reply): reply.index.map { "index \($0)" } ?? "no index"
    case .timeoutNow: "campaign"
    }
  }

  /// Faults, and the events in which a server is taken down, starts, stands still, goes on or is elected.
  func turningEvents(_ faults: PageFaults) -> [Int] {
    trace[...last].indices.filter { place in
      let event = trace[place]
      switch event.kind {
      case .stormEnds: return true
      case .faultBegins, .faultEnds: if faults.text(of: event, at: place) != nil { return true }
      default: break
      }
      return event.effects.contains { effect in
        switch effect.what {
        case .role(.leader, _), .started, .crashed, .stopped, .paused, .resumed: true
        default: false
        }
      }
    }
  }

  /// The other events that change how a server stands to the others.
  func stateEvents() -> [Int] {
    trace[...last].indices.filter { place in
      trace[place].effects.contains { effect in
        switch effect.what {
        case .role, .term, .voted, .truncated, .installedSnapshot: true
        default: false
        }
      }
    }
  }

  /// The other events from one on that did something to a log, or to an operation that the page shows.
  func smallEvents(from first: Int) -> [Int] {
    trace[...last].indices.filter { place in
      place >= first
        && trace[place].effects.contains { effect in
          switch effect.what {
          case .appended, .committed, .tookSnapshot: true
          case .called(let operation), .returned(let operation): history.shown.contains(operation)
          default: false
          }
        }
    }
  }

  /// The operations of the run's own history that were called up to the last event; a sequel has called others.
  var calledOperations: [Int] {
    trace[...last].flatMap { event in
      event.effects.compactMap { if case .called(let operation) = $0.what { operation } else { nil } }
    }.filter(history.calls.indices.contains)
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
    guard let operation = event.kind.caller?.operation, event.kind.isReply, history.calls.indices.contains(operation)
    else { return nil }
    return history.calls[operation].process
  }
}

extension TracedEvent.Kind {
  /// Whether a client is answered, or its connection refused.
  var isReply: Bool {
    switch self {
    case .clientReply, .connectionRefused: true
    default: false
    }
  }

  /// The client that it is about, if it is on its way between one and a server.
  var caller: TracedCaller? {
    switch self {
    case .clientRequest(_, let caller), .clientReply(_, let caller, _), .connectionRefused(_, let caller): caller
    default: nil
    }
  }
}
