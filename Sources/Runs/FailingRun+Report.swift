import Determinism
import Histories
import Reporting

extension FailingRun {
  /// The run of a report, with all that its story needs.
  ///
  /// - Parameters:
  ///   - report: of a run that failed, with its trace.
  ///   - minimality: what it was shrunk from, if it was.
  ///   - time: how long that took, by the wall clock.
  ///   - replay: what to type to see the same again.
  /// - Returns: `nil` if the run did not fail.
  package init?(
    _ report: RunReport, minimality: CaseFile.Minimality? = nil, time: Duration? = nil, replay: String
  ) {
    guard let signature = report.signature else { return nil }
    self.init(
      scenario: report.run.scenario, outcome: report.outcome, signature: signature,
      counterexample: report.counterexample, bug: report.run.bug.map { ($0.name, $0.mistake) },
      shrinking: minimality.map { ShrinkingSummary($0, time: time) }, certificate: minimality?.certificate ?? [],
      sequel: Sequel(of: report).map { ($0.trace, $0.start) }, program: Program.identity, replay: replay)
  }
}

extension ShrinkingSummary {
  fileprivate init(_ minimality: CaseFile.Minimality, time: Duration?) {
    self.init(
      before: minimality.before, after: minimality.after, trials: minimality.trials, time: time,
      wasInterrupted: !minimality.isComplete,
      otherFailures: minimality.otherFailures.compactMap(FailureSignature.init))
  }
}
