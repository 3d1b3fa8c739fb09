import Determinism

/// What a log's beginning came to (Raft §7): it stands for every entry up to its position.
package struct Snapshot: Hashable, Sendable {
  /// The last entry that it stands for.
  package var position: LogPosition
  /// The cluster's configuration as of that entry, and where it stood in the log.
  package var members: LoggedMembers
  /// The digest of the log up to that entry.
  package var logDigest: UInt64
  /// The application's state, opaque to the protocol.
  package var bytes: [UInt8]

  package init(position: LogPosition, members: LoggedMembers, logDigest: UInt64, bytes: [UInt8]) {
    self.position = position
    self.members = members
    self.logDigest = logDigest
    self.bytes = bytes
  }
}
