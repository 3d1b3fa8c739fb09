import Determinism
import Raft
import Replica
import System

/// What a server says of itself when it connects to another one, and what that one answers. All else on the connection are
/// frames of `Wire`, each behind its length.
package struct Hello: Hashable, Sendable {
  package let cluster: ClusterID
  package let sender: NodeID
  package let recipient: NodeID
  /// How often the sender has started.
  package let start: UInt64
  /// A number that tells two processes apart that both claim to be the sender.
  package let process: UInt64
  /// All addresses that it knows, its own among them.
  package let book: AddressBook

  package init(
    _ cluster: ClusterID, from sender: NodeID, to recipient: NodeID, start: UInt64, process: UInt64, book: AddressBook
  ) {
    (self.cluster, self.sender, self.recipient) = (cluster, sender, recipient)
    (self.start, self.process, self.book) = (start, process, book)
  }
}

/// What is answered to a `Hello`.
package enum Welcome: Hashable, Sendable {
  /// Frames may follow; these are the addresses that the other one knows.
  case accepted(AddressBook)
  /// None may, for this reason.
  case refused(String)
}

/// Why bytes are no greeting.
package enum GreetingError: Error, Hashable, Sendable {
  /// Nothing of this program, or not intact.
  case unreadable
  /// It speaks another version.
  case version(UInt8)
}

/// The format of greetings: their CRC-32C, a mark, the version, a kind, and the fields of that kind.
package enum Greeting {
  /// Changes with every change of greetings, and of what may follow.
  package static let version: UInt8 = 1
  /// More than a book of all servers takes.
  package static let maxBytes = 64 << 10
  private static let mark: [UInt8] = Array("raftkv".utf8)
  private static let maxTextBytes = 512

  private enum Kind {
    static let hello: UInt8 = 1
    static let accepted: UInt8 = 2
    static let refused: UInt8 = 3
  }

  package static func encode(_ hello: Hello) -> [UInt8] {
    frame(Kind.hello) { writer in
      writer.write(hello.cluster.rawValue)
      writer.write(hello.sender.number)
      writer.write(hello.recipient.number)
      writer.write(hello.start)
      writer.write(hello.process)
      writer.write(hello.book)
    }
  }

  package static func encode(_ welcome: Welcome) -> [UInt8] {
    switch welcome {
    case .accepted(let book): frame(Kind.accepted) { $0.write(book) }
    case .refused(let reason): frame(Kind.refused) { $0.write(lengthPrefixed: Array(reason.utf8.prefix(maxTextBytes))) }
    }
  }

  private static func frame(_ kind: UInt8, _ writeFields: (inout ByteWriter) -> Void) -> [UInt8] {
    ByteWriter.bytes(reservingCapacity: 256) { writer in
      writer.write(UInt32(0))
      writer.write(mark[...])
      writer.write(version)
      writer.write(kind)
      writeFields(&writer)
      writer.overwrite(writer.checksum(from: 4), at: 0)
    }
  }

  package static func decodeHello(_ bytes: [UInt8]) throws(GreetingError) -> Hello {
    try decode(bytes) { (kind, reader) throws(ByteCodingError) in
      guard kind == Kind.hello else { return nil }
      let cluster = ClusterID(try reader.read())
      guard let sender = try reader.readServer(), let recipient = try reader.readServer() else { return nil }
      let start: UInt64 = try reader.read()
      let process: UInt64 = try reader.read()
      guard let book = try reader.readBook() else { return nil }
      return Hello(cluster, from: sender, to: recipient, start: start, process: process, book: book)
    }
  }

  package static func decodeWelcome(_ bytes: [UInt8]) throws(GreetingError) -> Welcome {
    try decode(bytes) { (kind, reader) throws(ByteCodingError) in
      switch kind {
      case Kind.accepted: return try reader.readBook().map(Welcome.accepted)
      case Kind.refused:
        return .refused(String(decoding: try reader.readLengthPrefixed(limit: maxTextBytes), as: UTF8.self))
      default: return nil
      }
    }
  }

  private static func decode<Value>(
    _ bytes: [UInt8], _ readFields: (UInt8, inout ByteReader) throws(ByteCodingError) -> Value?
  ) throws(GreetingError) -> Value {
    var found: Value?
    var other: UInt8?
    do throws(ByteCodingError) {
      guard bytes.count <= maxBytes else { throw .truncated(offset: 0, needed: 0) }
      var reader = ByteReader(bytes)
      let expected: UInt32 = try reader.read()
      let isIntact = CRC32C.checksum(of: bytes, in: reader.offset..<bytes.count) == expected
      for byte in mark where try reader.read() != byte { throw .truncated(offset: 0, needed: 0) }
      let spoken: UInt8 = try reader.read()
      guard isIntact, spoken == version else {
        other = isIntact ? spoken : nil
        throw .truncated(offset: 0, needed: 0)
      }
      let kind: UInt8 = try reader.read()
      found = try readFields(kind, &reader)
      try reader.finish()
    } catch {
      found = nil
    }
    if let other { throw .version(other) }
    guard let found else { throw .unreadable }
    return found
  }
}

extension ByteWriter {
  fileprivate mutating func write(_ book: AddressBook) {
    write(UInt32(book.entries.count))
    for entry in book.entries {
      write(entry.node.number)
      write(entry.start)
      write(lengthPrefixed: Array("\(entry.address.peer)".utf8))
      write(lengthPrefixed: Array("\(entry.address.http)".utf8))
    }
  }
}

extension ByteReader {
  /// - Returns: `nil` if it is no server's number.
  fileprivate mutating func readServer() throws(ByteCodingError) -> NodeID? {
    let number: UInt8 = try read()
    return (1...UInt8(NodeSet.maxNodes)).contains(number) ? NodeID(number) : nil
  }

  /// - Returns: `nil` if one of its addresses is none.
  fileprivate mutating func readBook() throws(ByteCodingError) -> AddressBook? {
    var book = AddressBook()
    for _ in 0..<(try readCount(limit: NodeSet.maxNodes)) {
      let node = try readServer()
      let start: UInt64 = try read()
      let (peer, http) = (try readAddress(), try readAddress())
      guard let node, let peer, let http else { return nil }
      book.note(AddressBook.Entry(node, at: ServerAddress(peer: peer, http: http), start: start))
    }
    return book
  }

  private mutating func readAddress() throws(ByteCodingError) -> SocketAddress? {
    SocketAddress(String(decoding: try readLengthPrefixed(limit: 300), as: UTF8.self))
  }
}
