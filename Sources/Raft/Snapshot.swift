import Determinism

/// The state machine at one place of the log, which stands for every entry up to there (Raft §7).
package struct Snapshot: Hashable, Sendable {
  /// The last entry that it includes.
  package var position: LogPosition
  /// The latest configuration up to there.
  package var members: [NodeID]
  /// The digest of the log up to there.
  package var logDigest: UInt64
  /// The application's state, opaque to the protocol.
  package var bytes: [UInt8]

  package init(position: LogPosition, members: [NodeID], logDigest: UInt64, bytes: [UInt8]) {
    self.position = position
    self.members = members
    self.logDigest = logDigest
    self.bytes = bytes
  }
}
