import Determinism
import Hosting

/// Whoever looks after the servers of a system, as far as this program knows how.
package protocol SystemOperator: AnyObject {
  /// Who leads, if a server that is up says so at once.
  func leader(among servers: [LiveServer]) -> NodeID?
  /// Who takes part, as a server says that knows a leader; `nil` if none does, or where members never change.
  func members(among servers: [LiveServer]) -> [NodeID]?
  /// What asks the leader to hand on to another server, which may take so long and is done on another thread; `nil` if this
  /// program does not know how to ask, or whom.
  ///
  /// - Parameter node: who is to lead; `nil` if the leader may choose.
  func transfer(
    to node: NodeID?, among servers: [LiveServer], within patience: Duration
  ) -> (@Sendable () -> Void)?
}

extension SystemOperator {
  package func members(among servers: [LiveServer]) -> [NodeID]? { nil }
}

/// Nobody knows.
package final class NoOperator: SystemOperator {
  package init() {}
  package func leader(among servers: [LiveServer]) -> NodeID? { nil }
  package func transfer(
    to node: NodeID?, among servers: [LiveServer], within patience: Duration
  ) -> (@Sendable () -> Void)? {
    nil
  }
}

/// Asks etcd's members.
package final class EtcdOperator: SystemOperator {
  private let client = EtcdClient()

  package init() {}

  deinit { client.close() }

  package func leader(among servers: [LiveServer]) -> NodeID? { client.leader(among: servers) }

  package func transfer(
    to node: NodeID?, among servers: [LiveServer], within patience: Duration
  ) -> (@Sendable () -> Void)? {
    guard let node, let leader = client.leader(among: servers), leader != node,
      let server = servers.first(where: { $0.node == leader }), let member = client.member(node)
    else { return nil }
    return {
      let client = EtcdClient()
      client.transfer(to: member, by: server, within: patience)
      client.close()
    }
  }
}
