import Histories

/// A few operations whose calls and returns can be moved past each other.
///
/// Only who returned before whom was called counts: calls that follow each other could as well change places, and so could
/// returns.
struct Spans {
  private let members: [Operation]
  /// Calls and returns in their order: twice a member's place, and one more for a return.
  private var events: [Int]

  init(_ members: [Operation]) {
    self.members = members
    var found: [(position: Int, event: Int)] = []
    for (place, member) in members.enumerated() {
      found.append((member.call, 2 * place))
      if !member.isUnknown, let end = member.end { found.append((end, 2 * place + 1)) }
    }
    events = found.sorted { $0.position < $1.position }.map(\.event)
  }

  /// The members, in their old order, each with its place among the events.
  var operations: [Operation] {
    var calls = [Int](repeating: 0, count: members.count)
    var ends = [Int?](repeating: nil, count: members.count)
    for (position, event) in events.enumerated() {
      if event % 2 == 0 { calls[event / 2] = position } else { ends[event / 2] = position }
    }
    return members.indices.map { members[$0].moved(call: calls[$0], end: ends[$0]) }
  }

  // MARK: Large steps

  /// How many returns come before a member's call, and how many calls come behind its return.
  func room(of member: Int) -> (before: Int, after: Int) {
    let call = position(of: 2 * member) ?? 0
    let end = position(of: 2 * member + 1) ?? events.count
    return (events[..<call].count { $0 % 2 == 1 }, events[end...].count { $0 % 2 == 0 })
  }

  /// A member is called before so many returns more.
  func calling(_ member: Int, earlierBy count: Int) -> Spans {
    guard let call = position(of: 2 * member) else { return self }
    let returns = events[..<call].indices.filter { events[$0] % 2 == 1 }
    var spans = self
    spans.events.remove(at: call)
    spans.events.insert(2 * member, at: returns[returns.count - count])
    return spans
  }

  /// A member returns behind so many calls more.
  func returning(_ member: Int, laterBy count: Int) -> Spans {
    guard let end = position(of: 2 * member + 1) else { return self }
    let calls = events[end...].indices.filter { events[$0] % 2 == 0 }
    var spans = self
    spans.events.insert(2 * member + 1, at: calls[count - 1] + 1)
    spans.events.remove(at: end)
    return spans
  }

  private func position(of event: Int) -> Int? { events.firstIndex(of: event) }

  // MARK: The least steps

  /// A return and the calls that it comes before: the least that widening can change is one such pair.
  struct Pair: Hashable {
    /// Returned before the other one was called.
    let earlier: Int
    let later: Int
    /// Where the returns begin that it is one of, where the calls do, and where these end.
    fileprivate let start: Int
    fileprivate let middle: Int
    fileprivate let end: Int
  }

  /// How many pairs there are.
  var pairCount: Int {
    var (count, returns) = (0, 0)
    for (place, event) in events.enumerated() {
      if event % 2 == 1 {
        returns = place > 0 && events[place - 1] % 2 == 1 ? returns + 1 : 1
      } else {
        count += returns
      }
    }
    return count
  }

  /// The pairs of members of which nothing but one returned before the other was called can be taken away.
  var pairs: [Pair] {
    var pairs: [Pair] = []
    var place = 0
    while place < events.count {
      let start = place
      while place < events.count, events[place] % 2 == 1 { place += 1 }
      let middle = place
      while place < events.count, events[place] % 2 == 0 { place += 1 }
      for earlier in events[start..<middle] {
        for later in events[middle..<place] {
          pairs.append(Pair(earlier: earlier / 2, later: later / 2, start: start, middle: middle, end: place))
        }
      }
    }
    return pairs
  }

  /// The two of a pair overlap.
  func overlapping(_ pair: Pair) -> Spans {
    let (returned, called) = (2 * pair.earlier + 1, 2 * pair.later)
    var spans = self
    spans.events.replaceSubrange(
      pair.start..<pair.end,
      with: events[pair.start..<pair.middle].filter { $0 != returned } + [called, returned]
        + events[pair.middle..<pair.end].filter { $0 != called })
    return spans
  }
}
