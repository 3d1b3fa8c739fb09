import Determinism

/// What an entry of the replicated log asks of the state machine.
package struct Command: Hashable, Sendable {
  /// What is asked.
  package enum Body: Hashable, Sendable {
    /// A session, which is named after the place of this command in the log (Ongaro 2014 §6.3, RegisterClient).
    case openSession
    /// A change of the store, made once however often the log holds it.
    case change(KeyValueOperation, session: SessionID, sequence: SequenceNumber)
  }

  /// The leader's wall clock when it accepted the command. It only ever moves log time.
  package var stamp: WallInstant
  package var body: Body

  package init(stamp: WallInstant, body: Body) {
    self.stamp = stamp
    self.body = body
  }
}

/// The tags of what is asked.
private enum BodyTag {
  static let openSession: UInt8 = 1
  static let change: UInt8 = 2
}

extension Command {
  /// The version of the format below.
  private static let formatVersion: UInt8 = 2

  /// The bytes that stand in a log entry: version, stamp, tag, and of a change the session, the sequence number and the
  /// operation.
  package func encoded() -> [UInt8] {
    let changeBytes =
      switch body {
      case .openSession: 0
      case .change(let operation, _, _): 8 + 8 + operation.encodedBytes
      }
    return ByteWriter.bytes(reservingCapacity: 1 + 8 + 1 + changeBytes) { writer in
      writer.write(Self.formatVersion)
      writer.write(stamp.nanoseconds)
      switch body {
      case .openSession:
        writer.write(BodyTag.openSession)
      case .change(let operation, let session, let sequence):
        writer.write(BodyTag.change)
        writer.write(session.rawValue)
        writer.write(sequence.rawValue)
        writer.write(operation: operation)
      }
    }
  }

  /// Reads back what `encoded()` wrote.
  ///
  /// - Throws: where the bytes are not those of a command within `KeyValueLimits`.
  package init(decoding bytes: [UInt8]) throws(ByteCodingError) {
    var reader = ByteReader(bytes)
    let version = try reader.readTag()
    guard version.tag == Self.formatVersion else { throw .unknownTag(offset: version.offset, tag: version.tag) }
    stamp = WallInstant(nanoseconds: try reader.read())
    let kind = try reader.readTag()
    switch kind.tag {
    case BodyTag.openSession:
      body = .openSession
    case BodyTag.change:
      let session = SessionID(try reader.read())
      let sequence = try reader.readSequenceNumber()
      let operation = try reader.readOperation(
        maxKeyBytes: KeyValueLimits.maxKeyBytes, maxValueBytes: KeyValueLimits.maxValueBytes)
      body = .change(operation, session: session, sequence: sequence)
    default:
      throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
    try reader.finish()
  }
}

/// What became of a command that was applied.
package enum CommandOutcome: Hashable, Sendable {
  /// The session is open.
  case opened(SessionID)
  /// The change was made, now or at an earlier attempt, and answered this.
  case result(KeyValueResult)
  /// Nothing was changed: the session has ended, or never was.
  case sessionExpired
  /// Nothing was changed: the session has gone further, and what the command answered is forgotten.
  case dropped
}
