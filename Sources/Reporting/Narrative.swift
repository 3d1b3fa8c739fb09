import Determinism
import Scenarios

/// Makes moments a story of bearable length.
struct Narrative {
  /// The lines, numbered.
  let lines: [NarrativeLine]
  /// How many moments were left out.
  let leftOut: Int

  /// Below so many moments even trifles are told.
  private static let short = 10

  /// - Parameters:
  ///   - limit: of the lines.
  ///   - first: the number of the first line.
  init(_ moments: [Moment], limit: Int, from first: Int = 1) {
    var folded = Self.folded(moments.filter { $0.rank < .trifle })
    if folded.count < Self.short {
      let all = Self.folded(moments)
      if all.count <= Self.short * 2 { folded = all }
    }
    let kept = Self.kept(folded, limit: limit)
    leftOut = folded.count - kept.count
    lines = kept.enumerated().map { offset, moment in
      let isOne = moment.nodes.count == 1
      return NarrativeLine(
        number: first + offset, at: moment.at, node: isOne ? moment.nodes[0] : nil, role: isOne ? moment.role : nil,
        term: isOne ? moment.term : nil, text: moment.text, event: moment.event)
    }
  }

  /// Puts together what several servers do one after the other, and elections that nobody wins.
  private static func folded(_ moments: [Moment]) -> [Moment] {
    var folded: [Moment] = []
    for moment in withoutChurn(withLossesInPlace(withoutVainCampaigns(moments))) {
      if let last = folded.last, last.isFollowed(by: moment) {
        folded[folded.count - 1].nodes = (last.nodes + moment.nodes).sorted()
      } else {
        folded.append(moment)
      }
    }
    return folded
  }

  /// Of many elections in a row, with nothing between them, only the first and the last are told one by one.
  private static func withoutChurn(_ moments: [Moment]) -> [Moment] {
    var told: [Moment] = []
    var run: [Moment] = []
    func flush() {
      let leaders = run.filter { $0.wonTerm != nil }
      if leaders.count > manyElections {
        let middle = run.dropFirst(endsOfRun).dropLast(endsOfRun)
        told += run.prefix(endsOfRun) + [churn(Array(middle))] + run.suffix(endsOfRun)
      } else {
        told += run
      }
      run = []
    }
    for moment in moments {
      if moment.isElection {
        run.append(moment)
      } else {
        flush()
        told.append(moment)
      }
    }
    flush()
    return told
  }

  /// More elections in a row than these are told as one, but for so many moments at both ends.
  private static let manyElections = 6
  private static let endsOfRun = 4

  private static func churn(_ run: [Moment]) -> Moment {
    let terms = run.compactMap(\.wonTerm)
    var leaders: [NodeID] = []
    for moment in run where moment.wonTerm != nil {
      for node in moment.nodes where !leaders.contains(node) { leaders.append(node) }
    }
    let names = Words.list(leaders.sorted().map(\.description))
    let text =
      "\(Words.count(terms.count, "more leader")) one after the other, in terms \(terms.min() ?? 0) to "
      + "\(terms.max() ?? 0): \(names)"
    return Moment(event: run[0].event, at: run[0].at, clauses: [.init(text: text, rank: .turning)])
  }

  /// Says of lost messages where they were sent, and once only of what a server loses again and again.
  private static func withLossesInPlace(_ moments: [Moment]) -> [Moment] {
    var told: [Moment] = []
    for var moment in moments {
      let last = moment.nodes.count == 1 ? told.lastIndex { $0.nodes == moment.nodes } : nil
      let (nodes, term) = (moment.nodes, moment.term)
      let before = told.last { $0.nodes == nodes && $0.losses != nil }
      moment.clauses.removeAll { $0.isLoss && before?.losses == $0.text && before?.term == term }
      guard !moment.clauses.isEmpty else { continue }
      // A request leaves when what it rests on is synced.
      if moment.clauses.allSatisfy(\.isLoss) {
        guard let last, told.count - last <= nearby, told[last].losses == nil else { continue }
        told[last].clauses += moment.clauses
      } else {
        told.append(moment)
      }
    }
    return told
  }

  /// How many moments lie at most between what a server does and what it sends for it.
  private static let nearby = 3

  /// The fewest elections in a row, none of them won, that are told as one.
  private static let manyCampaigns = 3

  private static func withoutVainCampaigns(_ moments: [Moment]) -> [Moment] {
    var told: [Moment] = []
    var campaigns: [Moment] = []
    // What lies between them, and matters less.
    var between: [Moment] = []
    func flush() {
      if campaigns.count >= manyCampaigns { told.append(joined(campaigns)) } else { told += campaigns }
      told += between
      // In the order of their events, whoever was held back.
      told.sort { $0.event < $1.event }
      (campaigns, between) = ([], [])
    }
    for moment in moments {
      if moment.campaign != nil {
        campaigns.append(moment)
      } else if moment.rank >= .minor {
        between.append(moment)
      } else {
        if let leader = moment.wonTerm, let last = campaigns.last, last.campaign == leader, last.nodes == moment.nodes {
          let won = campaigns.removeLast()
          flush()
          told.append(won)
        }
        flush()
        told.append(moment)
      }
    }
    flush()
    return told
  }

  private static func joined(_ campaigns: [Moment]) -> Moment {
    var candidates: [NodeID] = []
    for node in campaigns.flatMap(\.nodes) where !candidates.contains(node) { candidates.append(node) }
    let terms = campaigns.compactMap(\.campaign)
    let text =
      "\(Words.list(candidates.sorted().map(\.description))) ask\(candidates.count == 1 ? "s" : "") for votes "
      + "\(campaigns.count.grouped) times, in terms \(terms.min() ?? 0) to \(terms.max() ?? 0), and nobody wins"
    return Moment(event: campaigns[0].event, at: campaigns[0].at, clauses: [.init(text: text, rank: .telling)])
  }

  /// The best of them: those that matter most, and of equal ones the last.
  private static func kept(_ moments: [Moment], limit: Int) -> [Moment] {
    guard moments.count > limit else { return moments }
    let best = moments.indices.sorted { (moments[$0].rank, -$0) < (moments[$1].rank, -$1) }.prefix(limit)
    return best.sorted().map { moments[$0] }
  }
}
