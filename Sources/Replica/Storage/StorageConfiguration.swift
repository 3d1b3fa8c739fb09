/// A server's settings for its files.
package struct StorageConfiguration: Hashable, Sendable {
  /// The log goes on in a new file once one has so many bytes.
  package var segmentBytes: Int
  /// Room that entries leave free, for what a server must still be able to write: votes, terms, and the snapshot that
  /// lets it remove older files.
  package var reserveBytes: Int

  /// The most bytes of a snapshot's state that are made and written at once; at least 1. Others wait meanwhile, and the next
  /// ones follow when these are on the disk.
  package var snapshotPartBytes: Int

  /// Of the reserve, what snapshots leave free: room for some thousand votes.
  package static let hardStateReserveBytes = 256 << 10

  /// - Parameters:
  ///   - segmentBytes: 64 MiB unless given; at least 1.
  ///   - reserveBytes: 64 MiB unless given; at least `hardStateReserveBytes`.
  ///   - snapshotPartBytes: 1 MiB unless given; at least 1.
  package init(segmentBytes: Int = 64 << 20, reserveBytes: Int = 64 << 20, snapshotPartBytes: Int = 1 << 20) {
    precondition(segmentBytes >= 1, "segments of \(segmentBytes) bytes hold nothing")
    precondition(
      reserveBytes >= Self.hardStateReserveBytes, "a reserve of \(reserveBytes) bytes has no room for votes")
    precondition(snapshotPartBytes >= 1, "parts of \(snapshotPartBytes) bytes bring nothing to the disk")
    self.segmentBytes = segmentBytes
    self.snapshotPartBytes = snapshotPartBytes
    self.reserveBytes = reserveBytes
  }
}
