import Determinism
import Raft
import Replica

/// Where a server can be reached.
package struct ServerAddresses: Hashable, Sendable {
  /// For its peers; `nil` where it is not known, as of a server that joins by its HTTP address.
  package var peer: HostAndPort?
  /// For clients.
  package var http: HostAndPort

  package init(peer: HostAndPort?, http: HostAndPort) {
    (self.peer, self.http) = (peer, http)
  }
}

/// A server and where it can be reached.
package struct NamedServer: Hashable, Sendable {
  package var id: NodeID
  package var addresses: ServerAddresses

  package init(_ id: NodeID, _ addresses: ServerAddresses) {
    (self.id, self.addresses) = (id, addresses)
  }
}

/// What a server knows of itself and of its cluster, to answer those who ask.
package struct ServerFacts: Hashable, Sendable {
  package var id: NodeID
  package var cluster: ClusterID
  package var role: Role
  package var term: Term
  package var commitIndex: LogIndex
  package var appliedIndex: LogIndex
  package var lastIndex: LogIndex
  package var snapshotIndex: LogIndex
  /// The leader of the term, as far as this server knows.
  package var leader: NodeID?
  /// The configuration in force.
  package var members: Members
  /// Every server whose addresses it knows, itself among them.
  package var servers: [NamedServer]

  package init(
    id: NodeID, cluster: ClusterID, role: Role, term: Term, commitIndex: LogIndex, appliedIndex: LogIndex,
    lastIndex: LogIndex, snapshotIndex: LogIndex, leader: NodeID?, members: Members, servers: [NamedServer]
  ) {
    (self.id, self.cluster, self.role, self.term, self.leader) = (id, cluster, role, term, leader)
    (self.commitIndex, self.appliedIndex, self.lastIndex) = (commitIndex, appliedIndex, lastIndex)
    (self.snapshotIndex, self.members, self.servers) = (snapshotIndex, members, servers)
  }

  /// Where a server can be reached; `nil` if it is not known.
  package func addresses(of server: NodeID) -> ServerAddresses? { servers.first { $0.id == server }?.addresses }

  /// What part a member plays, as far as this server knows.
  func role(of member: NodeID) -> String {
    if member == id, role != .leader, members.electors.contains(id) { return role.name }
    if member == leader { return Role.leader.name }
    return members.electors.contains(member) ? Role.follower.name : "learner"
  }
}
