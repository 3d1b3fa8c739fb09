import Determinism
import Hosting
import Raft
import Scenarios
import System

/// Looks after servers of raftkv: asks who leads, disturbs clocks and disks, and changes the members.
package final class RaftkvOperator: SystemOperator, Sendable {
  /// How long a server may take to say who leads, and to take a disturbance.
  private static let patience = Duration.milliseconds(200)

  package init() {}

  package func leader(among servers: [LiveServer]) -> NodeID? {
    var best: (node: NodeID, term: Int64)?
    for server in servers {
      guard let status = Self.facts(.status, of: server), status["role"] == .string("leader"),
        case .integer(let term)? = status["term"]
      else { continue }
      if best.map({ $0.term < term }) ?? true { best = (server.node, term) }
    }
    return best?.node
  }

  package func transfer(
    to node: NodeID?, among servers: [LiveServer], within patience: Duration
  ) -> (@Sendable () -> Void)? {
    guard !servers.isEmpty else { return nil }
    return { _ = self.ask(.transfer(to: node), of: servers, within: patience) }
  }

  package func members(among servers: [LiveServer]) -> [NodeID]? {
    for server in servers {
      guard let facts = Self.facts(.members, of: server), case .integer? = facts["leader"] else { continue }
      return ["voters", "learners"].flatMap { role -> [NodeID] in
        guard case .array(let members)? = facts[role] else { return [] }
        return members.compactMap { member in
          guard case .integer(let number)? = member["id"] else { return nil }
          return NodeID(text: String(number))
        }
      }
    }
    return nil
  }

  /// What a server says at once.
  private static func facts(_ request: StoreRequest, of server: LiveServer) -> JSONValue? {
    var connection = HTTPConnection(to: server.address)
    defer { connection.close() }
    guard let host = HostAndPort("\(server.address)"),
      let response = try? connection.exchange(request.http(to: host), within: patience),
      case .result(.facts(let facts)) = AnswerMeaning(of: response, to: request, from: "\(server.node)")
    else { return nil }
    return facts
  }

  /// Disturbs a server, if it is there.
  ///
  /// - Returns: whether it has taken all of it.
  func disturb(_ server: LiveServer, by faults: [InjectedFault]) -> Bool {
    guard let socket = try? Sockets.connect(toPath: "\(server.data)/\(InjectedFault.socketName)") else { return false }
    defer { socket.close() }
    let text = faults.map { "\($0.line)\n" }.joined()
    guard socket.write(Array(text.utf8)) else { return false }
    var lines = LineReader()
    return faults.allSatisfy { _ in lines.next(from: socket, within: Self.patience) == InjectedFault.accepted }
  }

  /// Asks the cluster for other members or another leader.
  ///
  /// - Returns: what came of it, in words.
  func ask(_ request: StoreRequest, of servers: [LiveServer], within patience: Duration) -> String {
    var client = StoreClient(of: servers.map(\.address), timeout: patience, over: ConnectedNetwork())
    defer { client.network.close() }
    let result: StoreResult
    switch request {
    case .change(let order): result = client.change(order)
    case .transfer(let target): result = client.transfer(to: target)
    case .read, .openSession, .health, .write, .members, .status, .snapshot:
      preconditionFailure("\(request) is for no operator")
    }
    return switch result {
    case .done, .value, .facts, .mismatch: "done"
    case .refused(let reason, _): "refused: \(reason)"
    case .unavailable(let reason): "not taken: \(reason)"
    case .unknown(let reason): "perhaps: \(reason)"
    }
  }

  /// Lets a server take a snapshot.
  func snapshot(_ server: LiveServer) {
    var client = StoreClient(of: [server.address], timeout: Self.patience, over: ConnectedNetwork())
    defer { client.network.close() }
    _ = client.snapshot()
  }
}
