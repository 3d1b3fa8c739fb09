import Determinism
import Raft
import Replica

/// What a healed quorum owes and has not delivered (DESIGN §3, the storm and the calm). Raft promises progress to a
/// majority that can communicate, once messages take much less time than an election timeout (Raft §5.6).
package enum LivenessFailure: String, Hashable, Sendable, CaseIterable {
  /// No leader that all of the quorum follow, in one term.
  case noLeader = "NoLeader"
  /// There is one, and not everybody has applied all that there is.
  case notCaughtUp = "NotCaughtUp"
  /// The leader of a quorum in which nothing fails was deposed, or its term was left behind.
  case leaderDeposed = "LeaderDeposed"
  /// An operation of a client did not end well while a leader led.
  case operationStuck = "OperationStuck"
  /// A read in the end, with everything healed, was not answered.
  case readUnanswered = "ReadUnanswered"
}

/// How far some nodes have come towards one leader and one state.
package enum Settlement: Hashable, Sendable {
  /// Not all of them follow one leader in one term.
  case leaderless
  /// They do; but not all have applied the same last entry.
  case behind(leader: NodeID)
  case settled(leader: NodeID, term: Term)

  /// - Parameters:
  ///   - nodes: of whom it is asked; each of them must be running.
  ///   - replicas: of all nodes, in their order.
  package init(of nodes: [NodeID], replicas: [Replica], running: NodeSet) {
    self = .leaderless
    guard let first = nodes.first, nodes.allSatisfy(running.contains),
      let leader = nodes.first(where: { replicas[$0.offset].status.role == .leader })
    else { return }
    let status = replicas[leader.offset].status
    for node in nodes where node != leader {
      let other = replicas[node.offset]
      guard other.status.term == status.term, other.status.role == .follower, other.raft.leader == leader else {
        return
      }
    }
    let last = replicas[first.offset].status.appliedIndex
    let areEqual = nodes.allSatisfy { node in
      let status = replicas[node.offset].status
      return status.appliedIndex == last && status.lastIndex == last
    }
    self = areEqual ? .settled(leader: leader, term: status.term) : .behind(leader: leader)
  }

  /// What is missing; `nil` if nothing is.
  package var failure: LivenessFailure? {
    switch self {
    case .leaderless: .noLeader
    case .behind: .notCaughtUp
    case .settled: nil
    }
  }
}
