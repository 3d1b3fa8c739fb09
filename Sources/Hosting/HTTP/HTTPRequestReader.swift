/// Reads the requests of one connection from its bytes, however these are cut (RFC 9112).
///
/// The host adds what it receives and asks for events until more bytes are needed. It adds nothing while it has requests
/// to answer, so that what waits here is bounded: by the limits of one request and what the host adds at once.
package struct HTTPRequestReader: Sendable {
  /// What has come of the bytes so far.
  package enum Event: Hashable, Sendable {
    /// Nothing whole; more bytes are needed.
    case needsBytes
    /// The client waits for `HTTPResponse.continueBytes` before it sends the body. Comes once for a request.
    case expectsContinue
    case request(HTTPRequest)
    /// The last request was the last one of this connection: what came after it is dropped.
    case ended
  }

  /// How far it is in the present request.
  private enum Stage: Sendable {
    case requestLine
    case fields
    case sizedBody(bytes: Int)
    case chunkedBody(HTTPChunkedBody)
    case ended
    case refused(HTTPRefusal)
  }

  private var input = HTTPInput()
  private var stage = Stage.requestLine
  private var emptyLines = 0
  private var line = HTTPRequestLine()
  private var section = HTTPFieldSection()

  package init() {}

  /// Whether it is between two requests, so that the connection may be closed without harm: no byte of another one has come.
  package var isIdle: Bool {
    switch stage {
    case .requestLine: input.count == 0 && emptyLines == 0
    case .ended: true
    case .fields, .sizedBody, .chunkedBody, .refused: false
    }
  }

  /// How many bytes wait to be read.
  package var unreadBytes: Int { input.count }

  /// Adds bytes that were received.
  package mutating func add(_ bytes: some Collection<UInt8>) {
    switch stage {
    case .ended, .refused: break
    case .requestLine, .fields, .sizedBody, .chunkedBody: input.add(bytes)
    }
  }

  /// What has come.
  ///
  /// - Throws: why no request can be read from this connection any more. The host answers so, with
  ///   `HTTPAnswerForm.closing`, and closes; asked again, the reader throws the same.
  /// - Complexity: O(n) in the bytes added, over all calls.
  package mutating func next() throws(HTTPRefusal) -> Event {
    do {
      return try advance()
    } catch {
      stage = .refused(error)
      input.removeAll()
      throw error
    }
  }

  private mutating func advance() throws(HTTPRefusal) -> Event {
    while true {
      switch stage {
      case .requestLine:
        guard try readRequestLine() else { return .needsBytes }
        stage = .fields
      case .fields:
        guard try section.read(from: &input) else { return .needsBytes }
        stage = try bodyStage()
        if section.framing.expectsContinue, line.version == .http11, hasBody, input.count == 0 {
          return .expectsContinue
        }
      case .sizedBody(let bytes):
        guard input.count >= bytes else { return .needsBytes }
        return .request(finish(body: bytes == 0 ? [] : input.take(bytes)))
      case .chunkedBody(var chunks):
        // The reader must not hold them twice, or each piece of the body would copy all of it.
        stage = .fields
        let body = try chunks.read(from: &input)
        guard let body else {
          stage = .chunkedBody(chunks)
          return .needsBytes
        }
        return .request(finish(body: body))
      case .ended: return .ended
      case .refused(let refusal): throw refusal
      }
    }
  }

  private mutating func readRequestLine() throws(HTTPRefusal) -> Bool {
    while let next = try input.line(limit: HTTPLimits.maxRequestLineBytes, orElse: HTTPRequestLine.tooLong) {
      if next.content.isEmpty {
        emptyLines += 1
        guard emptyLines <= HTTPLimits.maxEmptyLines else {
          throw .malformed("there are more than \(HTTPLimits.maxEmptyLines) empty lines before a request")
        }
        continue
      }
      line = try HTTPRequestLine(next.content)
      section = HTTPFieldSection()
      return true
    }
    return false
  }

  private var hasBody: Bool {
    switch stage {
    case .sizedBody(let bytes): bytes > 0
    case .chunkedBody: true
    case .requestLine, .fields, .ended, .refused: false
    }
  }

  /// How the body is read, once the head is complete.
  private mutating func bodyStage() throws(HTTPRefusal) -> Stage {
    if line.version == .http11, section.framing.host == nil {
      throw .malformed("there is no Host field; HTTP/1.1 needs one")
    }
    // RFC 9112 §3.2.2: an absolute target says whom it is for, and the field is ignored.
    if let host = line.host { section.framing.host = host }
    if section.framing.isChunked {
      guard line.version == .http11 else { throw .malformed("HTTP/1.0 knows no Transfer-Encoding") }
      return .chunkedBody(HTTPChunkedBody(limit: HTTPLimits.maxBodyBytes))
    }
    let length = section.framing.contentLength ?? 0
    guard length <= HTTPLimits.maxBodyBytes else { throw .bodyTooLarge(limit: HTTPLimits.maxBodyBytes) }
    return .sizedBody(bytes: length)
  }

  private mutating func finish(body: [UInt8]) -> HTTPRequest {
    let keepsAlive = section.framing.staysOpen(in: line.version)
    let request = HTTPRequest(
      method: line.method, target: line.target, version: line.version, host: section.framing.host,
      keepsAlive: keepsAlive, headers: section.headers, body: body)
    (line, section, emptyLines) = (HTTPRequestLine(), HTTPFieldSection(), 0)
    stage = keepsAlive ? .requestLine : .ended
    if input.count == 0 || !keepsAlive { input.removeAll() }
    return request
  }
}

/// The first line of a request (RFC 9112 §3).
struct HTTPRequestLine: Sendable {
  var method = HTTPMethod.get
  /// From the first slash on.
  var target: [UInt8] = []
  var version = HTTPVersion.http11
  /// The host of an absolute target.
  var host: HostAndPort?

  init() {}

  /// Reads `GET /path?query HTTP/1.1`.
  init(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) {
    let name = line.prefix { $0 != .space }
    guard !name.isEmpty, name.allSatisfy(\.isOfToken), name.endIndex < line.endIndex else { throw Self.malformed(line) }
    let rest = line[(name.endIndex + 1)...]
    let whole = rest.prefix { $0 != .space }
    guard !whole.isEmpty, whole.endIndex < rest.endIndex else { throw Self.malformed(line) }
    version = try Self.version(rest[(whole.endIndex + 1)...], of: line)
    guard let method = HTTPMethod(name) else {
      let names = HTTPMethod.allCases.map(\.rawValue).joined(separator: ", ")
      throw HTTPRefusal(.notImplemented, "the method is \(name.quoted); implemented are \(names)")
    }
    self.method = method
    try take(whole)
  }

  private mutating func take(_ whole: ArraySlice<UInt8>) throws(HTTPRefusal) {
    var path = whole
    if whole.first != .slash {
      guard whole.prefix(7).equalsIgnoringCase("http://") else { throw Self.badTarget(whole, "begin with a slash") }
      let authority = whole.dropFirst(7).prefix { $0 != .slash && $0 != UInt8(ascii: "?") }
      guard let named = HostAndPort(authority) else { throw Self.badTarget(whole, "name a host after http://") }
      host = named
      path = whole[authority.endIndex...]
    }
    guard path.count <= HTTPLimits.maxTargetBytes else { throw Self.tooLong }
    guard path.allSatisfy({ $0 > .space && $0 != 0x7F && $0 != UInt8(ascii: "#") }) else {
      throw Self.badTarget(path, "have control characters and # percent-encoded")
    }
    guard PercentCoding.isValid(path) else {
      throw Self.badTarget(path, "have two hexadecimal digits behind each %")
    }
    // Of `http://host?query`, too, the path begins with a slash.
    target = path.first == .slash ? Array(path) : [.slash] + path
  }

  private static func version(
    _ text: ArraySlice<UInt8>, of line: ArraySlice<UInt8>
  ) throws(HTTPRefusal) -> HTTPVersion {
    switch HTTPVersion.reading(text) {
    case .known(let version): return version
    case .other:
      throw HTTPRefusal(.versionNotSupported, "the version is \(text.quoted); supported are HTTP/1.1 and HTTP/1.0")
    case .malformed: throw malformed(line)
    }
  }

  private static func malformed(_ line: ArraySlice<UInt8>) -> HTTPRefusal {
    .malformed(
      "the request line is \(line.quoted); expected a method, a path and HTTP/1.1, with one blank between them")
  }

  private static func badTarget(_ target: ArraySlice<UInt8>, _ expected: String) -> HTTPRefusal {
    .malformed("the target is \(target.quoted); expected it to \(expected)")
  }

  static let tooLong = HTTPRefusal(.uriTooLong, "the target is longer than \(HTTPLimits.maxTargetBytes) bytes")
}
