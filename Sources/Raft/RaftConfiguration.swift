import Determinism

/// Who takes part, and the protocol's settings at one node.
package struct RaftConfiguration: Hashable, Sendable {
  /// This node.
  package var id: NodeID
  /// All voting members in increasing order, this node among them; at most 64.
  package var members: [NodeID]
  /// From where the host draws each election timeout (Raft §5.2).
  package var electionTimeout: ClosedRange<Duration>
  /// How often a leader makes itself heard, and how long anyone waits before asking again (Raft §5.1, §5.2).
  package var heartbeatInterval: Duration
  /// The most entries in one AppendEntries; at least 1.
  package var maxEntriesPerAppend: Int
  /// Whether a node stops when it sees that safety is broken. Off only to learn what clients would notice.
  package var checksItself: Bool

  /// Once an AppendEntries carries so many bytes of commands, no further entry joins it.
  package static let maxBytesPerAppend = 1 << 20
  /// The most proposals that may be neither committed nor refused at a leader.
  package static let maxUncommittedEntries: UInt64 = 4_096
  /// The most reads that may wait at a leader.
  package static let maxPendingReads = 1_024

  package init(
    id: NodeID, members: [NodeID], electionTimeout: ClosedRange<Duration>, heartbeatInterval: Duration,
    maxEntriesPerAppend: Int, checksItself: Bool = true
  ) {
    precondition(members.contains(id), "\(id) is not one of \(members)")
    precondition(members == members.sorted(), "the members \(members) are not in order")
    precondition(maxEntriesPerAppend >= 1, "\(maxEntriesPerAppend) entries an append replicate nothing")
    self.id = id
    self.members = members
    self.electionTimeout = electionTimeout
    self.heartbeatInterval = heartbeatInterval
    self.maxEntriesPerAppend = maxEntriesPerAppend
    self.checksItself = checksItself
  }

  /// All members but this node.
  package var peers: [NodeID] { members.filter { $0 != id } }
}
