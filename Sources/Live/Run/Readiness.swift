import Determinism
import Histories
import System

/// Whether servers serve clients.
struct Readiness {
  private let test: SystemDescription.Readiness
  private let client: any SystemClient
  /// Why the last one that was not ready was not.
  private(set) var reason: String?

  private static let patience = Duration.seconds(1)
  /// A key that no workload has.
  private static let key = Array("ready".utf8)

  init(_ system: LiveSystem, log: String) {
    (test, client) = (system.description.readiness, system.makeClient(log: log))
  }

  /// Why its client cannot work at all, if that is so.
  var fatalProblem: LiveProblem? { client.fatalProblem }

  mutating func isReady(_ server: LiveServer) -> Bool {
    switch test {
    case .connects: connects(to: server)
    case .answersReads: answers(server)
    }
  }

  func close() { client.close() }

  private mutating func answers(_ server: LiveServer) -> Bool {
    let attempt = client.attempt(.get, on: Self.key, at: server, within: Self.patience)
    if case .ok = attempt.outcome { return true }
    reason = attempt.reason
    return false
  }

  private mutating func connects(to server: LiveServer) -> Bool {
    do throws(SystemError) {
      let socket = try Sockets.connect(to: server.address)
      defer { socket.close() }
      var waits = Waits()
      let place = waits.add(socket, reads: false, writes: true)
      waits.wait(Self.patience)
      let code = Sockets.failure(of: socket)
      guard waits.isWritable(place), code == 0 else {
        throw SystemError("cannot connect to \(server.address)", code: code)
      }
      return true
    } catch {
      reason = "\(error)"
      return false
    }
  }
}
