import Determinism
import Raft
import Traces

/// Something worth telling: what one event did at one server, or to a client, or to the whole cluster.
struct Happening {
  /// How much a reader misses without it.
  enum Rank: Int, Comparable {
    /// The failure itself, the decision that led to it, and the operations that it is about.
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
    /// Whether it is a vote in a term in which nobody is elected.
    var isVainVote = false
    /// Whether it may happen again and again, and is then told once.
    var mayRecur = false
    /// Whether it makes the server leader.
    var isWin = false
    /// Whether the server tells others of it.
    var isSent = false
    /// Whether it names the sender of the message that brought it about.
    var namesSender = false
    /// The events that it mentions, besides its own.
    var mentions: [Int] = []
    /// The decision that it tells, if it tells one.
    var decision: RuleDecision?
  }

  /// An event and where it happened.
  struct Occurrence: Hashable {
    var event: Int
    var at: Duration
    /// The server that it is about, if it is about one.
    var node: NodeID?
  }

  /// In the order of the trace; several if several servers did the same, one after the other, or if it sums up a run of
  /// events.
  var occurrences: [Occurrence]
  var role: Role?
  var term: Term?
  var clauses: [Clause]
  /// The term of which it is an attempt to become leader, and nobody does.
  var vainCampaign: Term?

  /// Whether it sums up several happenings in words of its own.
  private var isSum = false

  /// Of the end of a sync: the event from which on the server did what may have been synced now.
  var restsOn: Int?

  init(
    _ occurrence: Occurrence, role: Role? = nil, term: Term? = nil, clauses: [Clause], vainCampaign: Term? = nil,
    restsOn: Int? = nil
  ) {
    occurrences = [occurrence]
    (self.role, self.term, self.clauses) = (role, term, clauses)
    (self.vainCampaign, self.restsOn) = (vainCampaign, restsOn)
  }

  /// Many happenings told as one.
  init(summing happenings: [Happening], as text: String, rank: Rank) {
    occurrences = happenings.flatMap(\.occurrences)
    clauses = [Clause(text: text, rank: rank)]
    isSum = true
  }

  var event: Int { occurrences[0].event }
  var at: Duration { occurrences[0].at }
  /// The servers that it is about.
  var nodes: [NodeID] { occurrences.compactMap(\.node) }

  /// Whether it tells of an election and nothing else.
  var isElection: Bool { clauses.allSatisfy { $0.isElection || $0.isLoss || $0.rank >= .minor } }

  /// Whether it tells of votes in a term in which nobody is elected, and of nothing that matters more.
  var isVainVote: Bool {
    clauses.contains(where: \.isVainVote)
      && clauses.allSatisfy { $0.isVainVote || $0.isLoss || $0.rank == .routine }
  }

  /// Whether it may happen again and again, and is then told once.
  var mayRecur: Bool {
    toldClauses.contains(where: \.mayRecur) && toldClauses.allSatisfy { $0.mayRecur || $0.isLoss }
  }

  /// What it says of lost messages.
  var losses: String? { clauses.last(where: \.isLoss)?.text }

  /// The term of which it makes a server leader.
  var wonTerm: Term? { clauses.contains(where: \.isWin) ? term : nil }

  var rank: Rank { clauses.map(\.rank).min() ?? .routine }

  /// The clauses that are told: routine only where there is nothing else, or nothing but that messages are lost.
  var toldClauses: [Clause] {
    let matters = clauses.filter { $0.rank < .routine }
    return matters.allSatisfy(\.isLoss) ? clauses : matters
  }

  /// What is told of it. Where several servers did the same, each has its own time, unless it is the first one's.
  var text: String {
    guard !isSum, nodes.count > 1 else {
      return toldClauses.map(\.text).joined(separator: "; ")
    }
    let names = occurrences.map { occurrence in
      let node = occurrence.node?.description ?? ""
      return occurrence.at.description == at.description ? node : "\(node) (\(occurrence.at))"
    }
    return "\(Words.list(names)) \(toldClauses.map { $0.plural ?? $0.text }.joined(separator: "; "))"
  }

  /// Whether the other is the same, at another server right afterwards.
  func isFollowed(by other: Happening) -> Bool {
    guard !nodes.isEmpty, !other.nodes.isEmpty, !clauses.isEmpty, clauses.count == other.clauses.count,
      !other.nodes.contains(where: nodes.contains)
    else { return false }
    return zip(clauses, other.clauses).allSatisfy { $0.plural != nil && $0.plural == $1.plural }
  }
}
