import Determinism
import Histories
import Linearizability

extension StoryDraft {
  /// More operations than these are no picture.
  private static let manyOperations = 30

  /// What the clients saw, as bars.
  var picture: [StoryLine] {
    guard !bars.isEmpty, bars.count <= Self.manyOperations else { return [] }
    return Bars(bars, width: layout.width - 2).printed(behind: "  ")
  }

  private var bars: [Bars.Bar] {
    // Whoever was told that nothing came of a write is no part of the essence.
    if run.signature == .linearizability, let essence = run.essence, essence.members.count == shown.count {
      return Bars.bars(of: essence, remark: remark)
    }
    let culprit = run.signature == .linearizability ? run.essence.map { $0.members[$0.culprit].origin.call } : nil
    return shown.map { operation in
      Bars.Bar(
        lane: wording.client(operation), text: wording.exchange(operation), call: operation.call,
        end: operation.isUnknown ? nil : operation.end,
        remark: operation.call == culprit ? run.essence?.account.sentence : nil, isMarked: operation.call == culprit)
    }
  }

  /// What stands below the culprit: what could only have been seen, and since when.
  var remark: String? {
    guard run.signature == .linearizability, let essence = run.essence else { return nil }
    let account = essence.account
    let culprit = essence.members[essence.culprit].operation
    guard culprit.function == .get, let possible = account.valuesDuringCulprit else { return account.sentence }
    let before = essence.members.map(\.operation)
      .filter { !$0.isUnknown && $0.end ?? .max < culprit.call }.max { $0.end ?? 0 < $1.end ?? 0 }
    guard !possible.isEmpty, let before, let last = before.end else { return account.sentence }
    let gap = Duration(
      nanoseconds: essence.history.events[culprit.call].time - essence.history.events[last].time)
    let since = gap >= .milliseconds(1) ? "\(FaultText.span(gap)) before" : "before"
    let name = culprit.function.name(in: essence.history.header.model)
    return "must be \(possible): \(essence.wording.earlierDeed(before)) \(since) this \(name)"
      + " was called"
  }
}
