import Determinism
import Hosting

/// Whoever looks after the servers of a system, as far as this program knows how.
package protocol SystemOperator: AnyObject {
  /// Who leads, if a server that is up says so at once.
  func leader(among servers: [LiveServer]) -> NodeID?
  /// Who takes part, as a server says that knows a leader; `nil` if none does, or where members never change.
  func members(among servers: [LiveServer]) -> [NodeID]?
}

extension SystemOperator {
  package func members(among servers: [LiveServer]) -> [NodeID]? { nil }
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
