import Determinism
import Scenarios
import Traces

/// One event of a run, and how every server stands after it.
package struct RunStep: Sendable {
  /// Counted from 1.
  package let number: Int
  /// The number of the event that brought it about.
  package let cause: Int?
  package let event: TracedEvent
  /// What happened, and what that did, in sentences.
  package let headline: String
  package let effects: [String]
  /// What was decided otherwise than the published rules would, in sentences.
  package let decisions: [String]
  /// Of every server, in order, before and after.
  package let before: [NodeState]
  package let after: [NodeState]
}

/// A traced run, event by event.
package struct RunSteps: Sequence, IteratorProtocol, Sendable {
  private let outcome: RunOutcome
  private let text: StepText
  private var states: [NodeState]
  private var place = 0

  /// - Parameter outcome: with its whole trace.
  package init(of outcome: RunOutcome, in scenario: Scenario) {
    self.outcome = outcome
    text = StepText(of: outcome, in: scenario)
    states = NodeID.first(scenario.cluster.nodes).map { NodeState(node: $0) }
  }

  package mutating func next() -> RunStep? {
    guard place < outcome.trace.count else { return nil }
    let event = outcome.trace[place]
    let before = states
    for state in event.states { states[state.node.offset] = state }
    defer { place += 1 }
    return RunStep(
      number: outcome.number(ofEventAt: place), cause: event.cause.map(outcome.number), event: event,
      headline: text.headline(of: event), effects: text.effects(of: event),
      decisions: text.decisions(of: event), before: before, after: states)
  }
}

extension RunStep {
  /// The event in a line, what it did, and a line for each server, in which what has changed stands out.
  package func lines(in layout: Layout) -> [StoryLine] {
    let front = "\(Layout.aligned("\(number)", to: Self.numberWidth))  \(exactTime)  "
    let margin = Layout.blanks(layout.width < Self.narrow ? 2 : Self.numberWidth + 2)
    return layout.paragraph(front, .quiet, headline, .strong)
      + effects.flatMap { layout.paragraph("\(margin)    ", nil, $0) }
      + decisions.flatMap { layout.paragraph("\(margin)    ", nil, $0, .doubtful) }
      + zip(before, after).flatMap { layout.wrapped(row($0, $1, margin), indent: margin.count + 4) }
  }

  private static let numberWidth = 6
  private static let narrow = 70
  /// Of role, term and log.
  private static let widths = [13, 8, 9, 0]

  /// Seconds to the microsecond: events come close upon each other.
  private var exactTime: String {
    let microseconds = event.at.nanoseconds / 1_000
    let fraction = "\(1_000_000 + microseconds % 1_000_000)".dropFirst()
    return "\(microseconds / 1_000_000).\(fraction) s"
  }

  private func row(_ before: NodeState, _ after: NodeState, _ margin: String) -> StoryLine {
    let (old, new) = (cells(of: before), cells(of: after))
    var line = StoryLine()
    line.add("\(margin)\(old == new ? " " : "*") ", .strong)
    line.add("\(after.node)", .quiet)
    for (place, cell) in new.enumerated() {
      line.add("  ")
      line.add(Layout.padded(cell, to: Self.widths[place]), old[place] == cell ? .quiet : .strong)
    }
    return line
  }

  private func cells(of state: NodeState) -> [String] {
    [
      state.isRunning ? state.role.name : "down", "term \(state.term)",
      "log \(state.last)", "commit \(state.commitIndex)",
    ]
  }
}
