import Determinism

/// The name of a client's session with the store (Ongaro 2014 §6.3). The client picks it; no two clients pick the same.
@frozen
package struct SessionID: Hashable, Comparable, Sendable {
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  @inlinable
  package static func < (one: SessionID, other: SessionID) -> Bool { one.rawValue < other.rawValue }
}

/// The place of a command among those of its session, which are sent one after the other.
@frozen
package struct SequenceNumber: Hashable, Comparable, Sendable {
  /// 1 for a session's first command. No message with a 0 decodes.
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The number of a session's first command.
  @inlinable package static var first: SequenceNumber { SequenceNumber(1) }
  /// The number of the command after this one.
  @inlinable package var next: SequenceNumber { SequenceNumber(rawValue + 1) }

  @inlinable
  package static func < (one: SequenceNumber, other: SequenceNumber) -> Bool { one.rawValue < other.rawValue }
}

/// What an entry of the replicated log asks of the state machine.
package struct Command: Hashable, Sendable {
  package var session: SessionID
  package var sequence: SequenceNumber
  /// The leader's wall clock when it accepted the command. It only ever moves log time.
  package var stamp: WallInstant
  package var operation: KeyValueOperation

  package init(session: SessionID, sequence: SequenceNumber, stamp: WallInstant, operation: KeyValueOperation) {
    self.session = session
    self.sequence = sequence
    self.stamp = stamp
    self.operation = operation
  }
}

extension Command {
  /// The version of the format below.
  private static let formatVersion: UInt8 = 1

  /// The bytes that stand in a log entry: version, session, sequence number, stamp, operation.
  package func encoded() -> [UInt8] {
    var writer = ByteWriter(reservingCapacity: 25 + operation.encodedBytes)
    writer.write(Self.formatVersion)
    writer.write(session.rawValue)
    writer.write(sequence.rawValue)
    writer.write(stamp.nanoseconds)
    writer.write(operation: operation)
    return writer.bytes
  }

  /// Reads back what `encoded()` wrote.
  ///
  /// - Throws: where the bytes are not those of a command within `KeyValueLimits`.
  package init(decoding bytes: [UInt8]) throws(ByteCodingError) {
    var reader = ByteReader(bytes)
    let version = try reader.readTag()
    guard version.tag == Self.formatVersion else { throw .unknownTag(offset: version.offset, tag: version.tag) }
    session = SessionID(try reader.read())
    sequence = try reader.readSequenceNumber()
    stamp = WallInstant(nanoseconds: try reader.read())
    operation = try reader.readOperation(
      maxKeyBytes: KeyValueLimits.maxKeyBytes, maxValueBytes: KeyValueLimits.maxValueBytes)
    try reader.finish()
  }
}
