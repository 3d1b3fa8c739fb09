import Testing

@testable import Hosting

@Suite("Malformed HTTP is refused")
struct HTTPMalformedTests {
  /// A head with one line more than a good one.
  private static func with(_ line: String) -> String { head("POST /db/x HTTP/1.1", "Host: localhost", line) }

  static let heads: [(text: String, status: HTTPStatus)] = [
    ("GET /\r\n\r\n", .badRequest),
    ("GET\r\n\r\n", .badRequest),
    (" GET / HTTP/1.1\r\n\r\n", .badRequest),
    ("GET  / HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /  HTTP/1.1\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1 \r\n\r\n", .badRequest),
    ("GET /a b HTTP/1.1\r\n\r\n", .badRequest),
    ("GET\t/ HTTP/1.1\r\n\r\n", .badRequest),
    ("G(T / HTTP/1.1\r\n\r\n", .badRequest),
    ("GET / http/1.1\r\n\r\n", .badRequest),
    ("GET / HTTP/1\r\n\r\n", .badRequest),
    ("GET / HTTP/11.1\r\n\r\n", .badRequest),
    ("GET / HTTP/1.x\r\n\r\n", .badRequest),
    ("GET / HTTP/2.0\r\n\r\n", .versionNotSupported),
    ("GET / HTTP/0.9\r\n\r\n", .versionNotSupported),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .versionNotSupported),
    ("get / HTTP/1.1\r\n\r\n", .notImplemented),
    ("CONNECT a:80 HTTP/1.1\r\n\r\n", .notImplemented),
    ("BREW / HTTP/1.1\r\n\r\n", .notImplemented),
    ("GET db/x HTTP/1.1\r\n\r\n", .badRequest),
    ("OPTIONS * HTTP/1.1\r\n\r\n", .badRequest),
    ("GET https://x/ HTTP/1.1\r\n\r\n", .badRequest),
    ("GET http:///x HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /a#b HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /a\u{0}b HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /a\u{7F} HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /a\rb HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /% HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /%4 HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /%4g HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /x?a=%zz HTTP/1.1\r\n\r\n", .badRequest),
    ("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", .badRequest),
    ("\u{16}\u{3}\u{1}\u{2}\n", .badRequest),
    (head("GET / HTTP/1.1"), .badRequest),
    (head("GET / HTTP/1.1", "Host:"), .badRequest),
    (head("GET / HTTP/1.1", "Host: a b"), .badRequest),
    (head("GET / HTTP/1.1", "Host: user@localhost"), .badRequest),
    (head("GET / HTTP/1.1", "Host: localhost:0"), .badRequest),
    (head("GET / HTTP/1.1", "Host: localhost:65536"), .badRequest),
    (head("GET / HTTP/1.1", "Host: localhost:+1"), .badRequest),
    (head("GET / HTTP/1.1", "Host: [::1"), .badRequest),
    (head("GET / HTTP/1.1", "Host: [::1]x"), .badRequest),
    (head("GET / HTTP/1.1", "Host: []"), .badRequest),
    (with("Host: localhost"), .badRequest),
    (with("Name : value"), .badRequest),
    (with(": value"), .badRequest),
    (with("no colon"), .badRequest),
    (with("a b: value"), .badRequest),
    (with(" folded"), .badRequest),
    (with("X: y\r\n\tfolded"), .badRequest),
    (with("X: a\u{0}b"), .badRequest),
    (with("X: a\rb"), .badRequest),
    (with("X: a\u{8}b"), .badRequest),
    (with("X: y\r"), .badRequest),
    (with("Expect: the unexpected"), .expectationFailed),
    (with("Content-Length: "), .badRequest),
    (with("Content-Length: five"), .badRequest),
    (with("Content-Length: 0x5"), .badRequest),
    (with("Transfer-Encoding: gzip"), .notImplemented),
    (with("Transfer-Encoding: chunked") + "x\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "5 5\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "2\r\nabc\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "0\r\n folded\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "1;" + String(repeating: "e", count: 300) + "\r\n", .badRequest),
  ]

  @Test("Whatever is malformed has its status and a sentence, wherever it is cut", arguments: heads.indices)
  func malformed(place: Int) throws {
    let (text, status) = Self.heads[place]
    let reading = HTTPReading(text)
    let refusal = try #require(reading.refusal, "\(text.debugDescription) was read")
    #expect(refusal.status == status && reading.requests.isEmpty, "\(text.debugDescription)")
    #expect(refusal.sentence.utf8.count > 10 && refusal.sentence.utf8.allSatisfy { $0 >= 0x20 })
    #expect(HTTPReading(text, inPiecesOf: 1).refusal == refusal, "\(text.debugDescription) in pieces")
  }

  /// What two readers in a row could understand differently (request smuggling).
  static let smuggled: [(text: String, status: HTTPStatus)] = [
    (with("Content-Length: 5\r\nContent-Length: 6") + "hello!", .badRequest),
    (with("Content-Length: 5\r\ncontent-length: 5") + "hello", .badRequest),
    (with("Content-Length: 5, 5") + "hello", .badRequest),
    (with("Content-Length: +5") + "hello", .badRequest),
    (with("Content-Length: -5") + "hello", .badRequest),
    (with("Content-Length: 5 5") + "hello", .badRequest),
    (with("Content-Length: 5\u{B}") + "hello", .badRequest),
    (with("Content-Length : 5") + "hello", .badRequest),
    (with("Content-Length: 5\r\nTransfer-Encoding: chunked") + "0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked\r\nContent-Length: 5") + "0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked") + "0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity") + "0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n", .notImplemented),
    (with("Transfer-Encoding: chunked, identity") + "0\r\n\r\n", .notImplemented),
    (with("Transfer-Encoding: xchunked") + "0\r\n\r\n", .notImplemented),
    (with("Transfer-Encoding: \"chunked\"") + "0\r\n\r\n", .notImplemented),
    (with("Transfer-Encoding : chunked") + "0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding:\r\n chunked") + "0\r\n\r\n", .notImplemented),
    (with("X: y\r\n Transfer-Encoding: chunked") + "0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "5\nhello\r\n0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "5\r\nhello\n0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "5;a\nb\r\nhello\r\n0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "0\r\n\nGET / HTTP/1.1\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "0x5\r\nhello\r\n0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "-5\r\nhello\r\n0\r\n\r\n", .badRequest),
    (with("Transfer-Encoding: chunked") + "5 \u{B}\r\nhello\r\n0\r\n\r\n", .badRequest),
    (head("POST / HTTP/1.0", "Transfer-Encoding: chunked") + "0\r\n\r\n", .badRequest),
  ]

  @Test("Whatever two readers could end at two places is refused", arguments: smuggled.indices)
  func smuggling(place: Int) {
    let (text, status) = Self.smuggled[place]
    for size in [1, 4, .max] {
      let reading = HTTPReading(text, inPiecesOf: size)
      #expect(reading.requests.isEmpty && reading.refusal?.status == status, "\(text.debugDescription)")
    }
  }
}
