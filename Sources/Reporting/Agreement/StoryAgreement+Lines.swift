import Determinism
import Raft
import Traces

// The lines of the story and of its sequel.
extension StoryAgreement {
  mutating func check(_ lines: [NarrativeLine], _ facts: TraceFacts) {
    for line in lines { check(line, facts) }
  }

  private mutating func check(_ line: NarrativeLine, _ facts: TraceFacts) {
    let place = "line \(line.number)"
    guard !line.events.isEmpty, line.events.allSatisfy(facts.trace.indices.contains) else {
      return disagree(place, "\"\(Self.excerpt(line.text))\"", "it names no event of the trace")
    }
    let first = facts.trace[line.event]
    if first.at != line.at {
      disagree(place, "\(line.at) \"\(Self.excerpt(line.text))\"", "its event was at \(first.at)")
    }
    var lineFacts = facts.facts(of: line)
    lineFacts.add(number: UInt64(line.events.count))
    check(line.text, at: place, lineFacts)
    let text = ToldText(line.text, knowing: lineFacts.phrases)
    if let node = line.node {
      checkStanding(line, node, first, at: place)
      checkVotes(text, of: node, facts.trace.prefix(line.event + 1), at: place)
    } else if line.events.count > 1 {
      checkSeveral(line, text, facts.trace, at: place)
    }
    let events = line.events.map { facts.trace[$0] }
    for deed in text.deeds where !isDone(deed, by: line.node, events) {
      disagree(place, "\"\(Self.excerpt(line.text))\"", "its events do not: \(deed)")
    }
    checkPartition(text, line, facts, at: place)
  }

  /// Whether each of a line's events did what it tells; what is done to the whole cluster is not told of a server.
  private func isDone(_ deed: ToldDeed, by node: NodeID?, _ events: [TracedEvent]) -> Bool {
    guard node != nil || events.count > 1 || deed.isClients else { return true }
    return events.allSatisfy { event in
      event.effects.contains { effect in (node == nil || effect.node == node) && deed.isDone(by: effect.what) }
    }
  }

  /// The server of a line, its role and its term.
  private mutating func checkStanding(_ line: NarrativeLine, _ node: NodeID, _ event: TracedEvent, at place: String) {
    guard event.touches(node) else {
      return disagree(place, "\(node) \"\(Self.excerpt(line.text))\"", "its event is \(EventText.of(event))")
    }
    guard let state = event.states.first(where: { $0.node == node }) else { return }
    if let role = line.role, role != state.role || !state.isRunning {
      disagree(place, "\(node) is \(role.name)", state.isRunning ? "it is \(state.role.name)" : "it is down")
    }
    if let term = line.term, term != state.term { disagree(place, "\(node) in term \(term)", "in term \(state.term)") }
  }

  /// Each server whose vote elected a leader has sent it one, or is the leader itself: `(votes: n2, n3)`.
  private mutating func checkVotes(
    _ text: ToldText, of leader: NodeID, _ trace: ArraySlice<TracedEvent>, at place: String
  ) {
    for voter in text.voters where voter != leader {
      let isHeard = trace.contains { event in
        guard case .message(let message) = event.kind, message.content.kind == .requestVoteReply else { return false }
        return message.grants && message.key.sender == voter && message.key.recipient == leader && !event.states.isEmpty
      }
      if !isHeard { disagree(place, "\(voter)'s vote for \(leader)", "\(leader) has heard none") }
    }
  }

  /// A line for several events gives each one's own time, or a range of them.
  private mutating func checkSeveral(
    _ line: NarrativeLine, _ text: ToldText, _ trace: [TracedEvent], at place: String
  ) {
    let events = line.events.map { trace[$0] }
    if let until = text.tokens.firstIndex(of: .word("until")) {
      let isLast = text[until + 1] == .decimal(String(events[events.count - 1].at.description.dropLast(2)))
      if !isLast {
        disagree(place, "\"\(Self.excerpt(line.text))\"", "its last event was at \(events[events.count - 1].at)")
      }
      return checkSum(line, text, events, at: place)
    }
    let occurrences = text.occurrences(or: line.at)
    guard occurrences.count == events.count else {
      return disagree(
        place, "\"\(Self.excerpt(line.text))\" names \(occurrences.count) servers", "\(events.count) events")
    }
    for (occurrence, event) in zip(occurrences, events) {
      let isSo = event.touches(NodeID(occurrence.node)) && event.at.description == occurrence.time
      if !isSo { disagree(place, "n\(occurrence.node) at \(occurrence.time)", "\(EventText.of(event)) at \(event.at)") }
    }
  }

  /// How often something happened, in which terms, and to whom.
  private mutating func checkSum(_ line: NarrativeLine, _ text: ToldText, _ events: [TracedEvent], at place: String) {
    let role: Role =
      text.tokens.contains(.word("leader")) || text.tokens.contains(.word("leaders")) ? .leader : .candidate
    let changes = events.flatMap { event in
      event.effects.compactMap { effect -> (node: NodeID, term: Term)? in
        guard case .role(role, let term) = effect.what, let node = effect.node else { return nil }
        return (node, term)
      }
    }
    let count = text.count(before: "times") ?? text.count(before: "more")
    // Where nobody becomes anything, the same is done in each.
    let times = changes.isEmpty ? events.count : changes.count
    if let count, count != times { disagree(place, "\"\(Self.excerpt(line.text))\"", "\(times) times") }
    guard !changes.isEmpty else { return }
    if let terms = text.tokens.firstIndex(of: .word("terms")), let first = text.number(at: terms + 1),
      let last = text.number(at: terms + 3)
    {
      let all = changes.map(\.term.rawValue)
      if first != all.min() || last != all.max() {
        disagree(place, "terms \(first) to \(last)", "terms \(all.min() ?? 0) to \(all.max() ?? 0)")
      }
    }
    let named = text.nodes.sorted()
    var nodes: [NodeID] = []
    for change in changes where !nodes.contains(change.node) { nodes.append(change.node) }
    if named != nodes.sorted() {
      disagree(place, Words.list(named.map(\.description)), Words.list(nodes.sorted().map(\.description)))
    }
  }

  /// Both sides of a partition, when it begins and when it ends.
  private mutating func checkPartition(
    _ text: ToldText, _ line: NarrativeLine, _ facts: TraceFacts, at place: String
  ) {
    let sides = text.sides
    guard sides.count == 2 else { return }
    for event in line.events {
      guard let fault = facts.trace[event].kind.fault,
        let begun = facts.outcome.faults.first(where: { $0.id == fault })
      else { continue }
      let others = NodeID.first(facts.scenario.cluster.nodes).filter { !begun.nodes.contains($0) }
      let isBridge = begun.nodes.first.map { !sides[0].contains($0) && !sides[1].contains($0) } ?? false
      let near = isBridge ? Array(begun.nodes.dropFirst()) : begun.nodes
      if sides[0].sorted() != near.sorted() || sides[1].sorted() != others {
        disagree(place, "\"\(Self.excerpt(line.text))\"", "\(near) | \(others)")
      }
    }
  }
}

extension TracedEvent {
  /// Whether it came to this server, or did something to it.
  func touches(_ node: NodeID) -> Bool { self.node == node || effects.contains { $0.node == node } }
}

extension TracedEvent.Kind {
  /// The fault that begins or ends in it.
  var fault: Int? {
    switch self {
    case .faultBegins(let id, _), .faultEnds(let id), .faultGoesOn(let id): id
    default: nil
    }
  }
}

extension ToldText {
  /// The servers that it names.
  var nodes: [NodeID] {
    var nodes: [NodeID] = []
    for token in tokens {
      guard case .word(let word) = token, let number = Self.number(in: word, behind: "n"), number < 256 else {
        continue
      }
      let node = NodeID(UInt8(number))
      if !nodes.contains(node) { nodes.append(node) }
    }
    return nodes
  }

  /// The servers with which it begins, each with its time in brackets or, without one, that of the line:
  /// `n1, n2 (0.500 s) and n3 crash`.
  func occurrences(or time: Duration) -> [(node: UInt8, time: String)] {
    var found: [(node: UInt8, time: String)] = []
    var place = 0
    while case .word(let word)? = self[place], let number = Self.number(in: word, behind: "n"), number < 256 {
      place += 1
      var told = time.description
      if self[place] == .mark("("), case .decimal(let text)? = self[place + 1] {
        told = "\(text) s"
        place += 4
      }
      found.append((UInt8(number), told))
      guard self[place] == .mark(",") || self[place] == .word("and") else { break }
      place += 1
    }
    return found
  }

  /// The number in front of a word.
  func count(before word: String) -> Int? {
    tokens.firstIndex(of: .word(word)).flatMap { number(at: $0 - 1) }.map(Int.init)
  }

  /// The servers behind `votes:`, up to the bracket's end.
  var voters: [NodeID] {
    guard let start = tokens.firstIndex(of: .word("votes")), self[start + 1] == .mark(":") else { return [] }
    return tokens[start...].prefix { $0 != .mark(")") }.compactMap { token in
      guard case .word(let word) = token, let number = Self.number(in: word, behind: "n"), number < 256 else {
        return nil
      }
      return NodeID(UInt8(number))
    }
  }

  /// The groups of servers in braces.
  var sides: [[NodeID]] {
    var sides: [[NodeID]] = []
    var open: [NodeID]?
    for token in tokens {
      switch token {
      case .mark("{"): open = []
      case .mark("}"):
        if let open { sides.append(open) }
        open = nil
      case .word(let word):
        if let number = Self.number(in: word, behind: "n"), number < 256 { open?.append(NodeID(UInt8(number))) }
      default: break
      }
    }
    return sides
  }
}
