import Determinism
import Raft
import Traces

/// What a clause of the story says that was done.
enum ToldDeed: Hashable {
  case leads(term: UInt64)
  case campaigns(term: UInt64)
  case asksForPreVotes
  case stepsDown
  case votes(node: UInt64, term: UInt64)
  case crashes
  case restarts
  case stops
  case takesSnapshot(index: UInt64)
  case installsSnapshot(index: UInt64)
  case appends(index: UInt64)
  case removes(index: UInt64)
  case commits(index: UInt64)
  case calls
  case returns

  /// Whether a client does it.
  var isClients: Bool { self == .calls || self == .returns }

  /// Whether an effect is that.
  func isDone(by effect: TracedEffect.What) -> Bool {
    switch (self, effect) {
    case (.leads(let told), .role(.leader, let term)), (.campaigns(let told), .role(.candidate, let term)):
      told == term.rawValue
    case (.asksForPreVotes, .role(.preCandidate, _)), (.stepsDown, .role(.follower, _)), (.crashes, .crashed),
      (.restarts, .started), (.stops, .stopped), (.calls, .called), (.returns, .returned):
      true
    // It cannot read its files.
    case (.restarts, .stopped(.damage)): true
    case (.votes(let node, let told), .voted(let candidate, let term)):
      node == UInt64(candidate.number) && told == term.rawValue
    case (.takesSnapshot(let told), .tookSnapshot(let position)),
      (.installsSnapshot(let told), .installedSnapshot(let position)):
      told == position.index.rawValue
    case (.appends(let told), .appended(let entries)): entries.contains { $0.index.rawValue == told }
    case (.removes(let told), .truncated(let index)): told >= index.rawValue
    case (.commits(let told), .committed(let index)): told <= index.rawValue
    default: false
    }
  }
}

extension ToldDeed: CustomStringConvertible {
  /// For a disagreement.
  var description: String {
    switch self {
    case .leads(let term): "become leader of term \(term)"
    case .campaigns(let term): "ask for votes in term \(term)"
    case .asksForPreVotes: "ask for pre-votes"
    case .stepsDown: "step down"
    case .votes(let node, let term): "vote for n\(node) in term \(term)"
    case .crashes: "crash"
    case .restarts: "restart"
    case .stops: "stop"
    case .takesSnapshot(let index): "take a snapshot up to entry \(index)"
    case .installsSnapshot(let index): "install a snapshot up to entry \(index)"
    case .appends(let index): "append entry \(index)"
    case .removes(let index): "remove entry \(index)"
    case .commits(let index): "commit entry \(index)"
    case .calls: "call an operation"
    case .returns: "end an operation"
    }
  }
}

extension ToldText {
  /// What its clauses say that was done.
  var deeds: [ToldDeed] {
    var deeds: [ToldDeed] = []
    var depth = 0
    var isStart = true
    for (place, token) in tokens.enumerated() {
      if isStart, depth == 0, let deed = deed(at: afterOccurrences(from: place)) { deeds.append(deed) }
      isStart = false
      switch token {
      case .mark("("): depth += 1
      case .mark(")"): depth -= 1
      // A quotation has no beginning and end that could be told apart.
      case .mark("\""): depth = depth == 0 ? 1 : depth - 1
      case .mark(";"): isStart = true
      default: break
      }
    }
    return deeds
  }

  /// Behind `n1 and n2 (0.500 s)`, or `c0`.
  private func afterOccurrences(from place: Int) -> Int {
    var place = place
    while case .word(let word)? = self[place], Self.number(in: word, behind: "n") != nil, self[place + 1] != .mark("'")
    {
      place += self[place + 1] == .mark("(") ? 5 : 1
      guard self[place] == .mark(",") || self[place] == .word("and") else { break }
      place += 1
    }
    return place
  }

  private func deed(at place: Int) -> ToldDeed? {
    guard case .word(let verb)? = self[place] else { return nil }
    switch verb {
    case "becomes": return numberBehind("term", from: place).map { .leads(term: $0) }
    case "asks" where self[place + 1] == .word("who"): return .asksForPreVotes
    case "asks": return numberBehind("term", from: place).map { .campaigns(term: $0) }
    case "steps": return .stepsDown
    case "votes":
      guard case .word(let name)? = self[place + 2], let node = Self.number(in: name, behind: "n"),
        let term = numberBehind("term", from: place)
      else { return nil }
      return .votes(node: node, term: term)
    case "crash", "crashes": return .crashes
    case "restart", "restarts": return .restarts
    case "stop", "stops": return .stops
    case "take", "takes":
      guard self[place + 2] == .word("snapshot") else { return nil }
      return numberBehind("entry", from: place).map { .takesSnapshot(index: $0) }
    case "installs":
      // Also what a decision says of it, which may be that it does not.
      guard self[place + 1] != .word("a") else { return nil }
      return numberBehind("entry", from: place).map { .installsSnapshot(index: $0) }
    case "append", "appends": return entry(at: place + 1).map { .appends(index: $0) }
    case "removes": return entry(at: place + 1).map { .removes(index: $0) }
    case "commits": return entry(at: place + 1).map { .commits(index: $0) }
    case "learn", "learns": return entry(at: place + 2).map { .commits(index: $0) }
    default: return clientDeed(verb, at: place)
    }
  }

  private func clientDeed(_ word: String, at place: Int) -> ToldDeed? {
    guard place == 0, Self.number(in: word, behind: "c") != nil else { return nil }
    return self[1] == .word("calls") ? .calls : .returns
  }

  private func numberBehind(_ word: String, from place: Int) -> UInt64? {
    tokens[place...].firstIndex(of: .word(word)).flatMap { number(at: $0 + 1) }
  }

  /// `entry 3`, `entries 3 and 4`
  private func entry(at place: Int) -> UInt64? {
    self[place] == .word("entry") || self[place] == .word("entries") ? number(at: place + 1) : nil
  }
}
