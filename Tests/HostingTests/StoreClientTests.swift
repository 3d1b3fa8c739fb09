import Determinism
import KeyValue
import Raft
import System
import Testing

@testable import Hosting

@Suite("The client of the store")
struct StoreClientTests {
  private typealias Client = StoreClient<ScriptedNetwork>

  private func asking(
    timeout: Duration = .seconds(10), _ fate: @escaping (SocketAddress, HTTPRequest, Int) -> ScriptedNetwork.Fate
  ) -> StoreClient<ScriptedNetwork> {
    StoreClient(of: ScriptedNetwork.servers, timeout: timeout, over: ScriptedNetwork(fate))
  }

  private func append(_ text: String) -> KeyValueOperation { .append(key: x, value: Array(text.utf8)) }

  private func isWrite(_ request: HTTPRequest) -> Bool { request.headers[APIHeader.sequence] != nil }

  private let x = Array("x".utf8)

  private static func says(
    _ status: HTTPStatus, _ outcome: APIOutcome?, _ body: String = ""
  ) -> ScriptedNetwork.Fate {
    var headers = HTTPHeaders()
    if let outcome { headers.append(APIHeader.outcome, outcome.rawValue) }
    return .says(HTTPResponse(status, headers: headers, body: Array(body.utf8)))
  }

  // MARK: Which server

  @Test("The first server is asked whether it knows a leader, then for a session, then for writes")
  func firstRequests() {
    var client = asking { _, _, _ in .answered }
    #expect(client.read(x) == .value(nil))
    #expect(client.write(append("1")) == .done)
    #expect(client.write(append("2")) == .done)
    #expect(client.read(x) == .value(Array("12".utf8)))
    #expect(
      client.network.asked == [
        "1 GET /health", "1 GET /v1/kv/x", "1 POST /v1/sessions", "1 POST /v1/kv/x", "1 POST /v1/kv/x",
        "1 GET /v1/kv/x",
      ])
  }

  @Test("A server that refuses connections, knows no leader or is another program is passed over")
  func passedOver() {
    for fate in [
      ScriptedNetwork.Fate.refused, .lost, Self.says(.serviceUnavailable, .failed), Self.says(.notFound, nil),
    ] {
      var client = asking { server, _, _ in server.port == 8_003 ? .answered : fate }
      #expect(client.write(append("1")) == .done)
      #expect(client.network.asked.suffix(3) == ["3 GET /health", "3 POST /v1/sessions", "3 POST /v1/kv/x"])
      #expect(client.write(append("2")) == .done)
      #expect(client.network.asked.count == 6 && client.network.text(of: "x") == "12")
    }
  }

  @Test("Where no server takes a connection, nothing was done, and that is known before time is up")
  func nobody() {
    var client = asking(timeout: .seconds(60)) { _, _, _ in .refused }
    let told = "cannot connect to 127.0.0.1:8001; cannot connect to 127.0.0.1:8002; cannot connect to 127.0.0.1:8003"
    #expect(client.write(append("1")) == .unavailable(told))
    #expect(client.network.now - LocalInstant(nanoseconds: 0) < .seconds(3))
    #expect(client.read(x) == .unavailable(told) && client.members() == .unavailable(told))
  }

  @Test("A cluster without a leader is asked until time is up, and nothing was done")
  func noLeader() {
    var client = asking { _, _, _ in Self.says(.serviceUnavailable, .failed, #"{"error":"no leader is known"}"#) }
    #expect(client.write(append("1")) == .unavailable("no leader is known"))
    #expect(client.transfer(to: nil) == .unavailable("no leader is known"))
    #expect(client.network.now == LocalInstant(nanoseconds: 20_000_000_000))
    #expect(client.network.asked.allSatisfy { $0.hasSuffix("GET /health") })
  }

  // MARK: Once

  @Test("A write whose answer is lost is sent again with its number, and takes effect once")
  func answerLost() {
    var writes = 0
    var client = asking { _, request, _ in
      guard isWrite(request) else { return .answered }
      writes += 1
      return writes < 3 ? .answerLost : .answered
    }
    #expect(client.write(append("1")) == .done)
    #expect(client.network.text(of: "x") == "1" && writes == 3)
    #expect(client.network.asked.filter { $0.hasSuffix("POST /v1/kv/x") }.map(\.first) == ["1", "2", "3"])
  }

  @Test("A compare-and-set whose answer is lost gets the answer of its first attempt")
  func compareAndSet() {
    var isFirst = true
    var client = asking { _, request, _ in
      defer { if isWrite(request) { isFirst = false } }
      return isWrite(request) && isFirst ? .answerLost : .answered
    }
    #expect(client.write(.compareAndSet(key: x, expected: nil, new: [1])) == .done)
    #expect(client.write(.compareAndSet(key: x, expected: nil, new: [2])) == .mismatch(seen: [1]))
    #expect(client.write(.compareAndSet(key: x, expected: [1], new: [0xFF])) == .done)
    #expect(client.write(.compareAndSet(key: x, expected: [], new: [])) == .mismatch(seen: [0xFF]))
    #expect(client.write(.delete(key: x)) == .done)
    #expect(client.write(.compareAndSet(key: x, expected: [1], new: [])) == .mismatch(seen: nil))
  }

  @Test("A write that was sent and never answered is unknown")
  func neverAnswered() {
    var client = asking { _, request, _ in isWrite(request) ? .lost : .answered }
    #expect(client.write(append("1")).outcome == .unknown)
    var other = asking { _, request, _ in isWrite(request) ? .refused : .answered }
    #expect(other.write(append("1")).outcome == .failed)
  }

  @Test("A refusal says nothing of an earlier attempt, unless what is asked for is too long")
  func refusals() {
    func refusing(_ status: HTTPStatus, _ body: String) -> StoreResult {
      var writes = 0
      var client = asking { _, request, _ in
        guard isWrite(request) else { return .answered }
        writes += 1
        return writes == 1 ? .lost : Self.says(status, .failed, body)
      }
      return client.write(append("1"))
    }
    #expect(refusing(.forbidden, #"{"error":"no"}"#).outcome == .unknown)
    #expect(refusing(.contentTooLarge, #"{"error":"long"}"#) == .refused("long", reason: "too-large"))
    var client = asking { _, request, _ in isWrite(request) ? Self.says(.forbidden, .failed) : .answered }
    #expect(client.write(append("1")) == .refused("127.0.0.1:8001 answers 403", reason: nil))
  }

  @Test("A write in a session that has ended is unknown, and the next one opens another session")
  func sessionEnded() {
    var endsNow = false
    var client = asking { _, request, _ in endsNow && isWrite(request) ? .answeredWithoutSessions : .answered }
    #expect(client.write(append("1")) == .done)
    endsNow = true
    #expect(client.write(append("2")).outcome == .unknown)
    endsNow = false
    #expect(client.write(append("3")) == .done)
    #expect(client.network.text(of: "x") == "13")
  }

  @Test("A session that was idle is not used again")
  func idleSession() {
    var client = asking { _, _, _ in .answered }
    #expect(client.write(append("1")) == .done)
    client.network.pause(StoreClient<ScriptedNetwork>.sessionIdleTime + .seconds(1))
    #expect(client.write(append("2")) == .done)
    #expect(client.network.asked.filter { $0.hasSuffix("/v1/sessions") }.count == 2)
  }

  @Test(
    "Whatever is lost or late, what is said to be done is done once, and what is said not to be is not",
    arguments: 0..<100)
  func once(seed: UInt64) throws {
    var draws = Dice(seed: seed).sequence(.randomBytes, 1)
    // From one fault in two requests to one in twelve.
    let rarity = 2 + Int(seed % 11)
    var client = asking(timeout: .seconds(4)) { _, request, _ in
      guard draws.next().below(rarity) == 0 else { return .answered }
      switch draws.next().below(9) {
      case 0: return .refused
      case 1: return .lost
      case 2, 3: return .answerLost
      case 4, 5: return .late
      case 6: return Self.says(.serviceUnavailable, .failed)
      case 7: return isWrite(request) ? .answeredWithoutSessions : Self.says(HTTPStatus(rawValue: 502), nil)
      default: return Self.says(.gatewayTimeout, request.method == .get ? .failed : .unknown)
      }
    }
    var results: [APIOutcome] = []
    for number in 0..<40 { results.append(client.write(append("\(number),")).outcome) }
    client.network.doLate()
    let numbers = (client.network.text(of: "x") ?? "").split(separator: ",").compactMap { Int($0) }
    #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count, "seed \(seed): \(numbers)")
    for (number, outcome) in results.enumerated() where outcome != .unknown {
      #expect(numbers.contains(number) == (outcome == .ok), "seed \(seed): \(number) is \(outcome)")
    }
    #expect(results.contains(.ok), "seed \(seed)")
  }

  // MARK: Members

  @Test("A change of members is sent again, a transfer is not")
  func orders() {
    var losses = 0
    var client = asking { _, request, _ in
      guard request.method == .post, losses > 0 else { return .answered }
      losses -= 1
      return .answerLost
    }
    losses = 1
    #expect(client.change(.promote([NodeID(4)])) == .done)
    #expect(client.network.orders == 2)
    losses = 1
    #expect(client.transfer(to: NodeID(2)).outcome == .unknown)
    #expect(client.network.orders == 3)
  }

  @Test("A change that another one keeps from beginning is asked for again; any other refusal is final")
  func changeUnderWay() {
    var answers = 0
    var client = asking { _, request, _ in
      guard request.method == .post else { return .answered }
      answers += 1
      let reason = answers == 1 ? RequestRefusal.changeUnderWay : .lastVoter
      return Self.says(.conflict, .failed, #"{"outcome":"failed","reason":"\#(reason.name)","error":"no"}"#)
    }
    #expect(client.change(.remove([NodeID(1)])) == .refused("no", reason: "last-voter"))
    #expect(answers == 2)
  }

  @Test("Members that no endpoint names are asked for their status as well")
  func status() {
    var client = asking { server, request, _ in server.port == 8_001 ? .refused : .answered }
    let reports = client.status()
    #expect(reports.map(\.server.port) == [8_001, 8_002, 8_003, 8_004])
    #expect(reports.map(\.result.outcome) == [.failed, .ok, .ok, .ok])
    #expect(client.snapshot().map(\.result.outcome) == [.failed, .ok, .ok])
  }
}
