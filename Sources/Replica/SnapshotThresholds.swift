/// How far a server lets its log grow before it takes a snapshot: whichever comes first.
package struct SnapshotThresholds: Hashable, Sendable {
  /// Entries applied since the last snapshot; at least 1.
  package var entries: Int
  /// Bytes of commands applied since the last snapshot; at least 1.
  package var bytes: Int

  /// - Parameters:
  ///   - entries: 100,000 unless given.
  ///   - bytes: 64 MiB unless given.
  package init(entries: Int = 100_000, bytes: Int = 64 << 20) {
    precondition(entries >= 1 && bytes >= 1, "a snapshot of \(entries) entries or \(bytes) bytes stands for nothing")
    self.entries = entries
    self.bytes = bytes
  }
}
