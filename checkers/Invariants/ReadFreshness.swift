import Determinism
import Raft
import Traces

/// Whoever answers a read has applied all that anybody was told of before the read was called (Ongaro 2014 §6.4): every
/// command whose answer a client had, and every state from which a read was answered.
///
/// It sees stale reads that no client can, because nobody has written that key meanwhile.
package struct ReadFreshness: Sendable {
  /// The end of the log of which a client was told, and who told it.
  private struct Told: Sendable {
    var index = LogIndex.zero
    var node = NodeID(1)
  }

  private var told = Told()
  /// By client: the end of the log of which anybody had been told when its last operation was called.
  private var toldBefore: [Told] = []

  package init() {}

  /// A client begins an operation.
  package mutating func noteCall(by client: Int) {
    while toldBefore.count <= client { toldBefore.append(Told()) }
    toldBefore[client] = told
  }

  /// A client's operation returns, answered by a node that speaks of the log up to an index.
  package mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation) {
    if index > told.index { told = Told(index: index, node: node) }
    guard isRead, toldBefore.indices.contains(client), index < toldBefore[client].index else { return }
    let before = toldBefore[client]
    throw InvariantViolation(.readNotFresh(node, index: index, told: before.index, by: before.node))
  }
}
