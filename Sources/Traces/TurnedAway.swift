import Determinism
import Raft

/// A client that a server turned away, or left without an answer, though the cluster had settled and had one leader all the
/// time.
package struct TurnedAway: Hashable, Sendable {
  /// What a server says instead of an answer.
  package enum Answer: Hashable, Sendable {
    /// Another one leads, if it says which.
    case sentTo(NodeID?)
    /// It does not know what became of the command.
    case doubt
  }

  package var client: Int
  package var node: NodeID
  package var term: Term
  package var leader: NodeID
  package var isRead: Bool
  /// `nil` if it has said nothing.
  package var answer: Answer?
  package var after: Duration

  package init(
    client: Int, node: NodeID, term: Term, leader: NodeID, isRead: Bool, answer: Answer?, after: Duration
  ) {
    (self.client, self.node, self.term, self.leader) = (client, node, term, leader)
    (self.isRead, self.answer, self.after) = (isRead, answer, after)
  }
}
