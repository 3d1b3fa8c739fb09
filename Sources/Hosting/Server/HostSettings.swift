import Determinism
import Raft
import Replica
import System

/// How a server is set up.
package struct HostSettings: Sendable {
  /// How a server comes to its cluster, if its folder does not say so.
  package enum Origin: Hashable, Sendable {
    /// It founds it, together with all servers in `peers`.
    case founds
    /// It joins it, by way of a server that clients reach at an address.
    case joins(SocketAddress)
    /// Its folder says so.
    case known
  }

  package var id: NodeID
  package var origin: Origin
  /// Where servers are, itself among them, as whoever starts it says; of later starts what has moved.
  package var peers: [AddressBook.Entry]
  /// Where it listens.
  package var address: ServerAddress
  /// Where other servers reach it, if that is another address than the one at which it listens for them.
  package var advertised: SocketAddress?
  package var data: String
  package var electionTimeout = Duration.milliseconds(500)...Duration.milliseconds(1_000)
  package var heartbeatInterval = Duration.milliseconds(100)
  package var reads = ReadMode.readIndex
  package var snapshots = SnapshotThresholds()
  package var rules = RuleSet.paper
  /// How long a client's request may take.
  package var patience = Duration.seconds(8)
  /// Whether clocks and disk may be disturbed, by way of a socket in the data folder.
  package var allowsFaults = false

  package init(
    _ id: NodeID, _ origin: Origin, _ peers: [AddressBook.Entry], at address: ServerAddress, data: String
  ) {
    (self.id, self.origin, self.peers, self.address, self.data) = (id, origin, peers, address, data)
  }

  /// Where others reach it: what it says of itself.
  package var publicAddress: ServerAddress { ServerAddress(peer: advertised ?? address.peer, http: address.http) }

  func configuration(founders: NodeSet) -> RaftConfiguration {
    RaftConfiguration(
      id: id, voters: founders, electionTimeout: electionTimeout, heartbeatInterval: heartbeatInterval,
      maxEntriesPerAppend: 512, trailingEntries: 1_000, reads: reads)
  }
}
