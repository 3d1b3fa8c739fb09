import Histories
import KnownBugs

extension KnownBug.Effect {
  /// The effect that a failure is.
  package init(_ signature: FailureSignature) {
    self =
      switch signature {
      case .notLinearizable: .history
      case .invariant: .invariant
      case .stopped: .stop
      }
  }
}
