import Histories
import Judging
import Linearizability
import Runs

/// What a verdict rests on besides the answers that clients had.
struct CheckRemarks {
  /// Other ways to take a history without an order that give it one.
  let assumptions: [AssumptionTrial]
  /// The operations whose times lie wholly before those of operations that stand before them; `nil` if there are none.
  let backwardTimes: BackwardTimes?
  /// What the judge says by the order of times; `nil` if nobody asked it, or there is no such order.
  let orderOfTimes: AssumptionTrial?

  /// Nothing.
  init() { (assumptions, backwardTimes, orderOfTimes) = ([], nil, nil) }

  /// - Parameters:
  ///   - limits: what is left for it.
  ///   - shouldStop: asked now and then; `true` lets it say less.
  init(on checked: CheckedHistory, _ limits: JudgingLimits, shouldStop: @escaping @Sendable () -> Bool) {
    let (history, judgement) = (checked.recorded.history, checked.judgement)
    backwardTimes = history.backwardTimes
    assumptions = Judge.assumptions(behind: judgement, of: history, limits, shouldStop: shouldStop)
    orderOfTimes = backwardTimes.flatMap { _ in
      Judge.orderOfTimes(insteadOf: judgement, of: history, limits, shouldStop: shouldStop)
    }
  }

  /// All that was judged otherwise.
  var trials: [AssumptionTrial] { assumptions + [orderOfTimes].compactMap(\.self) }
}
