import Determinism
import Scenarios
import Traces

extension PageSpaceTime {
  /// So many messages are all drawn, and of more the last, besides those of the story; and so many events for what they do.
  private static let arrowLimit = 80
  private static let lastArrows = 18
  private static let stateLimit = 150
  /// Of faults, crashes, restarts and elections a minimal run has far fewer: there every one is drawn.
  private static let turningLimit = 200
  private static let changeLimit = 200
  private static let clientLimit = 8
  private static let clientLaneLimit = 3

  /// What is drawn of a run up to its failure, or to the last line of its story if that is later.
  init(of run: FailingRun, _ history: PageHistory, _ narrative: [NarrativeLine]) {
    let trace = Self.trace(of: run, narrative)
    let failure = Self.failure(of: run, in: trace, history.culprit)
    let last = min(trace.count - 1, max(failure, narrative.map(\.event).max() ?? 0))
    guard last >= 0 else { return }
    eventsBehind = trace.count - 1 - last
    let faults = PageFaults(of: run, trace)
    let members = PageMembers(run.scenario.cluster, trace, through: last)
    self.members = members
    let reader = PageTrace(
      trace: trace, last: last, history: history, narrative: narrative,
      leftOut: LeftOutMessages(run.scenario, trace, besides: run.neededLosses))
    let all = reader.crossings()
    messages = all.count { !$0.isClients }
    lanes = Self.clients(history, all, reader) + NodeID.first(run.scenario.cluster.nodes).map(Actor.server)
    let crossings = all.filter { lane(of: $0.from) != nil && lane(of: $0.to) != nil }
    let others = crossings.filter { !$0.isStory }
    let dropped = others.count <= Self.arrowLimit ? 0 : others.count - Self.lastArrows
    let firstDrawn = others.isEmpty ? last : others[min(dropped, others.count - 1)].last
    let drawn = crossings.filter { $0.isStory || dropped == 0 || $0.last >= firstDrawn }
    drawnMessages = drawn.count { !$0.isClients }

    let turning = reader.turningEvents(faults)
    undrawnTurns = max(0, turning.count - Self.turningLimit)
    firstTurn = undrawnTurns == 0 ? 0 : turning[undrawnTurns]
    let story = narrative.filter(\.namesEach).flatMap(\.events) + narrative.map(\.event)
    let events =
      [-1, failure, last] + story.filter { $0 <= last } + drawn.flatMap(\.events)
      + turning.dropFirst(undrawnTurns) + reader.stateEvents().suffix(Self.stateLimit)
      + reader.smallEvents(from: dropped == 0 ? 0 : firstDrawn) + members.changes.keys.suffix(Self.changeLimit)
    for event in events.sorted() where rows.last.map({ $0.event < event }) ?? true {
      rows.append(Row(event: event, at: event < 0 ? .zero : trace[event].at))
    }
    self.failure = row(of: failure)
    arrows = drawn.compactMap(arrow)
    addLanes(reader, faults)
  }

  /// The run's own trace, or what it leads to where the story tells that, too.
  private static func trace(of run: FailingRun, _ narrative: [NarrativeLine]) -> [TracedEvent] {
    guard let sequel = run.sequel, narrative.contains(where: { ($0.events.last ?? 0) >= run.outcome.trace.count })
    else {
      return run.outcome.trace
    }
    return sequel.outcome.trace
  }

  /// The place of the event with which the failure is there; the last one if it cannot be told.
  private static func failure(of run: FailingRun, in trace: [TracedEvent], _ culprit: Int?) -> Int {
    if let failure = run.outcome.failure { return run.outcome.place(ofEvent: failure.event) ?? max(0, trace.count - 1) }
    guard let culprit else { return trace.count - 1 }
    let end = trace.firstIndex { $0.effects.contains { $0.what == .returned(operation: culprit) } }
    return end ?? trace.count - 1
  }

  /// The lanes of clients: of the operations that the page shows those that were called in time, and not too many. Clients
  /// share a lane if one begins when the other is done.
  private static func clients(_ history: PageHistory, _ crossings: [PageTrace.Crossing], _ reader: PageTrace)
    -> [Actor]
  {
    let called = reader.calledOperations
    var wanted = history.culprit.map { [history.calls[$0].process] } ?? []
    for crossing in crossings where crossing.isStory {
      for case .client(let process) in [crossing.from, crossing.to] { wanted.append(process) }
    }
    wanted += history.shown.reversed().filter(called.contains).map { history.calls[$0].process }
    var lanes: [(clients: [Int], end: Duration?)] = []
    var clients: [Int] = []
    for process in wanted where clients.count < clientLimit && !clients.contains(process) { clients.append(process) }
    let spans = clients.map { process in
      let calls = called.map { history.calls[$0] }.filter { $0.process == process }
      let isOpen = calls.contains { $0.end == nil }
      return (process: process, start: calls.first?.start ?? .zero, end: isOpen ? nil : calls.compactMap(\.end).max())
    }
    for span in spans.sorted(by: { ($0.start, $0.process) < ($1.start, $1.process) }) {
      if let free = lanes.firstIndex(where: { $0.end.map { $0 < span.start } ?? false }) {
        lanes[free] = (lanes[free].clients + [span.process], span.end)
      } else if lanes.count < clientLaneLimit {
        lanes.append(([span.process], span.end))
      }
    }
    return lanes.map { .clients($0.clients) }
  }

  private func arrow(_ crossing: PageTrace.Crossing) -> Arrow? {
    guard let from = lane(of: crossing.from), let to = lane(of: crossing.to) else { return nil }
    let (sent, arrival) = (row(of: crossing.sent), crossing.arrival.map(row))
    guard from != to, arrival.map({ sent < $0 }) ?? true else { return nil }
    return Arrow(
      from: from, to: to, sent: sent, arrival: arrival, fate: crossing.fate, text: crossing.text,
      short: crossing.short, isStory: crossing.isStory, detail: crossing.detail)
  }

  /// The lanes with what happens on them, from the first row to the last.
  private mutating func addLanes(_ reader: PageTrace, _ faults: PageFaults) {
    var walk = LaneWalk(self)
    for place in 0...reader.last {
      let event = reader.trace[place]
      let place = (event: place, row: rows.partitioningIndex { $0.event >= place })
      walk.look(at: event, place.row, reader.history)
      guard place.row < rows.count, rows[place.row].event == place.event else { continue }
      add(event, at: place.event, row: place.row, reader, faults)
    }
    segments = walk.finish()
  }

  private mutating func add(_ event: TracedEvent, at place: Int, row: Int, _ reader: PageTrace, _ faults: PageFaults) {
    var lines = reader.narrative.filter { $0.event == place || ($0.namesEach && $0.events.contains(place)) }
    func take(_ taken: [NarrativeLine]) -> [Number] {
      lines.removeAll { line in taken.contains { $0.number == line.number } }
      return taken.map { Number(line: $0.number, isFirst: $0.event == place) }
    }
    let client = reader.client(of: event)
    for (lane, actor) in lanes.enumerated() {
      let did: PageEffects
      let numbers: [Number]
      switch actor {
      case .server(let node):
        var all = PageEffects(of: event, at: node, isFirstStart: members?.arrives(node, in: place) ?? false)
        numbers = take(lines.filter { $0.tells(of: node, event, all, isClients: client != nil) })
        all.add(members?.changes(of: node, in: place) ?? [])
        did = all
      case .clients(let processes):
        guard let client, processes.contains(client) else { continue }
        did = PageEffects(of: event, byClient: client, reader.history)
        numbers = take(lines.filter { $0.node == nil })
      }
      guard !did.words.isEmpty || !numbers.isEmpty else { continue }
      let isFailure =
        row == failure && lane == (client.map(Party.client) ?? event.node.map(Party.server)).flatMap(self.lane)
      let nodes = if case .server(let node) = actor { [node] } else { [NodeID]() }
      func mark(_ word: PageEffects.Word) -> PageMark {
        PageMark(kind: word.kind, event: place + 1, at: event.at, nodes: nodes, term: word.term, text: word.text)
      }
      notes.append(
        Note(
          lane: lane, row: row, text: did.text, short: did.short,
          marks: did.words.isEmpty ? [mark(.init(.told, ""))] : did.words.map(mark), numbers: numbers,
          isFailure: isFailure, term: did.term, detail: "\(event.at)  \(EventText.of(event))"))
    }
    addFault(event, at: place, row: row, lines, faults)
  }

  private mutating func addFault(
    _ event: TracedEvent, at place: Int, row: Int, _ lines: [NarrativeLine], _ faults: PageFaults
  ) {
    func mark(_ kind: PageMark.Kind, _ text: String, _ nodes: [NodeID] = []) -> PageMark {
      PageMark(kind: kind, event: place + 1, at: event.at, nodes: nodes, text: text)
    }
    var banner: PageMark?
    switch event.kind {
    case .faultBegins(let id, _):
      banner = faults.text(of: event, at: place).map { mark(.faultBegins, $0) }
      if let banner, let side = faults.cutOff(by: id, at: place) {
        addSpan(mark(.cutOff, banner.text, side), rows: row...max(row, faults.endRow(of: id, in: self)))
      }
    case .faultEnds: banner = faults.text(of: event, at: place).map { mark(.faultEnds, $0) }
    case .stormEnds:
      banner = mark(.stormEnds, "faults end")
      let side = faults.stayCutOff(at: place)
      addSpan(mark(.cutOff, "cut off", side), rows: row...max(row, faults.lastHealingRow(in: self)))
    default: break
    }
    // What is done to single servers shows on their lanes.
    if lines.isEmpty, event.kind != .stormEnds, notes.last?.row == row { return }
    guard let banner = banner ?? lines.first.map({ mark(.told, $0.text) }) else { return }
    banners.append(
      Banner(row: row, mark: banner, numbers: lines.map { Number(line: $0.number, isFirst: $0.event == place) }))
  }

  private mutating func addSpan(_ mark: PageMark, rows: ClosedRange<Int>) {
    guard !mark.nodes.isEmpty else { return }
    var mark = mark
    mark.until = self.rows[rows.upperBound].event + 1
    spans.append(Span(lanes: mark.nodes.compactMap { lane(of: .server($0)) }, rows: rows, mark: mark))
  }
}

extension NarrativeLine {
  /// The most servers that do the same in one line.
  private static let mostServers = 9

  /// Whether it tells what several servers did, each in an event of its own, and not a run of events as a whole.
  fileprivate var namesEach: Bool { node == nil && events.count > 1 && events.count <= Self.mostServers }

  /// Whether it tells what an event did at a server.
  fileprivate func tells(of node: NodeID, _ event: TracedEvent, _ did: PageEffects, isClients: Bool) -> Bool {
    if let own = self.node { return own == node }
    if isClients { return false }
    return event.node.map { $0 == node } ?? (namesEach && !did.words.isEmpty)
  }
}

/// How a lane looks from row to row.
private struct LaneWalk {
  private let drawing: PageSpaceTime
  private var looks: [PageSpaceTime.Look?]
  private var since: [Int]
  private var isPaused: [Bool]
  private var standing: [PageSpaceTime.Look]
  private var segments: [PageSpaceTime.Segment] = []

  init(_ drawing: PageSpaceTime) {
    self.drawing = drawing
    standing = drawing.lanes.map { _ in .role(.follower, term: .zero) }
    looks = drawing.lanes.map { lane in
      guard case .server(let node) = lane else { return nil }
      return drawing.members?.latecomers.contains(node) ?? false ? .absent : .role(.follower, term: .zero)
    }
    since = drawing.lanes.map { _ in 0 }
    isPaused = drawing.lanes.map { _ in false }
  }

  /// Takes in what an event does; it shows from the first row on that is not before it.
  mutating func look(at event: TracedEvent, _ row: Int, _ history: PageHistory) {
    for state in event.states {
      guard let lane = drawing.lane(of: .server(state.node)) else { continue }
      standing[lane] = state.isRunning ? .role(state.role, term: state.term) : .down
      if !state.isRunning { isPaused[lane] = false }
      show(isPaused[lane] ? .paused : standing[lane], on: lane, from: row)
    }
    for effect in event.effects {
      switch effect.what {
      case .paused, .resumed:
        guard let node = effect.node, let lane = drawing.lane(of: .server(node)) else { continue }
        isPaused[lane] = effect.what == .paused
        show(isPaused[lane] ? .paused : standing[lane], on: lane, from: row)
      case .called(let place):
        if let lane = lane(of: place, history) {
          show(.operation(isCulprit: place == history.culprit), on: lane, from: row)
        }
      case .returned(let place):
        if let lane = lane(of: place, history) { show(nil, on: lane, from: row) }
      default: break
      }
    }
  }

  private func lane(of place: Int, _ history: PageHistory) -> Int? {
    guard history.shown.contains(place) else { return nil }
    return drawing.lane(of: .client(history.calls[place].process))
  }

  private mutating func show(_ look: PageSpaceTime.Look?, on lane: Int, from row: Int) {
    guard looks[lane] != look else { return }
    close(lane, at: min(row, drawing.rows.count - 1))
    looks[lane] = look
  }

  private mutating func close(_ lane: Int, at row: Int) {
    if let look = looks[lane], since[lane] < row {
      segments.append(PageSpaceTime.Segment(lane: lane, rows: since[lane]...row, look: look))
    }
    since[lane] = row
  }

  mutating func finish() -> [PageSpaceTime.Segment] {
    // What begins with the last event is seen below it.
    let last = drawing.rows.count - 1
    for (lane, look) in looks.enumerated() {
      guard let look else { continue }
      segments.append(PageSpaceTime.Segment(lane: lane, rows: since[lane]...last, look: look, isOpen: true))
    }
    return segments
  }
}
