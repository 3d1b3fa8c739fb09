import Determinism
import Raft
import Traces

/// A leader goes back in what it sends a follower only where entries may be lost: after a refusal, or when nothing has got
/// further for some time. Whoever goes back for each answer fills the links, and is answered the more.
package struct LittleIsSentAgain: Sendable {
  /// How often it may go back within a heartbeat interval: more often than the most appends that may be on their way are
  /// refused, one by one.
  package static let mostReturns = 512

  /// What one node was seen to send another one.
  private struct Link: Sendable {
    var term = Term.zero
    /// The last entry of the append that left last.
    var end = LogIndex.zero
    var intervalStart = LocalInstant(nanoseconds: 0)
    var returns = 0
  }

  private let nodes: Int
  private let heartbeatInterval: Duration
  /// By sender, and then by recipient.
  private var links: [Link]

  /// - Parameter nodes: how many servers there are.
  package init(nodes: Int, heartbeatInterval: Duration) {
    (self.nodes, self.heartbeatInterval) = (nodes, heartbeatInterval)
    links = Array(repeating: Link(), count: nodes * nodes)
  }

  /// A message leaves a node.
  ///
  /// - Parameter now: by the sender's clock.
  /// - Returns: what is broken.
  package mutating func look(
    at label: MessageLabel, from node: NodeID, to peer: NodeID, at now: @autoclosure () -> LocalInstant
  ) -> Finding? {
    guard label.kind == .appendEntries, label.entryCount > 0 else { return nil }
    let place = node.offset * nodes + peer.offset
    if links[place].term != label.term { links[place] = Link(term: label.term) }
    let isReturn = label.index < links[place].end
    links[place].end = LogIndex(label.index.rawValue + UInt64(label.entryCount))
    guard isReturn else { return nil }
    let now = now()
    if now - links[place].intervalStart >= heartbeatInterval {
      (links[place].intervalStart, links[place].returns) = (now, 0)
    }
    links[place].returns += 1
    guard links[place].returns > Self.mostReturns else { return nil }
    return .sentAgain(leader: node, term: label.term, follower: peer, returns: links[place].returns)
  }
}
