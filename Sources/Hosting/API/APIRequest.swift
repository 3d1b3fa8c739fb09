import Determinism
import KeyValue
import Raft

/// What a client asks of a server, whatever the interface in which it asks.
package struct APIRequest: Hashable, Sendable {
  /// What is asked for.
  package enum Action: Hashable, Sendable {
    /// The value of a key; a stale one may come from this server's own state.
    case read(key: [UInt8], isStale: Bool)
    case write(KeyValueOperation)
    case openSession
    /// Other members, and where those that are added can be reached.
    case changeMembers(MemberChange, added: [NamedServer])
    /// That a server become a voter, of which only the HTTP address is known.
    case join(NodeID, http: HostAndPort)
    /// That a server take part no longer.
    case leave(NodeID)
    /// That the leader transfer its leadership, to a server or to whichever is best.
    case transfer(to: NodeID?)
    /// That this server take a snapshot.
    case snapshot
    case show(APIView)
  }

  /// The place of a write in a session.
  package struct InSession: Hashable, Sendable {
    package var session: SessionID
    package var sequence: SequenceNumber
  }

  package var action: Action
  /// Of a write that takes effect once, however often it is sent; `nil` of one that is sent once.
  package var session: InSession?
  /// Whether a server that does not lead answers where the leader is, instead of asking it itself.
  package var redirects: Bool
  /// The target of the request, for an answer that redirects.
  var target: [UInt8]
  /// How it is answered.
  var dialect: APIDialect

  /// Whether only a leader can carry it out; any server answers the others itself.
  package var needsLeader: Bool {
    switch action {
    case .read(_, let isStale): !isStale
    case .write, .openSession, .changeMembers, .join, .leave, .transfer: true
    case .snapshot, .show: false
    }
  }

  /// Whether it can have changed something if nothing is known of its outcome.
  package var changes: Bool {
    switch action {
    case .write, .openSession, .changeMembers, .join, .leave, .transfer: true
    case .read, .snapshot, .show: false
    }
  }
}

/// What a server tells of itself and of its cluster.
package enum APIView: Hashable, Sendable {
  /// In goraft's interface the peers, without this server; in the own one the configuration.
  case members
  /// All members, with their roles.
  case peers
  case leader
  /// Role, term and commit index in one line.
  case state
  case status
  case health
  /// Needs `APIAnswer.metrics`; `APIAnswer.facts` answers all others.
  case metrics
}

/// The interface in which a request was made and is answered.
enum APIDialect: Hashable, Sendable {
  /// goraft's server raftd: raw values, and sentences for errors.
  case raftd
  /// The Go package's commands: JSON with capitalised names.
  case goPackage
  /// The own one. With `wantsJSON`, a value that was read stands in JSON.
  case own(wantsJSON: Bool)
}
