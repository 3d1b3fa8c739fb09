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

  /// - Parameter isFirstStart: whether it starts what has not run before.
  init(of event: TracedEvent, at node: NodeID, isFirstStart: Bool) {
    let effects = event.effects.filter { $0.node == node }.map(\.what)
    let isNewLeader = effects.contains { if case .role(.leader, _) = $0 { true } else { false } }
    for effect in effects {
      term = term ?? effect.term
      switch effect {
      case .role(_, let own): term = own
      case .term(let term) where Self.names(effects, term): continue
      // Every leader begins its term with one.
      case .appended(let entries) where isNewLeader && entries.allSatisfy { $0.content == .noOp }: continue
      case .started where isFirstStart:
        words.append(Word(.restart, "starts"))
        continue
      default: break
      }
      if let word = Self.word(for: effect, at: node) { words.append(word) }
    }
  }

  /// What the server becomes by configurations besides.
  mutating func add(_ changes: [PageMembers.Change]) {
    words += changes.map { Word(.part, $0.text, short: $0.part.rawValue) }
  }

  private static func word(for effect: TracedEffect.What, at node: NodeID) -> Word? {
    guard let kind = kind(of: effect), let text = EffectText(effect) else { return nil }
    // One's own vote goes without saying.
    if case .voted(node, _) = effect { return nil }
    return Word(kind, text.label, short: text.short, term: effect.term)
  }

  private static func kind(of effect: TracedEffect.What) -> PageMark.Kind? {
    switch effect {
    case .role(.follower, _): .follower
    case .role(.preCandidate, _): .preCandidate
    case .role(.candidate, _): .candidate
    case .role(.leader, _): .election
    case .term: .term
    case .voted: .vote
    case .appended: .append
    case .truncated: .truncation
    case .committed: .commit
    case .tookSnapshot: .takesSnapshot
    case .installedSnapshot: .installsSnapshot
    case .removedFile: .removesFile
    case .started: .restart
    case .crashed: .crash
    case .stopped: .stop
    case .paused: .pause
    case .resumed: .resume
    case .sent, .lost, .cut, .healed, .called, .returned, .refusedFrame: nil
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
}

extension TracedEffect.What {
  /// The term that it says, if it says one.
  fileprivate var term: Term? {
    switch self {
    case .role(_, let term), .term(let term), .voted(_, let term): term
    default: nil
    }
  }
}
