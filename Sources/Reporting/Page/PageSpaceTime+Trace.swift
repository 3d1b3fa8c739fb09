import Determinism
import Scenarios
import Traces

extension PageSpaceTime {
  /// So many messages are all drawn, and of more the last, besides those of the story; and so many events for what they do.
  private static let arrowLimit = 80
  private static let lastArrows = 18
  private static let stateLimit = 40
  private static let clientLimit = 8
  private static let clientLaneLimit = 3

  /// What is drawn of a run up to its failure, or to the last line of its story if that is later.
  init(of run: FailingRun, _ history: PageHistory, _ narrative: [NarrativeLine]) {
    let trace = Self.trace(of: run, narrative)
    let failure = Self.failure(of: run, in: trace, history.culprit)
    let last = min(trace.count - 1, max(failure, narrative.map(\.event).max() ?? 0))
    guard last >= 0 else { return }
    eventsBehind = trace.count - 1 - last
    let faults = PageFaults(of: run)
    let reader = PageTrace(
      trace: trace, last: last, history: history, narrative: narrative,
      leftOut: LeftOutMessages(run.scenario, trace))
    let all = reader.crossings()
    messages = all.count { !$0.isClients }
    lanes = Self.clients(history, all, reader) + NodeID.first(run.scenario.cluster.nodes).map(Actor.server)
    let crossings = all.filter { lane(of: $0.from) != nil && lane(of: $0.to) != nil }
    let others = crossings.filter { !$0.isStory }
    let dropped = others.count <= Self.arrowLimit ? 0 : others.count - Self.lastArrows
    let firstDrawn = others.isEmpty ? last : others[min(dropped, others.count - 1)].last
    let drawn = crossings.filter { $0.isStory || dropped == 0 || $0.last >= firstDrawn }
    drawnMessages = drawn.count { !$0.isClients }

    let story = narrative.map(\.event).filter { $0 <= last }
    let events =
      [-1, failure, last] + story + drawn.flatMap(\.events)
      + reader.stateEvents(faults).suffix(Self.stateLimit) + reader.smallEvents(from: dropped == 0 ? 0 : firstDrawn)
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
    if let failure = run.outcome.failure { return max(0, min(failure.event, trace.count) - 1) }
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
      isStory: crossing.isStory, detail: crossing.detail)
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
    var lines = reader.narrative.filter { $0.event == place }
    func take(where isWanted: (NarrativeLine) -> Bool) -> [Int] {
      let taken = lines.filter(isWanted).map(\.number)
      lines.removeAll(where: isWanted)
      return taken
    }
    let client = reader.client(of: event)
    for (lane, actor) in lanes.enumerated() {
      let summary: PageEffects
      let numbers: [Int]
      switch actor {
      case .server(let node):
        summary = PageEffects(of: event, at: node)
        // What several servers do one after the other stands where the first one does it.
        numbers = take { $0.node == node || $0.node == nil && client == nil && event.node == node }
      case .clients(let processes):
        guard let client, processes.contains(client) else { continue }
        summary = PageEffects(of: event, byClient: client, reader.history)
        numbers = take { $0.node == nil }
      }
      guard !summary.text.isEmpty || !numbers.isEmpty else { continue }
      let isFailure =
        row == failure && lane == (client.map(Party.client) ?? event.node.map(Party.server)).flatMap(self.lane)
      notes.append(
        Note(
          lane: lane, row: row, text: summary.text, numbers: numbers, isFailure: isFailure, term: summary.term,
          detail: "\(event.at)  \(EventText.of(event))"))
    }
    addFault(event, row: row, numbers: lines.map(\.number), text: lines.first?.text, faults)
  }

  private mutating func addFault(_ event: TracedEvent, row: Int, numbers: [Int], text: String?, _ faults: PageFaults) {
    switch event.kind {
    case .faultBegins(let id, _):
      guard let fault = faults.fault(id) else { break }
      if let side = fault.cutOff {
        let cutLanes = side.compactMap { lane(of: .server($0)) }
        spans.append(Span(lanes: cutLanes, rows: row...max(row, faults.endRow(of: id, in: self)), text: fault.begin))
      }
      // What is done to single servers shows on their lanes.
      guard numbers.isEmpty, notes.contains(where: { $0.row == row }) else {
        return banners.append(Banner(row: row, text: fault.begin, numbers: numbers, isEnd: false))
      }
      return
    case .faultEnds(let id):
      guard let fault = faults.fault(id) else { break }
      guard let text = fault.end ?? text else { return }
      guard numbers.isEmpty, notes.contains(where: { $0.row == row }) else {
        return banners.append(Banner(row: row, text: text, numbers: numbers, isEnd: true))
      }
      return
    case .stormEnds:
      return banners.append(Banner(row: row, text: "faults end", numbers: numbers, isEnd: true))
    default: break
    }
    if !numbers.isEmpty { banners.append(Banner(row: row, text: text ?? "", numbers: numbers, isEnd: false)) }
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
    looks = drawing.lanes.map { if case .server = $0 { .role(.follower, term: .zero) } else { nil } }
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
    for lane in looks.indices { close(lane, at: drawing.rows.count - 1) }
    return segments
  }
}
