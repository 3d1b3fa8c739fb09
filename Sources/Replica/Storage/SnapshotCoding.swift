import Determinism
import Raft

/// What is wrong with a snapshot's file.
package enum SnapshotFlaw: Error, Hashable, Sendable {
  /// The checksum at its end is not that of the bytes before it: it is torn or damaged.
  case checksum
  /// The disk cannot read these bytes of it.
  case unreadable(Range<Int>)
  /// It is whole, and it is no snapshot, or one of another index than its name says.
  case notASnapshot
  /// It was written by another version.
  case version(UInt8)
  /// It is whole, and another server's, or of another cluster.
  case foreign(FileIdentity, expected: FileIdentity)
  /// It is whole, and its fields do not decode.
  case undecodable(ByteCodingError)
}

extension SnapshotFlaw: CustomStringConvertible {
  package var description: String {
    switch self {
    case .checksum: "found one whose checksum is wrong"
    case .unreadable(let bytes):
      "found one of which the disk cannot read bytes \(bytes.lowerBound) to \(bytes.upperBound - 1)"
    case .notASnapshot: "found something else"
    case .version(let version): "found one of version \(version) rather than \(SnapshotCoding.version)"
    case .foreign(let found, let expected): "found one of \(found) rather than \(expected)"
    case .undecodable(let error): "found one that does not decode (\(error))"
    }
  }
}

/// The format of a snapshot's file: a header (magic, version, cluster, server, position, members, digest of the log), the
/// state's length and bytes, and the CRC-32C of all that, integers little-endian.
package enum SnapshotCoding {
  /// The version of the format.
  package static let version: UInt8 = 3
  /// `raftSNP\n`, so that no other file is taken for a snapshot.
  static let magic: [UInt8] = [0x72, 0x61, 0x66, 0x74, 0x53, 0x4E, 0x50, 0x0A]
  /// Bytes of the state; 1 GiB.
  package static let maxStateBytes = 1 << 30

  /// How long the file of a snapshot is.
  package static func encodedBytes(ofState bytes: Int) -> Int {
    magic.count + 1 + 8 + 1 + 8 + 8 + 8 + WireLimits.membersBytes + 8 + 4 + bytes + 4
  }

  /// The bytes of a snapshot's file.
  ///
  /// - Precondition: the state is no longer than `maxStateBytes`.
  /// - Complexity: O(n) in the bytes.
  package static func encode(_ snapshot: Snapshot, of owner: FileOwner) -> [UInt8] {
    var bytes = header(of: snapshot, stateBytes: snapshot.bytes.count, of: owner) + snapshot.bytes
    withUnsafeBytes(of: CRC32C.checksum(of: bytes).littleEndian) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// What stands before the state, whatever the snapshot holds of that so far.
  ///
  /// - Precondition: the state is no longer than `maxStateBytes`.
  static func header(of snapshot: Snapshot, stateBytes: Int, of owner: FileOwner) -> [UInt8] {
    precondition(stateBytes <= maxStateBytes, "a state of \(stateBytes) bytes is too long")
    var writer = ByteWriter(reservingCapacity: encodedBytes(ofState: 0))
    for byte in magic { writer.write(byte) }
    writer.write(version)
    writer.write(identity: owner.identity)
    writer.write(position: snapshot.position)
    writer.write(logged: snapshot.members)
    writer.write(snapshot.logDigest)
    writer.write(UInt32(stateBytes))
    return writer.bytes
  }

  /// Reads back what `encode` wrote.
  ///
  /// - Throws: what is wrong with the bytes.
  package static func decode(_ bytes: [UInt8], of owner: FileOwner) throws(SnapshotFlaw) -> Snapshot {
    let end = bytes.count - 4
    guard end >= 0 else { throw .checksum }
    let expected = CRC32C.checksum(of: bytes, in: 0..<end)
    let isWhole = withUnsafeBytes(of: expected.littleEndian) { $0.elementsEqual(bytes[end...]) }
    guard isWhole else { throw .checksum }
    guard bytes.starts(with: magic), end > magic.count else { throw .notASnapshot }
    guard bytes[magic.count] == version else { throw .version(bytes[magic.count]) }
    var reader = ByteReader(bytes, in: magic.count + 1..<end)
    let identity: FileIdentity
    do { identity = try reader.readIdentity() } catch { throw .undecodable(error) }
    guard identity == owner.identity else { throw .foreign(identity, expected: owner.identity) }
    do throws(ByteCodingError) {
      let start = reader.offset
      let position = try reader.readPosition()
      guard position.index <= RaftConfiguration.maxSnapshotIndex else { throw .outOfOrder(offset: start) }
      let members = try reader.readLoggedMembers(asOf: position.index)
      let digest: UInt64 = try reader.read()
      let state = try reader.readLengthPrefixed(limit: maxStateBytes)
      try reader.finish()
      return Snapshot(position: position, members: members, logDigest: digest, bytes: state)
    } catch {
      throw .undecodable(error)
    }
  }
}
