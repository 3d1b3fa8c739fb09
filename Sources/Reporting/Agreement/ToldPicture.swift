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
  /// The last event that is drawn.
  var last = -1
  /// The trace that is drawn: the run's own, or what it leads to.
  var isSequel = false

  init(of run: FailingRun, _ drawing: PageSpaceTime, _ lines: [NarrativeLine]) {
    last = drawing.rows.last?.event ?? -1
    isSequel = run.sequel != nil && lines.contains { ($0.events.last ?? 0) >= run.outcome.trace.count }
    for note in drawing.notes {
      guard case .server(let node) = drawing.lanes[note.lane] else { continue }
      marks += Self.kinds(note.text).map {
        Mark(
          kind: $0, event: drawing.rows[note.row].event, node: node, at: drawing.rows[note.row].at, text: note.text)
      }
    }
    for banner in drawing.banners where ToldText(banner.text).isPartition {
      marks.append(
        Mark(
          kind: banner.isEnd ? .partitionEnds : .partitionBegins, event: drawing.rows[banner.row].event, node: nil,
          at: drawing.rows[banner.row].at, text: banner.text))
    }
    for segment in drawing.segments where segment.look == .down {
      guard case .server(let node) = drawing.lanes[segment.lane] else { continue }
      let end = segment.rows.upperBound
      let isOpen = end == drawing.rows.count - 1
      downs.append(
        Down(
          node: node, from: drawing.rows[segment.rows.lowerBound].event, to: isOpen ? nil : drawing.rows[end].event))
    }
  }

  /// What a note on a server's lane says that happened.
  private static func kinds(_ text: String) -> [Mark.Kind] {
    let words = ToldText(text)
    return words.tokens.indices.compactMap { place in
      switch words.tokens[place] {
      case .word("crashes"): .crash
      case .word("restarts"): .restart
      case .word("stops"): .stop
      case .word("stands"): .pause
      case .word("goes"): .resume
      case .word("leader"): words.number(at: place + 3).map { .election(Term($0)) }
      default: nil
      }
    }
  }
}

extension ToldText {
  /// Whether it tells of a partition's begin or end.
  fileprivate var isPartition: Bool {
    tokens.contains(.word("partition")) || tokens.starts(with: [.word("all"), .word("hear")])
  }
}
