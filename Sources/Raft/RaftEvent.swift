import Determinism

/// Names one read for as long as it waits; unique at its node since the last restart.
package struct ReadID: Hashable, Sendable {
  package var rawValue: UInt64

  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// The two timers of a node. Setting one replaces its earlier setting.
package enum RaftTimer: UInt8, Hashable, Sendable, CaseIterable {
  /// Nobody was heard for too long: campaign (Raft §5.2). At a leader: time to see whether a quorum still answers
  /// (Ongaro 2014 §6.2).
  case election
  /// Time to be heard: a leader's heartbeats, a candidate's repeated requests.
  case heartbeat
}

/// Everything that can happen to a node.
package enum RaftEvent: Sendable {
  /// A message arrived. Messages that a node addressed to itself come back like any other.
  case message(RaftMessage, from: NodeID)
  /// A timer ran out.
  case timer(RaftTimer)
  /// The host asks to replicate commands, one behind the other, that are appended together.
  case propose([[UInt8]])
  /// The host asks for an index at which a read would be linearizable (Ongaro 2014 §6.4).
  case read(ReadID)
  /// An operator asks for other members (Raft §6).
  case change(MemberChange)
  /// An operator asks a leader to transfer its leadership, to a server or to whichever is best (Ongaro 2014 §3.10).
  case transfer(to: NodeID?)
  /// An operator asks a leader to lead no longer, whoever comes next.
  case stepDown
  /// A snapshot survives a crash from now on: one that the host made of its state machine, up to which the log may go (Raft
  /// §7), or a leader's that had arrived (`Ready.arrived`), from which this node now goes on.
  case snapshotDurable(Snapshot)
  /// What was sent to a peer could not be delivered.
  case unreachable(NodeID)
  /// The host's disk takes no more writes, or takes them again.
  case disk(canWrite: Bool)
}
