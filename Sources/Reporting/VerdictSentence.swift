import Histories
import Linearizability

/// The verdict in one sentence that a person understands.
struct VerdictSentence {
  let text: String

  init(_ run: FailingRun, _ demand: Demand, _ names: OperationText) {
    if run.signature == .linearizability, let counterexample = run.counterexample {
      text = Self.sentence(counterexample, names)
      return
    }
    let detail = run.outcome.failure?.detail.split(separator: "\n").first.map(String.init)
    let what = (detail ?? run.signature.description).capitalisedFirst
    text = "\(what): \(demand.consequence.lowercasedFirst)"
  }

  /// `c3 read x = 1 after c1's put x = 2 had returned.`
  private static func sentence(_ counterexample: Counterexample, _ names: OperationText) -> String {
    let culprit = counterexample.culprit
    let client = OperationText.client(culprit.process)
    let key = names.history.values[culprit.key].map { " \(OperationText.show($0))" } ?? ""
    let saw: String
    switch names.history.outcome(of: culprit) {
    case .ok(.value(let value)): saw = "\(client) read\(key) = \(OperationText.show(value))"
    case .ok(.mismatch(let seen)): saw = "\(client) found\(key) = \(OperationText.show(seen))"
    case .ok(.swapped): saw = "\(client)'s \(names.request(culprit)) found what it expected"
    default: saw = "\(client)'s \(names.request(culprit)) was done"
    }
    let before = lastChange(before: counterexample)
    guard let before else { return "\(saw), which no order of the operations explains." }
    let owner = before.process == culprit.process ? "its own \(names.request(before))" : names.owned(before)
    return "\(saw) after \(owner) had returned."
  }

  /// The last change that had returned before the culprit was called.
  static func lastChange(before counterexample: Counterexample) -> Operation? {
    counterexample.prefix.last {
      $0.changes && $0.end.map { $0 < counterexample.culprit.call } ?? false
    }
  }
}

extension Operation {
  /// Whether its client knows that it has changed the value.
  var changes: Bool {
    kind == .ok && function != .get && answer != .mismatch && answer != .unseenMismatch
  }
}
