import Determinism
import Raft

/// Reads one file of the log, record by record.
struct SegmentReader: Sendable {
  /// An intact record.
  struct Frame {
    /// Holds the payload.
    let bytes: [UInt8]
    /// Where the payload stands in `bytes`.
    let payload: Range<Int>
    /// Where the record starts in the file, and where the next one does.
    let offset: Int
    let next: Int
  }

  let file: SegmentFile
  let image: [UInt8]
  let rules: any StorageRules.Type
  /// The later file that was begun, if there is one: it was not before this one was durable.
  let successor: SegmentFile?
  /// The bytes read, all of them intact records.
  private(set) var length = 0

  init(_ file: SegmentFile, image: [UInt8], successor: SegmentFile?, rules: any StorageRules.Type) {
    self.file = file
    self.image = image
    self.successor = successor
    self.rules = rules
  }

  /// The next record; `nil` at the end, or where the file is torn.
  ///
  /// A crash leaves a prefix of what was written after the last sync, its last write possibly torn. So a bad record
  /// with no whole one behind it is the torn tail, of which nobody was ever told, be it garbage or zeros. A bad record
  /// with a whole one behind it was damaged later, and with it may be lost what this node has promised.
  ///
  /// - Throws: where the file is damaged.
  /// - Complexity: O(n) in the record's bytes; behind a bad record at most `LogLimits.maxSearchBytes` more.
  mutating func next() throws(StorageDamage) -> Frame? {
    if length == image.count && (length > 0 || successor == nil) { return nil }
    guard let frame = intactFrame(at: length) else {
      if let later = try wholeRecord(behind: length) { throw damage(.badRecord(laterRecord: later), at: length) }
      if let successor { throw damage(.badRecordBefore(file: successor.name), at: length) }
      return nil
    }
    length = frame.next
    return frame
  }

  /// The file's first record; `nil` if the file is torn before its end.
  mutating func header() throws(StorageDamage) -> SegmentHeader? {
    guard let frame = try next() else { return nil }
    var reader = ByteReader(frame.bytes, in: frame.payload)
    let payload = frame.bytes[frame.payload]
    let name = [RecordKind.header] + SegmentHeader.magic
    guard payload.starts(with: name), payload.count > name.count else { throw damage(.notALog, at: 0) }
    let version = payload[payload.startIndex + name.count]
    guard version == SegmentHeader.version else { throw damage(.unknownVersion(version), at: 0) }
    let header: SegmentHeader
    do {
      for _ in 0...name.count { _ = try reader.readTag() }
      header = try reader.readSegmentHeader()
    } catch {
      throw damage(.undecodable(error), at: 0)
    }
    guard header.number == file.number else { throw damage(.notALog, at: 0) }
    return header
  }

  /// The record that a frame holds.
  func record(in frame: Frame) throws(StorageDamage) -> LogRecord {
    var reader = ByteReader(frame.bytes, in: frame.payload)
    let record: LogRecord?
    do {
      record = try reader.readRecord()
    } catch {
      throw damage(.undecodable(error), at: frame.offset)
    }
    guard let record else { throw damage(.unknownKind(frame.bytes[frame.payload.lowerBound]), at: frame.offset) }
    return record
  }

  func damage(_ reason: StorageDamage.Reason, at offset: Int) -> StorageDamage {
    StorageDamage(file: file.name, offset: offset, reason: reason)
  }

  /// The record at `offset`, if the rules take it for one.
  private func intactFrame(at offset: Int) -> Frame? {
    let start = offset + LogLimits.frameBytes
    guard start < image.count else { return nil }
    let length = Int(word(at: offset))
    guard length >= 1, length <= LogLimits.maxPayloadBytes else { return nil }
    let present = start..<min(start + length, image.count)
    let missing = length - present.count
    let actual = checksum(present, at: offset)
    guard rules.isIntact(expected: word(at: offset + 4), actual: actual, missingBytes: missing) else { return nil }
    guard missing > 0 else { return Frame(bytes: image, payload: present, offset: offset, next: present.upperBound) }
    // Whoever takes a record for intact that the file does not hold reads what a buffer held before: zeros.
    let padded = image[present] + [UInt8](repeating: 0, count: missing)
    return Frame(bytes: Array(padded), payload: 0..<length, offset: offset, next: image.count)
  }

  func checksum(_ payload: Range<Int>, at offset: Int) -> UInt32 {
    SegmentedLog.checksum(of: image, in: payload, at: offset, ofFile: file.number)
  }

  /// The little-endian word at `offset`, of which four bytes are there.
  func word(at offset: Int) -> UInt32 {
    image.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }
}
