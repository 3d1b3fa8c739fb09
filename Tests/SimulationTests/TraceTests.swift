import Determinism
import Histories
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// Runs a scenario and tells every event, or those of a window.
private func trace(_ scenario: Scenario, _ window: TraceWindow = .start) -> RunOutcome {
  var simulation = Simulation(scenario, options: SimulationOptions(tracing: window))
  return simulation.run()
}

/// An event's kind without the places of other events.
private struct EventKind: Equatable {
  var kind: TracedEvent.Kind

  init(_ kind: TracedEvent.Kind) {
    self.kind = kind
    switch kind {
    case .message(var message):
      message.sentIn = nil
      self.kind = .message(message)
    case .held(.message(var message)):
      message.sentIn = nil
      self.kind = .held(.message(message))
    default: break
    }
  }
}

/// What one can say of a server who knows only what events did.
private struct Model {
  var term = Term.zero
  var role = Role.follower
  var vote: NodeID?
  var isRunning = true
  var commitIndex = LogIndex.zero
  /// The terms of the entries, whose first is of this index.
  var first = LogIndex.zero.next
  var terms: [Term] = []
  /// Whether it has just started: what it knows then hangs on its disk.
  var isNew = false

  var lastIndex: LogIndex { LogIndex(first.rawValue + UInt64(terms.count) - 1) }

  mutating func take(_ effect: TracedEffect.What) {
    switch effect {
    case .term(let term): (self.term, vote) = (term, nil)
    case .role(let role, let term): (self.role, self.term) = (role, term)
    case .voted(let candidate, let term): (vote, self.term) = (candidate, term)
    case .truncated(let index): terms.removeLast(Int(lastIndex.next.rawValue - index.rawValue))
    case .appended(let entries):
      // Behind an installed snapshot.
      if entries[0].index != lastIndex.next { (first, terms) = (entries[0].index, []) }
      for entry in entries {
        #expect(entry.index == lastIndex.next)
        terms.append(entry.term)
      }
    case .installedSnapshot(let position):
      if position.index > lastIndex { (first, terms) = (position.index.next, []) }
    case .committed(let index):
      #expect(index > commitIndex)
      commitIndex = index
    case .started: (isRunning, isNew) = (true, true)
    case .crashed, .stopped: isRunning = false
    default: break
    }
  }

  /// Compares itself with what a state says, and takes over what a start may have changed.
  mutating func compare(_ state: NodeState) {
    if isNew { (term, role, vote, commitIndex) = (state.term, state.role, state.vote, state.commitIndex) }
    // Where the log ends with a snapshot there is no entry to tell of.
    if isNew, terms.isEmpty { first = state.last.index.next }
    isNew = false
    #expect(term == state.term && vote == state.vote && isRunning == state.isRunning)
    #expect(lastIndex == state.last.index && commitIndex == state.commitIndex && role == state.role)
    if let last = terms.last { #expect(last == state.last.term) }
  }
}

@Suite("A trace tells what each event did and what brought it about")
struct TraceTests {
  private static func scenario(_ seed: UInt64) -> Scenario {
    smallScenario(seed) {
      $0.snapshotEntries = seed % 2 == 0 ? 10 : nil
      $0.faults = FaultKind.allCases.filter { $0.fewestNodes <= 3 && !$0.isBeyondBound }
    }
  }

  /// The runs of the first seeds, told from their start.
  private static let runs = (0..<10 as Range<UInt64>).map { trace(scenario($0)) }

  @Test("Tracing does not change the run", arguments: 0..<4)
  func observation(seed: Int) {
    let (traced, plain) = (Self.runs[seed], run(Self.scenario(UInt64(seed))))
    #expect(traced.eventHash == plain.eventHash && traced.statistics == plain.statistics)
    #expect(traced.history.events == plain.history.events && plain.trace.isEmpty)
    #expect(traced.trace.count == plain.statistics.events)
  }

  @Test("What events did adds up to how the servers stand")
  func states() {
    var met: Set<String> = []
    for outcome in Self.runs {
      var models = Array(repeating: Model(), count: 3)
      for event in outcome.trace {
        for effect in event.effects {
          met.insert(String("\(effect.what)".prefix { $0 != "(" }))
          if let node = effect.node { models[node.offset].take(effect.what) }
        }
        for state in event.states { models[state.node.offset].compare(state) }
      }
    }
    let kinds = [
      "appended", "called", "committed", "crashed", "cut", "healed", "installedSnapshot", "lost", "paused",
      "removedFile", "resumed",
      "returned", "role", "sent", "started", "stopped", "term", "tookSnapshot", "truncated", "voted",
    ]
    #expect(met.sorted() == kinds, "each kind of effect was met")
  }

  @Test("In many runs commands gather while the leader's disk syncs, and snapshots take several parts")
  func together() {
    var (gathered, parted) = (Set<UInt64>(), Set<UInt64>())
    for seed in 0..<12 as Range<UInt64> {
      let scenario = smallScenario(seed) { ($0.clients, $0.operations, $0.snapshotEntries) = (8, 300, 20) }
      var partsOf: [String: Int] = [:]
      for event in trace(scenario).trace {
        guard case .diskSync(let file, _) = event.kind else { continue }
        // Followers append when they hear something, and not when a sync has ended.
        for case .appended(let entries) in event.effects.map(\.what) where entries.count > 1 { gathered.insert(seed) }
        guard file.hasSuffix(SnapshotFile.temporarySuffix), let node = event.node else { continue }
        partsOf["\(node) \(file)", default: 0] += 1
      }
      if partsOf.values.contains(where: { $0 > 2 }) { parted.insert(seed) }
    }
    #expect(gathered.count >= 3, "in \(gathered.count) of 12")
    #expect(parted.count >= 2, "in \(parted.count) of 12")
  }

  @Test(
    "Every message that was sent arrives, is lost, or is still under way in the end", arguments: 0..<4)
  func messages(seed: Int) {
    let outcome = Self.runs[seed]
    var fates: [MessageKey: Int] = [:]
    var cuts: Set<[NodeID]> = []
    for (place, event) in outcome.trace.enumerated() {
      if let cause = event.cause { #expect(cause < place) }
      if case .message(let message) = event.kind {
        #expect(fates[message.key] != nil && event.cause == message.sentIn && message.sentAt <= event.at)
        fates[message.key] = 1
        let link = [message.key.sender, message.key.recipient]
        #expect(event.states.isEmpty || !cuts.contains(link))
        #expect(event.states.isEmpty == event.effects.contains(TracedEffect(.lost(message), at: event.node)))
      }
      for effect in event.effects {
        switch effect.what {
        case .sent(let message):
          #expect(fates[message.key] == nil && message.sentIn == place && effect.node == message.key.sender)
          fates[message.key] = 0
        case .lost(let message): fates[message.key] = 1
        case .cut(let others): for other in others { cuts.insert([effect.node ?? other, other]) }
        case .healed(let others): for other in others { cuts.remove([effect.node ?? other, other]) }
        default: break
        }
      }
    }
    let open = fates.values.count { $0 == 0 }
    #expect(fates.count == outcome.statistics.messagesSent && fates.count > 300)
    #expect(open < 50, "\(open) of \(fates.count)")
    #expect(cuts.isEmpty)
  }

  @Test("Calls and returns are those of the history, and answers come to calls", arguments: 0..<4)
  func operations(seed: Int) throws {
    let outcome = Self.runs[seed]
    let (operations, events) = (outcome.history.operations(), outcome.history.events)
    var called = 0
    var requested = 0
    for event in outcome.trace {
      if case .clientRequest(_, let caller) = event.kind, let operation = caller.operation {
        requested += 1
        #expect(operation < called)
      }
      for effect in event.effects {
        switch effect.what {
        case .called(let operation):
          #expect(operation == called && events[operations[operation].call].time == event.at.nanoseconds)
          called += 1
        case .returned(let operation):
          let end = try #require(operations[operation].end)
          #expect(events[end].time == event.at.nanoseconds)
        default: break
        }
      }
    }
    #expect(called == operations.count && requested > called / 2)
  }

  @Test(
    "A trace that begins late tells the same events, and first how everybody stands by then",
    arguments: 0..<4)
  func lateWindow(seed: Int) throws {
    let whole = Self.runs[seed]
    let (first, last) = (whole.trace.count / 2, whole.trace.count - 50)
    let late = trace(Self.scenario(UInt64(seed)), TraceWindow(first: first, last: last))
    #expect(late.trace[0].kind == .earlier(events: first - 1))
    #expect(late.trace.count == last - first + 2 && late.isCut)
    #expect(late.number(ofEventAt: 1) == first && late.place(ofEvent: last) == late.trace.count - 1)
    #expect(late.place(ofEvent: last + 1) == nil && late.place(ofEvent: 1) == 0)
    // Its places are counted anew; what was caused before it has no cause in it.
    func place(_ cause: Int?) -> Int? { cause.flatMap { $0 >= first - 1 ? $0 - first + 2 : nil } }
    for (mine, theirs) in zip(late.trace.dropFirst(), whole.trace[(first - 1)...]) {
      #expect(mine.hash == theirs.hash && mine.at == theirs.at && mine.node == theirs.node)
      #expect(mine.states == theirs.states && mine.decisions == theirs.decisions)
      #expect(mine.cause == place(theirs.cause) && mine.effects.count == theirs.effects.count)
      #expect(EventKind(mine.kind) == EventKind(theirs.kind))
    }
    var models = Array(repeating: Model(), count: 3)
    for state in late.trace[0].states { models[state.node.offset].isNew = true }
    for event in late.trace {
      for effect in event.effects { if let node = effect.node { models[node.offset].take(effect.what) } }
      for state in event.states {
        models[state.node.offset].isRunning =
          event == late.trace[0] ? state.isRunning : models[state.node.offset].isRunning
        models[state.node.offset].compare(state)
      }
    }
  }

  @Test("A fault that waits for a moment is caused by the event in which that was seen")
  func moments() throws {
    var scenario = smallScenario(1)
    scenario.faults = [
      Fault(
        id: 5, trigger: .moment(kind: .leadership, ordinal: 1, after: .milliseconds(1)), duration: .milliseconds(30),
        action: .pause(target: .subject))
    ]
    let trace = trace(scenario).trace
    let begin = try #require(trace.firstIndex { if case .faultBegins(5, _) = $0.kind { true } else { false } })
    let cause = try #require(trace[begin].cause)
    let leader = try #require(trace[begin].effects.first { $0.what == .paused }?.node)
    #expect(trace[begin].kind == .faultBegins(5, subject: leader))
    #expect(trace[cause].states.contains { $0.node == leader && $0.role == .leader })
    let end = try #require(trace.firstIndex { $0.kind == .faultEnds(5) })
    #expect(trace[end].cause == begin && trace[end].effects.contains(TracedEffect(.resumed, at: leader)))
    let still = trace[begin...end].filter { $0.node == leader }
    #expect(!still.isEmpty)
    for event in still {
      guard case .held = event.kind, event.states.isEmpty else {
        Issue.record("\(leader) stands still, and yet: \(event)")
        continue
      }
    }
  }
}
