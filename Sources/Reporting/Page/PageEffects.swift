import Determinism
import Raft
import Traces

/// What an event did to one lane, in a few words.
struct PageEffects {
  /// One thing that it did.
  struct Word {
    var kind: PageMark.Kind
    var text: String
    /// Where there is little room.
    var short: String
    var term: Term?

    init(_ kind: PageMark.Kind, _ text: String, short: String? = nil, term: Term? = nil) {
      (self.kind, self.text, self.short, self.term) = (kind, text, short ?? text, term)
    }
  }

  private(set) var words: [Word] = []
  /// The term to which it belongs, if it is about one.
  private(set) var term: Term?

  /// All that it did.
  var text: String { words.map(\.text).joined(separator: " · ") }

  /// Of that what tells most.
  var short: String {
    for kind in PageMark.Kind.allCases {
      if let word = words.first(where: { $0.kind == kind }) { return word.short }
    }
    return ""
  }

  init(of event: TracedEvent, at node: NodeID) {
    let effects = event.effects.filter { $0.node == node }.map(\.what)
    let isNewLeader = effects.contains { if case .role(.leader, _) = $0 { true } else { false } }
    for effect in effects {
      switch effect {
      case .term(let term):
        if !Self.names(effects, term) { words.append(Word(.term, "term \(term)", term: term)) }
        self.term = self.term ?? term
      case .appended(let entries):
        // Every leader begins its term with one.
        if !isNewLeader || entries.contains(where: { $0.content != .noOp }) { words.append(Self.word(for: entries)) }
      default:
        guard let word = Self.word(for: effect, at: node) else { continue }
        words.append(word)
        if case .role(_, let term) = effect { self.term = term } else { term = term ?? word.term }
      }
    }
    // One's own vote goes without saying.
    words.removeAll { $0.text.isEmpty }
  }

  private static func word(for effect: TracedEffect.What, at node: NodeID) -> Word? {
    switch effect {
    case .role(.follower, let term): Word(.follower, "follows, term \(term)", short: "follows", term: term)
    case .role(.leader, let term): Word(.election, "leader, term \(term)", short: "leader \(term)", term: term)
    case .role(.candidate, let term):
      Word(.candidate, "candidate, term \(term)", short: "candidate", term: term)
    case .role(.preCandidate, let term):
      Word(.preCandidate, "pre-candidate, term \(term)", short: "pre-cand.", term: term)
    case .voted(let candidate, let term):
      Word(
        .vote, candidate == node ? "" : "votes for \(candidate), term \(term)", short: "votes \(candidate)", term: term)
    case .truncated(let index): Word(.truncation, "drops \(index) and on", short: "drops \(index)")
    case .committed(let index): Word(.commit, "commits to \(index)", short: "commits")
    case .tookSnapshot(let position): Word(.takesSnapshot, "snapshot to \(position)", short: "snapshot")
    case .installedSnapshot(let position):
      Word(.installsSnapshot, "installs snapshot to \(position)", short: "installs")
    case .started: Word(.restart, "restarts")
    case .crashed(let isLossy): Word(.crash, isLossy ? "crashes, loses writes" : "crashes", short: "crashes")
    case .stopped: Word(.stop, "stops")
    case .removedFile(let name): Word(.removesFile, "removes \(name)", short: "removes")
    case .paused: Word(.pause, "stands still", short: "still")
    case .resumed: Word(.resume, "goes on")
    case .term, .appended, .sent, .lost, .cut, .healed, .called, .returned: nil
    }
  }

  init(of event: TracedEvent, byClient process: Int, _ history: PageHistory) {
    for effect in event.effects {
      switch effect.what {
      case .called(let place) where history.calls.indices.contains(place) && history.calls[place].process == process:
        let call = history.calls[place]
        words.append(Word(.call, "c\(process) \(call.request)", short: call.request))
      case .returned(let place) where history.calls.indices.contains(place) && history.calls[place].process == process:
        let call = history.calls[place]
        words.append(
          place == history.culprit
            ? Word(.wrongAnswer, "c\(process) \(call.request) \(call.answer): wrong", short: "wrong")
            : Word(.answer, "c\(process) \(call.answer)", short: call.answer))
      default: break
      }
    }
  }

  /// Whether another effect says the term, too.
  private static func names(_ effects: [TracedEffect.What], _ term: Term) -> Bool {
    effects.contains { effect in
      switch effect {
      case .role(_, let other), .voted(_, let other): other == term
      default: false
      }
    }
  }

  private static func word(for entries: [TracedEntry]) -> Word {
    guard let first = entries.first, let last = entries.last else { return Word(.append, "appends nothing") }
    let place = "+ \(first.index)/\(first.term)"
    return entries.count == 1
      ? Word(.append, "\(place) \(first.text)", short: place)
      : Word(.append, "\(place) … \(last.index)/\(last.term)", short: "\(place) …")
  }
}
