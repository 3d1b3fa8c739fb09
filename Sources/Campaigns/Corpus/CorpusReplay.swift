import KnownBugs
import Runs
import Traces

/// What became of a case of the corpus: on the published rules it must hold, and with its known bug, if it has one, fail as
/// it did when it was saved.
package struct CorpusReplay: Sendable {
  /// What was found.
  package enum Finding: Hashable, Sendable {
    /// All is as it must be.
    case held
    /// It fails on the published rules.
    case fails(FailureSignature)
    /// With its bug it holds, or fails in another way.
    case notCaught(FailureSignature?)
    /// A limit was reached first.
    case undecided
    /// The program contradicts itself.
    case contradiction
  }

  package let entry: Corpus.Entry
  package let finding: Finding
  /// Whether its run is not the one that was saved, event for event: then only how it ends counts.
  package let runsOtherwise: Bool

  /// Runs the case, without its bug and with it.
  package init(of entry: Corpus.Entry) {
    self.entry = entry
    let saved = entry.saved
    let published = Run(scenario: saved.run.scenario, checks: saved.run.checks).simulate().judged()
    guard saved.run.bug != nil else {
      (finding, runsOtherwise) = (Self.finding(published), false)
      return
    }
    let report = saved.run.simulate().judged()
    runsOtherwise = saved.comparison(with: report.outcome) != .same
    let wanted = saved.expected.signature.flatMap { FailureSignature($0) }
    let onRules = Self.finding(published)
    if onRules != .held {
      finding = onRules
    } else if let signature = report.signature, wanted == nil || signature == wanted {
      finding = .held
    } else {
      finding = report.signature == nil && report.severity == .undecided ? .undecided : .notCaught(report.signature)
    }
  }

  private static func finding(_ report: RunReport) -> Finding {
    if let signature = report.signature { return .fails(signature) }
    return switch report.severity {
    case .pass: .held
    case .internalError: .contradiction
    case .undecided, .violation, .nondeterminism: .undecided
    }
  }

  /// How bad that is.
  package var severity: Severity {
    switch finding {
    case .held: .pass
    case .undecided: .undecided
    case .fails, .notCaught: .violation
    case .contradiction: .internalError
    }
  }
}
