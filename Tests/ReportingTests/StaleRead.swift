import Determinism
import Histories
import Linearizability
import Reporting

@testable import Scenarios

/// A run made by hand: n1 leads, is cut off, and answers a read from its own state after n2 has committed a later write.
enum StaleRead {
  static var run: FailingRun {
    get throws {
      var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
      let x = Array("x".utf8)
      recorder.invoke(process: 1, at: 10, key: x, .put(Array("1".utf8)))
      recorder.complete(process: 1, at: 20, .ok(.done))
      recorder.invoke(process: 2, at: 30, key: x, .put(Array("2".utf8)))
      recorder.complete(process: 2, at: 40, .ok(.done))
      recorder.invoke(process: 3, at: 50, key: x, .get)
      recorder.complete(process: 3, at: 60, .ok(.value(Array("1".utf8))))
      let history = recorder.finish()
      let result = LinearizabilityChecker(model: Model(of: history)).check(history)
      guard case .notLinearizable(let counterexample) = result else { throw Oddity() }
      var scenario = Scenario(seed: 8814)
      scenario.cluster.nodes = 3
      let n1 = NodeID(1)
      scenario.faults = [
        Fault(
          id: 4, trigger: .time(at: .milliseconds(120)), duration: .milliseconds(900),
          action: .partition(shape: .one, side: .nodes([n1]), direction: .both))
      ]
      let outcome = RunOutcome(
        eventHash: 1, history: history, statistics: RunStatistics(), failure: nil, isCut: false,
        faults: [BegunFault(id: 4, at: .milliseconds(120), nodes: [n1])], trace: trace)
      return FailingRun(
        scenario: scenario, outcome: outcome, signature: .linearizability, counterexample: counterexample,
        bug: (name: "reads-leader-without-quorum", mistake: "The leader answers reads from its own state."),
        shrinking: ShrinkingSummary(
          before: RunSize(nodes: 5, operations: 412, faults: 37, deliveries: 4_000),
          after: RunSize(nodes: 3, operations: 3, faults: 1, deliveries: 12), trials: 431, time: .milliseconds(900)),
        certificate: [
          CertificateLine(thing: "the partition at 120 ms", without: "linearizable"),
          CertificateLine(thing: "c1's put x = 1", without: "linearizable"),
          CertificateLine(thing: "n3", without: "refused: a partition of two"),
        ], program: "raftcheck 0.1", replay: "raftcheck replay out/8814/case.json")
    }
  }

  struct Oddity: Error {}

  private static var trace: [TracedEvent] {
    let (n1, n2, n3) = (NodeID(1), NodeID(2), NodeID(3))
    var book = TraceBook()
    let campaign = book.add(1, .electionTimer, n1, [.role(.candidate, term: 1), .term(1), .voted(for: n1, term: 1)])
    let request = book.message(n1, n2, .requestVote, 1, sentIn: campaign, "vote request, log 0/0")
    let vote = book.add(2, .message(request), n2, cause: campaign, [.term(1), .voted(for: n1, term: 1)])
    let grant = book.message(n2, n1, .requestVoteReply, 1, sentIn: vote, "vote granted")
    book.add(
      3, .message(grant), n1, cause: vote,
      [.role(.leader, term: 1), .appended([.init(index: 1, term: 1, text: "no-op")])])
    let call = book.add(10, .clientTimer(client: 1), nil, [.called(operation: 0)])
    let put = book.add(
      11, .clientRequest(client: 1, operation: 0), n1, cause: call,
      [.appended([.init(index: 2, term: 1, text: "put x = 1")])])
    let append = book.message(n1, n2, .appendEntries, 1, sentIn: put, "append 2/1 put x = 1")
    let copy = book.add(
      12, .message(append), n2, cause: put, [.appended([.init(index: 2, term: 1, text: "put x = 1")])])
    let done = book.message(n2, n1, .appendEntriesReply, 1, sentIn: copy, "holds 2")
    let commit = book.add(14, .message(done), n1, cause: copy, [.committed(through: 2)])
    book.add(20, .clientReply(client: 1, operation: 0, from: n1), nil, cause: commit, [.returned(operation: 0)])
    book.add(120, .faultBegins(4), nil, [])
    let second = book.add(
      200, .electionTimer, n2, [.role(.candidate, term: 2), .term(2), .voted(for: n2, term: 2)])
    let ask = book.message(n2, n3, .requestVote, 2, sentIn: second, "vote request, log 2/1")
    let other = book.add(202, .message(ask), n3, cause: second, [.term(2), .voted(for: n2, term: 2)])
    let granted = book.message(n3, n2, .requestVoteReply, 2, sentIn: other, "vote granted")
    book.add(
      203, .message(granted), n2, cause: other,
      [.role(.leader, term: 2), .appended([.init(index: 3, term: 2, text: "no-op")])])
    let call2 = book.add(230, .clientTimer(client: 2), nil, [.called(operation: 1)])
    let put2 = book.add(
      231, .clientRequest(client: 2, operation: 1), n2, cause: call2,
      [.appended([.init(index: 4, term: 2, text: "put x = 2")])])
    let append2 = book.message(n2, n3, .appendEntries, 2, sentIn: put2, "append 4/2 put x = 2")
    let copy2 = book.add(
      232, .message(append2), n3, cause: put2, [.appended([.init(index: 4, term: 2, text: "put x = 2")])])
    let done2 = book.message(n3, n2, .appendEntriesReply, 2, sentIn: copy2, "holds 4")
    let commit2 = book.add(234, .message(done2), n2, cause: copy2, [.committed(through: 4)])
    book.add(240, .clientReply(client: 2, operation: 1, from: n2), nil, cause: commit2, [.returned(operation: 1)])
    let call3 = book.add(250, .clientTimer(client: 3), nil, [.called(operation: 2)])
    let get = book.add(255, .clientRequest(client: 3, operation: 2), n1, cause: call3, [])
    book.add(260, .clientReply(client: 3, operation: 2, from: n1), nil, cause: get, [.returned(operation: 2)])
    return book.events
  }
}

/// Writes a trace down by hand; where servers stand follows from the effects.
struct TraceBook {
  private(set) var events: [TracedEvent] = []
  private var states: [NodeState] = NodeID.first(5).map {
    NodeState(
      node: $0, isRunning: true, role: .follower, term: 0, vote: nil, lastIndex: 0, lastTerm: 0, commitIndex: 0,
      appliedIndex: 0)
  }

  /// - Returns: the event's place.
  @discardableResult
  mutating func add(
    _ milliseconds: Int64, _ kind: TracedEvent.Kind, _ node: NodeID?, cause: Int? = nil,
    _ effects: [TracedEffect.What], what: String = "something happens"
  ) -> Int {
    if let node { for effect in effects { note(effect, at: node.offset) } }
    events.append(
      TracedEvent(
        hash: UInt64(events.count), at: .milliseconds(milliseconds), what: what, kind: kind, node: node, cause: cause,
        effects: effects.map { TracedEffect($0, at: node) }, states: node.map { [states[$0.offset]] } ?? []))
    return events.count - 1
  }

  private mutating func note(_ effect: TracedEffect.What, at place: Int) {
    switch effect {
    case .role(let role, let term): (states[place].role, states[place].term) = (role, term)
    case .term(let term): states[place].term = term
    case .voted(let node, _): states[place].vote = node
    case .appended(let entries):
      (states[place].lastIndex, states[place].lastTerm) = (entries.last?.index ?? 0, entries.last?.term ?? 0)
    case .truncated(let index): states[place].lastIndex = index - 1
    case .committed(let index): (states[place].commitIndex, states[place].appliedIndex) = (index, index)
    case .crashed: states[place].isRunning = false
    case .started: (states[place].isRunning, states[place].role) = (true, .follower)
    default: break
    }
  }

  /// A message sent in the event at this place.
  func message(
    _ sender: NodeID, _ recipient: NodeID, _ kind: MessageKind, _ term: UInt64, sentIn place: Int, _ text: String
  ) -> TracedMessage {
    TracedMessage(
      key: MessageKey(from: sender, to: recipient, kind, term: term, index: UInt64(place), occurrence: 0),
      sentIn: place, sentAt: events[place].at, text: text)
  }
}
