import Determinism
import Raft

/// The writer's side of a node's log file: turns records into the bytes to add at its end.
///
/// The file is a header and records, each of them `[length UInt32][CRC-32C UInt32][payload]`, little-endian. The checksum
/// covers the record's own offset in the file (8 bytes) and then the payload, so that a record that was copied, or that
/// a client stored as a value, is not taken for one of the log's own.
///
/// Nothing is durable before the host has synced the file.
package struct WriteAheadLog: Hashable, Sendable {
  /// The name of the file.
  package static let fileName = "log"

  /// The file's length in bytes, once everything handed out has been written.
  package private(set) var length: Int

  /// The log of a node that has never run: no file, or an empty one.
  package init() {
    length = 0
  }

  /// A log that goes on after so many bytes.
  init(length: Int) {
    self.length = length
  }

  /// The bytes to add at the end of the file for this record, after a header if the file is new.
  ///
  /// More entries than one record holds become several records: a crash between them leaves fewer entries, as a crash
  /// within one would.
  ///
  /// - Precondition: no command is longer than `WireLimits.maxCommandBytes`.
  /// - Complexity: O(n) in the bytes returned.
  package mutating func append(_ record: WALRecord) -> [UInt8] {
    append([record])
  }

  /// The bytes to add at the end of the file for these records, one after the other.
  package mutating func append(_ records: [WALRecord]) -> [UInt8] {
    var bytes: [UInt8] = []
    guard !records.isEmpty else { return bytes }
    if length == 0 { write(payload: WALHeader.payload, to: &bytes) }
    for record in records {
      switch record {
      case .hardState(let hardState):
        var writer = ByteWriter(reservingCapacity: WALKind.hardStateBytes)
        writer.write(payloadOf: hardState)
        write(payload: writer.bytes, to: &bytes)
      case .entries(let first, let entries):
        write(entries: entries, first: first, to: &bytes)
      }
    }
    return bytes
  }

  private mutating func write(entries: [Entry], first: LogIndex, to bytes: inout [UInt8]) {
    var rest = entries[...]
    repeat {
      let fitting = WireLimits.prefixThatFits(rest)
      precondition(rest.isEmpty || fitting.count > 0, "a command is longer than \(WireLimits.maxCommandBytes) bytes")
      let start = LogIndex(first.rawValue + UInt64(rest.startIndex))
      var writer = ByteWriter(reservingCapacity: WALLimits.entriesRecordBytes + fitting.bytes)
      writer.write(payloadOf: rest.prefix(fitting.count), first: start)
      write(payload: writer.bytes, to: &bytes)
      rest = rest.dropFirst(fitting.count)
    } while !rest.isEmpty
  }

  private mutating func write(payload: [UInt8], to bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + WALLimits.frameBytes + payload.count)
    let check = Self.checksum(of: payload, in: 0..<payload.count, at: length)
    withUnsafeBytes(of: UInt32(payload.count).littleEndian) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: check.littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: payload)
    length += WALLimits.frameBytes + payload.count
  }

  /// The checksum of a record that starts at `offset` in the file: of that offset, and then of the payload, which
  /// stands in `range` of `bytes`.
  static func checksum(of bytes: [UInt8], in range: Range<Int>, at offset: Int) -> UInt32 {
    var place = ByteWriter(reservingCapacity: 8)
    place.write(UInt64(offset))
    return CRC32C.checksum(of: bytes, in: range, continuing: CRC32C.checksum(of: place.bytes))
  }
}
