import Determinism
import Histories
import Judging
import Linearizability

/// A history from a file and what the judge says of it.
package struct CheckedHistory: Sendable {
  /// What was judged.
  package let recorded: RecordedHistory
  /// What the judge says.
  package let judgement: Judgement
  /// Wall time of the judge.
  package let time: Duration
  /// How that is beside Jepsen's verdict, where there is one.
  package var jepsen: JepsenComparison?

  /// The verdict that the file's first line names.
  package var expected: ExpectedVerdict? { recorded.history.header.expected }

  /// Whether the verdict is the one that the file's first line names.
  package var isAsExpected: Bool { expected?.rawValue == judgement.verdict.name }

  /// How bad it is, whatever was expected.
  package var severity: Severity {
    switch judgement.verdict {
    case .linearizable: .pass
    case .notLinearizable: .violation
    case .unknown(.contradiction): .internalError
    case .unknown: .undecided
    }
  }

  /// Where to look: `file:line` of each operation at fault, with its name.
  package var places: [(place: String, operation: String)] {
    guard case .notLinearizable(let counterexample) = judgement.verdict else { return [] }
    return counterexample.blocked.compactMap { blocked in
      recorded.history.callLine(of: blocked.operation).map { (recorded.place(ofLine: $0), blocked.name) }
    }
  }
}
