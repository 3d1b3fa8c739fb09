import Determinism
import Scenarios

// Single messages.
extension ShrinkSession {
  /// Loses messages that do not matter, the last ones first. They are noise taken away, not faults: so this comes last,
  /// and none may take the place of a fault.
  mutating func dropMessages() {
    guard !best.scenario.keepsCalm else { return }
    pass = "taking away messages"
    takeAway({ $0.messages.count }) { best, places in best.scenario.losing(Array(best.messages[places])) }
    takeAway({ $0.scenario.overrides?.messages.count ?? 0 }) { best, places in
      best.scenario.fixing { $0.messages.removeSubrange(places) }
    }
  }
}

extension ShrinkSession.Best {
  /// The messages that arrived, each once, in the order of arrival, but for those whose fate is fixed.
  var messages: [MessageKey] {
    var seen = LookupTable<MessageKey, Bool>()
    for message in scenario.overrides?.messages ?? [] { seen[message.message] = true }
    return outcome.deliveries.filter { key in
      defer { seen[key] = true }
      return seen[key] == nil
    }
  }
}

extension Scenario {
  /// The same with some messages lost.
  func losing(_ keys: [MessageKey]) -> Scenario {
    fixing { overrides in
      overrides.messages += keys.map { MessageOverride(message: $0, fate: .lost) }
      overrides.messages.sort { $0.message < $1.message }
    }
  }
}
