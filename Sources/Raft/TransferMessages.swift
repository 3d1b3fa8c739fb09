import Determinism

/// Tells a follower to campaign at once, for its leader wants it to lead (Ongaro 2014 §3.10).
package struct TimeoutNow: Hashable, Sendable {
  /// The leader's term.
  package var term: Term

  package init(term: Term) {
    self.term = term
  }
}
