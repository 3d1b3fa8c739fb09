import Histories
import Linearizability

/// Jepsen's verdict on a run, beside that of the judge.
package struct JepsenComparison: Hashable, Sendable {
  /// Where Jepsen's stands.
  package let file: String
  /// Who says it, and what.
  package let checker: JepsenResults.Checker
  /// Whether both say the same; `nil` where one of them does not know.
  package let agrees: Bool?

  /// Compares; `nil` where Jepsen says nothing.
  init?(_ verdict: Verdict, with results: JepsenResults, in file: String) {
    guard let checker = results.deciding else { return nil }
    self.file = file
    self.checker = checker
    agrees =
      switch (verdict, checker.verdict) {
      case (.unknown, _), (_, .unknown): nil
      case (.linearizable, .valid), (.notLinearizable, .invalid): true
      case (.linearizable, .invalid), (.notLinearizable, .valid): false
      }
  }
}
