import Determinism
import KeyValue
import Raft

/// The binary format in which servers and clients talk. A frame is the CRC-32C of all that follows (4 bytes), a format
/// version (1), a kind (1), the cluster (8), sender and recipient (5 each), and the fields of that kind, integers
/// little-endian, strings after their length. A sender or recipient is 0 for a server or 1 for a client (1 byte), and its
/// number (4).
///
/// Bytes that are no frame, whoever sent them, are an error and never a trap.
package enum Wire {
  /// The version of the format, which stands behind the checksum.
  package static let formatVersion: UInt8 = 4

  /// What a message is. Tags 1 to 15 are the kinds of `RaftMessage`.
  enum ClientKind {
    static let request: UInt8 = 16
    static let reply: UInt8 = 17
  }

  /// The bytes of a frame.
  ///
  /// An AppendEntries carries only as many of its entries as `WireLimits` allow. Fewer entries make a smaller
  /// AppendEntries, no wrong one: the follower answers how far it matched, and the leader goes on from there.
  ///
  /// - Complexity: O(n) in the bytes written.
  package static func encode(_ frame: Frame) -> [UInt8] {
    switch frame.content {
    case .message(let message): encode(message, frame.address)
    case .request(let request): encode(request, frame.address)
    case .reply(let reply): encode(reply, frame.address)
    }
  }

  /// Reads back what `encode` wrote, if that is for this recipient.
  ///
  /// - Throws: why whoever has received the bytes must drop them.
  /// - Complexity: O(n) in the bytes, in time and in memory.
  package static func open(
    _ bytes: [UInt8], as recipient: FrameAddress.Party, of cluster: ClusterID, rules: any WireRules.Type
  ) throws(FrameRefusal) -> Frame {
    let found: Result<Frame, FrameRefusal>
    do throws(ByteCodingError) {
      found = try read(bytes, as: recipient, of: cluster, rules: rules)
    } catch {
      found = .failure(.unreadable(error))
    }
    return try found.get()
  }

  private static func read(
    _ bytes: [UInt8], as recipient: FrameAddress.Party, of cluster: ClusterID, rules: any WireRules.Type
  ) throws(ByteCodingError) -> Result<Frame, FrameRefusal> {
    guard bytes.count <= WireLimits.maxMessageBytes else {
      throw .tooLong(offset: 0, length: bytes.count, limit: WireLimits.maxMessageBytes)
    }
    var reader = ByteReader(bytes)
    let expected: UInt32 = try reader.read()
    let actual = CRC32C.checksum(of: bytes, in: reader.offset..<bytes.count)
    guard rules.isIntact(expected: expected, actual: actual) else { return .failure(.damaged) }
    let version = try reader.readTag()
    guard version.tag == formatVersion else { throw .unknownTag(offset: version.offset, tag: version.tag) }
    let kind = try reader.readTag()
    let address = try reader.readAddress(ofKind: kind.tag)
    guard rules.isAddressed(address, to: recipient, of: cluster) else { return .failure(.foreign(address)) }
    let content = try reader.readContent(kind)
    try reader.finish()
    return .success(Frame(content, address))
  }

  /// The bytes of a frame: all that stands before its fields, and these.
  ///
  /// - Parameter bytes: at least so many.
  @inline(__always)
  static func frame(
    of kind: UInt8, _ address: FrameAddress, bytes: Int, _ writeFields: (inout ByteWriter) -> Void
  ) -> [UInt8] {
    ByteWriter.bytes(reservingCapacity: bytes) { writer in
      writer.write(UInt32(0))
      writer.write(formatVersion)
      writer.write(kind)
      writer.write(address.cluster.rawValue)
      writer.write(party: address.sender)
      writer.write(party: address.recipient)
      writeFields(&writer)
      // The checksum is known when all else stands there.
      writer.overwrite(writer.checksum(from: WireLimits.checksumBytes), at: 0)
    }
  }
}

/// The tags of senders and recipients.
private enum PartyTag {
  static let server: UInt8 = 0
  static let client: UInt8 = 1
}

extension ByteWriter {
  @inline(__always)
  fileprivate mutating func write(party: FrameAddress.Party) {
    switch party {
    case .server(let node):
      write(PartyTag.server)
      write(UInt32(node.number))
    case .client(let client):
      write(PartyTag.client)
      write(client.rawValue)
    }
  }
}

extension ByteReader {
  /// Reads between whom a frame of some kind goes: only requests come from clients, and only answers go to them.
  fileprivate mutating func readAddress(ofKind kind: UInt8) throws(ByteCodingError) -> FrameAddress {
    let cluster = ClusterID(try read())
    let sender = try readParty(isClient: kind == Wire.ClientKind.request)
    return FrameAddress(cluster, from: sender, to: try readParty(isClient: kind == Wire.ClientKind.reply))
  }

  private mutating func readParty(isClient: Bool) throws(ByteCodingError) -> FrameAddress.Party {
    let kind = try readTag()
    guard kind.tag == (isClient ? PartyTag.client : PartyTag.server) else {
      throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
    let start = offset
    let number: UInt32 = try read()
    if isClient { return .client(ClientID(number)) }
    guard let number = UInt8(exactly: number), number > 0 else { throw .outOfOrder(offset: start) }
    return .server(NodeID(number))
  }

  fileprivate mutating func readContent(_ kind: (tag: UInt8, offset: Int)) throws(ByteCodingError) -> Frame.Content {
    switch kind.tag {
    case Wire.ClientKind.request: return .request(try readClientRequest())
    case Wire.ClientKind.reply: return .reply(try readClientReply())
    default:
      guard let kind = RaftMessage.Kind(rawValue: kind.tag) else {
        throw .unknownTag(offset: kind.offset, tag: kind.tag)
      }
      return .message(try readRaftMessage(kind))
    }
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
    case .configuration(let members):
      write(EntryTag.configuration)
      write(members: members)
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
    case EntryTag.configuration: return Entry(term: term, payload: .configuration(try readMembers()))
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
    case .configuration: WireLimits.entryBytes + WireLimits.membersBytes
    }
  }
}

/// The tags of encoded entries.
enum EntryTag {
  static let noOp: UInt8 = 0
  static let command: UInt8 = 1
  static let configuration: UInt8 = 2
}
