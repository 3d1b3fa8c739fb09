import Determinism
import Histories
import Linearizability
import Reporting
import Shrinking
import Traces

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
    self.init(report, minimality: minimality, time: time, replay: replay, leadingTo: Sequel(of: report))
  }

  /// The same, where it is known what the run leads to.
  ///
  /// - Parameter sequelPath: where the case of that is, if it is saved.
  package init?(
    _ report: RunReport, minimality: CaseFile.Minimality? = nil, time: Duration? = nil, replay: String,
    leadingTo sequel: Sequel?, at sequelPath: String? = nil
  ) {
    guard let signature = report.signature else { return nil }
    self.init(
      scenario: report.run.scenario, outcome: report.outcome, signature: signature,
      counterexample: report.counterexample, essence: signature == .linearizability ? Self.essence(of: report) : nil,
      bug: report.run.bug.map { ($0.name, $0.mistake) },
      shrinking: minimality.map {
        ShrinkingSummary($0, to: RunSize(of: report.run.scenario, report.outcome), time: time)
      }, certificate: minimality?.certificate ?? [],
      sequel: sequel.map { ($0.run.scenario, $0.outcome, $0.start) }, program: Program.identity,
      replay: replay,
      sequelReplay: sequelPath.map { "\(CaseFile.replayCommand(for: $0)) --step" })
  }

  /// What looking for the essence of a history may cost: a story is not worth a minute.
  private static let essenceWork = 50_000_000

  private static func essence(of report: RunReport) -> Essence? {
    guard let counterexample = report.counterexample else { return nil }
    return HistoryShrinker(model: report.judgement.model, work: essenceWork)
      .shrink(report.outcome.history, from: [counterexample])
  }
}

extension ShrinkingSummary {
  fileprivate init(_ minimality: CaseFile.Minimality, to after: RunSize, time: Duration?) {
    self.init(
      before: minimality.before, after: after, trials: minimality.trials, time: time,
      end: minimality.end,
      otherFailures: minimality.otherFailures.compactMap(FailureSignature.init))
  }
}
