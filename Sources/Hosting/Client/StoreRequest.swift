import Determinism
import KeyValue
import Raft
import System

/// What a client asks a server for, in the server's own interface.
package enum StoreRequest: Hashable, Sendable {
  case read(key: [UInt8])
  case openSession
  /// Whether a server knows a leader.
  case health
  /// In a session it takes effect at most once, however often it is sent.
  case write(KeyValueOperation, APIRequest.InSession?)
  case change(MemberOrder)
  /// That the leader transfer its leadership, to a server or to whichever is best.
  case transfer(to: NodeID?)
  case members
  case status
  /// That the server that is asked take a snapshot.
  case snapshot

  /// Whether something may be another than before if the answer is lost. A session that nobody uses is nothing.
  var changes: Bool {
    switch self {
    case .write, .change, .transfer: true
    case .read, .openSession, .health, .members, .status, .snapshot: false
    }
  }

  /// Whether it can be sent again when it may have been carried out. Of a transfer, the second one could undo the first:
  /// the leader that hands its leadership on need not be the same.
  var mayBeSentAgain: Bool { if case .transfer = self { false } else { true } }

  /// The request in HTTP.
  ///
  /// - Parameter host: whom it is for.
  package func http(to host: HostAndPort) -> HTTPRequest {
    switch self {
    case .read(let key): HTTPRequest(.get, Self.path(of: key), to: host)
    case .openSession: HTTPRequest(.post, APIRoute.sessions.rawValue, to: host)
    case .health: HTTPRequest(.get, APIRoute.health.rawValue, to: host)
    case .write(let operation, let place): Self.http(operation, place, to: host)
    case .change(let order): HTTPRequest(.post, APIRoute.configuration.rawValue, to: host, body: order.json.bytes)
    case .transfer(let target):
      HTTPRequest(
        .post, APIRoute.transfer.rawValue, to: host,
        body: JSONValue.object(target.map { [JSONMember("to", .integer(Int64($0.number)))] } ?? []).bytes)
    case .members: HTTPRequest(.get, APIRoute.configuration.rawValue, to: host)
    case .status: HTTPRequest(.get, APIRoute.status.rawValue, to: host)
    case .snapshot: HTTPRequest(.post, APIRoute.snapshot.rawValue, to: host)
    }
  }

  private static func path(of key: [UInt8]) -> [UInt8] { APIRoute.value.rawValue.utf8 + PercentCoding.encoded(key) }

  private static func http(
    _ operation: KeyValueOperation, _ place: APIRequest.InSession?, to host: HostAndPort
  ) -> HTTPRequest {
    var headers = HTTPHeaders()
    if let place {
      headers.append(APIHeader.session, "\(place.session.rawValue)")
      headers.append(APIHeader.sequence, "\(place.sequence.rawValue)")
    }
    let path = path(of: operation.key)
    switch operation {
    case .put(_, let value): return HTTPRequest(.put, path, to: host, headers: headers, body: value)
    case .append(_, let value):
      return HTTPRequest(.post, path + "?append".utf8, to: host, headers: headers, body: value)
    case .delete: return HTTPRequest(.delete, path, to: host, headers: headers)
    case .compareAndSet(_, let expected, let new):
      let condition = expected.map { "?expected=".utf8 + PercentCoding.encoded($0) } ?? Array("?absent".utf8)
      return HTTPRequest(.put, path + condition, to: host, headers: headers, body: new)
    }
  }
}

/// A change of members that a client asks for. Asked for twice it is done once: it says who is a member, not what to add.
package enum MemberOrder: Hashable, Sendable {
  /// A server becomes a voter, or a learner; it is a learner until it has caught up.
  case add(NamedServer, asLearner: Bool)
  /// Learners become voters.
  case promote([NodeID])
  /// Voters become learners.
  case demote([NodeID])
  /// Members take part no longer.
  case remove([NodeID])

  /// As the body of a request has it.
  var json: JSONValue {
    switch self {
    case .add(let server, let asLearner): .object([JSONMember(asLearner ? "learners" : "add", .array([server.json]))])
    case .promote(let nodes): .object([JSONMember("promote", Self.list(nodes))])
    case .demote(let nodes): .object([JSONMember("demote", Self.list(nodes))])
    case .remove(let nodes): .object([JSONMember("remove", Self.list(nodes))])
    }
  }

  private static func list(_ nodes: [NodeID]) -> JSONValue { .array(nodes.map { .integer(Int64($0.number)) }) }
}

extension NamedServer {
  fileprivate var json: JSONValue {
    .object([
      JSONMember("id", .integer(Int64(id.number))),
      JSONMember("peer", addresses.peer.map { .string("\($0)") } ?? .null),
      JSONMember("http", .string("\(addresses.http)")),
    ])
  }
}
