import Determinism
import Raft
import Traces

/// What an event did to one lane, in a few words.
struct PageEffects {
  private(set) var text = ""
  /// The term to which it belongs, if it is about one.
  private(set) var term: Term?

  init(of event: TracedEvent, at node: NodeID) {
    var words: [String] = []
    let effects = event.effects.filter { $0.node == node }.map(\.what)
    let isNewLeader = effects.contains { if case .role(.leader, _) = $0 { true } else { false } }
    for effect in effects {
      switch effect {
      case .role(let role, let term):
        words.append(role == .follower ? "follows, term \(term)" : "\(role.name), term \(term)")
        self.term = term
      case .term(let term):
        if !Self.names(effects, term) { words.append("term \(term)") }
        self.term = self.term ?? term
      case .voted(let candidate, let term):
        if candidate != node { words.append("votes for \(candidate), term \(term)") }
        self.term = self.term ?? term
      case .appended(let entries):
        // Every leader begins its term with one.
        if !isNewLeader || entries.contains(where: { $0.content != .noOp }) { words.append(Self.words(for: entries)) }
      case .truncated(let index): words.append("drops \(index) and on")
      case .committed(let index): words.append("commits to \(index)")
      case .tookSnapshot(let position): words.append("snapshot to \(position)")
      case .installedSnapshot(let position): words.append("installs snapshot to \(position)")
      case .started: words.append("restarts")
      case .crashed(let isLossy): words.append(isLossy ? "crashes, loses writes" : "crashes")
      case .stopped: words.append("stops")
      case .removedFile(let name): words.append("removes \(name)")
      case .paused: words.append("stands still")
      case .resumed: words.append("goes on")
      case .sent, .lost, .cut, .healed, .called, .returned: break
      }
    }
    text = words.joined(separator: " · ")
  }

  init(of event: TracedEvent, byClient process: Int, _ history: PageHistory) {
    var words: [String] = []
    for effect in event.effects {
      switch effect.what {
      case .called(let place) where history.calls.indices.contains(place) && history.calls[place].process == process:
        words.append(history.calls[place].request)
      case .returned(let place) where history.calls.indices.contains(place) && history.calls[place].process == process:
        words.append(history.calls[place].answer)
      default: break
      }
    }
    text = words.isEmpty ? "" : "c\(process) \(words.joined(separator: " · "))"
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

  private static func words(for entries: [TracedEntry]) -> String {
    guard let first = entries.first, let last = entries.last else { return "appends nothing" }
    if entries.count == 1 { return "+ \(first.index)/\(first.term) \(first.text)" }
    return "+ \(first.index)/\(first.term) … \(last.index)/\(last.term)"
  }
}
