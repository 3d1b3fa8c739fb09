import Determinism
import Raft
import Traces

/// A mark of the space-time diagram, and the event that it shows. The markup is made from these, so whoever compares them
/// with the trace has compared the picture.
package struct PageMark: Hashable, Sendable {
  /// What it shows; what tells a reader more stands before what tells less.
  package enum Kind: String, CaseIterable, Hashable, Sendable {
    case wrongAnswer = "wrong-answer"
    case crash, restart, stop, pause, resume, election, truncation
    /// A server becomes a learner, a voter or none by an entry that a leader appends.
    case part
    case vote
    case installsSnapshot = "installs-snapshot"
    case candidate
    case preCandidate = "pre-candidate"
    case follower, append, commit
    case takesSnapshot = "takes-snapshot"
    case term
    case removesFile = "removes-file"
    /// A client's operation is called, or returns.
    case call, answer
    /// Nothing but that the story tells the event.
    case told
    case faultBegins = "fault-begins"
    case faultEnds = "fault-ends"
    case stormEnds = "storm-ends"
    /// Servers are cut off from the others for a while.
    case cutOff = "cut-off"
    /// A server's lane, or a client's, looks like this for a while.
    case absent, down, paused, role, operation
    case message
  }

  package var kind: Kind
  /// As `replay --step` counts, from 1; 0 for the start of the run. Behind the run's own events it is one of its sequel.
  package var event: Int
  /// The last event of what lasts for a while.
  package var until: Int?
  package var at: Duration
  /// The servers that it is about, in the order of their numbers; of a message its sender first.
  package var nodes: [NodeID]
  /// The term of a role, a vote or a term that begins.
  package var term: Term?
  /// In words.
  package var text: String

  /// Its event, as an attribute.
  var eventText: String { until.map { "\(event)-\($0)" } ?? "\(event)" }
}

extension PageSpaceTime {
  /// All that is drawn.
  var marks: [PageMark] {
    notes.flatMap(\.marks) + banners.map(\.mark) + spans.map(\.mark) + segments.map(mark) + arrows.map(mark)
  }

  /// The event of a row, counted from 1 in the trace.
  private func step(_ row: Int) -> Int { rows[row].event + 1 }

  /// What shows how a lane looks for a while.
  func mark(of segment: Segment) -> PageMark {
    var mark = PageMark(
      kind: .role, event: step(segment.rows.lowerBound), until: step(segment.rows.upperBound),
      at: rows[segment.rows.lowerBound].at, nodes: nodes(of: segment.lane), text: segment.look.kind)
    switch segment.look {
    case .role(_, let term): mark.term = term
    case .absent: mark.kind = .absent
    case .down: mark.kind = .down
    case .paused: mark.kind = .paused
    case .operation: mark.kind = .operation
    }
    return mark
  }

  /// What shows a message: from the event in which it was sent to the one in which it arrives.
  func mark(of arrow: Arrow) -> PageMark {
    PageMark(
      kind: .message, event: step(arrow.sent), until: arrow.arrival.map(step), at: rows[arrow.sent].at,
      nodes: nodes(of: arrow.from) + nodes(of: arrow.to), text: arrow.text)
  }

  private func nodes(of lane: Int) -> [NodeID] {
    if case .server(let node) = lanes[lane] { [node] } else { [] }
  }
}

/// The colours of terms: each of its own while there are enough, and then they take turns.
struct PageTerms {
  /// In order.
  let terms: [Term]
  /// So many colours there are.
  static let colours = 10

  /// Of all terms that are drawn or told.
  init(_ drawing: PageSpaceTime, _ lines: [NarrativeLine]) {
    var seen = SortedTable<Term, Bool>()
    for case .role(_, let term) in drawing.segments.map(\.look) { seen[term] = true }
    for term in drawing.notes.compactMap(\.term) + lines.compactMap(\.term) { seen[term] = true }
    terms = seen.keys.filter { $0 > .zero }
  }

  /// The name of a term's colour in the page's style; the term before all elections has the colour of no term.
  func hue(_ term: Term) -> String {
    term == .zero ? "t-zero" : "t\(terms.partitioningIndex { $0 >= term } % Self.colours)"
  }
}
