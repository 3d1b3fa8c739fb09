import Determinism
import Raft
import Replica
import Traces

/// Leadership is handed on in order (Ongaro 2014 §3.10): only a voter that holds all of the leader's log is told to campaign;
/// while the transfer is under way the leader appends no command, and whoever can no longer lead ends it; and whoever has told
/// another to campaign holds no lease again in that term (§6.4.1).
package struct TransferIsSound: ClusterInvariant {
  /// What a leader was seen to be doing.
  private struct Sight: Hashable, Sendable {
    var transfer: LeadershipTransfer?
    var term = Term.zero
    var lastIndex = LogIndex.zero
  }

  /// That the leader of a term has told a server to campaign.
  private struct Order: Hashable, Sendable {
    let term: Term
    let target: NodeID
  }

  /// By node: where it stood after its last step.
  private var seen: [Sight]
  /// All of the run, for the request that an order has caused may be sent again long after.
  private var orders: [Order] = []

  package init(nodes: Int) {
    seen = Array(repeating: Sight(), count: nodes)
  }

  /// A message leaves.
  package mutating func check(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation) {
    let (sender, target, term) = (message.sender, message.recipient, message.label.term)
    if message.label.isTransfer, !orders.contains(where: { $0.target == sender && $0.term.next == term }) {
      throw InvariantViolation(.campaignsWithoutOrder(sender, term: term))
    }
    guard message.label.kind == .timeoutNow else { return }
    let order = Order(term: term, target: target)
    let isFirst = !orders.contains(order)
    if isFirst { orders.append(order) }
    try check(target, of: sender, in: term, cluster)
    let (match, last) = (cluster.match(of: target, at: sender), cluster.replicas[sender.offset].status.lastIndex)
    guard !isFirst || match >= last else {
      throw InvariantViolation(.transferToBehind(sender, term: term, target: target, match: match, last: last))
    }
  }

  /// Whoever is to lead is to stay a voter.
  private func check(
    _ target: NodeID, of leader: NodeID, in term: Term, _ cluster: ClusterView
  ) throws(InvariantViolation) {
    let members = cluster.members(at: leader)
    guard !members.voters.contains(target) else { return }
    throw InvariantViolation(
      .transferToOther(leader, term: term, target: target, isOutgoing: members.outgoing.contains(target)))
  }

  /// Looks at a lease, which may begin though nothing else changes.
  package func checkLease(_ cluster: ClusterView) throws(InvariantViolation) {
    guard cluster.status.role == .leader, cluster.replicas[cluster.changed.offset].promises.leaseEnd != nil,
      orders.contains(where: { $0.term == cluster.status.term })
    else { return }
    throw InvariantViolation(.leaseAfterOrder(cluster.changed, term: cluster.status.term))
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    guard status.role == .leader else { return }
    let transfer = cluster.replicas[node.offset].raft.requests.transfer
    let before = seen[node.offset]
    seen[node.offset] = Sight(transfer: transfer, term: status.term, lastIndex: status.lastIndex)
    guard let transfer else { return }
    try check(transfer.target, of: node, in: status.term, cluster)
    guard before.transfer?.begunAt == transfer.begunAt, before.term == status.term else { return }
    var index = before.lastIndex.next
    while index <= status.lastIndex {
      if case .command = cluster.replicas[node.offset].raft.log[index].payload {
        throw InvariantViolation(.proposalAmidTransfer(node, term: status.term, index: index))
      }
      index = index.next
    }
  }
}
