import Determinism
import Raft

/// Why a log cannot be recovered. A node that finds its log so stops: what it once promised may be lost.
package struct WALDamage: Error, Equatable, Sendable {
  /// What is wrong.
  package enum Reason: Equatable, Sendable {
    /// The record is not intact, although a whole record stands at a later offset: no crash leaves that behind.
    case badRecord(laterRecord: Int)
    /// The record is not intact, and whether a whole one follows could not be found out within
    /// `WALLimits.maxSearchBytes`.
    case searchTooLong
    /// The file starts with a whole record that is no log's header.
    case notALog
    /// The log was written by another version.
    case unknownVersion(UInt8)
    /// The record is intact, and of a kind that this version does not know.
    case unknownKind(UInt8)
    /// The record is intact, and its payload does not decode.
    case undecodable(ByteCodingError)
    /// The entries start at index 0, or leave a gap after the log's end.
    case misplacedEntries(first: LogIndex, end: LogIndex)
    /// The term is lower than the one recorded before.
    case termWentBack(from: Term, to: Term)
  }

  /// The file's name.
  package let file: String
  /// Where the offending record starts in the file, in bytes.
  package let offset: Int
  package let reason: Reason
}

extension WALDamage: CustomStringConvertible {
  /// File, byte, what was found and what was expected.
  package var description: String {
    let finding =
      switch reason {
      case .badRecord(let later):
        "expected an intact record, since a whole one follows at byte \(later); its checksum or length is wrong"
      case .searchTooLong:
        "expected an intact record; whether one follows was not found out within \(WALLimits.maxSearchBytes) bytes"
      case .notALog: "expected the header of a write-ahead log, found another record"
      case .unknownVersion(let version): "expected version \(WALHeader.version), found version \(version)"
      case .unknownKind(let kind):
        "expected a hard state or entries, found a record of kind \(kind), perhaps of a later version"
      case .undecodable(let error): "expected a record's fields, found an intact record that does not decode (\(error))"
      case .misplacedEntries(let first, let end):
        "expected entries from an index between 1 and \(end.rawValue + 1) on, found them from \(first) on"
      case .termWentBack(let from, let to): "expected a term of at least \(from), found \(to)"
      }
    return "\(file), byte \(offset): \(finding)"
  }
}
