import Determinism
import Raft
import Replica

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
      // By way of fields alone: a copy of a replica is dear.
      guard replicas[node.offset].status.term == status.term, replicas[node.offset].status.role == .follower,
        replicas[node.offset].raft.leader == leader
      else { return }
    }
    let last = replicas[first.offset].status.appliedIndex
    let areEqual = nodes.allSatisfy { node in
      let status = replicas[node.offset].status
      return status.appliedIndex == last && status.lastIndex == last
    }
    self = areEqual ? .settled(leader: leader, term: status.term) : .behind(leader: leader)
  }

  /// Whether there is a leader whom all follow.
  package var isLed: Bool { if case .leaderless = self { false } else { true } }
}
