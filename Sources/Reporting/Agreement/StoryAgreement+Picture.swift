import Determinism
import Raft
import Scenarios
import Traces

// The picture: all that must be drawn is, and nothing that did not happen.
extension StoryAgreement {
  mutating func checkPicture() {
    let isSequel = told.picture.isSequel
    guard let drawn = isSequel ? run.sequel.map({ ($0.scenario, $0.outcome) }) : (run.scenario, run.outcome) else {
      return
    }
    let (scenario, outcome) = drawn
    let expected = Self.marks(of: scenario, outcome, through: told.picture.last)
    let missing = expected.filter { mark in
      mark.event >= told.picture.firstTurn && !told.picture.marks.contains { $0.isSame(as: mark) }
    }
    for (number, mark) in missing.enumerated() where number < Self.shownMissing {
      let more = number == Self.shownMissing - 1 ? missing.count - Self.shownMissing : 0
      disagree(
        "the picture", "no mark at \(mark.at) for \(mark.name)\(more > 0 ? ", and \(more.grouped) more" : "")",
        EventText.of(outcome.trace[mark.event]))
    }
    checkMembers(outcome, scenario)
    for mark in told.picture.marks where mark.kind != .part {
      guard outcome.trace.indices.contains(mark.event) else {
        disagree("the picture", "\(mark.name) at \(mark.at)", "no such event")
        continue
      }
      let event = outcome.trace[mark.event]
      if !expected.contains(where: { $0.isSame(as: mark) }) {
        disagree("the picture", "\(mark.name) at \(mark.at)", EventText.of(event))
      }
      if mark.at != event.at { disagree("the picture", "\(mark.name) at \(mark.at)", "at \(event.at)") }
      checkSides(of: mark, event, scenario, outcome)
      // What is across all lanes is called as in the story.
      let lines = (told.narrative + told.sequel).filter { $0.event == mark.event && $0.node == nil && mark.node == nil }
      if let line = lines.first, !lines.contains(where: { $0.text == mark.text }) {
        disagree("the picture", mark.text, "line \(line.number) calls it \"\(Self.excerpt(line.text))\"")
      }
    }
    checkDowns(outcome, scenario)
    if let failure = run.outcome.failure, let event = outcome.place(ofEvent: failure.event), told.picture.last < event {
      disagree("the picture", "ends with event \(told.picture.last)", "the failure is event \(event)")
    }
  }

  /// The most missing marks that are named one by one.
  private static let shownMissing = 3

  /// The marks that a trace asks for.
  private static func marks(of scenario: Scenario, _ outcome: RunOutcome, through last: Int) -> [ToldPicture.Mark] {
    var marks: [ToldPicture.Mark] = []
    for (place, event) in outcome.trace.enumerated() where place <= last {
      func mark(_ kind: ToldPicture.Mark.Kind, _ node: NodeID?) {
        marks.append(.init(kind: kind, event: place, node: node, at: event.at, text: ""))
      }
      for effect in event.effects {
        switch effect.what {
        case .crashed: mark(.crash, effect.node)
        case .stopped: mark(.stop, effect.node)
        case .paused: mark(.pause, effect.node)
        case .resumed: mark(.resume, effect.node)
        case .role(.leader, let term): mark(.election(term), effect.node)
        case .started: mark(.restart, effect.node)
        default: break
        }
      }
      guard partition(event, scenario, outcome) != nil else { continue }
      if case .faultBegins = event.kind { mark(.partitionBegins, nil) }
      if case .faultEnds = event.kind, event.at <= scenario.stormEnd { mark(.partitionEnds, nil) }
    }
    return marks
  }

  /// The partition that begins or ends in an event, if it took hold.
  private static func partition(_ event: TracedEvent, _ scenario: Scenario, _ outcome: RunOutcome) -> Fault? {
    guard let id = event.kind.fault, outcome.faults.contains(where: { $0.id == id }),
      let fault = scenario.faults.first(where: { $0.id == id }), case .partition = fault.action
    else { return nil }
    return fault
  }

  /// A partition's begin and end name the servers that it parts.
  private mutating func checkSides(
    of mark: ToldPicture.Mark, _ event: TracedEvent, _ scenario: Scenario, _ outcome: RunOutcome
  ) {
    guard let partition = Self.partition(event, scenario, outcome),
      let begun = outcome.faults.first(where: { $0.id == partition.id })
    else { return }
    let sides = ToldText(mark.text).sides
    guard sides.count == 2 else { return }
    let others = NodeID.first(scenario.cluster.nodes).filter { !begun.nodes.contains($0) }
    let near = begun.nodes.filter { (sides[0] + sides[1]).contains($0) }
    if sides[0].sorted() != near.sorted() || sides[1].sorted() != others || near.count < begun.nodes.count - 1 {
      disagree("the picture", mark.text, "\(near) | \(others)")
    }
  }

  /// Servers are shown as down exactly while they are.
  private mutating func checkDowns(_ outcome: RunOutcome, _ scenario: Scenario) {
    var expected: [ToldPicture.Down] = []
    for node in NodeID.first(scenario.cluster.nodes) {
      var since: Int?
      for (place, event) in outcome.trace.enumerated() where place <= told.picture.last {
        guard let state = event.states.first(where: { $0.node == node }) else { continue }
        if !state.isRunning, since == nil { since = place }
        if state.isRunning, let from = since {
          expected.append(.init(node: node, from: from, to: place == told.picture.last ? nil : place))
          since = nil
        }
      }
      if let from = since { expected.append(.init(node: node, from: from, to: nil)) }
    }
    expected = expected.compactMap(told.picture.shown)
    for down in expected where !told.picture.downs.contains(down) {
      let times = times(of: down, outcome.trace)
      disagree("the picture", "\(down.node)'s lane is not shown as down \(times)", "it is down \(times)")
    }
    for down in told.picture.downs where !expected.contains(down) {
      let times = times(of: down, outcome.trace)
      disagree("the picture", "\(down.node)'s lane is shown as down \(times)", "it is not")
    }
  }

  private func times(of down: ToldPicture.Down, _ trace: [TracedEvent]) -> String {
    func time(_ place: Int) -> String { trace.indices.contains(place) ? trace[place].at.description : "the start" }
    return "from \(time(down.from)) to \(down.to.map(time) ?? "the end")"
  }
}

extension ToldPicture.Mark {
  /// Whether both are of the same thing.
  fileprivate func isSame(as other: ToldPicture.Mark) -> Bool {
    kind == other.kind && event == other.event && node == other.node
  }

  /// What is drawn.
  fileprivate var name: String {
    let who = node?.description ?? "the cluster"
    return switch kind {
    case .crash: "\(who)'s crash"
    case .restart: "\(who)'s restart"
    case .stop: "\(who)'s stop"
    case .pause: "\(who) standing still"
    case .resume: "\(who) going on"
    case .election(let term): "\(who)'s election in term \(term)"
    case .partitionBegins: "a partition's begin"
    case .partitionEnds: "a partition's end"
    case .part: "\(who) being \(text)"
    }
  }
}
