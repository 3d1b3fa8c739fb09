import Determinism
import Histories
import KeyValue
import Linearizability
import Raft
import Replica
import Scenarios
import Traces

/// Writes down a run by hand, event by event: times in microseconds, servers by number.
struct TraceBuilder {
  private(set) var trace: [TracedEvent] = []
  private var states: [NodeState]
  private var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
  private var open: [(process: Int, operation: Int)] = []
  private var calls = 0
  private var sent: UInt64 = 0

  init(nodes: Int) {
    states = NodeID.first(nodes).map { NodeState(node: $0) }
  }

  var history: History { recorder.finish() }

  /// An event at a server, or at none; its place in the trace.
  @discardableResult
  mutating func event(
    _ at: Int, node: UInt8? = nil, kind: TracedEvent.Kind = .calmLook, cause: Int? = nil,
    _ effects: TracedEffect.What...
  ) -> Int {
    let node = node.map { NodeID($0) }
    for effect in effects { apply(effect, at: node) }
    trace.append(
      TracedEvent(
        hash: 0, at: .microseconds(Int64(at)), kind: kind, node: node, cause: cause,
        effects: effects.map { TracedEffect($0, at: node) },
        states: node.map { [states[$0.offset]] } ?? []))
    return trace.count - 1
  }

  /// A message from the server of an event; it arrives, with what that brings about.
  @discardableResult
  mutating func message(
    _ said: Said, sentIn place: Int, to recipient: UInt8, _ at: Int, _ effects: TracedEffect.What...
  ) -> Int {
    let message = message(said, sentIn: place, to: recipient)
    trace[place].effects.append(TracedEffect(.sent(message), at: trace[place].node))
    for effect in effects { apply(effect, at: NodeID(recipient)) }
    trace.append(
      TracedEvent(
        hash: 0, at: .microseconds(Int64(at)), kind: .message(message), node: NodeID(recipient), cause: place,
        effects: effects.map { TracedEffect($0, at: NodeID(recipient)) },
        decisions: said.isVote ? [counting(at: NodeID(recipient))] : [], states: [states[NodeID(recipient).offset]]))
    return trace.count - 1
  }

  /// A message from the server of an event that is lost at once.
  mutating func lose(_ said: Said, sentIn place: Int, to recipient: UInt8) {
    let message = message(said, sentIn: place, to: recipient)
    trace[place].effects += [
      TracedEffect(.sent(message), at: trace[place].node), TracedEffect(.lost(message), at: trace[place].node),
    ]
  }

  /// Messages from the server of an event that are on their way until another event takes them.
  mutating func lose(_ said: [Said], sentIn place: Int, to recipient: UInt8, later at: Int) {
    let messages = said.map { message($0, sentIn: place, to: recipient) }
    trace[place].effects += messages.map { TracedEffect(.sent($0), at: trace[place].node) }
    let end = event(at)
    trace[end].effects = messages.map { TracedEffect(.lost($0), at: trace[place].node) }
  }

  private func counting(at node: NodeID) -> TracedDecision {
    let answers = RuleDecision.Answers(inForce: 2, published: 2)
    return TracedDecision(
      RuleDecision(by: .votes, .votes(counted: 1, isRepeated: false, answers), differs: false), by: node)
  }

  private mutating func message(_ said: Said, sentIn place: Int, to recipient: UInt8) -> TracedMessage {
    sent += 1
    let sender = trace[place].node ?? NodeID(1)
    let content = said.message(in: states[sender.offset].term)
    let key = MessageKey(
      from: sender, to: NodeID(recipient), content.kind, term: states[sender.offset].term.rawValue, index: 0,
      occurrence: sent)
    return TracedMessage(key: key, sentIn: place, sentAt: trace[place].at, content: content)
  }

  /// A client calls; the place of the event.
  mutating func call(_ at: Int, _ process: Int, key: String = "x", _ action: Action) -> Int {
    recorder.invoke(process: process, at: Int64(at) * 1_000, key: Array(key.utf8), action)
    open.append((process, calls))
    calls += 1
    let caller = TracedCaller(client: process, process: process, operation: calls - 1)
    return event(at, kind: .clientTimer(caller, .turn), .called(operation: calls - 1))
  }

  /// The client's request reaches a server.
  mutating func request(_ at: Int, _ process: Int, calledIn place: Int, node: UInt8, _ effects: TracedEffect.What...)
    -> Int
  {
    let operation = open.first { $0.process == process }?.operation
    let caller = TracedCaller(client: process, process: process, operation: operation)
    let request = ClientRequest(sequence: SequenceNumber(0), body: .read(key: Array("x".utf8)))
    let place = event(at, node: node, kind: .clientRequest(request, by: caller), cause: place)
    for effect in effects { add(effect, in: place) }
    return place
  }

  /// The answer reaches the client.
  @discardableResult
  mutating func answer(_ at: Int, _ process: Int, from node: UInt8, sentIn place: Int, _ outcome: Outcome) -> Int {
    guard let index = open.firstIndex(where: { $0.process == process }) else { return place }
    let operation = open.remove(at: index).operation
    recorder.complete(process: process, at: Int64(at) * 1_000, outcome)
    let caller = TracedCaller(client: process, process: process, operation: operation)
    return event(
      at,
      kind: .clientReply(
        ClientReply(sequence: SequenceNumber(0), body: .written(.done)), to: caller, from: NodeID(node)), cause: place,
      .returned(operation: operation))
  }

  /// One more effect of an event at its server.
  mutating func add(_ effect: TracedEffect.What, in place: Int) {
    guard let node = trace[place].node else { return }
    apply(effect, at: node)
    trace[place].effects.append(TracedEffect(effect, at: node))
    trace[place].states = [states[node.offset]]
  }

  /// Lets the server of an event decide something in it.
  mutating func decide(_ decision: RuleDecision, in place: Int) {
    guard let node = trace[place].node else { return }
    trace[place].decisions.append(TracedDecision(decision, by: node))
  }

  /// Lets an event that comes to no server start one.
  mutating func start(_ number: UInt8, in place: Int) {
    let node = NodeID(number)
    apply(.started, at: node)
    trace[place].effects.append(TracedEffect(.started, at: node))
    trace[place].states.append(states[node.offset])
  }

  /// Lets the server of an event take less, or more, for committed after it.
  mutating func setCommitIndex(_ index: UInt64, in place: Int) { set(\.commitIndex, LogIndex(index), in: place) }

  mutating func setAppliedIndex(_ index: UInt64, in place: Int) { set(\.appliedIndex, LogIndex(index), in: place) }

  private mutating func set(_ path: WritableKeyPath<NodeState, LogIndex>, _ index: LogIndex, in place: Int) {
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
      if let last = entries.last { states[offset].last = LogPosition(index: last.index, term: last.term) }
    case .committed(let index): states[offset].commitIndex = index
    case .installedSnapshot(let position): states[offset].last = position
    default: break
    }
  }
}

/// What a message of a run written by hand says; its term is the sender's.
enum Said {
  case requestVote(log: LogPosition)
  case voteGranted
  case voteDenied
  case append([TracedEntry], behind: LogPosition, commit: UInt64)
  case matches(UInt64)
  case campaignNow

  static let requestVote = Said.requestVote(log: .zero)
  static let heartbeat = Said.append([], behind: .zero, commit: 0)

  static func append(_ entries: TracedEntry...) -> Said {
    append(entries, behind: .zero, commit: 0)
  }

  var isVote: Bool { if case .voteGranted = self { true } else { false } }

  func message(in term: Term) -> RaftMessage {
    switch self {
    case .requestVote(let log): .requestVote(RequestVote(term: term, lastPosition: log))
    case .voteGranted: .requestVoteReply(RequestVoteReply(term: term, isGranted: true))
    case .voteDenied: .requestVoteReply(RequestVoteReply(term: term, isGranted: false))
    case .append(let entries, let previous, let commit):
      .appendEntries(
        AppendEntries(
          term: term, previous: previous, commitIndex: LogIndex(commit), round: 0, entries: entries.map(Self.entry)))
    case .matches(let index):
      .appendEntriesReply(AppendEntriesReply(term: term, round: 0, outcome: .matched(LogIndex(index))))
    case .campaignNow: .timeoutNow(TimeoutNow(term: term))
    }
  }

  private static func entry(_ traced: TracedEntry) -> Entry {
    switch traced.content {
    case .command(let command): Entry(term: traced.term, payload: .command(command.encoded()))
    case .configuration(let members): Entry(term: traced.term, payload: .configuration(members))
    case .noOp, .undecodable: Entry(term: traced.term, payload: .noOp)
    }
  }
}

extension LogPosition {
  init(_ index: UInt64, _ term: UInt64) {
    self.init(index: LogIndex(index), term: Term(term))
  }
}

extension Term: ExpressibleByIntegerLiteral {
  /// The number itself.
  public init(integerLiteral value: UInt64) { self.init(value) }
}

extension LogIndex: ExpressibleByIntegerLiteral {
  /// The number itself.
  public init(integerLiteral value: UInt64) { self.init(value) }
}
