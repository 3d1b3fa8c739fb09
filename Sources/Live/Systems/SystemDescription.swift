import Determinism
import Histories
import Scenarios

/// What is to be known of a system in order to test it: how its servers are started, how its clients talk to them, and what
/// it may be put through. Either built in, or read from a folder's `system.json`.
package struct SystemDescription: Sendable {
  /// Who speaks to the servers.
  package enum Client: Hashable, Sendable {
    /// A client of this program's own, for a system that it knows.
    case raftkv, etcd
    /// A program that takes operations as lines of JSON and answers them: its words.
    case program([String])
  }

  /// When a server that has been started counts as ready for clients.
  package enum Readiness: Hashable, Sendable {
    /// It takes connections at its first port.
    case connects
    /// It answers a read.
    case answersReads
  }

  /// How servers hear of each other, and so how what they say to each other can be disturbed.
  package enum LinkKind: Hashable, Sendable {
    /// By frames of this project's `Wire`, through proxies that parse them.
    case frames
    /// By whatever, through a network of their own, the packets of which can be dropped. Linux only.
    case packets
    /// Directly: nothing lies between them that could disturb them.
    case none
  }

  /// A choice that whoever tests the system has.
  package struct Option: Hashable, Sendable {
    package var name: String
    /// What it may be; the first one unless told otherwise. Without any it must be told.
    package var values: [String]
    /// Whether any other text will do as well, as of a path.
    package var isOpen: Bool
    package var purpose: String

    package init(_ name: String, _ values: [String], _ purpose: String, isOpen: Bool = false) {
      (self.name, self.values, self.purpose) = (name, values, purpose)
      self.isOpen = isOpen || values.isEmpty
    }
  }

  /// At most 32 out of `a-z`, `A-Z`, `0-9`, `-` and `_`, not one of the last two first.
  package var name: String
  /// The words that start a server, with placeholders.
  package var server: [String]
  /// The variables with which it is started, beside this program's own; values have placeholders.
  package var environment: [(name: String, value: String)] = []
  package var client: Client
  /// What its ports are called; the first one is that of clients.
  package var ports: [String] = ["client"]
  /// How one server stands in the list of all, with placeholders, and what stands between two of them.
  package var peer = "{address}"
  package var betweenPeers = ","
  package var readiness = Readiness.connects
  package var links = LinkKind.packets
  package var options: [Option] = []
  /// The kinds of faults that it may be put through.
  package var faults: [FaultKind]
  /// What its clients can do, reads among it.
  package var operations: [Function]
  /// How long its servers wait for a leader before they elect another one: how long faults last hangs on it.
  package var electionTimeout = Duration.milliseconds(500)...Duration.milliseconds(1_000)
  package var heartbeatInterval = Duration.milliseconds(100)

  package init(
    name: String, server: [String], client: Client, faults: [FaultKind], operations: [Function]
  ) {
    (self.name, self.server, self.client) = (name, server, client)
    (self.faults, self.operations) = (faults, operations)
  }
}
