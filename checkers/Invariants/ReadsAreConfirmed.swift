import Determinism
import Raft
import Traces

/// Whoever answers a read has learned after its call that a quorum still follows one leader: by a round of heartbeats, or
/// by the read's own entry (Ongaro 2014 §6.4; Raft §8). What followers heard before the call says nothing, however late
/// their answers come.
///
/// A lease stands for that round where reads go by it (`LeaseIsPromised`).
package struct ReadsAreConfirmed: Sendable {
  private let nodes: Int
  /// All configurations that were ever in force anywhere: of which one the leader counts by no client can tell.
  private var configurations: [Members]
  /// How many operations were called.
  private var calls = 0
  /// By client: which of the calls its last operation was.
  private var called: [Int] = []
  /// By leader, and then by follower: how many operations were called when that one last heard this one lead.
  private var heard: [Int]

  package init(nodes: Int, voters: NodeSet) {
    self.nodes = nodes
    configurations = [Members(voters: voters)]
    heard = Array(repeating: 0, count: nodes * nodes)
  }

  /// A node has taken a step.
  package mutating func noteMembers(_ cluster: ClusterView) {
    guard cluster.status.membersIndex > .zero else { return }
    let members = cluster.members(at: cluster.changed)
    if !configurations.contains(members) { configurations.append(members) }
  }

  /// A client begins an operation.
  package mutating func noteCall(by client: Int) {
    calls += 1
    while called.count <= client { called.append(0) }
    called[client] = calls
  }

  /// A node took note of a message.
  package mutating func noteArrival(of message: RaftMessage, from leader: NodeID, in cluster: ClusterView) {
    guard message.sendsUpTo != nil, message.term == cluster.status.term else { return }
    heard[leader.offset * nodes + cluster.changed.offset] = calls
  }

  /// A client's read returns, answered by a node.
  package func check(readOf client: Int, answeredBy node: NodeID) throws(InvariantViolation) {
    guard called.indices.contains(client) else { return }
    try Self.check(readAnsweredBy: node, nodes: nodes, configurations) { leader, follower in
      heard[leader.offset * nodes + follower.offset] >= called[client]
    }
  }

  /// Checks a read that a node answered.
  ///
  /// - Parameters:
  ///   - configurations: by one of which a leader may count.
  ///   - hasHeard: whether since the read's call a leader was heard by a follower.
  static func check(
    readAnsweredBy node: NodeID, nodes: Int, _ configurations: [Members],
    where hasHeard: (_ leader: NodeID, _ follower: NodeID) -> Bool
  ) throws(InvariantViolation) {
    // Mostly it is the leader that has answered.
    let hearers = (1...nodes).count { $0 != node.number && hasHeard(node, NodeID(UInt8($0))) }
    guard (hearers + 1) * 2 <= nodes else { return }
    let all = NodeID.first(nodes)
    var (leader, followers) = (node, [NodeID]())
    for other in [node] + all {
      let hearers = all.filter { $0 != other && hasHeard(other, $0) }
      let following = NodeSet(hearers).inserting(other)
      guard !configurations.contains(where: { $0.isQuorum(following) }) else { return }
      if hearers.count > followers.count { (leader, followers) = (other, hearers) }
    }
    throw InvariantViolation(.readNotConfirmed(node, leader: leader, followers: followers, members: nodes))
  }
}
