import Determinism

/// One element of the replicated log.
package struct Entry: Hashable, Sendable {
  /// What an entry carries.
  package enum Payload: Hashable, Sendable {
    /// Nothing: a new leader's first entry, which brings a commit in its own term (Raft §8).
    case noOp
    /// A command for the state machine, opaque to the protocol.
    case command([UInt8])
    /// Who takes part from here on (Raft §6).
    case configuration(Members)
  }

  /// The term of the leader that created it.
  package var term: Term
  package var payload: Payload

  package init(term: Term, payload: Payload) {
    self.term = term
    self.payload = payload
  }

  /// How many bytes its command has.
  package var commandBytes: Int {
    if case .command(let bytes) = payload { bytes.count } else { 0 }
  }
}

/// What a node must not forget (Raft Figure 2, persistent state), the log aside.
package struct HardState: Hashable, Sendable {
  /// The latest term that this node has seen.
  package var term: Term
  /// The candidate that received this node's vote in that term.
  package var votedFor: NodeID?
  /// How often this node has started. It tells what was asked in an earlier incarnation from what is asked in this one.
  package var starts: UInt64

  package init(term: Term, votedFor: NodeID?, starts: UInt64 = 0) {
    self.term = term
    self.votedFor = votedFor
    self.starts = starts
  }

  /// A node that has never run.
  package static let initial = HardState(term: .zero, votedFor: nil)
}
