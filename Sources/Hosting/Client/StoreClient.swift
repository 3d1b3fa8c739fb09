import Determinism
import KeyValue
import Raft
import System

/// A client of a cluster. Any server brings a request to the leader; one that does not answer is passed over for the next.
///
/// Writes are numbered in a session, so that one whose answer was lost is sent again and takes effect once.
package struct StoreClient<Network: ClientNetwork> {
  /// A session of this client's, and the number of its next write.
  private struct OpenSession {
    let id: SessionID
    var next = SequenceNumber.first
    var lastUsed: LocalInstant
  }

  /// Whom it asks; the first one first.
  package let servers: [SocketAddress]
  /// How long a request may take, all attempts together.
  package let timeout: Duration
  package var network: Network
  /// The place of the server that is asked next.
  var current = 0
  /// Whether that server has done what it was asked last. Any other one is asked first whether it knows a leader: one that
  /// was removed or is cut off would take the request and keep it until it is too late for another server.
  var isProven = false
  private var session: OpenSession?

  /// - Parameter servers: where they serve clients; at least one.
  package init(of servers: [SocketAddress], timeout: Duration, over network: Network) {
    precondition(!servers.isEmpty, "a client needs a server to ask")
    (self.servers, self.timeout, self.network) = (servers, timeout, network)
  }

  // MARK: Limits

  /// Servers that a client asks.
  package static var maxServers: Int { NodeSet.maxNodes }
  /// How long a server has to answer before the next one is asked; doubled each time that all have been asked.
  static var firstPatience: Duration { .seconds(1) }
  /// The same for a change of members, which waits for a server to catch up.
  static var firstChangePatience: Duration { .seconds(2) }
  /// The longest of these.
  static var longestPatience: Duration { .seconds(30) }
  /// How long it waits when all servers have been asked in vain; doubled each time, up to the second one.
  static var firstPause: Duration { .milliseconds(20) }
  static var longestPause: Duration { .milliseconds(200) }
  /// How long it goes on if no server takes a connection: that is one mistyped address more often than a restart.
  static var lonelyTime: Duration { .seconds(2) }
  /// How long a session may be idle and still be used. The cluster forgets the idlest first, and of a write in a session
  /// that was forgotten nobody can say what became of it.
  static var sessionIdleTime: Duration { .seconds(10) }

  // MARK: Requests

  /// The value of a key.
  package mutating func read(_ key: [UInt8]) -> StoreResult { result(of: .read(key: key), by: network.now + timeout) }

  /// Writes, once.
  package mutating func write(_ operation: KeyValueOperation) -> StoreResult {
    let deadline = network.now + timeout
    if let session, network.now - session.lastUsed > Self.sessionIdleTime { self.session = nil }
    if session == nil {
      switch carryOut(.openSession, by: deadline) {
      case .opened(let id): session = OpenSession(id: id, lastUsed: network.now)
      case .ended(let result): return result
      case .sessionEnded: return .unavailable("a server says of a new session that it has ended; try again")
      }
    }
    guard let open = session else { return .unavailable("there is no session; try again") }
    let place = APIRequest.InSession(session: open.id, sequence: open.next)
    let ending = carryOut(.write(operation, place), by: deadline)
    // Whatever became of this one: a later number makes the cluster drop what may still be under way of it.
    session?.next = open.next.next
    session?.lastUsed = network.now
    switch ending {
    case .ended(let result): return result
    case .opened: return .unknown("a server has answered what was not asked")
    case .sessionEnded:
      session = nil
      return .unknown("the session has ended before there was an answer")
    }
  }

  /// Changes the members.
  package mutating func change(_ order: MemberOrder) -> StoreResult {
    result(of: .change(order), by: network.now + timeout)
  }

  /// Transfers leadership.
  package mutating func transfer(to target: NodeID?) -> StoreResult {
    result(of: .transfer(to: target), by: network.now + timeout)
  }

  /// What came of a request that is not about sessions.
  private mutating func result(of request: StoreRequest, by deadline: LocalInstant) -> StoreResult {
    if case .ended(let result) = carryOut(request, by: deadline) { return result }
    return .unknown("a server has answered what was not asked")
  }
}
