import Determinism
import Raft

/// One record of the log. Records are only ever added; the later one wins.
package enum LogRecord: Hashable, Sendable {
  /// The term and the vote from here on.
  case hardState(HardState)
  /// The log from `first` on: these entries, and nothing after them. A first index at or below the log's end replaces
  /// what stood there, which is how a conflict is resolved without changing what is written.
  case entries(first: LogIndex, [Entry])
}

/// How long records may be, and how far recovery looks.
package enum LogLimits {
  /// The bytes before a record's payload: its length, its checksum and its mark.
  package static let frameBytes = 4 + 4 + 8
  /// Bytes of an `entries` record besides its entries: kind, first index, count.
  package static let entriesRecordBytes = 1 + 8 + 4
  /// Bytes in a payload: what one AppendEntries carries fits into one record, and so does every single entry.
  package static let maxPayloadBytes = entriesRecordBytes + WireLimits.maxEntriesBytes
  /// Bytes that recovery checks at the most, in search of a whole record behind a bad one, before it gives up; 256 MiB.
  /// Logs that were not written to provoke it take a few kilobytes.
  package static let maxSearchBytes = 256 << 20

  /// The most bytes that it takes to write this, in a new file or not.
  static func bytes(_ entries: [Entry]) -> Int {
    let payload = entries.reduce(0) { $0 + $1.encodedBytes }
    // Each record but the last is full, by the number of its entries or by their bytes.
    let fullRecords = payload / (WireLimits.maxEntriesBytes - WireLimits.maxEntryBytes)
    let records = 1 + entries.count / WireLimits.maxEntriesPerAppend + fullRecords
    let header = frameBytes + SegmentHeader.bytes
    return header + frameBytes + RecordKind.hardStateBytes + records * (frameBytes + entriesRecordBytes) + payload
  }
}

/// The first byte of a payload.
enum RecordKind {
  /// What a file of the log starts with: its first record and no other.
  static let header: UInt8 = 1
  static let hardState: UInt8 = 2
  static let entries: UInt8 = 3

  /// Bytes in a `hardState` payload: kind, term, vote, starts.
  static let hardStateBytes = 1 + 8 + 1 + 8
}

/// What the first record of a file of the log says. It repeats the hard state, so that earlier files can go.
struct SegmentHeader: Hashable, Sendable {
  /// The version of the format.
  static let version: UInt8 = 5
  /// `raftLOG\n`, so that no other file is taken for a log.
  static let magic: [UInt8] = [0x72, 0x61, 0x66, 0x74, 0x4C, 0x4F, 0x47, 0x0A]
  /// Bytes in its payload: kind, magic, version, cluster, server, number, base, flag, hard state, voters.
  static let bytes = 1 + 8 + 1 + 8 + 1 + 8 + 8 + 1 + (8 + 1 + 8) + 8

  /// Whose file it is.
  var identity: FileIdentity
  /// The number in the file's name.
  var number: UInt64
  /// The index after which the log goes on here.
  var base: LogIndex
  /// Whether the log has nothing before this file: a snapshot up to `base` took the place of all that was there.
  var startsOver: Bool
  var hardState: HardState
  /// The voters of index 0, with which the cluster began; none at a server that has joined.
  var voters: NodeSet
}

extension ByteWriter {
  /// Writes the payload of a file's first record.
  mutating func write(payloadOf header: SegmentHeader) {
    write(RecordKind.header)
    for byte in SegmentHeader.magic { write(byte) }
    write(SegmentHeader.version)
    write(identity: header.identity)
    write(header.number)
    write(header.base.rawValue)
    write(UInt8(header.startsOver ? 1 : 0))
    write(fieldsOf: header.hardState)
    write(nodes: header.voters)
  }

  /// Writes which server of which cluster a file is of.
  mutating func write(identity: FileIdentity) {
    write(identity.cluster.rawValue)
    write(identity.server.number)
  }

  /// Writes the payload of a record that holds a term and a vote.
  mutating func write(payloadOf hardState: HardState) {
    write(RecordKind.hardState)
    write(fieldsOf: hardState)
  }

  private mutating func write(fieldsOf hardState: HardState) {
    write(hardState.term.rawValue)
    write(node: hardState.votedFor)
    write(hardState.starts)
  }

  /// Writes the payload of a record that holds entries.
  mutating func write(payloadOf entries: ArraySlice<Entry>, first: LogIndex) {
    write(RecordKind.entries)
    write(first.rawValue)
    write(UInt32(entries.count))
    for entry in entries { write(entry: entry) }
  }
}

extension ByteReader {
  /// Reads a payload.
  ///
  /// - Returns: `nil` if its kind is none of this version's, or the header's.
  mutating func readRecord() throws(ByteCodingError) -> LogRecord? {
    let record: LogRecord
    switch try readTag().tag {
    case RecordKind.hardState: record = .hardState(try readHardState())
    case RecordKind.entries:
      let first = LogIndex(try read())
      record = .entries(first: first, try readEntries(limit: WireLimits.maxEntriesPerAppend))
    default: return nil
    }
    try finish()
    return record
  }

  /// Reads what follows kind, magic and version in a file's first record.
  mutating func readSegmentHeader() throws(ByteCodingError) -> SegmentHeader {
    let identity = try readIdentity()
    let number: UInt64 = try read()
    let start = offset
    let base = LogIndex(try read())
    // Behind a later one no log could grow.
    guard base <= RaftConfiguration.maxSnapshotIndex else { throw .outOfOrder(offset: start) }
    let startsOver = try readFlag()
    let hardState = try readHardState()
    let voters = try readNodes()
    try finish()
    return SegmentHeader(
      identity: identity, number: number, base: base, startsOver: startsOver, hardState: hardState, voters: voters)
  }

  /// Reads which server of which cluster a file is of.
  mutating func readIdentity() throws(ByteCodingError) -> FileIdentity {
    let cluster = ClusterID(try read())
    let start = offset
    guard let server = try readNode() else { throw .unknownTag(offset: start, tag: 0) }
    return FileIdentity(cluster: cluster, server: server)
  }

  private mutating func readHardState() throws(ByteCodingError) -> HardState {
    let term = Term(try read())
    let vote = try readNode()
    return HardState(term: term, votedFor: vote, starts: try read())
  }
}
