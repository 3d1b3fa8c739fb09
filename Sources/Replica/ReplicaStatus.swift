import Raft

/// Where a server stands, in a few words: what an observer looks at after every step.
package struct ReplicaStatus: Hashable, Sendable {
  package var role = Role.follower
  package var term = Term.zero
  package var commitIndex = LogIndex.zero
  package var appliedIndex = LogIndex.zero
  package var lastIndex = LogIndex.zero
  /// The position right before the first entry that its log holds.
  package var logStart = LogPosition.zero
  /// Of the whole log.
  package var logDigest: UInt64 = 0
  /// The last index of its newest snapshot.
  package var snapshotIndex = LogIndex.zero
  /// Of the state machine.
  package var stateDigest: UInt64 = 0
  /// Where the configuration in force stands in its log; zero for the one with which the cluster began.
  package var membersIndex = LogIndex.zero
  /// Of what it knows of the members' logs, while it leads; zero otherwise.
  package var matchDigest: UInt64 = 0
  /// The first entry for which a client waits; zero if nobody does.
  package var firstWaitingWrite = LogIndex.zero
  /// How many clients wait for a read.
  package var waitingReads = 0
  /// How many reads are neither confirmed nor abandoned; zero if nobody waits for any.
  package var openReads = 0
  /// Whether a snapshot of its own is on its way to the disk.
  package var isWritingSnapshot = false
  /// Whether it sends its snapshot to a peer, or has received a part of its leader's.
  package var isTransferringSnapshot = false
  /// Whether it leads and transfers its leadership.
  package var isTransferringLeadership = false

  /// Of a server that has never run.
  package init() {}
}

/// Counts the steps that have left a server elsewhere than the step before.
package struct MoveCount: Sendable {
  package private(set) var count: UInt64 = 0
  /// Whether this step has.
  private var hasMoved = false

  /// Writes something of a status, and takes note if that changes it.
  @inline(__always)
  mutating func note<Value: Equatable>(_ value: Value, as field: inout Value) {
    if field != value { (field, hasMoved) = (value, true) }
  }

  mutating func endStep() {
    if hasMoved { (count, hasMoved) = (count + 1, false) }
  }
}
