import Determinism
import Raft
import Traces

/// What a trace says as a whole, gathered in one walk: who did what to whom.
struct Chronicle {
  let trace: [TracedEvent]
  /// By event: the last one before it that changed the same server; -1 for none.
  private var changeBefore: [Int32] = []
  /// By event: the last one before it in which the same server took a step; -1 for none.
  private var stepBefore: [Int32] = []
  /// The same as `changeBefore` of events that come to no server and touch several: faults.
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
  private(set) var contested = SortedTable<LogIndex, Bool>()
  /// Terms that have a leader.
  private(set) var wonTerms = SortedTable<Term, Bool>()
  /// By leader and term, and round: the event in which the round's first append was sent.
  private var rounds = LookupTable<Round, Int>()

  /// - Parameter leftOut: what is not told as lost.
  init(_ trace: [TracedEvent], leavingOut leftOut: LeftOutMessages? = nil) {
    self.trace = trace
    changeBefore.reserveCapacity(trace.count)
    var lastChange = LookupTable<NodeID, Int32>()
    var lastStep = LookupTable<NodeID, Int32>()
    var termAtIndex = LookupTable<LogIndex, Term>()
    var arrived = LookupTable<Dispatch, Bool>()
    for (place, event) in trace.enumerated() {
      changeBefore.append(event.node.flatMap { lastChange[$0] } ?? -1)
      stepBefore.append(event.node.flatMap { lastStep[$0] } ?? -1)
      for state in event.states { lastStep[state.node] = Int32(place) }
      if case .clientRequest(_, let caller) = event.kind, let operation = caller.operation {
        requests[operation, default: []].append(place)
      }
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
    _ effect: TracedEffect, in event: TracedEvent, at place: Int, _ termAtIndex: inout LookupTable<LogIndex, Term>
  ) {
    switch effect.what {
    case .sent(let message):
      guard let round = Round(message), rounds[round] == nil else { break }
      rounds[round] = place
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
      if case .clientRequest(_, let caller) = event.kind, let operation = caller.operation {
        entriesOfOperation[operation, default: []] += entries.filter { !$0.isOpening }
      }
    default: break
    }
  }

  /// The event in which a leader began a round of its broadcasts, if one of its appends was seen.
  func start(ofRound round: UInt64, of leader: NodeID, in term: Term) -> Int? {
    rounds[Round(leader: leader, term: term, round: round)]
  }

  /// Where a server did first what may be on its disk since this event, in which a sync ends: one sync begins where the
  /// one before it ends.
  func beginning(ofSyncEndingIn place: Int) -> Int? {
    guard trace[place].endsSync else { return nil }
    var first = place
    while trace[first].endsSync, let cause = trace[first].cause, cause < first { first = cause }
    return first
  }

  /// That an operator who asks in an event was turned down before, and the event in which it learnt that last.
  ///
  /// - Parameter fault: which says what it asks for.
  func refusal(of fault: Int?, before place: Int) -> (words: String, event: Int)? {
    guard let fault else { return nil }
    let refusals = trace[..<place].indices.compactMap { event -> (words: String, event: Int)? in
      guard case .operatorReply(let reply, fault, let server) = trace[event].kind else { return nil }
      return switch reply {
      case .notLeader, .turnedDown: ("by \(server): \(MessageText.of(reply))", event)
      default: nil
      }
    }
    return refusals.last.map { last in
      (", which was turned down before (\(refusals.count == 1 ? "" : "last ")\(last.words))", last.event)
    }
  }

  /// All that these events may rest on: backwards from each to the one that brought it about, and to the one before it at
  /// its server, whatever that did.
  func past(of roots: [Int]) -> [Bool] { walk(back: roots) { [stepBefore[$0]] } }

  /// The events without which these would not have happened as they did: backwards from each to the one that brought it
  /// about, and to the last one that changed its server.
  func causes(of roots: [Int]) -> [Bool] {
    walk(back: roots) { [changeBefore[$0]] + (changesBefore[$0] ?? []).map(Int32.init) }
  }

  private func walk(back roots: [Int], _ before: (Int) -> [Int32]) -> [Bool] {
    var isCause = [Bool](repeating: false, count: trace.count)
    var open = roots.filter(trace.indices.contains)
    while let place = open.popLast() {
      guard !isCause[place] else { continue }
      isCause[place] = true
      if let cause = trace[place].cause, cause < place { open.append(cause) }
      open += before(place).filter { $0 >= 0 }.map(Int.init)
    }
    return isCause
  }
}

/// A round of a leader's broadcasts.
private struct Round: Hashable {
  let leader: NodeID
  let term: Term
  let round: UInt64

  init(leader: NodeID, term: Term, round: UInt64) {
    (self.leader, self.term, self.round) = (leader, term, round)
  }

  /// That of an append; `nil` for other messages.
  init?(_ message: TracedMessage) {
    guard case .appendEntries(let append) = message.content else { return nil }
    self.init(leader: message.key.sender, term: append.term, round: append.round)
  }
}

/// What tells one message that was sent in an event from the others: the same may be said twice.
private struct Dispatch: Hashable {
  let event: Int?
  let recipient: NodeID
  let kind: RaftMessage.Kind

  init(_ message: TracedMessage) {
    (event, recipient, kind) = (message.sentIn, message.key.recipient, message.content.kind)
  }
}

extension SortedTable where Value: Sendable {
  /// The value of a key, or the fallback while it has none.
  subscript(key: Key, default fallback: Value) -> Value {
    get { self[key] ?? fallback }
    set { self[key] = newValue }
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
      .stopped, .paused, .resumed, .removedFile:
      true
    case .sent, .lost, .cut, .healed, .called, .returned, .refusedFrame: false
    }
  }
}
