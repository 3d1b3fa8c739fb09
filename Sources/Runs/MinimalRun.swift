import Determinism
import Histories
import Judging
import Reporting
import Scenarios
import Shrinking

/// A failing run made as small as it gets.
package struct MinimalRun: Sendable {
  /// Of the minimal run, with its trace.
  package let report: RunReport
  /// What it was made from, and what shows that nothing more can go.
  package let minimality: CaseFile.Minimality
  /// Scenarios that fail in another way, one for each signature, which were met on the way.
  package let otherFailures: [OtherFailure]
  /// By the wall clock.
  package let time: Duration

  /// A run that fails in another way than the one that is shrunk.
  package struct OtherFailure: Sendable {
    package let signature: FailureSignature
    package let run: Run
    package let eventHash: UInt64
  }

  /// The case to be saved.
  package var caseFile: CaseFile { CaseFile(report, minimality: minimality) }
}
