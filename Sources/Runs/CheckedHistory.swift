import Determinism
import Histories
import Judging
import Linearizability
import Reporting

/// A history from a file and what the judge says of it.
package struct CheckedHistory: Sendable {
  /// What was judged.
  package let recorded: RecordedHistory
  /// What the judge says.
  package let judgement: Judgement
  /// Wall time of the judge.
  package let time: Duration
  /// How that is beside Jepsen's verdict, where there is one.
  package let jepsen: JepsenComparison?

  /// The verdict that the file's first line names; `nil` also if nothing was observed, for then there is none.
  package var expected: ExpectedVerdict? { observesSomething ? recorded.history.header.expected : nil }

  /// Whether the verdict is the one that the file's first line names.
  package var isAsExpected: Bool { expected?.rawValue == judgement.verdict.name }

  /// Whether some operation is known to have taken effect. If none is, any system would have an order, and the history
  /// shows nothing.
  package let observesSomething: Bool

  package init(
    recorded: RecordedHistory, judgement: Judgement, time: Duration, jepsen: JepsenComparison? = nil
  ) {
    (self.recorded, self.judgement, self.time, self.jepsen) = (recorded, judgement, time, jepsen)
    observesSomething = recorded.history.events.contains { $0.kind == .ok }
  }

  /// Why nothing was observed, in a sentence.
  package var emptiness: String {
    let operations = recorded.history.operations()
    if operations.isEmpty { return "There is no operation." }
    let failed = operations.count { $0.kind == .fail }
    let (all, unknown) = (operations.count, operations.count - failed)
    let fates = [(failed, "failed"), (unknown, unknown == 1 ? "has an unknown outcome" : "have an unknown outcome")]
    let clauses = fates.filter { $0.0 > 0 }.map { "\($0.0.grouped) \($0.1)" }
    return "Of \(Words.count(all, "operation")) none is known to have taken effect: \(Words.list(clauses))."
  }

  /// The verdict as one word: that of the judge, if something was observed.
  package var verdictName: String { observesSomething ? judgement.verdict.name : Self.nothingObserved }

  /// The word for a history that shows nothing.
  package static let nothingObserved = "nothing-observed"

  /// How bad it is, whatever was expected.
  package var severity: Severity {
    switch judgement.verdict {
    case .linearizable: .pass
    case .notLinearizable: .violation
    case .unknown(.contradiction): .internalError
    case .unknown: .undecided
    }
  }

  /// A value that is none of the model: a mistake of the file, or of whoever named the model. `nil` if all are.
  package var misfit: FileProblem? {
    guard case .unknown(.misfit(let misfit)) = judgement.verdict else { return nil }
    let place = misfit.line.map { recorded.place(ofLine: $0) } ?? recorded.name
    return FileProblem(
      .content, "\(place): expected \(misfit.expected), found \(misfit.found) (model \(judgement.model.name.rawValue))")
  }

  /// Why it is undecided, as a clause.
  package func reason(_ limit: Limit) -> String {
    if case .stopped = limit, judgement.ranOutOfTime { return "the time limit was reached" }
    return "\(limit)"
  }

  /// How many keys have no order, where it is more than the one that is explained, or some are undecided; `nil` otherwise.
  package var remarkOnKeys: String? {
    guard case .notLinearizable(let counterexample) = judgement.verdict else { return nil }
    let (broken, undecided) = (judgement.keys.countWithoutOrder, judgement.keys.countUndecided)
    guard broken > 1 || undecided > 0 else { return nil }
    let shown = counterexample.key.map { "key \(Wording.showWhole($0))" } ?? "the one without a name"
    let open = undecided == 0 ? "" : "; \(undecided.grouped) \(undecided == 1 ? "is" : "are") undecided"
    let all = Words.count(judgement.keys.count, "key")
    let others = judgement.keys.withoutOrder(atMost: Self.keyLimit + 1).filter { $0 != counterexample.key }
    let names = others.prefix(Self.keyLimit).map { $0.map { Wording.showWhole($0) } ?? "the one without a name" }
    let more = broken - 1 - names.count
    let listed = Words.list(names + (more > 0 ? ["\(more.grouped) more"] : []))
    let rest = names.isEmpty ? "" : "; the other\(broken == 2 ? " is" : "s are") \(listed)"
    return "\(broken.grouped) of \(all) \(broken == 1 ? "has" : "have") no order\(open). Explained here is \(shown)"
      + "\(rest)."
  }

  /// So many keys are named beside the one that is explained.
  private static let keyLimit = 10

  /// Whether histories of its model are made small: those of registers and of keys with values.
  package var isMadeSmall: Bool { judgement.model.name.isCell && judgement.model.name != .mutex }

  /// Where to look: `file:line` of each operation at fault, with its name.
  package var places: [(place: String, operation: String)] {
    guard case .notLinearizable(let counterexample) = judgement.verdict else { return [] }
    return counterexample.blocked.compactMap { blocked in
      recorded.history.callLine(of: blocked.operation).map { (recorded.place(ofLine: $0), blocked.name) }
    }
  }
}
