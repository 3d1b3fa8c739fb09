import Determinism

// What a seed decides of faults on real servers beside what the generator draws.

extension Scenario {
  /// When servers that were killed together are started again, counted from the end of the fault: all at the same time, a
  /// majority first and the others later, or one after the other.
  ///
  /// - Parameter nodes: those that were killed.
  /// - Returns: the servers, in the order of their starts.
  package func restarts(of nodes: [NodeID], after fault: Fault) -> [(node: NodeID, delay: Duration)] {
    var draws = dice.sequence(.liveRestart, UInt64(fault.id))
    let order = draws.permute(nodes)
    let first =
      switch draws.next().below(3) {
      case 0: order.count
      case 1: cluster.nodes / 2 + 1
      default: 1
      }
    var delay = Duration.zero
    return order.enumerated().map { place, node in
      // Long enough that those before may have elected a leader, or not so long.
      let pause = draws.logarithmic(cluster.electionTimeoutMin...(cluster.electionTimeoutMax * 2))
      if place >= first { delay = delay + pause }
      return (node, delay)
    }
  }

  /// Whom a fault hits that is to hit the leader, if nobody knows who leads.
  package func substitute(forLeaderOf fault: Fault, among nodes: [NodeID]) -> NodeID? {
    nodes.isEmpty ? nil : nodes[dice.draw(.liveTarget, UInt64(fault.id)).below(nodes.count)]
  }

  /// They have names behind those of all others.
  private static let firstTransferID = 200_000
  private static let mostTransfers = 500

  /// Requests of an operator that another server shall lead.
  var transfers: [Fault] {
    var draws = dice.sequence(.liveTransfer)
    let gap = draws.logarithmic(cluster.electionTimeoutMax...(cluster.electionTimeoutMax * 8))
    let count = min(Self.mostTransfers, Int(stormEnd.nanoseconds / gap.nanoseconds))
    return (0..<count).map { number in
      let at = gap * Int64(number) + draws.next().within(.zero...gap)
      return Fault(
        id: Self.firstTransferID + number, trigger: .time(at: at), duration: cluster.electionTimeoutMax * 2,
        action: .transferLeadership(to: .node(draws.pick(NodeID.first(cluster.nodes)))))
    }
  }
}
