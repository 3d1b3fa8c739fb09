import Determinism
import Testing

@testable import Hosting

@Suite("HTTP for clients")
struct HTTPClientTests {
  @Test("A request that a client writes is read as it was", arguments: HTTPMethod.allCases)
  func roundTrip(method: HTTPMethod) {
    for number in 0..<100 {
      var draws = Dice(seed: 4).sequence(.randomBytes, UInt64(number))
      let key = (0..<draws.next().below(40)).map { _ in UInt8(draws.next().below(256)) }
      let body = (0..<draws.next().below(200)).map { _ in UInt8(draws.next().below(256)) }
      var headers = HTTPHeaders()
      for place in 0..<draws.next().below(4) { headers.append("X-\(place)", "value \(draws.next().bits)") }
      var request = HTTPRequest(
        method, "/v1/kv/".utf8 + PercentCoding.encoded(key), to: .local, headers: headers, body: body)
      request.keepsAlive = draws.next().below(2) == 0
      let reading = HTTPReading(request.bytes, inPiecesOf: 1 + draws.next().below(50))
      #expect(reading.requests == [request], "\(number)")
      #expect(PercentCoding.decoded(request.path.dropFirst(7)) == key)
    }
  }

  @Test("A response that a server writes is read as it was", arguments: [1, 5, .max])
  func responses(size: Int) throws {
    var headers = HTTPHeaders()
    headers.append("Content-Type", "text/plain")
    headers.append("Raftkv-Outcome", "ok")
    for (response, form) in [
      (HTTPResponse(.ok, headers: headers, body: Array("hello".utf8)), HTTPAnswerForm(keepsAlive: true)),
      (HTTPResponse(.notFound, headers: headers), HTTPAnswerForm(keepsAlive: true)),
      (HTTPResponse(HTTPStatus(rawValue: 599), body: [0, 255]), .closing),
      (HTTPResponse(.ok, body: [1]), HTTPAnswerForm(version: .http10, keepsAlive: true)),
    ] {
      let (read, reader) = try read(response.bytes(as: form), inPiecesOf: size)
      #expect(read == [response])
      #expect(reader.keepsAlive == form.keepsAlive && !reader.hasBegun)
    }
  }

  @Test("The answer to HEAD has the length of its body and no body")
  func toHead() throws {
    let response = HTTPResponse(.ok, body: Array("hello".utf8))
    let bytes = response.bytes(as: HTTPAnswerForm(isHead: true, keepsAlive: true))
    #expect(bytes.text == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    var reader = HTTPResponseReader()
    reader.add(bytes)
    #expect(try reader.next(to: .head) == HTTPResponse(.ok))
    #expect(try reader.next(to: .head) == nil)
    let request = try #require(HTTPReading(head("HEAD / HTTP/1.0")).requests.first)
    #expect(request.answerForm == HTTPAnswerForm(isHead: true, version: .http10, keepsAlive: false))
  }

  @Test("A value with a line end cannot end a header field")
  func injection() throws {
    var headers = HTTPHeaders()
    headers.append("Lo cation\r\n", "http://x\r\nSet-Cookie: a\u{0}")
    let bytes = HTTPResponse(.ok, headers: headers).bytes(as: .closing)
    #expect(bytes.text.contains("\r\nLocation: http://x  Set-Cookie: a \r\n"))
  }

  @Test(
    "Bodies in chunks, bodies that end with the connection and interim responses are read", arguments: [1, 4, .max])
  func bodies(size: Int) throws {
    let chunked =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "3\r\nabc\r\n0\r\n\r\n"
    #expect(try read(Array(chunked.utf8), inPiecesOf: size).responses.map(\.body.text) == ["abc"])
    let closing = "HTTP/1.0 200\r\nX: y\r\n\r\nuntil the end"
    let (responses, reader) = try read(Array(closing.utf8), inPiecesOf: size, thenEnd: true)
    #expect(responses.map(\.body.text) == ["until the end"] && !reader.keepsAlive)
    let none = "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
    #expect(try read(Array(none.utf8), inPiecesOf: size).responses.map(\.status) == [.noContent, .notModified])
  }

  @Test("A connection that ends within a response is an error, and one that ends between two is not")
  func ends() throws {
    for text in ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "H", "HTTP/1.1 100 Continue\r\n\r\n"] {
      var reader = HTTPResponseReader()
      reader.add(text.utf8)
      #expect(try reader.next(to: .get) == nil)
      #expect(reader.hasBegun)
      #expect(throws: HTTPResponseError.self) { try reader.end(to: .get) }
      #expect(throws: HTTPResponseError.self) { try reader.next(to: .get) }
    }
    var reader = HTTPResponseReader()
    #expect(try reader.end(to: .get) == nil)
  }

  @Test(
    "What is no response is an error",
    arguments: [
      "HTP/1.1 200 OK\r\n", "HTTP/2.0 200 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.1 099 x\r\n",
      "HTTP/1.1 600 x\r\n", "HTTP/1.1  200\r\n", "HTTP/1.1 200OK\r\n", "\r\n", "HTTP/1.1 101 Switching Protocols\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "HTTP/1.1 200 " + String(repeating: "x", count: 2_000),
    ])
  func malformed(text: String) {
    for size in [1, .max] {
      #expect(throws: HTTPResponseError.self) { try read(Array(text.utf8), inPiecesOf: size) }
    }
  }

  @Test("A body that ends with the connection has a limit, too")
  func endlessBody() throws {
    var reader = HTTPResponseReader()
    reader.add("HTTP/1.1 200 OK\r\n\r\n".utf8)
    let piece = [UInt8](repeating: 0, count: HTTPLimits.maxResponseBodyBytes / 4)
    for _ in 0..<4 {
      reader.add(piece)
      #expect(try reader.next(to: .get) == nil)
    }
    reader.add([0])
    #expect(throws: HTTPResponseError.self) { try reader.next(to: .get) }
  }

  private func read(
    _ bytes: [UInt8], inPiecesOf size: Int, thenEnd: Bool = false
  ) throws -> (responses: [HTTPResponse], reader: HTTPResponseReader) {
    var reader = HTTPResponseReader()
    var responses: [HTTPResponse] = []
    var place = 0
    while place < bytes.count {
      let end = place + min(size, bytes.count - place)
      reader.add(bytes[place..<end])
      place = end
      while let response = try reader.next(to: .get) { responses.append(response) }
    }
    if thenEnd, let response = try reader.end(to: .get) { responses.append(response) }
    return (responses, reader)
  }
}
