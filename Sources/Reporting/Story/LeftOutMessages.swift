import Determinism
import Scenarios
import Traces

/// The messages of a run that its scenario says never arrive. Nobody in the run took them: somebody, a shrinker mostly,
/// found that the failure needs them not.
struct LeftOutMessages {
  private var keys = LookupTable<MessageKey, Bool>()
  /// How many were sent and left out.
  private let count: Int

  /// - Parameter trace: tells which of them were sent at all.
  init(_ scenario: Scenario, _ trace: [TracedEvent]) {
    for message in scenario.overrides?.messages ?? [] where message.fate == .lost { keys[message.message] = true }
    let keys = keys
    count = trace.reduce(0) { sum, event in
      sum
        + event.effects.count { effect in
          if case .lost(let message) = effect.what { keys[message.key] ?? false } else { false }
        }
    }
  }

  func contains(_ message: TracedMessage) -> Bool { keys[message.key] ?? false }

  /// What is to be said of them; `nil` if there are none.
  var clause: String? {
    guard count > 0 else { return nil }
    return "\(Words.count(count, "message")) that "
      + (count == 1 ? "changes nothing is left out" : "change nothing are left out")
  }
}
