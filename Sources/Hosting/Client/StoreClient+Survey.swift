import Determinism
import System

/// What one server has answered to what all are asked.
package struct ServerReport: Hashable, Sendable {
  package let server: SocketAddress
  package let result: StoreResult
}

// What servers tell of themselves. Each is asked once.

extension StoreClient {
  /// How long each server has to answer.
  static var surveyPatience: Duration { .seconds(2) }

  /// Who takes part, as a server knows it that knows a leader; if none does, as any server knows it.
  package mutating func members() -> StoreResult {
    var best: StoreResult?
    var problems: [String] = []
    for server in servers {
      let result = ask(server, .members)
      switch result {
      case .facts(let facts):
        if case .integer? = facts["leader"] { return result }
        best = best ?? result
      case .unavailable(let problem): problems.append(problem)
      case .done, .value, .mismatch, .refused, .unknown: best = best ?? result
      }
    }
    return best ?? .unavailable(problems.joined(separator: "; "))
  }

  /// What each server knows of itself: those that it was told to ask, and all members of the cluster that these know.
  package mutating func status() -> [ServerReport] {
    var all = servers
    if case .facts(let facts) = members() {
      for address in Self.addresses(in: facts) where !all.contains(address) { all.append(address) }
    }
    return all.prefix(2 * Self.maxServers).map { ServerReport(server: $0, result: ask($0, .status)) }
  }

  /// Lets each server that it was told to ask take a snapshot.
  package mutating func snapshot() -> [ServerReport] {
    servers.map { ServerReport(server: $0, result: ask($0, .snapshot)) }
  }

  private mutating func ask(_ server: SocketAddress, _ request: StoreRequest) -> StoreResult {
    guard let host = HostAndPort("\(server)") else { return .unavailable("\(server) is no address") }
    let response: HTTPResponse
    do throws(HTTPConnection.Failure) {
      response = try network.exchange(request.http(to: host), with: server, within: min(timeout, Self.surveyPatience))
    } catch {
      return .unavailable("\(error)")
    }
    switch AnswerMeaning(of: response, to: request, from: "\(server)") {
    case .result(let result): return result
    case .notNow(let problem), .lost(let problem), .stranger(let problem): return .unavailable(problem)
    case .opened, .sessionEnded: return .unavailable("\(server) answers what was not asked")
    }
  }

  /// Where members serve clients.
  private static func addresses(in facts: JSONValue) -> [SocketAddress] {
    ["voters", "learners", "outgoing"].flatMap { role -> [SocketAddress] in
      guard case .array(let members)? = facts[role] else { return [] }
      return members.compactMap { member in
        guard case .string(let http)? = member["http"] else { return nil }
        return SocketAddress(http)
      }
    }
  }
}
