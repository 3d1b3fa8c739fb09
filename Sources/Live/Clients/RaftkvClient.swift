import Determinism
import Histories
import Hosting
import KeyValue

/// A client of raftkv's own interface that makes no sessions: the server that it asks does.
package final class RaftkvClient: SystemClient {
  private var connections: [(server: NodeID, connection: HTTPConnection)] = []

  package init() {}

  package func attempt(
    _ action: Action, on key: [UInt8], at server: LiveServer, within patience: Duration
  ) -> Attempt {
    let request = Self.request(action, on: key)
    guard let host = HostAndPort("\(server.address)") else { return Attempt(.fail, "\(server.address) is no address") }
    let place = place(of: server)
    do throws(HTTPConnection.Failure) {
      let response = try connections[place].connection.exchange(request.http(to: host), within: patience)
      return Self.attempt(AnswerMeaning(of: response, to: request, from: "\(server.node)"), action)
    } catch {
      return switch error {
      case .notSent(let reason): Attempt(.fail, reason)
      case .noAnswer(let reason): Self.lost(reason, action)
      }
    }
  }

  package func close() {
    for place in connections.indices { connections[place].connection.close() }
    connections = []
  }

  private func place(of server: LiveServer) -> Int {
    if let place = connections.firstIndex(where: { $0.server == server.node }) { return place }
    connections.append((server.node, HTTPConnection(to: server.address)))
    return connections.count - 1
  }

  private static func request(_ action: Action, on key: [UInt8]) -> StoreRequest {
    switch action {
    case .get: .read(key: key)
    case .put(let value): .write(.put(key: key, value: value), nil)
    case .append(let value): .write(.append(key: key, value: value), nil)
    case .delete, .compareAndSet(_, nil): .write(.delete(key: key), nil)
    case .compareAndSet(let expected, let new?):
      .write(.compareAndSet(key: key, expected: expected, new: new), nil)
    }
  }

  private static func attempt(_ meaning: AnswerMeaning, _ action: Action) -> Attempt {
    switch meaning {
    case .result(.value(let value)): return Attempt(.ok(.value(value)))
    case .result(.done):
      if case .compareAndSet = action { return Attempt(.ok(.swapped)) }
      return Attempt(.ok(.done))
    case .result(.mismatch(let seen)): return Attempt(.ok(.mismatch(seen: seen)))
    case .result(.refused(let reason, _)), .result(.unavailable(let reason)), .notNow(let reason):
      return Attempt(.fail, reason)
    case .result(.unknown(let reason)), .lost(let reason), .stranger(let reason): return lost(reason, action)
    case .result(.facts), .opened, .sessionEnded: return lost("the server answers what was not asked", action)
    }
  }

  /// A read that is lost has done nothing.
  private static func lost(_ reason: String, _ action: Action) -> Attempt {
    Attempt(action == .get ? .fail : .info, reason)
  }
}
