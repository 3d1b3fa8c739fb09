/// A response (RFC 9112), as a server writes it and as a client reads it.
package struct HTTPResponse: Hashable, Sendable {
  package var status: HTTPStatus
  /// The fields that are not about the message itself: neither `Content-Length` nor `Transfer-Encoding` nor `Connection`.
  package var headers: HTTPHeaders
  package var body: [UInt8]

  package init(_ status: HTTPStatus, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
    (self.status, self.headers, self.body) = (status, headers, body)
  }

  /// What a client that has sent `Expect: 100-continue` waits for.
  package static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Writes it as the answer to a request.
  package func write(into output: inout [UInt8], as form: HTTPAnswerForm) {
    output.reserveCapacity(output.count + 256 + (form.isHead ? 0 : body.count))
    output.append(contentsOf: "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n".utf8)
    headers.write(into: &output)
    output.append(contentsOf: "Content-Length: \(body.count)\r\n".utf8)
    switch (form.keepsAlive, form.version) {
    case (true, .http11): break
    case (true, .http10): output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
    case (false, _): output.append(contentsOf: "Connection: close\r\n".utf8)
    }
    output.append(contentsOf: "\r\n".utf8)
    if !form.isHead { output.append(contentsOf: body) }
  }

  /// Its bytes as the answer to a request.
  package func bytes(as form: HTTPAnswerForm) -> [UInt8] {
    var bytes: [UInt8] = []
    write(into: &bytes, as: form)
    return bytes
  }
}
