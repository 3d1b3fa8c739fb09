import Determinism
import Raft

/// Whose files these are: they say so themselves, and are refused at any other server.
package struct FileOwner: Hashable, Sendable {
  /// The cluster to which the server belongs.
  package var cluster: ClusterID
  package var server: NodeID
  /// The voters of index 0, with which the cluster began; none at a server that has joined it.
  package var voters: NodeSet

  package init(_ server: NodeID, of cluster: ClusterID, voters: NodeSet) {
    (self.server, self.cluster, self.voters) = (server, cluster, voters)
  }
}

/// Which server of which cluster a file is of.
package struct FileIdentity: Hashable, Sendable, CustomStringConvertible {
  package var cluster: ClusterID
  package var server: NodeID

  package var description: String { "\(server) of cluster \(cluster)" }
}

extension FileOwner {
  /// What its files bear.
  var identity: FileIdentity { FileIdentity(cluster: cluster, server: server) }
}

extension FileOwner {
  /// A server of a cluster, by its configuration.
  init(_ configuration: RaftConfiguration, of cluster: ClusterID) {
    self.init(configuration.id, of: cluster, voters: configuration.voters)
  }
}
