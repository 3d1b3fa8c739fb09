import Determinism
import System

/// What a client needs of the world: a clock, and servers that it can ask. A test puts a script in its place.
package protocol ClientNetwork {
  /// A clock that only goes forward.
  var now: LocalInstant { get }
  /// Sends a request to a server and waits for the answer.
  mutating func exchange(
    _ request: HTTPRequest, with server: SocketAddress, within patience: Duration
  ) throws(HTTPConnection.Failure) -> HTTPResponse
  /// Lets time pass.
  mutating func pause(_ span: Duration)
}

/// Real servers, with one connection to each that stays open.
package struct ConnectedNetwork: ClientNetwork {
  private var connections: [(server: SocketAddress, connection: HTTPConnection)] = []

  package init() {}

  package var now: LocalInstant { SystemClock.monotonic }

  package mutating func exchange(
    _ request: HTTPRequest, with server: SocketAddress, within patience: Duration
  ) throws(HTTPConnection.Failure) -> HTTPResponse {
    let place = place(of: server)
    return try connections[place].connection.exchange(request, within: patience)
  }

  package mutating func pause(_ span: Duration) { Pause.sleep(span) }

  /// Closes all connections.
  package mutating func close() {
    for place in connections.indices { connections[place].connection.close() }
  }

  private mutating func place(of server: SocketAddress) -> Int {
    if let place = connections.firstIndex(where: { $0.server == server }) { return place }
    connections.append((server, HTTPConnection(to: server)))
    return connections.count - 1
  }
}
