import Determinism
import Scenarios

// Single messages.
extension ShrinkSession {
  /// Loses messages that do not matter, the last ones first, and lets those that need no delay arrive at once. A lost
  /// message is one line less to read and no fault: so this comes last, and none may take the place of a fault.
  mutating func dropMessages() {
    guard !best.scenario.keepsCalm else { return }
    pass = "taking away messages"
    takeAway({ $0.arrivals }) { $0.scenario.fixing($1, as: .lost) }
    takeAway({ $0.outcome.statistics.messagesDelayed == 0 ? [] : $0.messages }) { $0.scenario.fixing($1, as: .atOnce) }
    takeAway({ 0..<($0.scenario.overrides?.messages.count ?? 0) }) { best, places in
      best.scenario.fixing { $0.messages.removeSubrange(places) }
    }
  }
}

extension ShrinkSession.Best {
  /// The messages that arrived, each once, in the order of arrival.
  var arrivals: [MessageKey] {
    var seen = LookupTable<MessageKey, Bool>()
    return outcome.deliveries.filter { key in
      defer { seen[key] = true }
      return seen[key] == nil
    }
  }

  /// Whether each message can be looked at by itself: whoever loses one shows that each fault is needed still.
  var hasFewMessages: Bool { arrivals.count * (1 + scenario.faults.count) <= Self.mostTrialsOfMessages }

  private static var mostTrialsOfMessages: Int { 3_000 }

  /// Those whose fate is not fixed.
  fileprivate var messages: [MessageKey] {
    var fixed = LookupTable<MessageKey, Bool>()
    for message in scenario.overrides?.messages ?? [] { fixed[message.message] = true }
    return arrivals.filter { fixed[$0] == nil }
  }
}

extension Scenario {
  /// The same with the fate of some messages fixed.
  func fixing(_ keys: ArraySlice<MessageKey>, as fate: FixedFate) -> Scenario {
    var isFixedAnew = LookupTable<MessageKey, Bool>()
    for key in keys { isFixedAnew[key] = true }
    return fixing { overrides in
      overrides.messages.removeAll { isFixedAnew[$0.message] ?? false }
      overrides.messages += keys.map { MessageOverride(message: $0, fate: fate) }
      overrides.messages.sort { $0.message < $1.message }
    }
  }
}
