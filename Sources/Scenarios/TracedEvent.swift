import Determinism

/// One event of a run, to compare it with the same event of another run.
package struct TracedEvent: Hashable, Sendable {
  /// The identity of the run up to and with this event.
  package var hash: UInt64
  /// When, since the start.
  package var at: Duration
  /// What happened, in one line.
  package var what: String

  package init(hash: UInt64, at: Duration, what: String) {
    self.hash = hash
    self.at = at
    self.what = what
  }
}
