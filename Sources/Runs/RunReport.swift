import Determinism
import Histories
import Judging
import Linearizability
import Reporting
import Scenarios
import Traces

/// What became of a run.
package enum RunVerdict: String, Codable, Hashable, Sendable, CaseIterable {
  /// Some order of the operations explains every answer, and no invariant broke.
  case linearizable
  /// No order does.
  case notLinearizable = "not-linearizable"
  /// An invariant of the cluster broke.
  case invariantBroken = "invariant-broken"
  /// A healed quorum did not get on with its work.
  case noProgress = "no-progress"
  /// A node stopped that should not have.
  case nodeStopped = "node-stopped"
  /// A limit was reached first.
  case unknown

  /// That of a run that failed in this way.
  init(_ signature: FailureSignature) {
    self =
      switch signature {
      case .invariant: .invariantBroken
      case .liveness: .noProgress
      case .stopped: .nodeStopped
      case .linearizability: .notLinearizable
      }
  }
}

/// A run and all that was found out about it.
package struct RunReport: Sendable {
  /// What was run.
  package let run: Run
  /// What came of it.
  package internal(set) var outcome: RunOutcome
  /// The judge's word on what the clients saw, given even where an invariant broke.
  package let judgement: Judgement
  /// Wall time of the simulation and of the judge.
  package let simulationTime: Duration
  package let judgingTime: Duration

  /// What the run is called when it failed. The observer's word counts before the clients': it comes earlier.
  package var signature: FailureSignature? {
    if let failure = outcome.failure { return failure.signature }
    return counterexample == nil ? nil : .linearizability
  }

  /// The worst that was found.
  package var verdict: RunVerdict {
    if let signature { return RunVerdict(signature) }
    // A run that was cut has not shown all that it would have.
    if outcome.isCut || outcome.hasNoFinalRead { return .unknown }
    if case .linearizable = judgement.verdict { return .linearizable }
    return .unknown
  }

  /// How bad that is.
  package var severity: Severity {
    if case .unknown(.contradiction) = judgement.verdict { return .internalError }
    return switch verdict {
    case .linearizable: .pass
    case .unknown: .undecided
    case .notLinearizable, .invariantBroken, .noProgress, .nodeStopped: .violation
    }
  }

  /// Why no order explains what the clients saw, if none does.
  package var counterexample: Counterexample? {
    if case .notLinearizable(let counterexample) = judgement.verdict { counterexample } else { nil }
  }

  /// What kind of wrong answer the clients saw, if the run is named after that.
  package var anomaly: Anomaly? { signature == .linearizability ? counterexample?.anomaly : nil }

  /// Why there is no answer, as a clause.
  package var undecidedReason: String? {
    guard verdict == .unknown else { return nil }
    if outcome.isCut { return "the run was cut at \(run.scenario.maxEvents.grouped) events" }
    if case .unknown(let limit) = judgement.verdict { return "\(limit)" }
    return "no read after the storm was answered"
  }

  /// What broke, in one line: the invariant's word, or the key and the operation that cannot be explained.
  package var detail: String? {
    if let failure = outcome.failure { return FindingText.sentence(failure.finding) }
    if let counterexample { return counterexample.summary }
    return undecidedReason
  }

  /// What broke, in plain sentences, a line each; `nil` if nothing did.
  package var explanation: String? {
    guard let failure = outcome.failure else { return counterexample?.explanation }
    var text = "At \(failure.at) \(failure.signature): \(FailureText.of(failure))"
    if let counterexample { text += "\nThe clients saw it too.\n\(counterexample.explanation)" }
    return text
  }
}

extension RunOutcome {
  /// Whether nobody could say what the cluster holds after the storm: lost writes would go unseen.
  var hasNoFinalRead: Bool { statistics.finalReadsExpected > 0 && statistics.finalReads == 0 }
}

extension Counterexample {
  /// The key and the operation that cannot be explained, in one line.
  package var summary: String {
    let name = (blocked.first { $0.operation == culprit } ?? blocked.first)?.name
    let place = key.map { "key \(Wording.showWhole($0))" } ?? "the register"
    return name.map { "\(place), \($0)" } ?? place
  }
}
