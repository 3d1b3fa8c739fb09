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
    /// The length up to which the file was known to be synced when the record was written.
    let mark: Int
  }

  /// How the payload of a file's first record begins; its version follows.
  private static let beginning = [RecordKind.header] + SegmentHeader.magic

  let file: SegmentFile
  /// Whose file it should be.
  let owner: FileOwner
  let image: [UInt8]
  /// Where the disk could not be read.
  let unreadable: [Range<Int>]
  let rules: any StorageRules.Type
  /// The later file that was begun, if there is one: it was not before this one was durable.
  let successor: SegmentFile?
  /// The bytes read, all of them intact records.
  private(set) var length = 0
  /// The highest mark of the records read.
  private(set) var mark = 0

  init(
    _ file: SegmentFile, of owner: FileOwner, image: [UInt8], unreadable: [Range<Int>] = [],
    successor: SegmentFile?, rules: any StorageRules.Type
  ) {
    self.file = file
    self.owner = owner
    self.image = image
    self.unreadable = unreadable
    self.successor = successor
    self.rules = rules
  }

  /// The next record; `nil` at the end, or where the file is torn.
  ///
  /// A power cut leaves any pages of what was written after the last sync. So a bad record that no mark covers begins
  /// the torn tail, of which nobody was ever told, be there whole records behind it or not. A bad record before a mark
  /// was synced and damaged later, and with it may be lost what this node has promised.
  ///
  /// - Throws: where the file is damaged.
  /// - Complexity: O(n) in the record's bytes; behind a bad record at most `LogLimits.maxSearchBytes` more.
  mutating func next() throws(StorageDamage) -> Frame? {
    if length == image.count && (length > 0 || successor == nil) { return nil }
    guard let frame = intactFrame(at: length) else {
      let behind = try records(behind: length)
      let isTorn = rules.isTorn(at: length, mark: max(mark, behind.mark), laterRecord: behind.first)
      if !isTorn || successor != nil, let hole = hole(inRecordAt: length) {
        throw damage(.unreadable(hole), at: length)
      }
      if !isTorn { throw damage(.badRecord(laterRecord: behind.witness ?? behind.first ?? length), at: length) }
      if let successor { throw damage(.badRecordBefore(file: successor.name), at: length) }
      return nil
    }
    length = frame.next
    mark = max(mark, frame.mark)
    return frame
  }

  /// The file's first record; `nil` if the file is torn before its end.
  mutating func header() throws(StorageDamage) -> SegmentHeader? {
    guard let frame = try next() else { return nil }
    let payload = frame.bytes[frame.payload]
    let place = payload.startIndex + Self.beginning.count
    guard payload.starts(with: Self.beginning), place < payload.endIndex else { throw damage(.notALog, at: 0) }
    let version = payload[place]
    guard version == SegmentHeader.version else { throw damage(.unknownVersion(version), at: 0) }
    var reader = ByteReader(frame.bytes, in: place + 1..<payload.endIndex)
    let header: SegmentHeader
    do {
      header = try reader.readSegmentHeader()
    } catch {
      throw damage(.undecodable(error), at: 0)
    }
    guard header.identity == owner.identity else {
      throw damage(.foreign(header.identity, expected: owner.identity), at: 0)
    }
    guard header.number == file.number else { throw damage(.notALog, at: 0) }
    guard header.voters == owner.voters else {
      throw damage(.otherVoters(header.voters, expected: owner.voters), at: 0)
    }
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

  /// The bytes that the disk cannot read of the record at `offset`, if there are such: of its beginning, which says how
  /// long it is, or else of all of it.
  func hole(inRecordAt offset: Int) -> Range<Int>? {
    let start = offset + LogLimits.frameBytes
    guard !unreadable.isEmpty, start <= image.count else { return nil }
    if let hole = unreadable.first(touching: offset..<start) { return hole }
    let end = min(image.count, start + min(Int(word(at: offset)), LogLimits.maxPayloadBytes))
    return start < end ? unreadable.first(touching: start..<end) : nil
  }

  /// The record at `offset`, if the rules take it for one.
  private func intactFrame(at offset: Int) -> Frame? {
    let start = offset + LogLimits.frameBytes
    // What the disk cannot read no rule can take for anything.
    guard start < image.count, hole(inRecordAt: offset) == nil else { return nil }
    let length = Int(word(at: offset))
    guard length >= 1, length <= LogLimits.maxPayloadBytes else { return nil }
    let present = start..<min(start + length, image.count)
    let missing = length - present.count
    let mark = mark(at: offset)
    let actual = checksum(present, at: offset)
    guard rules.isIntact(expected: word(at: offset + 4), actual: actual, missingBytes: missing) else { return nil }
    guard missing > 0 else {
      return Frame(bytes: image, payload: present, offset: offset, next: present.upperBound, mark: mark)
    }
    // Whoever takes a record for intact that the file does not hold reads what a buffer held before: zeros.
    let padded = image[present] + [UInt8](repeating: 0, count: missing)
    return Frame(bytes: Array(padded), payload: 0..<length, offset: offset, next: image.count, mark: mark)
  }

  func checksum(_ payload: Range<Int>, at offset: Int) -> UInt32 {
    let mark = UInt64(word(at: offset + 8)) | UInt64(word(at: offset + 12)) << 32
    return SegmentedLog.checksum(of: image, in: payload, mark: mark, at: offset, ofFile: file.number)
  }

  /// The mark of the record at `offset`, of which the frame is there.
  func mark(at offset: Int) -> Int {
    Int(clamping: UInt64(word(at: offset + 8)) | UInt64(word(at: offset + 12)) << 32)
  }

  /// The little-endian word at `offset`, of which four bytes are there.
  func word(at offset: Int) -> UInt32 {
    image.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }
}
