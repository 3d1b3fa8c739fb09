import Determinism
import Scenarios
import Traces

/// The messages of a run that its scenario says never arrive, and that need not: with or without each of them the run
/// fails. Nobody in the run took them; somebody, a shrinker mostly, left them out.
struct LeftOutMessages {
  private var keys = LookupTable<MessageKey, Bool>()
  /// How many were sent and left out.
  private let count: Int

  /// - Parameters:
  ///   - trace: tells which of them were sent at all.
  ///   - needed: those without whose loss the run does not fail.
  init(_ scenario: Scenario, _ trace: [TracedEvent], besides needed: [MessageKey]) {
    for message in scenario.overrides?.messages ?? [] where message.fate == .lost { keys[message.message] = true }
    for message in needed { keys[message] = nil }
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
    return "\(Words.count(count, "message")) that the failure does not need \(count == 1 ? "is" : "are") left out"
  }
}
