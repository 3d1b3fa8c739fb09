import Determinism
import Histories
import Linearizability
import Scenarios
import Traces

extension RunOutcome {
  /// When the failure was there to be seen: what comes after has no part in it.
  ///
  /// What clients saw is wrong from the first return on that no order explains.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends the search for that return.
  func failedAt(shouldStop: () -> Bool) -> Duration {
    if let failure { return failure.at }
    let parts = Subhistory.parts(of: history)
    let last = parts.compactMap { firstBrokenEvent(of: $0, shouldStop) }.min()
    return last.map { .nanoseconds(history.events[$0].time) } ?? statistics.virtualTime
  }

  /// The first event up to which a key has no order; `nil` if it has one to its end, or nobody can say.
  private func firstBrokenEvent(of part: Subhistory, _ shouldStop: () -> Bool) -> Int? {
    let checker = LinearizabilityChecker(model: Model(of: history))
    func isBroken(upTo count: Int) -> Bool {
      let beginning = part.cut(before: count)
      return checker.givenOrder(of: beginning) == nil
        && checker.decide(beginning, within: Budget(), shouldStop: shouldStop).decision.answer == false
    }
    var (low, high) = (0, history.events.count)
    guard isBroken(upTo: high) else { return nil }
    // Whatever explains a history explains each beginning of it.
    while high - low > 1 {
      let middle = (low + high) / 2
      if isBroken(upTo: middle) { high = middle } else { low = middle }
    }
    return high - 1
  }
}
