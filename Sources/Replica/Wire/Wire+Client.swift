import Determinism
import KeyValue
import Raft

/// The tags of what is asked.
private enum RequestTag {
  static let read: UInt8 = 1
  static let write: UInt8 = 2
  static let openSession: UInt8 = 3
  static let change: UInt8 = 4
  static let transfer: UInt8 = 5
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
  static let done: UInt8 = 8
  static let turnedDown: UInt8 = 9
}

extension Wire {
  /// A client's request.
  static func encode(_ request: ClientRequest, _ address: FrameAddress) -> [UInt8] {
    let bodyBytes =
      switch request.body {
      case .openSession: 0
      case .read(let key): 4 + key.count
      case .write(let operation, _): 8 + operation.encodedBytes
      case .change: 8 + 8 + 8
      case .transfer: 1
      }
    return frame(of: ClientKind.request, address, bytes: WireLimits.preambleBytes + 8 + 1 + bodyBytes) { writer in
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
      case .change(let change):
        writer.write(RequestTag.change)
        writer.write(change: change)
      case .transfer(let target):
        writer.write(RequestTag.transfer)
        writer.write(node: target)
      }
    }
  }

  /// An answer to a client.
  static func encode(_ reply: ClientReply, _ address: FrameAddress) -> [UInt8] {
    let valueBytes =
      switch reply.body {
      case .value(let value), .written(.mismatch(let value)): value?.count ?? 0
      case .written, .opened, .sessionExpired, .notLeader, .unknown, .refused, .done, .turnedDown: 0
      }
    // Preamble, sequence number, tag, and a session or the result's tag, a flag and a length, at the most.
    return frame(of: ClientKind.reply, address, bytes: WireLimits.preambleBytes + 8 + 1 + 8 + valueBytes) { writer in
      writer.write(reply.sequence.rawValue)
      writer.write(body: reply.body)
    }
  }
}

extension ByteWriter {
  fileprivate mutating func write(body: ClientReply.Body) {
    switch body {
    case .opened(let session):
      write(ReplyTag.opened)
      write(session.rawValue)
    case .sessionExpired:
      write(ReplyTag.sessionExpired)
    case .value(let value):
      write(ReplyTag.value)
      write(optional: value)
    case .written(let result):
      write(ReplyTag.written)
      write(result: result)
    case .notLeader(let hint):
      write(ReplyTag.notLeader)
      write(node: hint)
    case .unknown:
      write(ReplyTag.unknown)
    case .refused(let violation):
      write(ReplyTag.refused)
      write(violation.rawValue)
    case .done:
      write(ReplyTag.done)
    case .turnedDown(let refusal):
      write(ReplyTag.turnedDown)
      write(refusal.rawValue)
    }
  }
}

extension ByteReader {
  /// Reads a client's request. Its key and values may exceed the store's limits, up to
  /// `WireLimits.maxRequestFieldBytes` each: the server answers those with `refused`.
  mutating func readClientRequest() throws(ByteCodingError) -> ClientRequest {
    let sequence = try readSequenceNumber()
    let limit = WireLimits.maxRequestFieldBytes
    let kind = try readTag()
    switch kind.tag {
    case RequestTag.read:
      return ClientRequest(sequence: sequence, body: .read(key: try readLengthPrefixed(limit: limit)))
    case RequestTag.write:
      let session = SessionID(try read())
      let operation = try readOperation(maxKeyBytes: limit, maxValueBytes: limit)
      return ClientRequest(sequence: sequence, body: .write(operation, session: session))
    case RequestTag.openSession: return ClientRequest(sequence: sequence, body: .openSession)
    case RequestTag.change: return ClientRequest(sequence: sequence, body: .change(try readChange()))
    case RequestTag.transfer: return ClientRequest(sequence: sequence, body: .transfer(to: try readNode()))
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
  }

  /// Reads a server's answer; values in it are within `KeyValueLimits`.
  mutating func readClientReply() throws(ByteCodingError) -> ClientReply {
    let sequence = try readSequenceNumber()
    return ClientReply(sequence: sequence, body: try readReplyBody())
  }

  private mutating func readReplyBody() throws(ByteCodingError) -> ClientReply.Body {
    let kind = try readTag()
    switch kind.tag {
    case ReplyTag.value: return .value(try readOptional(limit: KeyValueLimits.maxValueBytes))
    case ReplyTag.written: return .written(try readResult())
    case ReplyTag.notLeader: return .notLeader(hint: try readNode())
    case ReplyTag.unknown: return .unknown
    case ReplyTag.opened: return .opened(SessionID(try read()))
    case ReplyTag.sessionExpired: return .sessionExpired
    case ReplyTag.refused:
      let code = try readTag()
      guard let violation = KeyValueLimits.Violation(rawValue: code.tag) else {
        throw .unknownTag(offset: code.offset, tag: code.tag)
      }
      return .refused(violation)
    case ReplyTag.done: return .done
    case ReplyTag.turnedDown:
      let code = try readTag()
      guard let refusal = RequestRefusal(rawValue: code.tag) else {
        throw .unknownTag(offset: code.offset, tag: code.tag)
      }
      return .turnedDown(refusal)
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
  }
}
