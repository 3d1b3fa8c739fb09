import Determinism
import Raft
import Replica
import System

/// A server of a cluster, as another process asks it over HTTP.
package struct ClusterContact: Sendable {
  /// Which cluster it is, and where its servers are.
  package struct Found: Sendable {
    package let cluster: ClusterID
    package let book: AddressBook
  }

  private let address: SocketAddress
  private static let patience = Duration.seconds(5)

  package init(at address: SocketAddress) { self.address = address }

  /// Asks who takes part.
  package func members() throws(HostProblem) -> Found {
    let response = try ask(StoreRequest.members.http(to: try host()))
    guard response.status == .ok, let json = try? JSONValue(reading: response.body), let found = Found(json) else {
      throw HostProblem(
        .unavailable, "\(address) does not say who takes part; expected the HTTP address of a server of the cluster")
    }
    return found
  }

  /// Asks for a server to be made a voter, or a learner.
  ///
  /// - Returns: whether it is one; `nil` if that must be asked for again.
  package func add(
    _ node: NodeID, at place: ServerAddress, asLearner: Bool = false
  ) throws(HostProblem) -> Bool? {
    guard let http = HostAndPort("\(place.http)") else {
      throw HostProblem(.usage, "\(place.http) is no address; expected HOST:PORT")
    }
    let server = NamedServer(node, ServerAddresses(peer: HostAndPort("\(place.peer)"), http: http))
    let response = try ask(StoreRequest.change(.add(server, asLearner: asLearner)).http(to: try host()))
    if response.status == .ok { return true }
    return response.status == .serviceUnavailable || response.status == .gatewayTimeout
      || response.status == .conflict ? nil : false
  }

  private func host() throws(HostProblem) -> HostAndPort {
    guard let host = HostAndPort("\(address)") else {
      throw HostProblem(.usage, "\(address) is no address; expected HOST:PORT")
    }
    return host
  }

  private func ask(_ request: HTTPRequest) throws(HostProblem) -> HTTPResponse {
    var connection = HTTPConnection(to: address)
    defer { connection.close() }
    do throws(HTTPConnection.Failure) {
      return try connection.exchange(request, within: Self.patience)
    } catch {
      throw HostProblem(.unavailable, "\(address) does not answer: \(error)")
    }
  }
}

extension ClusterContact.Found {
  fileprivate init?(_ json: JSONValue) {
    guard case .string(let name)? = json["cluster"], let number = UInt64(name, radix: 16) else { return nil }
    var servers: [JSONValue] = []
    for role in ["voters", "learners", "outgoing"] {
      if case .array(let those)? = json[role] { servers += those }
    }
    var book = AddressBook()
    for server in servers {
      guard case .integer(let id)? = server["id"], let node = NodeID(text: String(id)),
        case .string(let peer)? = server["peer"], case .string(let http)? = server["http"],
        let peer = SocketAddress(peer), let http = SocketAddress(http)
      else { continue }
      book.note(AddressBook.Entry(node, at: ServerAddress(peer: peer, http: http), start: 0))
    }
    self.init(cluster: ClusterID(number), book: book)
  }
}
