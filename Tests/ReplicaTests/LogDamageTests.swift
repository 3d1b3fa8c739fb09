import Determinism
import Raft
import Testing

@testable import Replica

@Suite("A log that does not follow from itself")
struct LogDamageTests {
  /// A file of intact records with these payloads.
  private func image(_ payloads: [UInt8]...) -> [UInt8] {
    var bytes: [UInt8] = []
    for payload in payloads {
      var frame = ByteWriter()
      frame.write(UInt32(payload.count))
      frame.write(SegmentedLog.checksum(of: payload, in: 0..<payload.count, mark: 0, at: bytes.count, ofFile: 1))
      frame.write(0 as UInt64)
      bytes += frame.bytes + payload
    }
    return bytes
  }

  private func expect(_ reason: StorageDamage.Reason, at offset: Int, in image: [UInt8]) {
    #expect(throws: StorageDamage(file: "log-1", offset: offset, reason: reason)) {
      try RecoveredLog(file: image)
    }
  }

  private func payload(_ hardState: HardState) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(payloadOf: hardState)
    return writer.bytes
  }

  private func payload(_ entries: [Entry], first: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(payloadOf: entries[...], first: LogIndex(first))
    return writer.bytes
  }

  private func payload(_ change: (inout SegmentHeader) -> Void = { _ in }) -> [UInt8] {
    var header = SegmentHeader(
      identity: FileOwner.test.identity, number: 1, base: .zero, startsOver: false, hardState: .initial,
      voters: FileOwner.test.voters)
    change(&header)
    var writer = ByteWriter()
    writer.write(payloadOf: header)
    return writer.bytes
  }

  private var header: [UInt8] { payload() }
  private let entry = Entry(term: Term(1), payload: .noOp)

  @Test("A file that starts with another record is no log")
  func notALog() {
    expect(.notALog, at: 0, in: image([9, 9, 9]))
    expect(.notALog, at: 0, in: image(payload(.initial)))
    expect(.notALog, at: 0, in: image(header.prefix(9).dropLast() + [0]))
    expect(.notALog, at: 0, in: image(payload { $0.number = 2 }))
  }

  @Test("A file of another cluster, of another server, or of a cluster that began with other voters is refused")
  func foreign() {
    let own = FileOwner.test
    for other in [
      FileIdentity(cluster: ClusterID(8), server: own.server), FileIdentity(cluster: own.cluster, server: NodeID(2)),
    ] {
      expect(.foreign(other, expected: own.identity), at: 0, in: image(payload { $0.identity = other }))
    }
    for voters in [.first(5), .first(2), NodeSet()] {
      expect(.otherVoters(voters, expected: own.voters), at: 0, in: image(payload { $0.voters = voters }))
    }
  }

  @Test("Every file of a log holds the voters with which its cluster began")
  func firstVoters() throws {
    #expect(header.count == SegmentHeader.bytes && Array(header.suffix(8)) == [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(try RecoveredLog(file: image(payload { $0.base = LogIndex(5) })).base == LogIndex(5))
    let strange = payload { ($0.base, $0.voters) = (LogIndex(5), NodeSet()) }
    expect(.otherVoters(NodeSet(), expected: FileOwner.test.voters), at: 0, in: image(strange))
  }

  @Test(
    "A log that would begin where none could grow is refused",
    arguments: [UInt64.max, UInt64.max - 1, 1 << 62 + 1] as [UInt64])
  func basesTooFar(base: UInt64) {
    let late = payload { ($0.base, $0.voters) = (LogIndex(base), NodeSet()) }
    // Behind kind, magic, version, cluster, server and number.
    expect(.undecodable(.outOfOrder(offset: LogLimits.frameBytes + 27)), at: 0, in: image(late))
  }

  @Test("A log of a later version is refused, by its version or by the kind of a record")
  func laterVersion() {
    expect(.unknownVersion(6), at: 0, in: image(header.prefix(9) + [6]))
    expect(.unknownVersion(6), at: 0, in: image(header.prefix(9) + [6, 0, 0]))
    expect(.unknownKind(9), at: SampleLog.headerBytes, in: image(header, [9, 1, 2]))
    expect(.unknownKind(RecordKind.header), at: SampleLog.headerBytes, in: image(header, header))
  }

  @Test("Entries at index 0 or behind a gap are refused")
  func misplaced() {
    let start = SampleLog.headerBytes
    for first in [0, 2, UInt64.max] {
      expect(
        .misplacedEntries(first: LogIndex(first), end: .zero), at: start,
        in: image(header, payload([entry], first: first)))
    }
    let good = image(header, payload([entry, entry], first: 1))
    let gap = image(header, payload([entry, entry], first: 1), payload([], first: 4))
    expect(.misplacedEntries(first: LogIndex(4), end: LogIndex(2)), at: good.count, in: gap)
  }

  @Test("A term that goes back is refused")
  func termWentBack() {
    let later = payload(HardState(term: Term(3), votedFor: nil))
    let earlier = payload(HardState(term: Term(2), votedFor: nil))
    expect(
      .termWentBack(from: Term(3), to: Term(2)), at: image(header, later).count, in: image(header, later, earlier))
  }

  @Test("An intact record that does not decode is refused, by the byte in the file")
  func undecodable() {
    let start = SampleLog.headerBytes
    expect(
      .undecodable(.trailingBytes(offset: start)), at: 0,
      in: image(header + [0]))
    let long = payload(.initial) + [0]
    let end = start + LogLimits.frameBytes + RecordKind.hardStateBytes
    expect(.undecodable(.trailingBytes(offset: end)), at: start, in: image(header, long))
    let badKind = payload([entry], first: 1).dropLast() + [7]
    let place = start + LogLimits.frameBytes + badKind.count - 1
    expect(.undecodable(.unknownTag(offset: place, tag: 7)), at: start, in: image(header, Array(badKind)))
  }

  @Test("The description names file, byte, what was found and what was expected")
  func description() {
    let damage = StorageDamage(
      file: "log-1", offset: 34, reason: .misplacedEntries(first: LogIndex(9), end: LogIndex(2)))
    #expect("\(damage)" == "log-1, byte 34: expected entries from an index between 1 and 3 on, found them from 9 on")
  }

  /// A value of so many overlapping things, each with a record's length, kind and inner lengths, but no checksum.
  private func lookalikes(_ count: Int) -> [UInt8] {
    let size = LogLimits.frameBytes + LogLimits.entriesRecordBytes + WireLimits.entryBytes + 4
    var writer = ByteWriter()
    for number in 0..<count {
      // All of them end where the value ends.
      let rest = size * (count - number)
      writer.write(UInt32(rest - LogLimits.frameBytes))
      writer.write(0 as UInt32)
      writer.write(0 as UInt64)
      writer.write(RecordKind.entries)
      writer.write(1 as UInt64)
      writer.write(1 as UInt32)
      writer.write(1 as UInt64)
      writer.write(EntryTag.command)
      writer.write(UInt32(rest - size))
    }
    return writer.bytes
  }

  @Test("A torn record full of what looks like records is cut, or refused where the search would take too long")
  func lookalikeTail() throws {
    let entry = Entry(term: Term(1), payload: .command(lookalikes(100)))
    var log = SegmentedLog(of: .test)
    let torn = Array(log.bytes(.entries(first: LogIndex(1), [entry, entry])).dropLast())
    let start = SampleLog.headerBytes
    #expect(try RecoveredLog(file: torn).keptBytes == start)
    let reader = SegmentReader(
      SegmentFile(number: 1), of: .test, image: torn, successor: nil, rules: PaperStorageRules.self)
    #expect(try reader.records(behind: start, within: 300_000) == SegmentReader.RecordsBehind())
    #expect(throws: reader.damage(.searchTooLong, at: start)) {
      try reader.records(behind: start, within: 100_000)
    }
  }
}
