import Determinism
import Histories
import Linearizability
import Runs
import Scenarios

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
  /// What broke, or why there is no answer, in one line.
  package let detail: String?
  /// The identity of the run.
  package let eventHash: UInt64
  /// The figures of the run.
  package let statistics: RunStatistics
  /// What was special about its clients.
  package let traits: [WorkloadTrait]
  /// Wall time.
  package let simulationTime: Duration
  package let judgingTime: Duration
  /// The case file, if it is to be saved.
  package var casePath: String?

  /// - Parameter difference: where a second run of the same scenario parted from the first, if it did.
  package init(_ report: RunReport, difference: RunDifference? = nil) {
    seed = report.run.scenario.seed
    verdict = report.verdict
    severity = difference == nil ? report.severity : max(report.severity, .nondeterminism)
    signature = report.signature
    anomaly = report.anomaly
    detail = difference?.sentence ?? report.detail
    eventHash = report.outcome.eventHash
    statistics = report.outcome.statistics
    traits = report.run.scenario.workload.traits
    simulationTime = report.simulationTime
    judgingTime = report.judgingTime
  }
}
