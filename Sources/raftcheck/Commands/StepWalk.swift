import Glibc
import Raft
import Reporting
import Runs
import Scenarios
import Terminal
import Traces

/// Walks through a run event by event, on a terminal at the reader's pace.
enum StepWalk {
  /// What to type to see the next event, and to see no more.
  private static let instructions = "Return shows the next event, q ends."

  /// How many events are shown between two looks at the limits.
  private static let stride = 100

  /// Shows the events of a run that was traced.
  ///
  /// - Parameter isLimitReached: `true` ends the walk, unless a reader sets the pace.
  /// - Returns: the number of the last event shown, if the limit ended the walk.
  static func show(
    _ report: RunReport, asJSON: Bool, on console: Console, isLimitReached: () -> Bool
  ) -> Int? {
    let steps = RunSteps(of: report.outcome, in: report.run.scenario)
    let waits = !asJSON && console.isAttended
    if waits { console.print([StoryLine(instructions, .quiet)]) }
    for step in steps {
      guard !console.isOutputLost else { return nil }
      if asJSON {
        console.print(JSONText.of(.step, StepObject(step)))
      } else {
        console.print(step.lines(in: console.layout))
      }
      if waits {
        guard wantsMore() else { return nil }
      } else if step.number % stride == 0, isLimitReached() {
        return step.number
      }
    }
    return nil
  }

  private static func wantsMore() -> Bool {
    guard let line = readLine() else { return false }
    return line.first.map { $0 != "q" && $0 != "Q" } ?? true
  }
}

extension Console {
  /// Whether somebody sits at a terminal, to read and to type.
  fileprivate var isAttended: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }
}

/// An event as `--json` prints it.
private struct StepObject: Encodable {
  /// How a server stands behind it.
  struct Node: Encodable {
    let appliedIndex: UInt64
    let commitIndex: UInt64
    let isRunning: Bool
    let lastIndex: UInt64
    let lastTerm: UInt64
    let node: String
    let role: String
    let term: UInt64
    let vote: String?

    init(_ state: NodeState) {
      (appliedIndex, commitIndex) = (state.appliedIndex.rawValue, state.commitIndex.rawValue)
      (lastIndex, lastTerm) = (state.last.index.rawValue, state.last.term.rawValue)
      (isRunning, term) = (state.isRunning, state.term.rawValue)
      (node, role, vote) = ("\(state.node)", state.role.name, state.vote.map { "\($0)" })
    }
  }

  let atNanoseconds: Int64
  /// The number of the event that brought it about.
  let cause: Int?
  /// What was decided otherwise than the published rules would.
  let decisions: [String]
  let effects: [String]
  /// Its number, from 1.
  let event: Int
  let eventHash: String
  let node: String?
  let nodes: [Node]
  let what: String

  init(_ step: RunStep) {
    let event = step.event
    (atNanoseconds, cause, effects) = (event.at.nanoseconds, step.cause, step.effects)
    decisions = step.decisions
    (self.event, eventHash, node) = (step.number, event.hash.hexadecimal, event.node.map { "\($0)" })
    (nodes, what) = (step.after.map(Node.init), step.headline)
  }
}
