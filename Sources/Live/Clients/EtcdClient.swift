import Determinism
import Histories
import Hosting
import System

/// A client of etcd by the JSON gateway of its third interface, with one connection to each server that stays open.
package final class EtcdClient: SystemClient {
  /// Who answers a read.
  package enum Reads: String, Hashable, Sendable {
    /// The leader, once it knows that it still is, or a server that has asked it.
    case linearizable
    /// The server that is asked, from what it has: it may be old.
    case serializable
  }

  private let reads: Reads
  private var network = ConnectedNetwork()
  /// The servers by the numbers that etcd gives them, as far as they have been heard of.
  private var members: [(member: String, node: NodeID)] = []

  package init(reads: Reads = .linearizable) { self.reads = reads }

  package func attempt(
    _ action: Action, on key: [UInt8], at server: LiveServer, within patience: Duration
  ) -> Attempt {
    guard let request = EtcdRequest(action, on: key, reads: reads) else {
      return Attempt(.fail, "etcd does not append")
    }
    do throws(HTTPConnection.Failure) {
      return EtcdAnswer(try exchange(request, with: server, within: patience)).attempt(action)
    } catch {
      switch error {
      case .notSent(let reason): return Attempt(.fail, reason)
      case .noAnswer(let reason): return Attempt(action == .get ? .fail : .info, reason)
      }
    }
  }

  /// The leader, as far as any of these servers knows: who it is in the latest term. It asks all of them, one after the
  /// other.
  ///
  /// - Parameter patience: for all of them together, in equal parts.
  package func leader(
    among servers: [LiveServer], within patience: Duration = .milliseconds(300)
  ) -> NodeID? {
    var latest: (leader: String, term: UInt64)?
    for server in servers {
      let share = Duration(nanoseconds: patience.nanoseconds / Int64(servers.count))
      guard let response = try? exchange(.status, with: server, within: share),
        let standing = EtcdAnswer(response).standing
      else { continue }
      members.removeAll { $0.node == server.node }
      members.append((standing.member, server.node))
      if standing.term >= latest?.term ?? 0 { latest = (standing.leader, standing.term) }
    }
    return members.first { $0.member == latest?.leader }?.node
  }

  /// What etcd calls a server, if that has been heard of.
  func member(_ node: NodeID) -> String? { members.first { $0.node == node }?.member }

  /// Asks the leader to hand on to another server.
  ///
  /// - Parameter member: what etcd calls that one.
  func transfer(to member: String, by leader: LiveServer, within patience: Duration) {
    _ = try? exchange(.transfer(to: member), with: leader, within: patience)
  }

  package func close() { network.close() }

  private func exchange(
    _ request: EtcdRequest, with server: LiveServer, within patience: Duration
  ) throws(HTTPConnection.Failure) -> HTTPResponse {
    guard let host = HostAndPort(server.address.description) else {
      throw .notSent("\(server.address) cannot be asked by HTTP")
    }
    return try network.exchange(request.request(to: host), with: server.address, within: patience)
  }
}
