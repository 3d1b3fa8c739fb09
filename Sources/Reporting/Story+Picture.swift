import Determinism
import Histories

extension StoryDraft {
  /// More operations than these are no picture.
  private static let manyOperations = 30

  /// What the clients saw, as bars.
  var picture: [StoryLine] {
    guard !shown.isEmpty, shown.count <= Self.manyOperations else { return [] }
    let culprit = run.signature == .linearizability ? run.counterexample?.culprit.call : nil
    let bars = shown.map { operation in
      Bars.Bar(
        lane: OperationText.client(operation.process), text: operationText.whole(operation), call: operation.call,
        end: operation.isUnknown ? nil : operation.end, remark: operation.call == culprit ? remark : nil,
        isMarked: operation.call == culprit)
    }
    return Bars(bars, width: Typesetting.width - 2).lines.map { spans in
      var line = StoryLine("  ")
      for span in spans { line.add(span.text, Self.tone(of: span.role)) }
      return line
    }
  }

  private static func tone(of role: Bars.Span.Role) -> StoryTone? {
    switch role {
    case .plain, .bar: nil
    case .markedBar: .bad
    case .remark: .doubtful
    }
  }

  /// What stands below the culprit: the last change that had returned before it, or why it cannot come next.
  private var remark: String? {
    guard let counterexample = run.counterexample else { return nil }
    let culprit = counterexample.culprit
    let history = operationText.history
    let before = VerdictSentence.lastChange(before: counterexample)
    guard culprit.function == .get, let before, let end = before.end else {
      return counterexample.blocked.first { $0.operation.call == culprit.call }?.reason
    }
    let gap = Duration(nanoseconds: history.events[culprit.call].time - history.events[end].time)
    let name = culprit.function.name(in: history.header.model)
    return "cannot be \(OperationText.show(history.values[culprit.seen])): \(operationText.owned(before)) had returned "
      + (gap > .zero ? "\(FaultText.span(gap)) " : "") + "before this \(name) was called"
  }
}
