import Histories
import Linearizability
import Traces

/// The verdict in one sentence that a person understands.
struct VerdictSentence {
  let text: String

  init(_ run: FailingRun, _ demand: Demand, _ wording: Wording) {
    if run.signature == .linearizability, let counterexample = run.counterexample {
      text = "\(run.essence?.account.sentence ?? Self.sentence(counterexample, run.outcome.history, wording))."
      return
    }
    let finding = run.outcome.failure.map { FindingText.sentence($0.finding) }
    text = "\((finding ?? run.signature.description).capitalisedFirst). \(demand.consequence)"
  }

  /// Where nobody has looked closer.
  private static func sentence(_ counterexample: Counterexample, _ history: History, _ wording: Wording) -> String {
    let culprit = counterexample.culprit
    let key = history.values[culprit.key].map { " \(Wording.show($0))" } ?? ""
    let saw =
      switch history.outcome(of: culprit) {
      case .ok(.value(let value)): "\(wording.client(culprit)) read\(key) = \(Wording.show(value))"
      default: wording.exchange(culprit)
      }
    return "\(saw), which no order of the operations explains"
  }
}
