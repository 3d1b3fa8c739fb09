import Determinism
import Testing

@testable import Hosting

@Suite("HTTP from anybody")
struct HTTPRandomTests {
  /// Good requests, one of each kind of body.
  static let samples = [
    head("GET /db/key?stale=true HTTP/1.1", "Host: localhost:8001", "Accept: application/json"),
    head(
      "PUT /v1/kv/a%20b?expected=%00 HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 11", "Raftkv-Session: 4",
      "Raftkv-Sequence: 1")
      + "hello world",
    head("POST /v1/members HTTP/1.1", "Host: [::1]:1", "Transfer-Encoding: chunked", "Expect: 100-continue")
      + "6\r\n{\"add\"\r\n26;x=y\r\n:[{\"id\":4,\"peer\":\"a:1\",\"http\":\"b:2\"}]}\r\n0\r\nT: x\r\n\r\n",
    head("POST /join HTTP/1.0", "Connection: keep-alive", "Content-Length: 50")
      + "{\"name\":\"n4\",\"connectionString\":\"http://[::1]:80\"}",
  ].map { Array($0.utf8) }

  /// Bytes that mean something, more often than others.
  private static let telling = Array("\r\n\t :;,/?%&=\"\\{}[]0159aAfFnHT\u{0}\u{7F}".utf8) + [0x80, 0xFF]

  /// Requests in a row with some bytes changed, taken out, put in or repeated.
  private func mutated(_ draws: inout DiceSequence) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0...draws.next().below(3) { bytes += draws.pick(Self.samples) }
    for _ in 0..<draws.next().below(3) {
      let place = draws.next().below(bytes.count)
      let byte = draws.next().below(2) == 0 ? draws.pick(Self.telling) : UInt8(draws.next().below(256))
      switch draws.next().below(4) {
      case 0: bytes[place] = byte
      case 1: bytes.insert(byte, at: place)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + draws.next().below(8)))
      default:
        bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + draws.next().below(40))], at: place)
      }
      if bytes.isEmpty { bytes = [byte] }
    }
    return bytes
  }

  @Test("The samples are good", arguments: samples)
  func goodSamples(bytes: [UInt8]) throws {
    let reading = HTTPReading(bytes + bytes, inPiecesOf: .max)
    #expect(reading.requests.count == 2 && reading.refusal == nil && reading.isIdle)
    _ = try APIRouter().request(for: try #require(reading.requests.first))
  }

  @Test("Changed requests are read or refused alike, wherever they are cut, and the router takes or refuses each")
  func mutations() {
    let router = APIRouter()
    var (read, refused, routed) = (0, 0, 0)
    for number in 0..<2_000 {
      var draws = Dice(seed: 1).sequence(.mutations, UInt64(number))
      let bytes = mutated(&draws)
      let whole = HTTPReading(bytes, inPiecesOf: .max)
      #expect(HTTPReading(bytes, inPiecesOf: 1).uncut == whole.uncut, "\(number): \(bytes.text.debugDescription)")
      #expect(HTTPReading(bytes, sizes: { 1 + draws.next().below(20) }).uncut == whole.uncut, "\(number)")
      read += whole.requests.count
      refused += whole.refusal == nil ? 0 : 1
      for request in whole.requests where (try? router.request(for: request)) != nil { routed += 1 }
    }
    #expect(read > 1_500 && refused > 500 && routed > 700, "\(read) read, \(refused) refused, \(routed) routed")
  }

  @Test("Random bytes are refused or waited for, and never more than the limits are kept")
  func randomBytes() throws {
    for number in 0..<1_000 {
      var draws = Dice(seed: 2).sequence(.randomBytes, UInt64(number))
      let bytes = (0..<draws.next().below(300)).map { _ in
        draws.next().below(3) == 0 ? draws.pick(Self.telling) : UInt8(draws.next().below(256))
      }
      let whole = HTTPReading(bytes, inPiecesOf: .max)
      #expect(HTTPReading(bytes, inPiecesOf: 1) == whole, "\(number)")
      #expect(whole.requests.isEmpty)
      _ = try? JSONValue(reading: bytes)
      var responses = HTTPResponseReader()
      responses.add(bytes)
      _ = try? responses.end(to: .get)
      _ = Base64.decoded(bytes)
      _ = HostAndPort(bytes)
      if let decoded = PercentCoding.decoded(bytes) { #expect(decoded.count <= bytes.count) }
    }
  }

  @Test("Random bodies and queries are taken or refused by every route")
  func randomBodies() {
    let router = APIRouter()
    var taken = 0
    for number in 0..<2_000 {
      var draws = Dice(seed: 3).sequence(.randomBytes, UInt64(number))
      let route = draws.pick(APIRoute.allCases)
      let words = ["true", "stale", "expected", "append", "absent", "redirect", "=", "&", "%41", "false"]
      let query = (0..<draws.next().below(6)).map { _ in draws.pick(words) }.joined()
      let parts = [
        "{", "}", "[", "]", "\"name\"", ":", ",", "\"n2\"", "\"add\"", "\"to\"", "3", "-1", "1e9", "null", "\"id\"",
      ]
      let body = (0..<draws.next().below(10)).map { _ in draws.pick(parts) }.joined()
      let request = HTTPRequest(
        draws.pick(route.methods), route.rawValue + (route.takesKey ? "k?" : "?") + query, to: .local,
        body: Array(body.utf8))
      do throws(HTTPRefusal) {
        _ = try router.request(for: request)
        taken += 1
      } catch {
        #expect(error.status == .badRequest, "\(number): \(error)")
      }
    }
    #expect(taken > 200)
  }
}
