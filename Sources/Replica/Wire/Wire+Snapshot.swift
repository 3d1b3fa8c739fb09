import Determinism
import Raft

/// Pieces of snapshots.
extension Wire {
  static func encode(_ request: InstallSnapshot, _ address: FrameAddress) -> [UInt8] {
    let bytes = WireLimits.installSnapshotBytes + request.bytes.count
    return frame(of: RaftMessage.Kind.installSnapshot.rawValue, address, bytes: bytes) { writer in
      writer.write(request.term.rawValue)
      writer.write(request.round)
      writer.write(position: request.position)
      writer.write(logged: request.members)
      writer.write(request.logDigest)
      writer.write(request.size)
      writer.write(request.offset)
      writer.write(UInt8(request.isDone ? 1 : 0))
      writer.write(lengthPrefixed: request.bytes)
    }
  }
}

/// The tags of how far a snapshot has come.
private enum OutcomeTag {
  static let received: UInt8 = 1
  static let installed: UInt8 = 2
}

extension ByteWriter {
  /// Writes what follows the term.
  mutating func write(fieldsOf reply: InstallSnapshotReply) {
    write(reply.round)
    write(position: reply.position)
    switch reply.outcome {
    case .received(let bytes):
      write(OutcomeTag.received)
      write(bytes)
    case .installed: write(OutcomeTag.installed)
    }
  }
}

extension ByteReader {
  mutating func readInstallSnapshot(term: Term) throws(ByteCodingError) -> InstallSnapshot {
    let round: UInt64 = try read()
    let position = try readPosition()
    let members = try readLoggedMembers(asOf: position.index)
    let logDigest: UInt64 = try read()
    let start = offset
    let size: UInt64 = try read()
    guard size <= WireLimits.maxSnapshotBytes else {
      throw .tooLong(offset: start, length: Int(clamping: size), limit: WireLimits.maxSnapshotBytes)
    }
    let place: UInt64 = try read()
    let isDone = try readFlag()
    let bytes = try readLengthPrefixed(limit: WireLimits.maxSnapshotChunkBytes)
    // A piece lies within the whole: whoever puts it together relies on that.
    guard place <= size, UInt64(bytes.count) <= size - place else { throw .outOfOrder(offset: start + 8) }
    return InstallSnapshot(
      term: term, round: round, position: position, members: members, logDigest: logDigest, size: size, offset: place,
      bytes: bytes, isDone: isDone)
  }

  mutating func readInstallSnapshotReply(term: Term) throws(ByteCodingError) -> InstallSnapshotReply {
    let round: UInt64 = try read()
    let position = try readPosition()
    let kind = try readTag()
    let outcome: InstallSnapshotReply.Outcome
    switch kind.tag {
    case OutcomeTag.received: outcome = .received(try read())
    case OutcomeTag.installed: outcome = .installed
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
    return InstallSnapshotReply(term: term, round: round, position: position, outcome: outcome)
  }
}
