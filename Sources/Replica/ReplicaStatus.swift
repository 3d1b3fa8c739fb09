import Raft

/// Where a server stands, in a few words: what an observer looks at after every step.
///
/// Public, for only so is it compared in other rooms without a call; nothing outside the package can import this one.
@frozen
public struct ReplicaStatus: Hashable, Sendable {
  public var role = Role.follower
  public var term = Term.zero
  public var commitIndex = LogIndex.zero
  public var appliedIndex = LogIndex.zero
  public var lastIndex = LogIndex.zero
  /// The position right before the first entry that its log holds.
  public var logStart = LogPosition.zero
  /// Of the whole log.
  public var logDigest: UInt64 = 0
  /// The last index of its newest snapshot.
  public var snapshotIndex = LogIndex.zero
  /// Of the state machine.
  public var stateDigest: UInt64 = 0
  /// Of what it knows of the members' logs, while it leads; zero otherwise.
  public var matchDigest: UInt64 = 0
  /// How many clients wait for a read.
  public var waitingReads = 0
  /// Whether a snapshot of its own is on its way to the disk.
  public var isWritingSnapshot = false
  /// Whether it sends its snapshot to a peer, or has received a part of its leader's.
  public var isTransferringSnapshot = false

  /// Of a server that has never run.
  public init() {}
}
