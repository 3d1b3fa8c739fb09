/// A request (RFC 9112), as a server reads it and as a client writes it.
package struct HTTPRequest: Hashable, Sendable {
  package var method: HTTPMethod
  /// The path and, after `?`, the query, percent-encoded: it begins with a slash. Bytes beyond ASCII may stand for
  /// themselves.
  package var target: [UInt8]
  package var version: HTTPVersion
  /// Whom it is for; `nil` only in HTTP/1.0.
  package var host: HostAndPort?
  /// Whether the connection stays open after its answer.
  package var keepsAlive: Bool
  /// The fields that are not about the message itself: none of `Host`, `Content-Length`, `Transfer-Encoding`,
  /// `Connection` and `Expect` is among them.
  package var headers: HTTPHeaders
  package var body: [UInt8]

  /// A request that a client sends.
  ///
  /// - Parameter target: percent-encoded, from the first slash on.
  package init(
    _ method: HTTPMethod, _ target: some Sequence<UInt8>, to host: HostAndPort, headers: HTTPHeaders = HTTPHeaders(),
    body: [UInt8] = []
  ) {
    (self.method, self.target, version) = (method, Array(target), .http11)
    (self.host, keepsAlive, self.headers, self.body) = (host, true, headers, body)
  }

  /// The same for a target that is known when the program is written.
  package init(_ method: HTTPMethod, _ target: String, to host: HostAndPort, body: [UInt8] = []) {
    self.init(method, target.utf8, to: host, body: body)
  }

  /// A request that was read.
  init(
    method: HTTPMethod, target: [UInt8], version: HTTPVersion, host: HostAndPort?, keepsAlive: Bool,
    headers: HTTPHeaders, body: [UInt8]
  ) {
    (self.method, self.target, self.version) = (method, target, version)
    (self.host, self.keepsAlive, self.headers, self.body) = (host, keepsAlive, headers, body)
  }

  /// The target up to its query, percent-encoded.
  package var path: ArraySlice<UInt8> { target.prefix { $0 != UInt8(ascii: "?") } }

  /// The target behind its first question mark, percent-encoded; `nil` without one.
  package var query: ArraySlice<UInt8>? {
    let path = path
    return path.endIndex < target.endIndex ? target[(path.endIndex + 1)...] : nil
  }

  /// What its answer needs of it.
  package var answerForm: HTTPAnswerForm {
    HTTPAnswerForm(isHead: method == .head, version: version, keepsAlive: keepsAlive)
  }

  /// Writes it, with `Host`, the length of its body, and `Connection` where it closes.
  package func write(into output: inout [UInt8]) {
    output.reserveCapacity(output.count + 128 + target.count + body.count)
    output.append(contentsOf: method.rawValue.utf8)
    output.append(.space)
    output.append(contentsOf: target)
    output.append(contentsOf: version == .http11 ? " HTTP/1.1\r\n".utf8 : " HTTP/1.0\r\n".utf8)
    if let host { output.append(contentsOf: "Host: \(host)\r\n".utf8) }
    if keepsAlive != (version == .http11) {
      output.append(contentsOf: keepsAlive ? "Connection: keep-alive\r\n".utf8 : "Connection: close\r\n".utf8)
    }
    headers.write(into: &output)
    // RFC 9110 §8.6: a length is not expected of a method that has no use for a body.
    if !body.isEmpty || method == .post || method == .put || method == .patch {
      output.append(contentsOf: "Content-Length: \(body.count)\r\n".utf8)
    }
    output.append(contentsOf: "\r\n".utf8)
    output.append(contentsOf: body)
  }

  /// Its bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return bytes
  }
}

/// What the answer to a request needs of it, when the request itself is gone.
package struct HTTPAnswerForm: Hashable, Sendable {
  /// Whether the answer ends with its head.
  package var isHead: Bool
  package var version: HTTPVersion
  /// Whether the connection stays open.
  package var keepsAlive: Bool

  package init(isHead: Bool = false, version: HTTPVersion = .http11, keepsAlive: Bool) {
    (self.isHead, self.version, self.keepsAlive) = (isHead, version, keepsAlive)
  }

  /// Of the answer to what could not be read, after which nothing else can be.
  package static let closing = HTTPAnswerForm(keepsAlive: false)
}
