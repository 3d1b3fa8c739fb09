import Determinism
import Histories
import Linearizability
import Runs
import Scenarios
import Traces

/// What is kept of one seed: small and plain, so that a worker can hand it over.
package struct SeedResult: Sendable {
  /// Which seed.
  package let seed: UInt64
  /// The worst that was found.
  package let verdict: RunVerdict
  /// How bad that is, a second run that differed included.
  package let severity: Severity
  /// What it is called, if it failed.
  package let signature: FailureSignature?
  /// What kind of wrong answer the clients saw, if it is called after that.
  package let anomaly: Anomaly?
  /// What a second run of the same scenario was like.
  package let secondRun: SecondRun
  /// What broke, or why there is no answer, in one line.
  package let detail: String?
  /// The identity of the run.
  package let eventHash: UInt64
  /// The figures of the run.
  package let statistics: RunStatistics
  /// What was special about its clients.
  package let traits: [WorkloadTrait]
  /// What operators want of the members, if these change.
  package let memberAims: [MembershipAim]?
  /// Wall time.
  package let simulationTime: Duration
  package let judgingTime: Duration
  /// The case file, if it is to be saved.
  package var casePath: String?

  package init(_ report: RunReport, secondRun: SecondRun = .none) {
    seed = report.run.scenario.seed
    verdict = report.verdict
    severity = secondRun.isSame == false ? max(report.severity, .nondeterminism) : report.severity
    signature = report.signature
    anomaly = report.anomaly
    self.secondRun = secondRun
    if case .differed(let sentence) = secondRun { detail = sentence } else { detail = report.detail }
    eventHash = report.outcome.eventHash
    statistics = report.outcome.statistics
    traits = report.run.scenario.traits
    memberAims = report.run.scenario.membership?.aims
    simulationTime = report.simulationTime
    judgingTime = report.judgingTime
  }
}
