import Histories
import KnownBugs
import Traces

extension KnownBug.Effect {
  /// The effect that a failure is.
  package init(_ signature: FailureSignature) {
    self =
      switch signature {
      case .linearizability: .history
      case .invariant: .invariant
      case .liveness: .progress
      case .stopped: .stop
      }
  }
}
