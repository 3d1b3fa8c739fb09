import Histories
import Judging
import Linearizability
import Reporting
import Runs

extension HistoryPage {
  /// The page of a history that was judged.
  init(of checked: CheckedHistory) {
    let (history, judgement) = (checked.recorded.history, checked.judgement)
    let parts = Subhistory.parts(of: history)
    let keys = zip(judgement.keys, parts).map { Key($0.key, $1.operations, Finding($0.verdict)) }
    let (finding, order, remark): (Finding, [Operation], String?) =
      switch judgement.verdict {
      case _ where !checked.observesSomething: (.nothingObserved, [], checked.emptiness)
      case .linearizable(let witness): (.linearizable, witness.order, nil)
      case .notLinearizable: (.notLinearizable, [], nil)
      case .unknown(let limit): (.undecided, [], "Undecided: \(checked.reason(limit)).")
      }
    self.init(
      of: history, name: checked.recorded.name, model: judgement.model.name.rawValue, finding: finding, keys: keys,
      counterexamples: judgement.counterexamples, order: order, remark: remark)
  }
}

extension HistoryPage.Finding {
  /// What the judge says of one key.
  fileprivate init(_ verdict: KeyVerdict) {
    switch verdict {
    case .linearizable: self = .linearizable
    case .notLinearizable: self = .notLinearizable
    case .unknown: self = .undecided
    }
  }
}
