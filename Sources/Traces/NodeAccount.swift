import Determinism
import Raft
import Scenarios

/// Where a server stands that makes no progress, and what it waits for.
package struct NodeAccount: Hashable, Sendable {
  package var node: NodeID
  /// What becomes of it in the calm; `nil` once everything has healed.
  package var fate: CalmFate?
  /// `nil` if it is down.
  package var running: Running?

  package init(node: NodeID, fate: CalmFate?, running: Running?) {
    (self.node, self.fate, self.running) = (node, fate, running)
  }

  /// A server that runs.
  package struct Running: Hashable, Sendable {
    package var role = Role.follower
    package var term = Term.zero
    package var vote: NodeID?
    /// Whom it follows.
    package var leader: NodeID?
    /// Whose vote, or pre-vote, a candidate still lacks.
    package var missingVotes: [NodeID] = []
    /// The last entry that its log has let go of.
    package var logStart = LogIndex.zero
    package var lastIndex = LogIndex.zero
    package var commitIndex = LogIndex.zero
    package var appliedIndex = LogIndex.zero
    /// What a leader knows of those that lag behind.
    package var laggards: [Laggard] = []
    /// The part of a leader's snapshot that has arrived.
    package var incoming: Incoming?
    /// What its disk syncs: a file or, with an empty name, the names of the files; `nil` if it is idle.
    package var syncing: String?

    package init() {}
  }

  /// A member that a leader knows to lag behind.
  package struct Laggard: Hashable, Sendable {
    /// What the leader sends it.
    package enum Way: Hashable, Sendable {
      /// It looks for the place where their logs agree.
      case probe(from: LogIndex)
      /// So many appends are not acknowledged.
      case appends(Int, through: LogIndex)
      case snapshot(Transfer?)
    }

    /// A snapshot on its way.
    package struct Transfer: Hashable, Sendable {
      package var through: LogIndex
      package var received: UInt64
      package var size: Int

      package init(through: LogIndex, received: UInt64, size: Int) {
        (self.through, self.received, self.size) = (through, received, size)
      }
    }

    package var member: NodeID
    /// What it is known to hold.
    package var match: LogIndex
    package var way: Way

    package init(member: NodeID, match: LogIndex, way: Way) {
      (self.member, self.match, self.way) = (member, match, way)
    }
  }

  /// A part of a leader's snapshot.
  package struct Incoming: Hashable, Sendable {
    package var bytes: Int
    package var through: LogIndex

    package init(bytes: Int, through: LogIndex) {
      (self.bytes, self.through) = (bytes, through)
    }
  }
}
