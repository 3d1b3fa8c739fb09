import Determinism

/// What leases rest on, by a server's own clock and for all that it knows.
package struct Promises: Sendable {
  /// Until when it answers reads by its lease; `nil` without one.
  package var leaseEnd: LocalInstant?
  /// Until when it votes for nobody; `nil` if it has promised nothing.
  package var promiseEnd: LocalInstant?
}
