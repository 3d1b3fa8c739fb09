import Histories
import Judging
import Linearizability
import Reporting
import Runs

extension HistoryPage {
  /// The page of a history that was judged.
  ///
  /// - Parameter remark: a sentence about the verdict; none unless given.
  init(of checked: CheckedHistory, remark: String? = nil) {
    let (history, judgement) = (checked.recorded.history, checked.judgement)
    let parts = Subhistory.parts(of: history)
    let keys = zip(judgement.keys, parts).map { Key($0.key, $1.operations, verdict: $0.verdict.name) }
    var order: [Operation] = []
    if case .linearizable(let witness) = judgement.verdict { order = witness.order }
    self.init(
      of: history, name: checked.recorded.name, model: judgement.model.name.rawValue, verdict: judgement.verdict.name,
      keys: keys, counterexamples: judgement.counterexamples, order: order, remark: remark)
  }
}
