import Determinism
import Raft

extension WriteAheadLog {
  /// What a log file holds.
  package struct Recovered: Equatable, Sendable {
    /// The last hard state recorded.
    package var hardState: HardState
    /// The entries from index 1 on.
    package var entries: [Entry]
    /// Goes on after the last whole record.
    package var log: WriteAheadLog
    /// The length to which the host cuts the file before it adds anything; 0 if nothing was ever durable.
    package var keptBytes: Int { log.length }
  }

  /// Reads a log file.
  ///
  /// A crash leaves a prefix of what was written after the last sync, its last write possibly torn. So a bad record
  /// with no whole one behind it is the torn tail, of which nobody was ever told, and is cut, be it garbage or zeros; the
  /// same at the file's start is a node that never got to its first sync. A bad record with a whole one behind it
  /// was damaged later, and with it may be lost what this node has promised.
  ///
  /// - Throws: where the log is damaged, or does not follow from itself.
  /// - Complexity: O(n) in the bytes; behind a bad record at most `WALLimits.maxSearchBytes` more.
  package static func recover(
    _ image: [UInt8], rules: any StorageRules.Type
  ) throws(WALDamage) -> Recovered {
    var recovered = Recovered(hardState: .initial, entries: [], log: WriteAheadLog())
    while recovered.keptBytes < image.count {
      let offset = recovered.keptBytes
      guard let frame = intactFrame(of: image, at: offset, rules: rules) else {
        if let later = try wholeRecord(of: image, behind: offset) {
          throw damage(.badRecord(laterRecord: later), at: offset)
        }
        break
      }
      if offset == 0 {
        try checkHeader(frame)
      } else {
        try replay(frame, at: offset, into: &recovered)
      }
      recovered.log = WriteAheadLog(length: frame.next)
    }
    return recovered
  }

  static func damage(_ reason: WALDamage.Reason, at offset: Int) -> WALDamage {
    WALDamage(file: fileName, offset: offset, reason: reason)
  }
}

/// An intact record.
private struct Frame {
  /// Holds the payload.
  let bytes: [UInt8]
  /// Where the payload stands in `bytes`.
  let payload: Range<Int>
  /// Where the next record starts in the file.
  let next: Int
}

extension WriteAheadLog {
  /// The record at `offset`, if the rules take it for one.
  private static func intactFrame(of image: [UInt8], at offset: Int, rules: any StorageRules.Type) -> Frame? {
    let start = offset + WALLimits.frameBytes
    guard start < image.count else { return nil }
    let length = Int(word(of: image, at: offset))
    guard length >= 1, length <= WALLimits.maxPayloadBytes else { return nil }
    let present = start..<min(start + length, image.count)
    let missing = length - present.count
    let actual = checksum(of: image, in: present, at: offset)
    guard rules.isIntact(expected: word(of: image, at: offset + 4), actual: actual, missingBytes: missing) else {
      return nil
    }
    guard missing > 0 else { return Frame(bytes: image, payload: present, next: present.upperBound) }
    // Whoever takes a record for intact that the file does not hold reads what a buffer held before: zeros.
    let padded = image[present] + [UInt8](repeating: 0, count: missing)
    return Frame(bytes: Array(padded), payload: 0..<length, next: image.count)
  }

  private static func checkHeader(_ frame: Frame) throws(WALDamage) {
    let payload = frame.bytes[frame.payload]
    let name = WALHeader.payload.dropLast()
    guard payload.starts(with: name), payload.count > name.count else { throw damage(.notALog, at: 0) }
    let version = payload[payload.startIndex + name.count]
    guard version == WALHeader.version else { throw damage(.unknownVersion(version), at: 0) }
    guard payload.count == WALHeader.payload.count else { throw damage(.notALog, at: 0) }
  }

  private static func replay(
    _ frame: Frame, at offset: Int, into recovered: inout Recovered
  ) throws(WALDamage) {
    let record: WALRecord?
    do {
      var reader = ByteReader(frame.bytes, in: frame.payload)
      record = try reader.readRecord()
    } catch {
      throw damage(.undecodable(error), at: offset)
    }
    switch record {
    case .hardState(let hardState):
      let before = recovered.hardState.term
      guard hardState.term >= before else {
        throw damage(.termWentBack(from: before, to: hardState.term), at: offset)
      }
      recovered.hardState = hardState
    case .entries(let first, let entries):
      let end = UInt64(recovered.entries.count)
      guard first >= LogIndex(1), first.rawValue - 1 <= end else {
        throw damage(.misplacedEntries(first: first, end: LogIndex(end)), at: offset)
      }
      recovered.entries.removeSubrange(Int(first.rawValue - 1)...)
      recovered.entries.append(contentsOf: entries)
    case nil:
      throw damage(.unknownKind(frame.bytes[frame.payload.lowerBound]), at: offset)
    }
  }

  /// The little-endian word at `offset`, of which four bytes are there.
  static func word(of image: [UInt8], at offset: Int) -> UInt32 {
    image.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }
}
