/// A server's settings for its files.
package struct StorageConfiguration: Hashable, Sendable {
  /// The log goes on in a new file once one has so many bytes.
  package var segmentBytes: Int
  /// Room that entries leave free, for what a server must still be able to write: votes, terms, and the snapshot that
  /// lets it remove older files.
  package var reserveBytes: Int

  /// Of the reserve, what snapshots leave free: room for some thousand votes.
  package static let hardStateReserveBytes = 256 << 10

  /// - Parameters:
  ///   - segmentBytes: 64 MiB unless given; at least 1.
  ///   - reserveBytes: 64 MiB unless given; at least `hardStateReserveBytes`.
  package init(segmentBytes: Int = 64 << 20, reserveBytes: Int = 64 << 20) {
    precondition(segmentBytes >= 1, "segments of \(segmentBytes) bytes hold nothing")
    precondition(
      reserveBytes >= Self.hardStateReserveBytes, "a reserve of \(reserveBytes) bytes has no room for votes")
    self.segmentBytes = segmentBytes
    self.reserveBytes = reserveBytes
  }
}
