import Determinism
import Scenarios

// Single messages.
extension ShrinkSession {
  /// Loses messages that do not matter, the last ones first, and lets those that need no delay arrive at once. A lost
  /// message is one line less to read and no fault: so this comes last, and none may take the place of a fault.
  mutating func dropMessages() {
    guard !best.scenario.keepsCalm else { return }
    pass = "taking away messages"
    takeAway({ $0.arrivals.count }) { best, places in
      best.scenario.fixing(Array(best.arrivals[places]), as: .lost)
    }
    takeAway({ $0.outcome.statistics.messagesDelayed == 0 ? 0 : $0.messages.count }) { best, places in
      best.scenario.fixing(Array(best.messages[places]), as: .atOnce)
    }
    takeAway({ $0.scenario.overrides?.messages.count ?? 0 }) { best, places in
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
    let fixed = (scenario.overrides?.messages ?? []).map(\.message)
    return fixed.isEmpty ? arrivals : arrivals.filter { !fixed.contains($0) }
  }
}

extension Scenario {
  /// The same with the fate of some messages fixed.
  func fixing(_ keys: [MessageKey], as fate: FixedFate) -> Scenario {
    fixing { overrides in
      overrides.messages.removeAll { keys.contains($0.message) }
      overrides.messages += keys.map { MessageOverride(message: $0, fate: fate) }
      overrides.messages.sort { $0.message < $1.message }
    }
  }
}
