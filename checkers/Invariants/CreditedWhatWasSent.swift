import Determinism
import Raft
import Replica
import Traces

/// A leader credits a follower only with answers to what it has sent to it in its term, and what has come there: with no
/// later round, and with no entry behind those sent and those that the follower knew to be committed, which every later
/// leader holds (Raft §5.3; Ongaro 2014 §6.4).
package struct CreditedWhatWasSent: Sendable {
  /// What has come to one follower from one leader.
  private struct Received: Sendable {
    var term = Term.zero
    var index = LogIndex.zero
    var round: UInt64 = 0
  }

  private let nodes: Int
  /// By leader, and then by follower.
  private var received: [Received]

  package init(nodes: Int) {
    self.nodes = nodes
    received = Array(repeating: Received(), count: nodes * nodes)
  }

  /// A node took note of a message.
  package mutating func noteArrival(of message: RaftMessage, from leader: NodeID, in cluster: ClusterView) {
    guard let (index, round) = message.sendsUpTo else { return }
    let (place, term) = (leader.offset * nodes + cluster.changed.offset, message.term)
    guard term >= received[place].term else { return }
    if term > received[place].term { received[place] = Received(term: term) }
    received[place].index = max(received[place].index, index, cluster.status.commitIndex)
    received[place].round = max(received[place].round, round)
  }

  /// A node took note of a peer's answer.
  package func check(creditOf follower: NodeID, in cluster: ClusterView) throws(InvariantViolation) {
    let (leader, term) = (cluster.changed, cluster.status.term)
    guard cluster.status.role == .leader, follower != leader else { return }
    let last = received[leader.offset * nodes + follower.offset]
    let hasReceived = last.term == term
    try Self.check(
      leader, term, follower, hasReceived ? last.index : .zero, hasReceived ? last.round : 0, in: cluster)
  }

  /// Checks what a leader knows of a follower to which entries up to an index and the rounds up to one have come.
  static func check(
    _ leader: NodeID, _ term: Term, _ follower: NodeID, _ index: LogIndex, _ round: UInt64, in cluster: ClusterView
  ) throws(InvariantViolation) {
    let match = cluster.match(of: follower, at: leader)
    // A snapshot of an earlier leader's, too, can make a follower know that entries are committed.
    guard match <= max(index, cluster.replicas[follower.offset].status.commitIndex) else {
      throw InvariantViolation(
        .creditedUnsent(leader: leader, term: term, follower: follower, index: match, received: index))
    }
    let heard = cluster.round(heardBy: follower, at: leader)
    guard heard <= round else {
      throw InvariantViolation(
        .creditedUnheardRound(leader: leader, term: term, follower: follower, round: heard, received: round))
    }
  }
}

extension RaftMessage {
  /// The last entry that whoever takes this holds, and the leader's round, if a leader sends entries or a snapshot so.
  var sendsUpTo: (index: LogIndex, round: UInt64)? {
    switch self {
    case .appendEntries(let append):
      (LogIndex(append.previous.index.rawValue + UInt64(append.entries.count)), append.round)
    case .installSnapshot(let piece): (piece.position.index, piece.round)
    default: nil
    }
  }
}
