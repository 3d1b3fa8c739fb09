import Determinism
import Raft

/// Makes happenings a story of bearable length.
struct Narrative {
  /// The lines, numbered.
  let lines: [NarrativeLine]
  /// How many happenings were left out.
  let leftOut: Int

  /// Below so many happenings even routine is told.
  private static let short = 10

  /// - Parameters:
  ///   - limit: of the lines.
  ///   - first: the number of the first line.
  init(_ happenings: [Happening], limit: Int, from first: Int = 1) {
    var folded = Self.folded(happenings.filter { $0.rank < .routine })
    if folded.count < Self.short {
      let all = Self.folded(happenings)
      if all.count <= Self.short * 2 { folded = all }
    }
    let kept = Self.kept(folded, limit: limit)
    leftOut = folded.count - kept.count
    lines = kept.enumerated().map { offset, happening in
      let isOne = happening.occurrences.count == 1 && happening.nodes.count == 1
      let told = happening.toldClauses
      return NarrativeLine(
        number: first + offset, at: happening.at, node: isOne ? happening.nodes[0] : nil,
        role: isOne ? happening.role : nil, term: isOne ? happening.term : nil, text: happening.text,
        events: happening.occurrences.map(\.event), mentions: told.flatMap(\.mentions),
        decisions: told.compactMap(\.decision))
    }
  }

  /// Puts together what several servers do one after the other, and elections that nobody wins.
  private static func folded(_ happenings: [Happening]) -> [Happening] {
    var folded: [Happening] = []
    let told = withoutRecurrences(withoutVainCampaigns(happenings))
    for happening in withoutChurn(withLossesInPlace(told)) {
      if let last = folded.last, last.isFollowed(by: happening) {
        folded[folded.count - 1].occurrences += happening.occurrences
      } else {
        folded.append(happening)
      }
    }
    return folded
  }

  /// Of many elections in a row, with nothing between them, only the first and the last are told one by one.
  private static func withoutChurn(_ happenings: [Happening]) -> [Happening] {
    var told: [Happening] = []
    var run: [Happening] = []
    func flush() {
      let leaders = run.filter { $0.wonTerm != nil }
      let middle = run.dropFirst(endsOfRun).dropLast(endsOfRun)
      if leaders.count > manyElections, middle.contains(where: { $0.wonTerm != nil }) {
        told += run.prefix(endsOfRun) + [churn(Array(middle))] + run.suffix(endsOfRun)
      } else {
        told += run
      }
      run = []
    }
    for happening in happenings {
      if happening.isElection {
        run.append(happening)
      } else {
        flush()
        told.append(happening)
      }
    }
    flush()
    return told
  }

  /// More elections in a row than these are told as one, but for so many happenings at both ends.
  private static let manyElections = 6
  private static let endsOfRun = 4

  private static func churn(_ run: [Happening]) -> Happening {
    let terms = run.compactMap(\.wonTerm)
    var leaders: [NodeID] = []
    for happening in run where happening.wonTerm != nil {
      for node in happening.nodes where !leaders.contains(node) { leaders.append(node) }
    }
    let names = Words.list(leaders.sorted().map(\.description))
    let text =
      "\(Words.count(terms.count, "more leader")) one after the other until \(run[run.count - 1].at), in terms "
      + "\(terms.min() ?? .zero) to \(terms.max() ?? .zero): \(names)"
    return Happening(summing: run, as: text, rank: .turning)
  }

  /// Says of lost messages where they were sent, and once only of what a server loses again and again.
  private static func withLossesInPlace(_ happenings: [Happening]) -> [Happening] {
    var told: [Happening] = []
    for var happening in happenings {
      guard happening.clauses.contains(where: \.isLoss) else {
        if !happening.clauses.isEmpty { told.append(happening) }
        continue
      }
      let (nodes, term) = (happening.nodes, happening.term)
      let before = told.last { $0.nodes == nodes && $0.losses != nil }
      happening.clauses.removeAll { $0.isLoss && before?.losses == $0.text && before?.term == term }
      guard !happening.clauses.isEmpty else { continue }
      // A request leaves when what it rests on is synced: it is told with that. What is sent once more is told by itself.
      if happening.clauses.allSatisfy(\.isLoss), let first = happening.restsOn {
        let place = told.lastIndex { $0.nodes == nodes && $0.event >= first && $0.clauses.contains(where: \.isSent) }
        if let place, told[place].losses == nil {
          told[place].clauses += happening.clauses.map { clause in
            var clause = clause
            clause.mentions += happening.occurrences.map(\.event)
            return clause
          }
        }
      } else {
        told.append(happening)
      }
    }
    return told
  }

  /// The fewest elections in a row, none of them won, that are told as one.
  private static let manyCampaigns = 3

  private static func withoutVainCampaigns(_ happenings: [Happening]) -> [Happening] {
    var told: [Happening] = []
    var campaigns: [Happening] = []
    // What lies between them, and matters less.
    var between: [Happening] = []
    func flush() {
      let isJoined = campaigns.count >= manyCampaigns
      told += isJoined ? [joined(campaigns)] : campaigns
      // That nobody wins says all of them.
      told += isJoined ? between.filter { !$0.isVainVote } : between
      (campaigns, between) = ([], [])
    }
    for happening in happenings {
      // What the failure rests on is told by itself.
      if happening.vainCampaign != nil, !happening.clauses.contains(where: { $0.decision?.differs ?? false }) {
        campaigns.append(happening)
      } else if happening.rank >= .minor {
        between.append(happening)
      } else {
        flush()
        told.append(happening)
      }
    }
    flush()
    // In the order of their events, whoever was held back.
    return told.sorted { $0.event < $1.event }
  }

  private static func joined(_ campaigns: [Happening]) -> Happening {
    var candidates: [NodeID] = []
    for node in campaigns.flatMap(\.nodes) where !candidates.contains(node) { candidates.append(node) }
    let terms = campaigns.compactMap(\.vainCampaign)
    let text =
      "\(Words.list(candidates.sorted().map(\.description))) ask\(candidates.count == 1 ? "s" : "") for votes "
      + "\(campaigns.count.grouped) times until \(campaigns[campaigns.count - 1].at), in terms \(terms.min() ?? .zero) to "
      + "\(terms.max() ?? .zero), and nobody wins"
    return Happening(summing: campaigns, as: text, rank: .telling)
  }

  /// What happens more often than this is told at its first time alone.
  private static let manyRecurrences = 3

  /// What an operator asks again and again, and what the leader does about it each time, is told once.
  private static func withoutRecurrences(_ happenings: [Happening]) -> [Happening] {
    var groups: [[Int]] = []
    for (place, happening) in happenings.enumerated() where happening.mayRecur {
      let group = groups.firstIndex { group in
        happenings[group[0]].nodes == happening.nodes && happenings[group[0]].text == happening.text
      }
      if let group { groups[group].append(place) } else { groups.append([place]) }
    }
    groups.removeAll { $0.count <= manyRecurrences }
    var told = happenings.map(Optional.some)
    for group in groups {
      for place in group { told[place] = nil }
      told[group[0]] = recurring(group.map { happenings[$0] })
    }
    return told.compactMap(\.self)
  }

  private static func recurring(_ happenings: [Happening]) -> Happening {
    let one = happenings[0]
    let name = one.nodes.first.map { "\($0) " } ?? ""
    let text = "\(name)\(one.text), \(happenings.count.grouped) times until \(happenings[happenings.count - 1].at)"
    var sum = Happening(summing: happenings, as: text, rank: one.rank)
    sum.clauses[0].decision = one.toldClauses.compactMap(\.decision).first
    return sum
  }

  /// The best of them: those that matter most, and of equal ones the last.
  private static func kept(_ happenings: [Happening], limit: Int) -> [Happening] {
    guard happenings.count > limit else { return happenings }
    let best = happenings.indices.sorted { (happenings[$0].rank, -$0) < (happenings[$1].rank, -$1) }.prefix(limit)
    return best.sorted().map { happenings[$0] }
  }
}
