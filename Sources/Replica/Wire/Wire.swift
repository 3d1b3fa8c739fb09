import Determinism
import KeyValue
import Raft

/// The binary format in which servers and clients talk. A message is a format version (1 byte), a kind (1 byte), and
/// the fields of that kind, integers little-endian, strings after their length.
///
/// Bytes that are no message, whoever sent them, are an error and never a trap.
package enum Wire {
  /// The version of the format, the first byte of every message.
  package static let formatVersion: UInt8 = 2

  /// What a message is, its second byte. Tags 1 to 15 are the kinds of `RaftMessage`.
  enum ClientKind {
    static let request: UInt8 = 16
    static let reply: UInt8 = 17
  }

  /// Reads version and kind.
  ///
  /// - Throws: where the message is too long as a whole or of another version.
  static func readPreamble(_ reader: inout ByteReader) throws(ByteCodingError) -> (tag: UInt8, offset: Int) {
    guard reader.remaining <= WireLimits.maxMessageBytes else {
      throw .tooLong(offset: 0, length: reader.remaining, limit: WireLimits.maxMessageBytes)
    }
    let version = try reader.readTag()
    guard version.tag == formatVersion else { throw .unknownTag(offset: version.offset, tag: version.tag) }
    return try reader.readTag()
  }

  /// A writer that holds version and kind already, with room for a message of so many bytes.
  static func writer(for kind: UInt8, bytes: Int) -> ByteWriter {
    var writer = ByteWriter(reservingCapacity: bytes)
    writer.write(formatVersion)
    writer.write(kind)
    return writer
  }
}

extension ByteWriter {
  /// Writes a position: index, then term.
  mutating func write(position: LogPosition) {
    write(position.index.rawValue)
    write(position.term.rawValue)
  }

  /// Writes an entry: term, kind, and of a command its length and bytes. The log writes the same.
  mutating func write(entry: Entry) {
    write(entry.term.rawValue)
    switch entry.payload {
    case .noOp: write(EntryTag.noOp)
    case .command(let command):
      write(EntryTag.command)
      write(lengthPrefixed: command)
    }
  }

  /// Writes a node's number, or 0 for none.
  mutating func write(node: NodeID?) {
    write(node?.number ?? 0)
  }
}

extension ByteReader {
  /// Reads a position.
  mutating func readPosition() throws(ByteCodingError) -> LogPosition {
    let index = LogIndex(try read())
    return LogPosition(index: index, term: Term(try read()))
  }

  /// Reads an entry.
  mutating func readEntry() throws(ByteCodingError) -> Entry {
    let term = Term(try read())
    let kind = try readTag()
    switch kind.tag {
    case EntryTag.noOp: return Entry(term: term, payload: .noOp)
    case EntryTag.command:
      return Entry(term: term, payload: .command(try readLengthPrefixed(limit: WireLimits.maxCommandBytes)))
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
  }

  /// Reads how many entries follow, and the entries.
  mutating func readEntries(limit: Int) throws(ByteCodingError) -> [Entry] {
    let start = offset
    let count = try readCount(limit: limit)
    // Four bytes could otherwise ask for memory that the sender never paid for in bytes.
    let shortest = count * WireLimits.entryBytes
    guard shortest <= remaining else { throw .truncated(offset: start + 4, needed: shortest - remaining) }
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for _ in 0..<count { entries.append(try readEntry()) }
    return entries
  }

  /// Reads a node, or none.
  mutating func readNode() throws(ByteCodingError) -> NodeID? {
    let number: UInt8 = try read()
    return number == 0 ? nil : NodeID(number)
  }
}

extension Entry {
  /// How many bytes `ByteWriter.write(entry:)` writes.
  var encodedBytes: Int {
    switch payload {
    case .noOp: WireLimits.entryBytes
    case .command(let command): WireLimits.entryBytes + 4 + command.count
    }
  }
}

/// The tags of encoded entries.
enum EntryTag {
  static let noOp: UInt8 = 0
  static let command: UInt8 = 1
}
