import Determinism
import Raft

/// What a record of the log says, by "The bytes of the files" in Sources/ARCHITECTURE.md.
enum DiskRecord {
  /// The first record of a file, and no other.
  ///
  /// - Parameter voters: those with which the cluster began; none at a server that has joined.
  case header(number: UInt64, base: LogIndex, startsOver: Bool, HardState, voters: NodeSet)
  case hardState(HardState)
  /// The entries stand in the file's bytes there, one behind the other, and make sense.
  case entries(first: LogIndex, in: Range<Int>)
}

/// An entry as it lies in a file: nobody needs its bytes elsewhere.
struct DiskEntry {
  /// What it carries.
  enum Payload {
    case nothing
    /// A command, of which the bytes stand there.
    case command(Range<Int>)
    case configuration(Members)
  }

  let term: Term
  let payload: Payload
}

/// One file of the log, read a second time by "The bytes of the files" in Sources/ARCHITECTURE.md.
struct LogFile {
  /// Counts the files of a log, from 1 on.
  let number: UInt64
  let bytes: [UInt8]

  private static let frameBytes = 16
  private static let maxPayloadBytes = 4 << 20
  /// What a header begins with: `raftLOG\n` and the version.
  private static let beginning = Array("raftLOG\n".utf8) + [5]
  private static let (header, hardState, entries): (UInt8, UInt8, UInt8) = (1, 2, 3)

  /// The payload of the record that starts at an offset, if it is whole and its checksum is right.
  func payload(at offset: Int) -> Range<Int>? {
    guard let payload = extent(at: offset), isIntact(payload, at: offset) else { return nil }
    return payload
  }

  /// What the record with this payload says; `nil` if it makes no sense.
  func record(_ payload: Range<Int>) -> DiskRecord? {
    var reader = ByteReader(bytes, in: payload)
    guard let record = try? Self.read(&reader), reader.remaining == 0 else { return nil }
    return record
  }

  /// Whether a record, other than a header, that starts somewhere behind an offset says that what stands there was synced.
  func wasSynced(_ offset: Int) -> Bool {
    (offset + 1..<max(offset + 1, bytes.count - Self.frameBytes)).contains { place in
      // Checksums come last: where anything may be a length, they would take long.
      guard mark(at: place) > UInt64(offset), let payload = extent(at: place), bytes[payload.lowerBound] != Self.header
      else {
        return false
      }
      return record(payload) != nil && isIntact(payload, at: place)
    }
  }

  private func extent(at offset: Int) -> Range<Int>? {
    let start = offset + Self.frameBytes
    guard start < bytes.count else { return nil }
    let length = Int(word(at: offset))
    return length > 0 && length <= min(Self.maxPayloadBytes, bytes.count - start) ? start..<start + length : nil
  }

  private func isIntact(_ payload: Range<Int>, at offset: Int) -> Bool {
    let check = CRC32C.checksum(of: number, UInt64(offset), mark(at: offset))
    return CRC32C.checksum(of: bytes, in: payload, continuing: check) == word(at: offset + 4)
  }

  /// How many bytes of the file were synced when the record at an offset was written.
  func mark(at offset: Int) -> UInt64 { UInt64(word(at: offset + 8)) | UInt64(word(at: offset + 12)) << 32 }

  private func word(at offset: Int) -> UInt32 {
    bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }

  private static func read(_ reader: inout ByteReader) throws(ByteCodingError) -> DiskRecord? {
    switch try reader.read() as UInt8 {
    case header:
      for byte in beginning {
        guard try reader.read() == byte else { return nil }
      }
      guard try passOverOwner(&reader) else { return nil }
      let number: UInt64 = try reader.read()
      let base = LogIndex(try reader.read())
      let flag: UInt8 = try reader.read()
      guard flag <= 1 else { return nil }
      let state = try readHardState(&reader)
      let voters: UInt64 = try reader.read()
      return .header(
        number: number, base: base, startsOver: flag == 1, state, voters: NodeSet(rawValue: voters))
    case hardState:
      return .hardState(try readHardState(&reader))
    case entries:
      let first = LogIndex(try reader.read())
      return try passEntries(&reader).map { .entries(first: first, in: $0) }
    default:
      return nil
    }
  }

  /// Whose file it is does not matter here: it lies on the disk of the server that is followed.
  fileprivate static func passOverOwner(_ reader: inout ByteReader) throws(ByteCodingError) -> Bool {
    _ = try reader.read() as UInt64
    return try reader.read() as UInt8 > 0
  }

  /// A configuration: voters, outgoing voters and learners, each a set of bits.
  fileprivate static func readMembers(_ reader: inout ByteReader) throws(ByteCodingError) -> Members? {
    let (voters, outgoing, learners): (UInt64, UInt64, UInt64) = (
      try reader.read(), try reader.read(), try reader.read()
    )
    guard voters != 0, voters & learners == 0 else { return nil }
    return Members(
      voters: NodeSet(rawValue: voters), outgoing: NodeSet(rawValue: outgoing), learners: NodeSet(rawValue: learners))
  }

  private static func readHardState(_ reader: inout ByteReader) throws(ByteCodingError) -> HardState {
    let term = Term(try reader.read())
    let vote: UInt8 = try reader.read()
    return HardState(term: term, votedFor: vote == 0 ? nil : NodeID(vote), starts: try reader.read())
  }

  private static func passEntries(_ reader: inout ByteReader) throws(ByteCodingError) -> Range<Int>? {
    let count: UInt32 = try reader.read()
    let start = reader.offset
    for _ in 0..<count {
      guard try readEntry(&reader) != nil else { return nil }
    }
    return start..<reader.offset
  }

  private static func readEntry(_ reader: inout ByteReader) throws(ByteCodingError) -> DiskEntry? {
    let term = Term(try reader.read())
    switch try reader.read() as UInt8 {
    case 0: return DiskEntry(term: term, payload: .nothing)
    case 1: return DiskEntry(term: term, payload: .command(try reader.passLengthPrefixed(limit: maxPayloadBytes)))
    case 2: return try readMembers(&reader).map { DiskEntry(term: term, payload: .configuration($0)) }
    default: return nil
    }
  }

  /// Hands out the entries that stand there, in order.
  func walkEntries(in place: Range<Int>, _ body: (DiskEntry) -> Void) {
    var reader = ByteReader(bytes, in: place)
    while reader.remaining > 0, let entry = try? Self.readEntry(&reader) { body(entry) }
  }

  /// The digest of a log with one entry more, the same as a server's (`RaftLog.digest`).
  func digest(_ digest: UInt64, extendedBy entry: DiskEntry) -> UInt64 {
    var digest = StableDigest(resuming: digest)
    digest.combine(entry.term.rawValue)
    switch entry.payload {
    case .nothing: digest.combine(0)
    case .command(let command):
      digest.combine(bytes, in: command)
      // Its length, 0, alone would be a no-op.
      if command.isEmpty { digest.combine(1) }
    case .configuration(let members):
      // No command is so long.
      digest.combine(.max)
      for nodes in [members.voters, members.outgoing, members.learners] { digest.combine(nodes.rawValue) }
    }
    return digest.value
  }
}

/// The whole records at the beginning of one file of the log, by their marks alone.
package struct LogMarks: Sendable {
  /// Counts the files of a log.
  package let number: UInt64
  /// Where each record starts, and how much of the file was synced, as it says, when it was written.
  package private(set) var marks: [(offset: Int, mark: UInt64)] = []
  /// Where the last of them ends.
  package private(set) var end = 0

  /// - Returns: `nil` if no file of a log bears the name.
  package init?(file name: String, bytes: [UInt8]) {
    guard let number = FileName.number(ofLog: name) else { return nil }
    self.number = number
    let file = LogFile(number: number, bytes: bytes)
    while let payload = file.payload(at: end) {
      marks.append((end, file.mark(at: end)))
      end = payload.upperBound
    }
  }
}

/// What a snapshot's file says, the state aside, by "The bytes of the files" in Sources/ARCHITECTURE.md.
struct SnapshotEnd: Equatable {
  /// The last entry that it stands for.
  let position: LogPosition
  /// Of the log up to there.
  let logDigest: UInt64
  /// The configuration as of there.
  let members: LoggedMembers

  /// `raftSNP\n` and the version.
  private static let beginning = Array("raftSNP\n".utf8) + [3]

  /// Where there is no snapshot.
  static let none = SnapshotEnd(position: .zero, logDigest: 0, members: LoggedMembers(beginningWith: NodeSet()))

  private init(position: LogPosition, logDigest: UInt64, members: LoggedMembers) {
    (self.position, self.logDigest, self.members) = (position, logDigest, members)
  }

  /// - Returns: `nil` if this is no whole snapshot up to the index that the file's name says.
  init?(index: UInt64, reading bytes: [UInt8]) {
    let end = bytes.count - 4
    guard end > 0 else { return nil }
    var reader = ByteReader(bytes, in: 0..<end)
    var trailer = ByteReader(bytes, in: end..<bytes.count)
    guard let found = try? Self.read(&reader), found.position.index.rawValue == index,
      CRC32C.checksum(of: bytes, in: 0..<end) == (try? trailer.read() as UInt32)
    else { return nil }
    self = found
  }

  private static func read(_ reader: inout ByteReader) throws(ByteCodingError) -> SnapshotEnd? {
    for byte in beginning {
      guard try reader.read() == byte else { return nil }
    }
    guard try LogFile.passOverOwner(&reader) else { return nil }
    let index = LogIndex(try reader.read())
    let term = Term(try reader.read())
    let place = LogIndex(try reader.read())
    guard let members = try LogFile.readMembers(&reader), place <= index else { return nil }
    let digest: UInt64 = try reader.read()
    let stateBytes: UInt32 = try reader.read()
    guard reader.remaining == Int(stateBytes) else { return nil }
    return SnapshotEnd(
      position: LogPosition(index: index, term: term), logDigest: digest,
      members: LoggedMembers(index: place, members: members))
  }
}
