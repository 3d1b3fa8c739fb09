/// Reads the responses on one connection from its bytes, however these are cut (RFC 9112): for clients.
///
/// A client that has sent a request adds what it receives and asks for the response until there is one. Interim responses
/// are passed over.
package struct HTTPResponseReader: Sendable {
  /// How far it is in the present response.
  private enum Stage: Sendable {
    case statusLine
    case fields
    case sizedBody(bytes: Int)
    case chunkedBody(HTTPChunkedBody)
    /// A body that ends with the connection.
    case bodyUntilEnd([UInt8])
    case failed(HTTPResponseError)
  }

  private var input = HTTPInput()
  private var stage = Stage.statusLine
  private var status = HTTPStatus.ok
  private var version = HTTPVersion.http11
  private var section = HTTPFieldSection()

  /// Whether a byte of the present response has come.
  package private(set) var hasBegun = false
  /// After a response: whether the connection may carry another request.
  package private(set) var keepsAlive = true

  package init() {}

  /// Adds bytes that were received.
  package mutating func add(_ bytes: some Collection<UInt8>) {
    hasBegun = hasBegun || !bytes.isEmpty
    if case .failed = stage { return }
    input.add(bytes)
  }

  /// The response, if all of it has come.
  ///
  /// - Parameter method: of the request that it answers; one to `head` has no body.
  /// - Throws: why none can be read from this connection any more; asked again, it throws the same.
  /// - Complexity: O(n) in the bytes added, over all calls.
  package mutating func next(to method: HTTPMethod) throws(HTTPResponseError) -> HTTPResponse? {
    try reading { (reader) throws(HTTPRefusal) in try reader.advance(method) }
  }

  /// The response that the end of the connection completes; `nil` if it ended between two responses.
  ///
  /// - Parameter method: of the request that it answers, as for `next`.
  /// - Throws: if the connection ended within a response.
  package mutating func end(to method: HTTPMethod) throws(HTTPResponseError) -> HTTPResponse? {
    if let response = try next(to: method) { return response }
    return try reading { (reader) throws(HTTPRefusal) in
      if case .bodyUntilEnd(let body) = reader.stage { return reader.finish(body: body, keepsAlive: false) }
      guard !reader.hasBegun else { throw .malformed("the connection ended within a response") }
      return nil
    }
  }

  /// Remembers what it throws.
  private mutating func reading(
    _ body: (inout HTTPResponseReader) throws(HTTPRefusal) -> HTTPResponse?
  ) throws(HTTPResponseError) -> HTTPResponse? {
    if case .failed(let error) = stage { throw error }
    do {
      return try body(&self)
    } catch {
      let failure = HTTPResponseError(error.sentence)
      (stage, keepsAlive) = (.failed(failure), false)
      input.removeAll()
      throw failure
    }
  }

  private mutating func advance(_ method: HTTPMethod) throws(HTTPRefusal) -> HTTPResponse? {
    while true {
      switch stage {
      case .statusLine:
        guard try readStatusLine() else { return nil }
        stage = .fields
      case .fields:
        guard try section.read(from: &input) else { return nil }
        stage = try status.isInterim ? .statusLine : bodyStage(method)
      case .sizedBody(let bytes):
        guard input.count >= bytes else { return nil }
        let body = bytes == 0 ? [] : input.take(bytes)
        return finish(body: body, keepsAlive: section.framing.staysOpen(in: version))
      case .chunkedBody(var chunks):
        // The reader must not hold them twice, or each piece of the body would copy all of it.
        stage = .fields
        let body = try chunks.read(from: &input)
        guard let body else {
          stage = .chunkedBody(chunks)
          return nil
        }
        return finish(body: body, keepsAlive: section.framing.staysOpen(in: version))
      case .bodyUntilEnd(var body):
        stage = .fields
        _ = input.move(upTo: input.count, to: &body)
        guard body.count <= HTTPLimits.maxResponseBodyBytes else {
          throw HTTPRefusal.bodyTooLarge(limit: HTTPLimits.maxResponseBodyBytes)
        }
        stage = .bodyUntilEnd(body)
        return nil
      case .failed: return nil
      }
    }
  }

  private mutating func readStatusLine() throws(HTTPRefusal) -> Bool {
    let line = try input.line(
      limit: HTTPLimits.maxStatusLineBytes,
      orElse: .malformed("the status line is longer than \(HTTPLimits.maxStatusLineBytes) bytes"))
    guard let line = line?.content else { return false }
    let code = line.dropFirst(9).prefix(3)
    guard case .known(let version) = HTTPVersion.reading(line.prefix(8)), line.dropFirst(8).first == .space,
      code.count == 3, let number = code.decimalNumber, (100...599).contains(number), number != 101,
      line.count == 12 || line.dropFirst(12).first == .space
    else {
      throw .malformed("the status line is \(line.quoted); expected HTTP/1.1, a number from 100 to 599 and a reason")
    }
    (self.version, status, section) = (version, HTTPStatus(rawValue: UInt16(number)), HTTPFieldSection())
    return true
  }

  private func bodyStage(_ method: HTTPMethod) throws(HTTPRefusal) -> Stage {
    let framing = section.framing
    if method == .head || status == .noContent || status == .notModified { return .sizedBody(bytes: 0) }
    if framing.isChunked { return .chunkedBody(HTTPChunkedBody(limit: HTTPLimits.maxResponseBodyBytes)) }
    guard let length = framing.contentLength else { return .bodyUntilEnd([]) }
    guard length <= HTTPLimits.maxResponseBodyBytes else {
      throw HTTPRefusal.bodyTooLarge(limit: HTTPLimits.maxResponseBodyBytes)
    }
    return .sizedBody(bytes: length)
  }

  private mutating func finish(body: [UInt8], keepsAlive: Bool) -> HTTPResponse {
    let response = HTTPResponse(status, headers: section.headers, body: body)
    (section, stage) = (HTTPFieldSection(), .statusLine)
    // More bytes than one response answer nothing that was asked.
    self.keepsAlive = keepsAlive && input.count == 0
    if input.count == 0 { input.removeAll() }
    hasBegun = false
    return response
  }
}
