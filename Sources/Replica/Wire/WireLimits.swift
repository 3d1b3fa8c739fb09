import KeyValue
import Raft

/// How long messages may be. What exceeds a limit is refused before memory is set aside for it.
package enum WireLimits {
  /// The bytes of the checksum with which every frame starts.
  package static let checksumBytes = 4
  /// The bytes that start every frame: checksum, format version, kind, cluster, sender and recipient.
  package static let preambleBytes = checksumBytes + 1 + 1 + 8 + 5 + 5
  /// Bytes in a whole frame; 4 MiB.
  package static let maxMessageBytes = 4 << 20

  /// Entries in one AppendEntries.
  package static let maxEntriesPerAppend = 4_096
  /// Bytes of an AppendEntries besides its entries: preamble, term, previous index and term, commit index, round, count.
  package static let appendEntriesBytes = preambleBytes + 8 + 8 + 8 + 8 + 8 + 4
  /// Bytes that all entries of one AppendEntries take together; at least one entry of the longest kind fits.
  package static let maxEntriesBytes = maxMessageBytes - appendEntriesBytes

  /// Bytes of a configuration: voters, outgoing voters, learners.
  package static let membersBytes = 8 + 8 + 8
  /// Bytes of a whole snapshot.
  package static let maxSnapshotBytes = KeyValueLimits.maxSnapshotBytes
  /// Bytes of a snapshot in one InstallSnapshot; 1 MiB.
  package static let maxSnapshotChunkBytes = 1 << 20
  /// Bytes of an InstallSnapshot besides its piece of the snapshot: preamble, term, round, index and term, the configuration
  /// and where it stands, digest, size, offset, a flag, the piece's length.
  package static let installSnapshotBytes = preambleBytes + 8 + 8 + 8 + 8 + 8 + membersBytes + 8 + 8 + 8 + 1 + 4

  /// Bytes that an entry takes besides its command: its term and its kind.
  package static let entryBytes = 8 + 1
  /// Bytes in a command that an entry carries.
  package static let maxCommandBytes = KeyValueLimits.maxCommandBytes
  /// Bytes in an encoded entry: a command stands after its length.
  package static let maxEntryBytes = entryBytes + 4 + maxCommandBytes

  /// Bytes in a key or a value of a client's request; 1 MiB. More than the store takes, so that a server can read a
  /// request that is somewhat too long and say what is wrong with it, instead of dropping the connection.
  package static let maxRequestFieldBytes = 1 << 20

  /// How many of the entries, from the first on, go into one message or one record of the log, and the bytes they take.
  static func prefixThatFits(_ entries: ArraySlice<Entry>) -> (count: Int, bytes: Int) {
    var bytes = 0
    var count = 0
    for entry in entries {
      let longer = bytes + entry.encodedBytes
      guard count < maxEntriesPerAppend, longer <= maxEntriesBytes else { break }
      bytes = longer
      count += 1
    }
    return (count, bytes)
  }
}
