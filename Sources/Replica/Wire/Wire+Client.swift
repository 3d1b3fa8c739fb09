import Determinism
import KeyValue

/// The tags of what is asked.
private enum RequestTag {
  static let read: UInt8 = 1
  static let write: UInt8 = 2
  static let openSession: UInt8 = 3
}

/// The tags of what is answered.
private enum ReplyTag {
  static let value: UInt8 = 1
  static let written: UInt8 = 2
  static let notLeader: UInt8 = 3
  static let unknown: UInt8 = 4
  static let refused: UInt8 = 5
  static let opened: UInt8 = 6
  static let sessionExpired: UInt8 = 7
}

extension Wire {
  /// The bytes of a client's request.
  package static func encode(_ request: ClientRequest) -> [UInt8] {
    let bodyBytes =
      switch request.body {
      case .openSession: 0
      case .read(let key): 4 + key.count
      case .write(let operation, _): 8 + operation.encodedBytes
      }
    var writer = writer(for: ClientKind.request, bytes: WireLimits.preambleBytes + 8 + 1 + bodyBytes)
    writer.write(request.sequence.rawValue)
    switch request.body {
    case .openSession:
      writer.write(RequestTag.openSession)
    case .read(let key):
      writer.write(RequestTag.read)
      writer.write(lengthPrefixed: key)
    case .write(let operation, let session):
      writer.write(RequestTag.write)
      writer.write(session.rawValue)
      writer.write(operation: operation)
    }
    return writer.bytes
  }

  /// Reads a client's request. Its key and values may exceed the store's limits, up to
  /// `WireLimits.maxRequestFieldBytes` each: the server answers those with `refused`.
  ///
  /// - Throws: where the bytes stop being a request.
  package static func decodeClientRequest(_ bytes: [UInt8]) throws(ByteCodingError) -> ClientRequest {
    var reader = ByteReader(bytes)
    let preamble = try readPreamble(&reader)
    guard preamble.tag == ClientKind.request else { throw .unknownTag(offset: preamble.offset, tag: preamble.tag) }
    let sequence = try reader.readSequenceNumber()
    let limit = WireLimits.maxRequestFieldBytes
    let kind = try reader.readTag()
    let body: ClientRequest.Body
    switch kind.tag {
    case RequestTag.read: body = .read(key: try reader.readLengthPrefixed(limit: limit))
    case RequestTag.write:
      let session = SessionID(try reader.read())
      body = .write(try reader.readOperation(maxKeyBytes: limit, maxValueBytes: limit), session: session)
    case RequestTag.openSession: body = .openSession
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
    try reader.finish()
    return ClientRequest(sequence: sequence, body: body)
  }

  /// The bytes of an answer to a client.
  package static func encode(_ reply: ClientReply) -> [UInt8] {
    let valueBytes =
      switch reply.body {
      case .value(let value), .written(.mismatch(let value)): value?.count ?? 0
      case .written, .opened, .sessionExpired, .notLeader, .unknown, .refused: 0
      }
    // Preamble, sequence number, tag, and a session or the result's tag, a flag and a length, at the most.
    var writer = writer(for: ClientKind.reply, bytes: WireLimits.preambleBytes + 8 + 1 + 8 + valueBytes)
    writer.write(reply.sequence.rawValue)
    switch reply.body {
    case .opened(let session):
      writer.write(ReplyTag.opened)
      writer.write(session.rawValue)
    case .sessionExpired:
      writer.write(ReplyTag.sessionExpired)
    case .value(let value):
      writer.write(ReplyTag.value)
      writer.write(optional: value)
    case .written(let result):
      writer.write(ReplyTag.written)
      writer.write(result: result)
    case .notLeader(let hint):
      writer.write(ReplyTag.notLeader)
      writer.write(node: hint)
    case .unknown:
      writer.write(ReplyTag.unknown)
    case .refused(let violation):
      writer.write(ReplyTag.refused)
      writer.write(violation.rawValue)
    }
    return writer.bytes
  }

  /// Reads a server's answer.
  ///
  /// - Throws: where the bytes stop being an answer; values in it are within `KeyValueLimits`.
  package static func decodeClientReply(_ bytes: [UInt8]) throws(ByteCodingError) -> ClientReply {
    var reader = ByteReader(bytes)
    let preamble = try readPreamble(&reader)
    guard preamble.tag == ClientKind.reply else { throw .unknownTag(offset: preamble.offset, tag: preamble.tag) }
    let sequence = try reader.readSequenceNumber()
    let kind = try reader.readTag()
    let body: ClientReply.Body
    switch kind.tag {
    case ReplyTag.value: body = .value(try reader.readOptional(limit: KeyValueLimits.maxValueBytes))
    case ReplyTag.written: body = .written(try reader.readResult())
    case ReplyTag.notLeader: body = .notLeader(hint: try reader.readNode())
    case ReplyTag.unknown: body = .unknown
    case ReplyTag.opened: body = .opened(SessionID(try reader.read()))
    case ReplyTag.sessionExpired: body = .sessionExpired
    case ReplyTag.refused:
      let code = try reader.readTag()
      guard let violation = KeyValueLimits.Violation(rawValue: code.tag) else {
        throw .unknownTag(offset: code.offset, tag: code.tag)
      }
      body = .refused(violation)
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
    try reader.finish()
    return ClientReply(sequence: sequence, body: body)
  }
}
