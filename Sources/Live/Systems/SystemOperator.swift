import Determinism
import Hosting

/// Whoever looks after the servers of a system, as far as this program knows how.
package protocol SystemOperator: AnyObject, Sendable {
  /// Who leads, if a server that is up says so at once.
  func leader(among servers: [LiveServer]) -> NodeID?
}

/// Nobody knows.
package final class NoOperator: SystemOperator {
  package init() {}
  package func leader(among servers: [LiveServer]) -> NodeID? { nil }
}
