import Determinism
import Scenarios

/// Something worth telling: what one event did at one server, or to a client, or to the whole cluster.
struct Happening {
  /// How much a reader misses without it.
  enum Rank: Int, Comparable {
    /// The failure itself, and the operations that it is about.
    case essential
    /// A leader, a crash, a partition, an entry that is overwritten.
    case turning
    /// What becomes of the entries that matter.
    case telling
    /// What follows from the above.
    case minor
    /// What happens in every run.
    case routine

    static func < (one: Rank, other: Rank) -> Bool { one.rawValue < other.rawValue }
  }

  /// One thing that happened, in words that follow the server's name.
  struct Clause: Hashable {
    var text: String
    var rank: Rank
    /// The same of several servers; `nil` if it is of one alone.
    var plural: String?
    /// Whether it only says that a message does not arrive.
    var isLoss = false
    /// Whether it is a step of an election.
    var isElection = false
    /// Whether the server tells others of it.
    var isSent = false
  }

  var event: Int
  var at: Duration
  /// The servers that it is about; several if they did the same, one after the other.
  var nodes: [NodeID] = []
  var role: NodeRole?
  var term: UInt64?
  var clauses: [Clause]
  /// The term of which it is an attempt to become leader, and nobody does.
  var vainCampaign: UInt64?

  /// Of the end of a sync: the event from which on the server did what may have been synced now.
  var restsOn: Int?

  /// Whether it tells of an election and nothing else.
  var isElection: Bool { clauses.allSatisfy { $0.isElection || $0.isLoss || $0.rank >= .minor } }

  /// What it says of lost messages.
  var losses: String? { clauses.last(where: \.isLoss)?.text }

  /// The term of which it makes a server leader, or in which a leader does something.
  var wonTerm: UInt64? { role == .leader ? term : nil }

  var rank: Rank { clauses.map(\.rank).min() ?? .routine }

  /// What is told of it: routine only where there is nothing else, or nothing but that they are lost.
  var text: String {
    let matters = clauses.filter { $0.rank < .routine }
    let told = matters.allSatisfy(\.isLoss) ? clauses : matters
    guard nodes.count > 1 else { return told.map(\.text).joined(separator: "; ") }
    let subject = Words.list(nodes.map(\.description))
    return "\(subject) \(told.map { $0.plural ?? $0.text }.joined(separator: "; "))"
  }

  /// Whether the other is the same, at another server right afterwards.
  func isFollowed(by other: Happening) -> Bool {
    guard !nodes.isEmpty, !other.nodes.isEmpty, !clauses.isEmpty, clauses.count == other.clauses.count,
      !other.nodes.contains(where: nodes.contains)
    else { return false }
    return zip(clauses, other.clauses).allSatisfy { $0.plural != nil && $0.plural == $1.plural }
  }
}
