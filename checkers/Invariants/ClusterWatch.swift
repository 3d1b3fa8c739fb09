import Determinism
import Raft
import Replica

/// A message as it leaves its node for another one.
package struct SentMessage: Hashable, Sendable {
  package var label: MessageLabel
  package var sender: NodeID
  package var recipient: NodeID

  package init(_ label: MessageLabel, from sender: NodeID, to recipient: NodeID) {
    self.label = label
    self.sender = sender
    self.recipient = recipient
  }

  /// Whether it promises more than its sender's term: a vote, a candidate's own too, or entries. Most promise nothing more.
  var promisesMore: Bool {
    if case .requestVote = label.kind { return true }
    return label.grantsVote || label.acknowledges
  }
}

/// Files by name, in any order: those that have a durable name, with their durable bytes, unless something else is said.
package typealias FileBytes = [(name: String, bytes: [UInt8])]

/// Whoever looks at a cluster from outside and is told of everything that happens in it, in order.
///
/// `ClusterInvariants` looks at what has changed and `ExhaustiveChecker` at everything; both must say the same.
/// `DamageWatch` looks only for damage that is done.
package protocol ClusterWatch: Sendable {
  /// A node starts, for the first time or again; nothing of that incarnation has left it yet.
  mutating func noteStart(of node: NodeID)

  /// A node took a step, its start included.
  mutating func check(_ cluster: ClusterView) throws(InvariantViolation)

  /// A message leaves a node, before the step is checked in which it does.
  mutating func check(_ message: SentMessage, in cluster: ClusterView) throws(InvariantViolation)

  /// A node tells a client what became of the command at a position, before the step is checked in which it does.
  mutating func check(answerAbout position: LogPosition, in cluster: ClusterView) throws(InvariantViolation)

  /// A message of another node's comes to a node that takes note of it: of what a leader sends, after that step; of a grant
  /// that makes a candidate, before it.
  mutating func noteArrival(of message: RaftMessage, from sender: NodeID, in cluster: ClusterView)

  /// A node took note of an answer of a peer's to what it sent as a leader.
  mutating func check(creditOf peer: NodeID, in cluster: ClusterView) throws(InvariantViolation)

  /// A client begins an operation.
  mutating func noteCall(by client: Int)

  /// A client takes a node's answer for that of its operation.
  ///
  /// - Parameters:
  ///   - client: whose operation returns.
  ///   - isRead: whether it was answered from the state after `index`; else it is the command there.
  mutating func check(
    returnTo client: Int, isRead: Bool, upTo index: LogIndex, from node: NodeID
  ) throws(InvariantViolation)

  /// A node's disk has finished a sync: of a file or, with an empty name, of the names.
  ///
  /// - Parameters:
  ///   - bytes: what is durable of the file; `nil` if its name is not.
  ///   - files: all that is durable; mostly nobody asks.
  mutating func check(
    syncOf file: String, bytes: [UInt8]?, in cluster: ClusterView, files: () -> FileBytes
  ) throws(InvariantViolation)

  /// A node has crashed: what is left on its disk is durable.
  ///
  /// - Parameter files: `nil` if its process alone has ended, which changes nothing of what is durable.
  mutating func check(crashLeaving files: FileBytes?, in cluster: ClusterView) throws(InvariantViolation)

  /// A node's disk has taken a name away from a file: it was removed, or another one bears that name.
  ///
  /// - Parameters:
  ///   - name: the file's.
  ///   - change: how many changes of names before this are not durable either.
  ///   - isDamaged: whether the disk has ever damaged what was durable: then it may hold less than was seen to be.
  ///   - files: what would be durable if so many changes of names were, in order, that are not yet.
  mutating func check(
    removalOf name: String, as change: Int, isDamaged: Bool, in cluster: ClusterView,
    files: (_ changes: Int) -> FileBytes
  ) throws(InvariantViolation)

  /// A node has read its disk and has taken no step yet.
  ///
  /// - Parameters:
  ///   - isKnown: whether all that is to be read is durable, and nothing was damaged.
  ///   - isDamaged: as above.
  ///   - files: as they are to be read.
  mutating func check(
    recoveryIn cluster: ClusterView, isKnown: Bool, isDamaged: Bool, files: () -> FileBytes
  ) throws(InvariantViolation)

  /// A node has heard that all is done that it asked of its disk, and asks nothing more; it is writing no snapshot.
  ///
  /// - Parameter files: how many there are.
  mutating func check(restWith files: Int, in cluster: ClusterView) throws(InvariantViolation)
}
