import Determinism
import System

/// A socket on which connections wait. When the system has room for no more of them it is left alone for a while.
package struct Listener {
  private static let pause = Duration.milliseconds(200)

  private let socket: Descriptor
  private var place = Int.max
  /// When it is looked at again.
  package private(set) var pausedUntil: LocalInstant?

  package init(_ socket: Descriptor) { self.socket = socket }

  /// Waits for the next connection.
  ///
  /// - Parameter takesMore: whether there is room for one more.
  package mutating func addWait(to waits: inout Waits, takesMore: Bool) {
    place = takesMore && pausedUntil == nil ? waits.add(socket, reads: true, writes: false) : .max
  }

  /// The connections that wait, as many as there is room for.
  package mutating func accept(_ waits: Waits, atMost limit: Int, at now: LocalInstant) -> [Descriptor] {
    if let end = pausedUntil, end <= now { pausedUntil = nil }
    guard place != .max, waits.isReadable(place) else { return [] }
    var taken: [Descriptor] = []
    while taken.count < limit {
      switch Sockets.accept(from: socket) {
      case .taken(let connection): taken.append(connection)
      case .none: return taken
      case .noRoom:
        pausedUntil = now + Self.pause
        return taken
      }
    }
    return taken
  }

  package func close() { socket.close() }
}
