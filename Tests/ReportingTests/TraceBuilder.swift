import Determinism
import Histories
import Linearizability
import Scenarios

/// Writes down a run by hand, event by event: times in microseconds, servers by number.
struct TraceBuilder {
  private(set) var trace: [TracedEvent] = []
  private var states: [NodeState]
  private var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
  private var open: [(process: Int, operation: Int)] = []
  private var calls = 0
  private var sent: UInt64 = 0

  init(nodes: Int) {
    states = NodeID.first(nodes).map {
      NodeState(
        node: $0, isRunning: true, role: .follower, term: 0, vote: nil, lastIndex: 0, lastTerm: 0, commitIndex: 0,
        appliedIndex: 0)
    }
  }

  var history: History { recorder.finish() }

  /// An event at a server, or at none; its place in the trace.
  @discardableResult
  mutating func event(
    _ at: Int, node: UInt8? = nil, kind: TracedEvent.Kind = .other, cause: Int? = nil, what: String = "",
    _ effects: TracedEffect.What...
  ) -> Int {
    let node = node.map { NodeID($0) }
    for effect in effects { apply(effect, at: node) }
    trace.append(
      TracedEvent(
        hash: 0, at: .microseconds(Int64(at)), what: what.isEmpty ? "\(kind)" : what, kind: kind, node: node,
        cause: cause, effects: effects.map { TracedEffect($0, at: node) },
        states: node.map { [states[$0.offset]] } ?? []))
    return trace.count - 1
  }

  /// A message from the server of an event; it arrives, with what that brings about.
  @discardableResult
  mutating func message(
    _ text: String, sentIn place: Int, to recipient: UInt8, _ at: Int, _ effects: TracedEffect.What...
  ) -> Int {
    let message = message(text, sentIn: place, to: recipient)
    trace[place].effects.append(TracedEffect(.sent(message), at: trace[place].node))
    for effect in effects { apply(effect, at: NodeID(recipient)) }
    trace.append(
      TracedEvent(
        hash: 0, at: .microseconds(Int64(at)),
        what: "\(trace[place].node.map(\.description) ?? "") -> n\(recipient) \(text)",
        kind: .message(message), node: NodeID(recipient), cause: place,
        effects: effects.map { TracedEffect($0, at: NodeID(recipient)) },
        states: [states[NodeID(recipient).offset]]))
    return trace.count - 1
  }

  /// A message from the server of an event that is lost at once.
  mutating func lose(_ text: String, sentIn place: Int, to recipient: UInt8) {
    let message = message(text, sentIn: place, to: recipient)
    trace[place].effects += [
      TracedEffect(.sent(message), at: trace[place].node), TracedEffect(.lost(message), at: trace[place].node),
    ]
  }

  /// Messages from the server of an event that are on their way until another event takes them.
  mutating func lose(_ texts: [String], sentIn place: Int, to recipient: UInt8, later at: Int) {
    let messages = texts.map { message($0, sentIn: place, to: recipient) }
    trace[place].effects += messages.map { TracedEffect(.sent($0), at: trace[place].node) }
    let end = event(at, what: "messages are lost")
    trace[end].effects = messages.map { TracedEffect(.lost($0), at: trace[place].node) }
  }

  private mutating func message(_ text: String, sentIn place: Int, to recipient: UInt8) -> TracedMessage {
    sent += 1
    let kinds: [(String, MessageKind)] = [
      ("request vote", .requestVote), ("vote granted", .requestVoteReply), ("matches", .appendEntriesReply),
    ]
    let kind = kinds.first { text.hasPrefix($0.0) }?.1 ?? .appendEntries
    let sender = trace[place].node ?? NodeID(1)
    let key = MessageKey(
      from: sender, to: NodeID(recipient), kind, term: states[sender.offset].term, index: 0, occurrence: sent)
    return TracedMessage(key: key, sentIn: place, sentAt: trace[place].at, text: text)
  }

  /// A client calls; the place of the event.
  mutating func call(_ at: Int, _ process: Int, key: String = "x", _ action: Action) -> Int {
    recorder.invoke(process: process, at: Int64(at) * 1_000, key: Array(key.utf8), action)
    open.append((process, calls))
    calls += 1
    return event(at, kind: .clientTimer(client: process), .called(operation: calls - 1))
  }

  /// The client's request reaches a server.
  mutating func request(_ at: Int, _ process: Int, calledIn place: Int, node: UInt8, _ effects: TracedEffect.What...)
    -> Int
  {
    let operation = open.first { $0.process == process }?.operation
    let place = event(at, node: node, kind: .clientRequest(client: process, operation: operation), cause: place)
    for effect in effects { add(effect, in: place) }
    return place
  }

  /// The answer reaches the client.
  @discardableResult
  mutating func answer(_ at: Int, _ process: Int, from node: UInt8, sentIn place: Int, _ outcome: Outcome) -> Int {
    guard let index = open.firstIndex(where: { $0.process == process }) else { return place }
    let operation = open.remove(at: index).operation
    recorder.complete(process: process, at: Int64(at) * 1_000, outcome)
    return event(
      at, kind: .clientReply(client: process, operation: operation, from: NodeID(node)), cause: place,
      .returned(operation: operation))
  }

  /// One more effect of an event at its server.
  mutating func add(_ effect: TracedEffect.What, in place: Int) {
    guard let node = trace[place].node else { return }
    apply(effect, at: node)
    trace[place].effects.append(TracedEffect(effect, at: node))
    trace[place].states = [states[node.offset]]
  }

  /// Lets an event that comes to no server start one.
  mutating func start(_ number: UInt8, in place: Int) {
    let node = NodeID(number)
    apply(.started, at: node)
    trace[place].effects.append(TracedEffect(.started, at: node))
    trace[place].states.append(states[node.offset])
  }

  /// Lets the server of an event take less, or more, for committed after it.
  mutating func setCommitIndex(_ index: UInt64, in place: Int) { set(\.commitIndex, index, in: place) }

  mutating func setAppliedIndex(_ index: UInt64, in place: Int) { set(\.appliedIndex, index, in: place) }

  private mutating func set(_ path: WritableKeyPath<NodeState, UInt64>, _ index: UInt64, in place: Int) {
    guard let offset = trace[place].node?.offset else { return }
    states[offset][keyPath: path] = index
    trace[place].states = [states[offset]]
  }

  private mutating func apply(_ effect: TracedEffect.What, at node: NodeID?) {
    guard let offset = node?.offset else { return }
    switch effect {
    case .role(let role, let term): (states[offset].role, states[offset].term) = (role, term)
    case .term(let term), .voted(_, let term): states[offset].term = term
    case .crashed, .stopped: states[offset].isRunning = false
    case .started: (states[offset].isRunning, states[offset].role) = (true, .follower)
    case .appended(let entries):
      states[offset].lastIndex = entries.last?.index ?? states[offset].lastIndex
      states[offset].lastTerm = entries.last?.term ?? states[offset].lastTerm
    case .committed(let index): states[offset].commitIndex = index
    default: break
    }
  }
}
