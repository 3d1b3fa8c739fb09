import Determinism
import Hosting

/// Whoever looks after the servers of a system, as far as this program knows how.
package protocol SystemOperator: AnyObject {
  /// Who leads, if a server that is up says so at once.
  func leader(among servers: [LiveServer]) -> NodeID?
}

/// Nobody knows.
package final class NoOperator: SystemOperator {
  package init() {}
  package func leader(among servers: [LiveServer]) -> NodeID? { nil }
}

/// Asks etcd's members.
package final class EtcdOperator: SystemOperator {
  private let client = EtcdClient()

  package init() {}

  package func leader(among servers: [LiveServer]) -> NodeID? { client.leader(among: servers) }
}
