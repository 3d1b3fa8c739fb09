import Determinism
import Histories
import Linearizability
import Runs
import Scenarios
import Traces

/// What is kept of one seed that was run: small and plain, so that a worker can hand it over.
package struct SeedResult: Codable, Sendable {
  /// Which seed.
  package let seed: UInt64
  /// The worst that was found.
  package let verdict: RunVerdict
  /// How bad that is, a second run that differed included.
  package let severity: Severity
  /// What it is called, if it failed.
  package let failure: SeedFailure?
  /// What kind of wrong answer the clients saw, if it is called after that.
  package let anomaly: Anomaly?
  /// What a failing run is like, before it is shrunk; `nil` unless it failed.
  package let shape: FailureShape?
  /// Whether a second run of the same scenario was the same; `nil` if there was none.
  package let isDeterministic: Bool?
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

  package init(_ report: RunReport, secondRun: SecondRun = .none) {
    seed = report.run.scenario.seed
    verdict = report.verdict
    severity = secondRun.isSame == false ? max(report.severity, .nondeterminism) : report.severity
    failure = report.signature.map { .run($0) }
    anomaly = report.anomaly
    shape = FailureShape(of: report)
    isDeterministic = secondRun.isSame
    if case .differed(let sentence) = secondRun { detail = sentence } else { detail = report.detail }
    eventHash = report.outcome.eventHash
    statistics = report.outcome.statistics
    traits = report.run.scenario.traits
    memberAims = report.run.scenario.membership?.aims
    simulationTime = report.simulationTime
    judgingTime = report.judgingTime
  }
}

/// What became of one seed.
package enum SeedEnd: Sendable {
  /// It was run to its end.
  case ran(SeedResult)
  /// Its worker did not come to its end.
  case stopped(StoppedSeed)

  package var seed: UInt64 {
    switch self {
    case .ran(let result): result.seed
    case .stopped(let stopped): stopped.seed
    }
  }

  /// How bad that is. Of a seed whose worker somebody else has killed nothing is known.
  package var severity: Severity {
    switch self {
    case .ran(let result): result.severity
    case .stopped(let stopped): stopped.stop == .killed ? .undecided : .violation
    }
  }

  /// What it is called, if it failed.
  package var failure: SeedFailure? {
    switch self {
    case .ran(let result): result.failure
    case .stopped(let stopped): stopped.stop == .killed ? nil : .worker(stopped.stop)
    }
  }

  /// What there is to say of it, in one line.
  package var detail: String? {
    switch self {
    case .ran(let result): result.detail
    case .stopped(let stopped): stopped.sentence
    }
  }
}

/// A seed whose worker did not come to its end.
package struct StoppedSeed: Hashable, Sendable {
  package let seed: UInt64
  package let stop: WorkerStop
  /// How that was seen, as a clause.
  package let sentence: String
  /// What the worker wrote to standard error.
  package let errorLines: [String]
}
