import Raft

/// The decisions on which it rests that a server's state and its place in the log belong together. A default is what the
/// paper says; a known bug overrides one.
package protocol ReplicaRules: Sendable {
  /// Raft §7: a snapshot stands for the log up to the last entry that its state has seen.
  ///
  /// - Parameters:
  ///   - applied: the last entry that the state has seen.
  ///   - due: the entry with which enough was applied for a snapshot; others may have been applied since.
  static func snapshotIndex(applied: LogIndex, due: LogIndex) -> LogIndex

  /// Raft §7: who goes on from a snapshot has applied what the snapshot stands for, whatever entries are still there.
  ///
  /// - Parameters:
  ///   - snapshot: the last entry that it stands for.
  ///   - logBase: the index after which the log on the disk begins.
  /// - Returns: the last entry that the restored state has seen.
  static func appliedIndex(restoring snapshot: LogIndex, logBase: LogIndex) -> LogIndex

  /// Ongaro 2014 §5.1.2: a server takes a snapshot once its log has grown enough. One whose disk is full takes it before
  /// that if it is smaller than what it lets go of the log: nothing else would ever make room.
  ///
  /// - Parameters:
  ///   - entries: how many were applied since the last snapshot.
  ///   - bytes: of the commands among them.
  ///   - lacksRoom: whether entries were refused for want of room.
  ///   - logBytes: what a snapshot of now would let go of the log's files.
  ///   - stateBytes: how large it would be.
  static func wantsSnapshot(
    entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
  ) -> Bool

  /// Raft §5.1, §5.2: a server takes note of every message's term, and of its leader, whether or not it can take on what the
  /// message brings. One that is deaf to its leader campaigns against it.
  ///
  /// - Parameter hasRoom: whether there is room on the disk for what the message brings.
  static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool
}

extension ReplicaRules {
  package static func snapshotIndex(applied: LogIndex, due: LogIndex) -> LogIndex { applied }

  package static func appliedIndex(restoring snapshot: LogIndex, logBase: LogIndex) -> LogIndex { snapshot }

  package static func wantsSnapshot(
    entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
  ) -> Bool {
    entries >= thresholds.entries || bytes >= thresholds.bytes || lacksRoom && logBytes > stateBytes
  }

  package static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool { true }
}

/// The rules as the paper has them.
package enum PaperReplicaRules: ReplicaRules {}
