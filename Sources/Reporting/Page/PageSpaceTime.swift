import Determinism
import Raft

/// What the space-time diagram shows: a lane for each client and server, a row for each event that is drawn, and what
/// lies on them. Rows are in the order of the trace; where they lie on the page is `PageRows`' business.
struct PageSpaceTime {
  /// Whom a lane is of.
  enum Actor: Hashable {
    /// Clients one after the other.
    case clients([Int])
    case server(NodeID)
  }

  /// Who sends a message, or gets it.
  enum Party: Hashable {
    case client(Int)
    case server(NodeID)
  }

  struct Row {
    /// Its place in the trace; -1 for the start.
    var event: Int
    var at: Duration
  }

  /// How a lane looks for a while.
  enum Look: Hashable {
    case role(Role, term: Term)
    /// It has not started yet.
    case absent
    case down
    case paused
    /// A client's operation is open; whether it is the one that breaks it.
    case operation(isCulprit: Bool)

    /// Its name in the page's style.
    var kind: String {
      switch self {
      case .role(let role, _): role.name
      case .absent: "absent"
      case .down: "down"
      case .paused: "paused"
      case .operation: "operation"
      }
    }
  }

  struct Segment {
    var lane: Int
    var rows: ClosedRange<Int>
    var look: Look
    /// Whether it lasts beyond the last row.
    var isOpen = false
  }

  enum Fate: Hashable {
    case arrived
    /// Lost on its way.
    case lost
    /// Lost where it should have arrived.
    case unheard
    /// Still under way when the drawing ends.
    case underWay
  }

  /// A message, between servers or of a client.
  struct Arrow {
    var from: Int
    var to: Int
    var sent: Int
    /// The row in which it arrives or is lost at last; `nil` if that happens where it is sent, or not at all.
    var arrival: Int?
    var fate: Fate
    var text: String
    /// The same where there is little room.
    var short: String
    var isStory: Bool
    /// Everything about it, in a sentence.
    var detail: String
  }

  /// The number of a line of the story.
  struct Number {
    var line: Int
    /// Whether it is here that the line leads to: several events may be told in one line.
    var isFirst: Bool
  }

  /// What a server or a client does, in a word, on its lane.
  struct Note {
    var lane: Int
    var row: Int
    var text: String
    /// The same where there is little room.
    var short: String
    /// One for each thing that is done.
    var marks: [PageMark]
    /// The lines of the story that tell it.
    var numbers: [Number]
    var isFailure: Bool
    var term: Term?
    var detail: String
  }

  /// What is done to the cluster, across all lanes.
  struct Banner {
    var row: Int
    var mark: PageMark
    var numbers: [Number]
  }

  /// Servers that are cut off for a while.
  struct Span {
    var lanes: [Int]
    var rows: ClosedRange<Int>
    var mark: PageMark
  }

  var lanes: [Actor] = []
  var rows: [Row] = []
  /// How many crashes, restarts, elections and faults are not drawn, and the event of the first one that is.
  var undrawnTurns = 0
  var firstTurn = 0
  var segments: [Segment] = []
  var arrows: [Arrow] = []
  var notes: [Note] = []
  var banners: [Banner] = []
  var spans: [Span] = []
  /// Who takes part, where that changes.
  var members: PageMembers?
  /// Where the failure is seen.
  var failure: Int?
  /// Messages between servers up to the last row, drawn or not.
  var messages = 0
  var drawnMessages = 0
  /// How many events of the trace come behind the last row.
  var eventsBehind = 0

  /// The row of an event, or the last one before it.
  func row(of event: Int) -> Int {
    max(0, rows.partitioningIndex { $0.event > event } - 1)
  }

  /// The lane of a client or a server, if it has one.
  func lane(of party: Party) -> Int? {
    lanes.firstIndex { lane in
      switch (lane, party) {
      case (.clients(let processes), .client(let process)): processes.contains(process)
      case (.server(let one), .server(let other)): one == other
      default: false
      }
    }
  }
}

extension PageSpaceTime.Actor: CustomStringConvertible {
  /// As the lane is headed: `n1`, `c3`, `clients`.
  var description: String {
    switch self {
    case .clients(let processes): processes.count > 2 ? "clients" : processes.map { "c\($0)" }.joined(separator: " ")
    case .server(let node): node.description
    }
  }
}

extension PageSpaceTime.Party: CustomStringConvertible {
  /// `c3`, `n1`
  var description: String {
    switch self {
    case .client(let process): "c\(process)"
    case .server(let node): node.description
    }
  }
}
