import Determinism
import Raft

/// One record of the write-ahead log. Records are only ever added; the later one wins.
package enum WALRecord: Hashable, Sendable {
  /// The term and the vote from here on.
  case hardState(HardState)
  /// The log from `first` on: these entries, and nothing after them. A first index at or below the log's end replaces
  /// what stood there, which is how a conflict is resolved without changing what is written.
  case entries(first: LogIndex, [Entry])
}

/// How long records may be, and how far recovery looks.
package enum WALLimits {
  /// The bytes before a record's payload: its length and its checksum.
  package static let frameBytes = 4 + 4
  /// Bytes of an `entries` record besides its entries: kind, first index, count.
  package static let entriesRecordBytes = 1 + 8 + 4
  /// Bytes in a payload: what one AppendEntries carries fits into one record, and so does every single entry.
  package static let maxPayloadBytes = entriesRecordBytes + WireLimits.maxEntriesBytes
  /// Bytes that recovery checks at the most, in search of a whole record behind a bad one, before it gives up; 256 MiB.
  /// Logs that were not written to provoke it take a few kilobytes.
  package static let maxSearchBytes = 256 << 20
}

/// The first byte of a payload.
enum WALKind {
  /// The log's name and version: the file's first record and no other.
  static let header: UInt8 = 1
  static let hardState: UInt8 = 2
  static let entries: UInt8 = 3

  /// Bytes in a `hardState` payload: kind, term, vote.
  static let hardStateBytes = 1 + 8 + 1
}

/// What the file's first record says.
enum WALHeader {
  /// The version of the format.
  static let version: UInt8 = 1
  /// `raftWAL\n`, so that no other file is taken for a log.
  static let magic: [UInt8] = [0x72, 0x61, 0x66, 0x74, 0x57, 0x41, 0x4C, 0x0A]

  /// The header's payload: kind, magic, version.
  static let payload: [UInt8] = [WALKind.header] + magic + [version]
}

extension ByteWriter {
  /// Writes the payload of a record that holds a term and a vote.
  mutating func write(payloadOf hardState: HardState) {
    write(WALKind.hardState)
    write(hardState.term.rawValue)
    write(node: hardState.votedFor)
  }

  /// Writes the payload of a record that holds entries.
  mutating func write(payloadOf entries: ArraySlice<Entry>, first: LogIndex) {
    write(WALKind.entries)
    write(first.rawValue)
    write(UInt32(entries.count))
    for entry in entries { write(entry: entry) }
  }
}

extension ByteReader {
  /// Reads a payload.
  ///
  /// - Returns: `nil` if its kind is none of this version's, or the header's.
  mutating func readRecord() throws(ByteCodingError) -> WALRecord? {
    let record: WALRecord
    switch try readTag().tag {
    case WALKind.hardState:
      let term = Term(try read())
      record = .hardState(HardState(term: term, votedFor: try readNode()))
    case WALKind.entries:
      let first = LogIndex(try read())
      record = .entries(first: first, try readEntries(limit: WireLimits.maxEntriesPerAppend))
    default: return nil
    }
    try finish()
    return record
  }
}
