import Determinism
import KeyValue
import Raft
import Replica
import Scenarios
import Traces

/// Whether clients are served in the calm: whoever asks the leader, or asks a follower to read where followers answer
/// reads, gets an answer, and any other follower names the leader.
extension Simulation {
  /// Within how many round trips a server that follows one leader all the time must answer.
  private static let servingRoundTrips: Int64 = 8

  /// Takes note of whose follower, or which leader, a client asks, if the cluster has settled.
  mutating func noteAttempt(of client: Int, at node: NodeID) {
    let settled = settledTerm(of: node)
    // The answer to a first attempt may be lost with its connection.
    let mayBreak = calm.phase == .steady && scenario.network.clientLoss != .zero && clients[client].attempts.count == 1
    clients[client].attempts.settled = mayBreak ? nil : settled
    clients[client].attempts.askedAt = now
  }

  /// The term in which the cluster has settled, and a server with it.
  private func settledTerm(of node: NodeID) -> Term? {
    guard calm.phase == .steady || calm.phase == .reading, cluster.running.contains(node), calm.leader != nil,
      calm.phase == .reading || calm.fates[node.offset] == .member,
      cluster.replicas[node.offset].status.term == calm.term, cluster.replicas[node.offset].raft.leader == calm.leader
    else { return nil }
    return calm.term
  }

  /// Looks at what became of a client's attempt.
  ///
  /// - Parameter answer: what the server says instead of an answer; `nil` if it has said nothing.
  mutating func lookAtService(of client: Int, instead answer: TurnedAway.Answer?) {
    let (attempts, node) = (clients[client].attempts, clients[client].attempts.target)
    guard let term = attempts.settled, let leader = calm.leader, let open = clients[client].open,
      settledTerm(of: node) == term
    else { return }
    switch answer {
    case nil:
      let bound = roundTrip * Self.servingRoundTrips + scenario.calm.longestDelay * 2
      guard now - attempts.askedAt > bound, scenario.disk.syncPerByte == .zero else { return }
    case .sentTo(let hint):
      let serves = node == leader || (open.action == .get && !open.isPreparing && scenario.protocols.reads == .follower)
      guard serves || hint != leader else { return }
      // A leader whose disk has little room takes no commands until a snapshot has made some.
      guard node != leader || hint != nil || hosts[node.offset].disk.freeBytes == .max else { return }
    case .doubt: break
    }
    fail(
      .turnedAway(
        TurnedAway(
          client: client, node: node, term: term, leader: leader, isRead: open.action == .get, answer: answer,
          after: now - attempts.askedAt)), accounts: accounts)
  }
}
