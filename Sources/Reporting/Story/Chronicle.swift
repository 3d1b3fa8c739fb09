import Determinism
import Scenarios

/// What a trace says as a whole, gathered in one walk: who did what to whom.
struct Chronicle {
  let trace: [TracedEvent]
  /// By event: the last one before it that changed the same server; -1 for none.
  private var changeBefore: [Int32] = []
  /// The same of events that come to no server and touch several: faults.
  private var changesBefore = SortedTable<Int, [Int]>()
  /// By the event in which they were sent: messages of which no copy arrived.
  private(set) var losses = SortedTable<Int, [TracedMessage]>()
  /// By operation: the entries that it became, at one leader after the other.
  private(set) var entriesOfOperation = SortedTable<Int, [TracedEntry]>()
  /// By operation: the events of its call and of its end.
  private(set) var calls = SortedTable<Int, Int>()
  private(set) var returns = SortedTable<Int, Int>()
  /// By operation: the events in which a request for it came to a server.
  private(set) var requests = SortedTable<Int, [Int]>()
  /// Indices at which logs held entries of different terms, or from which entries were removed.
  private(set) var contested = SortedTable<UInt64, Bool>()
  /// Terms that have a leader.
  private(set) var wonTerms = SortedTable<UInt64, Bool>()
  /// The fault events: where each fault takes hold.
  private(set) var faultBegins: [Int] = []

  /// - Parameter leftOut: what is not told as lost.
  init(_ trace: [TracedEvent], leavingOut leftOut: LeftOutMessages? = nil) {
    self.trace = trace
    changeBefore.reserveCapacity(trace.count)
    var lastChange = LookupTable<NodeID, Int32>()
    var termAtIndex = LookupTable<UInt64, UInt64>()
    var arrived = LookupTable<Dispatch, Bool>()
    for (place, event) in trace.enumerated() {
      changeBefore.append(event.node.flatMap { lastChange[$0] } ?? -1)
      if case .clientRequest(_, let operation?) = event.kind { requests[operation, default: []].append(place) }
      if case .faultBegins = event.kind { faultBegins.append(place) }
      if event.node == nil {
        let before = event.effects.compactMap { effect in effect.node.flatMap { lastChange[$0] }.map(Int.init) }
        if !before.isEmpty { changesBefore[place] = before }
      }
      for effect in event.effects {
        note(effect, in: event, at: place, &termAtIndex)
        if effect.what.changesServer, let node = effect.node { lastChange[node] = Int32(place) }
      }
      if case .message(let message) = event.kind, !event.states.isEmpty { arrived[Dispatch(message)] = true }
    }
    for place in losses.keys {
      losses[place]?.removeAll { (arrived[Dispatch($0)] ?? false) || (leftOut?.contains($0) ?? false) }
    }
  }

  private mutating func note(
    _ effect: TracedEffect, in event: TracedEvent, at place: Int, _ termAtIndex: inout LookupTable<UInt64, UInt64>
  ) {
    switch effect.what {
    case .lost(let message) where message.isMissed: losses[message.sentIn ?? place, default: []].append(message)
    case .called(let operation): calls[operation] = place
    case .returned(let operation): returns[operation] = place
    case .truncated(let index): contested[index] = true
    case .role(.leader, let term): wonTerms[term] = true
    case .appended(let entries):
      for entry in entries {
        if termAtIndex[entry.index, default: entry.term] != entry.term { contested[entry.index] = true }
        termAtIndex[entry.index] = entry.term
      }
      // A client without a session opens one first.
      if case .clientRequest(_, let operation?) = event.kind {
        entriesOfOperation[operation, default: []] += entries.filter { !$0.isOpening }
      }
    default: break
    }
  }

  /// Where a server did first what may be on its disk since this event, in which a sync ends: one sync begins where the
  /// one before it ends.
  func beginning(ofSyncEndingIn place: Int) -> Int? {
    guard trace[place].endsSync else { return nil }
    var first = place
    while trace[first].endsSync, let cause = trace[first].cause, cause < first { first = cause }
    return first
  }

  /// The events without which these would not have happened as they did: backwards from each to the one that brought it
  /// about, and to the last one that changed its server.
  func causes(of roots: [Int]) -> [Bool] {
    var isCause = [Bool](repeating: false, count: trace.count)
    var open = roots.filter(trace.indices.contains)
    while let place = open.popLast() {
      guard !isCause[place] else { continue }
      isCause[place] = true
      if let cause = trace[place].cause, cause < place { open.append(cause) }
      if changeBefore[place] >= 0 { open.append(Int(changeBefore[place])) }
      open += changesBefore[place] ?? []
    }
    return isCause
  }
}

/// What tells one message that was sent in an event from the others: the same may be said twice.
private struct Dispatch: Hashable {
  let event: Int?
  let recipient: NodeID
  let kind: MessageKind

  init(_ message: TracedMessage) {
    (event, recipient, kind) = (message.sentIn, message.key.recipient, message.key.kind)
  }
}

extension SortedTable where Value: Sendable {
  /// The value of a key, or the fallback while it has none.
  subscript(key: Key, default fallback: Value) -> Value {
    get { self[key] ?? fallback }
    set { self[key] = newValue }
  }
}

extension TracedEntry {
  /// Whether it only opens a client's session.
  var isOpening: Bool { text == "open session" }
}

extension TracedEvent {
  /// Whether a sync of a disk ends in it.
  var endsSync: Bool { if case .diskSync = kind { true } else { false } }

  /// Whether that has kept nothing.
  var failsToSync: Bool { kind == .diskSync(fails: true) }

  /// What is said of the disk then: `has synced log-1`, `fails to sync log-1`.
  var syncPredicate: String {
    let front = "\(node.map(\.description) ?? "")'s disk "
    return what.hasPrefix(front) ? String(what.dropFirst(front.count)) : "has synced"
  }
}

extension TracedEffect.What {
  /// Whether something that kept a server away ends.
  var isHealing: Bool {
    switch self {
    case .healed, .started, .stopped: true
    default: false
    }
  }

  /// Whether a server stops.
  var isStop: Bool { if case .stopped = self { true } else { false } }

  /// Whether it is to be synced.
  var changesDisk: Bool {
    switch self {
    case .term, .voted, .appended, .truncated: true
    default: false
    }
  }

  /// Whether a server is another one after it.
  var changesServer: Bool {
    switch self {
    case .role, .term, .voted, .appended, .truncated, .committed, .tookSnapshot, .installedSnapshot, .started, .crashed,
      .stopped, .paused, .resumed:
      true
    case .sent, .lost, .cut, .healed, .called, .returned: false
    }
  }
}
