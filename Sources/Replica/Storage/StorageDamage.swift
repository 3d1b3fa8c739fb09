import Determinism
import Raft

/// Why a server's files cannot be recovered. A node that finds them so stops: what it once promised may be lost.
package struct StorageDamage: Error, Hashable, Sendable {
  /// What is wrong.
  package enum Reason: Hashable, Sendable {
    /// The record is not intact, although a whole record at a later offset says that it was synced: no crash leaves that
    /// behind.
    case badRecord(laterRecord: Int)
    /// The record is not intact, although a later file of the log was begun, which is not before this one is durable.
    case badRecordBefore(file: String)
    /// The disk cannot read these bytes of a record that was synced: a whole record or a later file says so.
    case unreadable(Range<Int>)
    /// The record is not intact, and whether a whole one follows could not be found out within
    /// `LogLimits.maxSearchBytes`.
    case searchTooLong
    /// The file starts with a whole record that is no log's header, or that of another of its files.
    case notALog
    /// The file is another server's, or of another cluster.
    case foreign(FileIdentity, expected: FileIdentity)
    /// The cluster of the file began with other voters.
    case otherVoters(NodeSet, expected: NodeSet)
    /// The file was written by another version.
    case unknownVersion(UInt8)
    /// The record is intact, and of a kind that this version does not know.
    case unknownKind(UInt8)
    /// The record is intact, and its payload does not decode.
    case undecodable(ByteCodingError)
    /// The entries start at index 0, or leave a gap after the log's end.
    case misplacedEntries(first: LogIndex, end: LogIndex)
    /// The term is lower than the one recorded before.
    case termWentBack(from: Term, to: Term)
    /// The file goes on after another index than the one at which the log before it ends.
    case misplacedFile(base: LogIndex, end: LogIndex)
    /// The log starts behind this index, and no snapshot reaches it.
    case logStartsLate(base: LogIndex, snapshot: LogIndex)
    /// There are a snapshot and no log: term and vote are lost.
    case noLog
    /// The disk is not the one on which the server ran: its promises are lost.
    case replacedDisk
    /// The snapshot is not whole, and the log does not make up for it.
    case badSnapshot(SnapshotFlaw)
  }

  /// The file's name.
  package let file: String
  /// Where the offending record starts in the file, in bytes.
  package let offset: Int
  package let reason: Reason
}

extension StorageDamage: CustomStringConvertible {
  /// File, byte, what was found and what was expected.
  package var description: String {
    let finding =
      switch reason {
      case .badRecord(let later):
        "expected an intact record, since the one at byte \(later) says that it was synced; its checksum or length is wrong"
      case .badRecordBefore(let file):
        "expected an intact record, since the log goes on in \(file); it is cut, or its checksum or length is wrong"
      case .unreadable(let bytes):
        "expected an intact record that was synced, and the disk cannot read bytes \(bytes.lowerBound) to \(bytes.upperBound - 1)"
      case .searchTooLong:
        "expected an intact record; whether one follows was not found out within \(LogLimits.maxSearchBytes) bytes"
      case .notALog: "expected the header of this file of the log, found another record"
      case .foreign(let found, let expected): "expected a file of \(expected), found one of \(found)"
      case .otherVoters(let found, let expected):
        "expected \(Self.log(beginningWith: expected)), found \(Self.log(beginningWith: found))"
      case .unknownVersion(let version): "expected version \(SegmentHeader.version), found version \(version)"
      case .unknownKind(let kind):
        "expected a hard state or entries, found a record of kind \(kind), perhaps of a later version"
      case .undecodable(let error): "expected a record's fields, found an intact record that does not decode (\(error))"
      case .misplacedEntries(let first, let end):
        "expected entries from an index between 1 and \(end.rawValue + 1) on, found them from \(first) on"
      case .termWentBack(let from, let to): "expected a term of at least \(from), found \(to)"
      case .misplacedFile(let base, let end):
        "expected a log that goes on after entry \(end), where the file before it ends, found one after \(base)"
      case .logStartsLate(let base, let snapshot):
        "expected a log that reaches back to entry \(snapshot), the end of the latest snapshot, found one after \(base)"
      case .noLog: "expected a log beside the snapshot, found none; term and vote are lost"
      case .replacedDisk:
        "expected the disk on which this server ran, found another one; term, vote and log are lost"
      case .badSnapshot(let flaw): "expected a whole snapshot, \(flaw); the log does not make up for it"
      }
    return "\(file), byte \(offset): \(finding)"
  }

  private static func log(beginningWith voters: NodeSet) -> String {
    voters.isEmpty ? "the log of a server that joins" : "a log that begins with the voters \(voters)"
  }
}
