import KeyValue
import Replica
import Testing

@testable import Hosting

@Suite("HTTP requests are read")
struct HTTPRequestReaderTests {
  private let put = head("PUT /v1/kv/a%2Fb?x=1 HTTP/1.1", "Host: localhost:8001", "X-One:  two ", "Content-Length: 5")

  @Test("A request has its method, target, host, other headers and body", arguments: [1, 2, 7, .max])
  func whole(size: Int) throws {
    let reading = HTTPReading(put + "hello", inPiecesOf: size)
    let request = try #require(reading.requests.first)
    #expect(reading.requests.count == 1 && reading.refusal == nil && reading.isIdle)
    #expect(request.method == .put && request.version == .http11 && request.keepsAlive)
    #expect(request.path.text == "/v1/kv/a%2Fb" && request.query?.text == "x=1")
    #expect(request.host == HostAndPort("localhost:8001"))
    #expect(request.header("x-one") == "two" && request.headers.count == 1)
    #expect(request.body.text == "hello")
  }

  @Test("Pipelined requests come out one after the other", arguments: [1, 3, 64, .max])
  func pipelined(size: Int) {
    let get = head("GET /db/x HTTP/1.1", "Host: localhost")
    let reading = HTTPReading(put + "12345" + get + "\r\n" + put + "abcde", inPiecesOf: size)
    #expect(reading.requests.map(\.method) == [.put, .get, .put])
    #expect(reading.requests.map(\.body.text) == ["12345", "", "abcde"])
    #expect(reading.refusal == nil && reading.isIdle)
  }

  @Test("A long row of pipelined requests is read in pieces of every size", arguments: [1_000, 4_097, 9_999, 65_536])
  func longRow(size: Int) {
    let row = String(repeating: put + "hello", count: 1_000)
    let reading = HTTPReading(row, inPiecesOf: size)
    #expect(reading.requests.count == 1_000 && reading.refusal == nil && reading.isIdle)
    #expect(reading.requests.allSatisfy { $0 == reading.requests.first })
  }

  @Test("What is read of a row that still comes in makes room")
  func room() throws {
    var reader = HTTPRequestReader()
    var count = 0
    let row = Array(String(repeating: put + "hello", count: 50).utf8)
    reader.add(row)
    for _ in 0..<100 {
      // Half of what waits is taken before more comes, so that the buffer is never empty.
      for _ in 0..<50 {
        guard case .request(let request) = try reader.next() else { break }
        #expect(request.body.count == 5)
        count += 1
        if reader.unreadBytes < row.count / 2 { break }
      }
      reader.add(row.prefix((put.utf8.count + 5) * 26))
    }
    #expect(count > 2_000)
  }

  @Test("A body in chunks is put together, without extensions and trailer", arguments: [1, 2, 5, .max])
  func chunked(size: Int) {
    let text =
      head("POST /db/x HTTP/1.1", "Host: localhost", "Transfer-Encoding: Chunked")
      + "5\r\nhello\r\n0A ;name=\"v\"\r\n, world...\r\n000\r\nTrailer: x\r\n\r\n"
      + head("GET / HTTP/1.1", "Host: [::1]:80")
    let reading = HTTPReading(text, inPiecesOf: size)
    #expect(reading.requests.map(\.body.text) == ["hello, world...", ""])
    #expect(reading.requests.last?.host?.host == "[::1]")
    #expect(reading.requests.first?.headers.count == 0)
  }

  @Test(
    "A connection stays open as its version and its Connection fields say",
    arguments: [
      ("HTTP/1.1", nil, true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "x, Close", false), ("HTTP/1.0", nil, false),
      ("HTTP/1.0", "Keep-Alive", true), ("HTTP/1.0", "keep-alive, close", false), ("HTTP/1.7", nil, true),
      ("HTTP/1.1", "closed", true),
    ] as [(String, String?, Bool)])
  func keepAlive(version: String, connection: String?, keepsAlive: Bool) {
    let line = connection.map { "Connection: \($0)\r\n" } ?? ""
    let request = "GET / \(version)\r\nHost: localhost\r\n\(line)\r\n"
    let reading = HTTPReading(request + request, inPiecesOf: .max)
    #expect(reading.requests.map(\.keepsAlive) == (keepsAlive ? [true, true] : [false]))
    #expect(reading.hasEnded == !keepsAlive)
  }

  @Test("What comes after the last request of a connection is dropped")
  func afterTheLast() throws {
    var reader = HTTPRequestReader()
    reader.add(head("GET / HTTP/1.0").utf8)
    guard case .request = try reader.next() else { return #expect(Bool(false), "no request") }
    reader.add([UInt8](repeating: 0, count: 1_000_000))
    #expect(try reader.next() == .ended)
    #expect(reader.unreadBytes == 0)
  }

  @Test("HTTP/1.0 needs no Host, an absolute target brings its own, and a bare LF may end a line of a head")
  func lenient() {
    #expect(HTTPReading("GET / HTTP/1.0\n\n").requests.first?.host == nil)
    #expect(HTTPReading("GET / HTTP/1.1\nHost: localhost\n\n").requests.count == 1)
    let absolute = HTTPReading(head("GET HTTP://Example.org:81?a HTTP/1.1", "Host: localhost")).requests.first
    #expect(absolute?.host == HostAndPort("example.org:81") && absolute?.target.text == "/?a")
    #expect(HTTPReading("\r\n\r\n" + head("GET / HTTP/1.1", "Host: x")).requests.count == 1)
    #expect(HTTPReading("\r\n").isIdle == false)
    #expect(HTTPReading(head("GET /db/\u{E9}|\"<> HTTP/1.1", "Host: x")).requests.count == 1)
  }

  @Test("An interim answer is asked for once, and only while the body is missing")
  func expectContinue() {
    let ask = head("PUT /db/x HTTP/1.1", "Host: x", "Expect: 100-Continue", "Content-Length: 2")
    #expect(HTTPReading(Array((ask + "ab").utf8), inPiecesOf: ask.utf8.count).continues == 1)
    #expect(HTTPReading(ask + "ab", inPiecesOf: 1).continues == 1)
    #expect(HTTPReading(ask + "ab", inPiecesOf: 1).requests.first?.body.text == "ab")
    #expect(HTTPReading(ask + "ab").continues == 0)
    let chunked = head("PUT /db/x HTTP/1.1", "Host: x", "Expect: 100-continue", "Transfer-Encoding: chunked")
    #expect(HTTPReading(chunked).continues == 1)
    #expect(HTTPReading(head("GET / HTTP/1.1", "Host: x", "Expect: 100-continue")).continues == 0)
    let old = head("PUT / HTTP/1.0", "Expect: 100-continue", "Content-Length: 2")
    #expect(HTTPReading(old).continues == 0)
  }

  @Test("The limits leave room for every request that the store takes, and a server can pass on what is read")
  func limits() {
    #expect(HTTPLimits.maxTargetBytes > 3 * (KeyValueLimits.maxKeyBytes + KeyValueLimits.maxValueBytes))
    #expect(HTTPLimits.maxBodyBytes > 6 * (KeyValueLimits.maxKeyBytes + KeyValueLimits.maxValueBytes))
    #expect(HTTPLimits.maxBodyBytes <= WireLimits.maxRequestFieldBytes)
    #expect(HTTPLimits.maxTargetBytes < HTTPLimits.maxRequestLineBytes)
    #expect(HTTPLimits.maxResponseBodyBytes > HTTPLimits.maxBodyBytes)
  }

  @Test(
    "A request at a limit is read, and one beyond is refused with the status of what is too long", arguments: [1, .max])
  func atTheLimits(size: Int) {
    // In pieces of one byte only the shorter ones.
    let host = "Host: x\r\n\r\n"
    func path(_ bytes: Int) -> String { "/" + String(repeating: "a", count: bytes - 1) }
    func target(_ bytes: Int) -> HTTPReading { HTTPReading("GET \(path(bytes)) HTTP/1.1\r\n" + host, inPiecesOf: size) }
    #expect(target(HTTPLimits.maxTargetBytes).requests.count == 1)
    #expect(target(HTTPLimits.maxTargetBytes + 1).refusal?.status == .uriTooLong)
    #expect(target(HTTPLimits.maxTargetBytes + 2_000).refusal?.status == .uriTooLong)

    func fields(_ count: Int) -> HTTPReading {
      HTTPReading("GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: count - 1) + host, inPiecesOf: size)
    }
    #expect(fields(HTTPLimits.maxHeaders).requests.count == 1)
    #expect(fields(HTTPLimits.maxHeaders + 1).refusal?.status == .headerFieldsTooLarge)

    func field(_ bytes: Int) -> HTTPReading {
      HTTPReading("GET / HTTP/1.1\r\na: \(String(repeating: "b", count: bytes - 5 - 9))\r\n" + host, inPiecesOf: size)
    }
    #expect(field(HTTPLimits.maxHeaderBytes).requests.count == 1)
    #expect(field(HTTPLimits.maxHeaderBytes + 1).refusal?.status == .headerFieldsTooLarge)
    let endless = HTTPReading("GET / HTTP/1.1\r\na: " + String(repeating: "b", count: 20_000), inPiecesOf: size)
    #expect(endless.refusal?.status == .headerFieldsTooLarge)
    let line = HTTPReading(String(repeating: "A", count: HTTPLimits.maxRequestLineBytes + 2), inPiecesOf: size)
    #expect(line.refusal?.status == .uriTooLong)
  }

  @Test("A body at its limit is read, and one beyond is refused before it comes", arguments: [1_000, .max])
  func bodyLimits(size: Int) {
    let largest = HTTPLimits.maxBodyBytes
    func sized(_ length: String, _ body: String = "") -> HTTPReading {
      HTTPReading(head("PUT /db/x HTTP/1.1", "Host: x", "Content-Length: \(length)") + body, inPiecesOf: size)
    }
    #expect(sized("\(largest)", String(repeating: "b", count: largest)).requests.first?.body.count == largest)
    #expect(sized("\(largest + 1)").refusal?.status == .contentTooLarge)
    #expect(sized("99999999999999999999999999").refusal?.status == .contentTooLarge)
    func chunks(_ sizes: Int...) -> HTTPReading {
      let body = sizes.map { String($0, radix: 16) + "\r\n" + String(repeating: "c", count: $0) + "\r\n" }.joined()
      let lines = head("PUT /db/x HTTP/1.1", "Host: x", "Transfer-Encoding: chunked")
      return HTTPReading(lines + body + "0\r\n\r\n", inPiecesOf: size)
    }
    #expect(chunks(1_000, largest - 1_000).requests.first?.body.count == largest)
    #expect(chunks(1_000, largest - 999).refusal?.status == .contentTooLarge)
    let huge = head("PUT / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked") + "FFFFFFFFFFFFFFFFFF\r\n"
    #expect(HTTPReading(huge, inPiecesOf: size).refusal?.status == .contentTooLarge)
  }

  @Test("Bodies that come byte by byte take no more than their length")
  func trickle() {
    // Were a byte looked at or copied again with each that comes, this would take minutes.
    let count = 200_000
    let body = String(repeating: "b", count: count)
    let sized = head("PUT / HTTP/1.1", "Host: x", "Content-Length: \(count)") + body
    #expect(HTTPReading(sized, inPiecesOf: 1).requests.first?.body.count == count)
    let chunks = head("PUT / HTTP/1.1", "Host: x", "Transfer-Encoding: chunked")
    let half = String(count / 2, radix: 16) + "\r\n" + body.prefix(count / 2) + "\r\n"
    #expect(HTTPReading(chunks + half + half + "0\r\n\r\n", inPiecesOf: 1).requests.first?.body.count == count)
  }

  @Test("A refusal is repeated, and the reader takes nothing more")
  func refusalStays() {
    var reader = HTTPRequestReader()
    reader.add("nonsense\r\n".utf8)
    #expect(throws: HTTPRefusal.self) { try reader.next() }
    reader.add(head("GET / HTTP/1.1", "Host: x").utf8)
    #expect(throws: HTTPRefusal.self) { try reader.next() }
    #expect(reader.unreadBytes == 0 && !reader.isIdle)
  }
}
