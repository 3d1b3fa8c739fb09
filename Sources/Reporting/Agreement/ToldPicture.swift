import Determinism
import Raft
import Traces

/// What the picture of a run shows, by the events of the trace that it draws.
struct ToldPicture: Sendable {
  /// One thing that is drawn.
  struct Mark: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      case crash, restart, stop, pause, resume
      case election(Term)
      case partitionBegins, partitionEnds
      /// A server becomes something by a configuration.
      case part
    }

    var kind: Kind
    var event: Int
    /// The server on whose lane it is; `nil` if it is across all of them.
    var node: NodeID?
    /// The time that is written beside it.
    var at: Duration
    /// What is written there.
    var text: String
  }

  /// While a server is shown as down.
  struct Down: Hashable, Sendable {
    var node: NodeID
    /// From this event on.
    var from: Int
    /// Up to this one; `nil` if it is down at the end.
    var to: Int?
  }

  var marks: [Mark] = []
  var downs: [Down] = []
  /// While a server is shown as not started yet.
  var absences: [Down] = []
  /// The events that have rows, in order.
  var rows: [Int] = []
  /// The last event that is drawn.
  var last = -1
  /// The first crash, restart, election or fault that is drawn: so it says where there are very many.
  var firstTurn = 0
  /// The trace that is drawn: the run's own, or what it leads to.
  var isSequel = false

  init(of run: FailingRun, _ drawing: PageSpaceTime, _ lines: [NarrativeLine]) {
    rows = drawing.rows.map(\.event)
    last = rows.last ?? -1
    firstTurn = drawing.firstTurn
    isSequel = run.sequel != nil && lines.contains { ($0.events.last ?? 0) >= run.outcome.trace.count }
    for mark in drawing.marks {
      if let kind = Self.kind(of: mark) {
        marks.append(
          Mark(kind: kind, event: mark.event - 1, node: Self.lane(of: mark, kind), at: mark.at, text: mark.text))
      }
      if mark.kind == .down, let node = mark.nodes.first {
        let end = (mark.until ?? mark.event) - 1
        downs.append(Down(node: node, from: mark.event - 1, to: end == last ? nil : end))
      }
      if mark.kind == .absent, let node = mark.nodes.first {
        let end = (mark.until ?? mark.event) - 1
        absences.append(Down(node: node, from: mark.event - 1, to: end == last ? nil : end))
      }
    }
  }

  /// How it shows that a server is down; `nil` if it cannot show it. Before the first turn that has a row, it shows what is so
  /// at its rows.
  func shown(_ down: Down) -> Down? {
    func row(_ event: Int) -> Int {
      event < firstTurn ? rows[min(rows.partitioningIndex { $0 >= event }, rows.count - 1)] : event
    }
    let (from, to) = (row(down.from), down.to.map(row))
    return to == from ? nil : Down(node: down.node, from: from, to: to == last ? nil : to)
  }

  private static func kind(of mark: PageMark) -> Mark.Kind? {
    switch mark.kind {
    case .crash: .crash
    case .restart: .restart
    case .stop: .stop
    case .pause: .pause
    case .resume: .resume
    case .election: mark.term.map { .election($0) }
    case .part: .part
    case .faultBegins: ToldText(mark.text).isPartition ? .partitionBegins : nil
    case .faultEnds: ToldText(mark.text).isPartition ? .partitionEnds : nil
    default: nil
    }
  }

  private static func lane(of mark: PageMark, _ kind: Mark.Kind) -> NodeID? {
    kind == .partitionBegins || kind == .partitionEnds ? nil : mark.nodes.first
  }
}

extension ToldText {
  /// Whether it tells of a partition's begin or end.
  fileprivate var isPartition: Bool {
    tokens.contains(.word("partition"))
  }
}
