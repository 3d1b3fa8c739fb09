import Determinism
import KeyValue
import Raft
import Replica
import Testing

@testable import Hosting

@Suite("Answers of the API")
struct APIAnswerTests {
  private static func request(
    _ method: HTTPMethod, _ target: String, _ body: String = "", headers fields: [(String, String)] = []
  ) throws -> APIRequest {
    var http = HTTPRequest(method, target, to: .local, body: Array(body.utf8))
    for (name, value) in fields { http.headers.append(name, value) }
    return try APIRouter().request(for: http)
  }

  /// Status, outcome and body.
  private static func told(_ answer: APIAnswer, _ request: APIRequest) -> String {
    let response = answer.response(to: request)
    return "\(response.status.rawValue) \(response.headers["raftkv-outcome"]?.text ?? "-") \(response.body.text)"
  }

  private static func told(_ body: ClientReply.Body, _ request: APIRequest) -> String { told(.reply(body), request) }

  private func own(_ method: HTTPMethod = .get, _ query: String = "", json: Bool = false) throws -> APIRequest {
    try Self.request(method, "/v1/kv/x" + query, headers: json ? [("Accept", "text/html, Application/JSON;q=0.9")] : [])
  }

  @Test("A value is raw in raftd's interface, and an absent one is empty")
  func raftdValues() throws {
    let request = try Self.request(.get, "/db/x")
    #expect(Self.told(.value(Array("1".utf8)), request) == "200 ok 1")
    #expect(Self.told(.value(nil), request) == "200 ok ")
    let binary = APIAnswer.reply(.value([0, 255])).response(to: request)
    #expect(binary.body == [0, 255] && binary.headers["content-type"]?.text == "application/octet-stream")
  }

  @Test("A value is raw or JSON in the own interface, and an absent one is 404")
  func ownValues() throws {
    #expect(Self.told(.value(Array("1".utf8)), try own()) == "200 ok 1")
    #expect(Self.told(.value(nil), try own()) == "404 ok ")
    let json = try own(json: true)
    #expect(Self.told(.value(Array("1\"".utf8)), json) == "200 ok {\"outcome\":\"ok\",\"value\":\"1\\\"\"}\n")
    #expect(Self.told(.value(nil), json) == "404 ok {\"outcome\":\"ok\",\"value\":null}\n")
    #expect(Self.told(.value([0xFF]), json) == "200 ok {\"outcome\":\"ok\",\"value\":null,\"base64\":\"/w==\"}\n")
    #expect(Self.told(.value([]), try own(json: true)) == "200 ok {\"outcome\":\"ok\",\"value\":\"\"}\n")
  }

  @Test("A value stands beside its key in the Go package's interface")
  func goValues() throws {
    let request = try Self.request(.post, "/get", #"{"Key":"x"}"#)
    #expect(Self.told(.value(Array("1".utf8)), request) == "200 ok {\"Key\":\"x\",\"Value\":\"1\"}\n")
    #expect(Self.told(.value(nil), request) == "200 ok {\"Key\":\"x\",\"Value\":null}\n")
    #expect(Self.told(.value([0xFF]), request) == "200 ok {\"Key\":\"x\",\"Value\":null,\"Base64\":\"/w==\"}\n")
    let set = try Self.request(.post, "/set", #"{"Key":"x","Value":"1"}"#)
    #expect(Self.told(.written(.done), set) == "200 ok {\"outcome\":\"ok\"}\n")
  }

  @Test("Writes say what became of them")
  func writes() throws {
    let put = try own(.put)
    #expect(Self.told(.written(.done), put) == "200 ok {\"outcome\":\"ok\"}\n")
    #expect(Self.told(.written(.done), try Self.request(.post, "/db/x", "1")) == "200 ok ")
    let cas = try own(.put, "?absent")
    #expect(Self.told(.written(.swapped), cas) == "200 ok {\"outcome\":\"ok\",\"swapped\":true}\n")
    let error = "\"error\":\"the value is not the expected one\"}\n"
    #expect(
      Self.told(.written(.mismatch(seen: Array("2".utf8))), cas)
        == "409 failed {\"outcome\":\"failed\",\"swapped\":false,\"seen\":\"2\"," + error)
    #expect(
      Self.told(.written(.mismatch(seen: nil)), cas)
        == "409 failed {\"outcome\":\"failed\",\"swapped\":false,\"seen\":null," + error)
    #expect(
      Self.told(.written(.mismatch(seen: [0xFE])), cas)
        == "409 failed {\"outcome\":\"failed\",\"swapped\":false,\"seen\":null,\"base64\":\"/g==\"," + error)
    #expect(
      Self.told(.opened(SessionID(17)), try Self.request(.post, "/v1/sessions"))
        == "201 ok {\"outcome\":\"ok\",\"session\":17}\n")
  }

  @Test("Every failure has its status and its outcome, in every interface")
  func failures() throws {
    let inSession = [("Raftkv-Session", "1"), ("Raftkv-Sequence", "1")]
    let write = try Self.request(.put, "/v1/kv/x")
    let rows: [(ClientReply.Body, APIRequest, String)] = [
      (.unknown, write, "504 unknown"), (.unknown, try own(), "504 failed"),
      (.unknown, try Self.request(.post, "/v1/members", #"{"remove":[1]}"#), "504 unknown"),
      (.sessionExpired, write, "410 failed"),
      (.sessionExpired, try Self.request(.put, "/v1/kv/x", headers: inSession), "410 unknown"),
      (.sessionExpired, try Self.request(.post, "/db/x", headers: inSession), "410 unknown"),
      (.notLeader(hint: NodeID(2)), write, "503 failed"), (.refused(.keyTooLong), write, "413 failed"),
      (.refused(.valueTooLong), try Self.request(.post, "/db/x"), "413 failed"),
      (.written(.refused), write, "413 failed"),
      (.unknown, try Self.request(.post, "/set", #"{"Key":"x","Value":"1"}"#), "504 unknown"),
    ]
    for (body, request, expected) in rows {
      let told = Self.told(body, request)
      #expect(told.hasPrefix(expected + " "), "\(told)")
      #expect(request.dialect == .raftd ? !told.contains("{") : told.contains("\"error\":\""), "\(told)")
    }
  }

  @Test("What operators ask for is done, or turned down with a reason", arguments: RequestRefusal.allCases)
  func operators(refusal: RequestRefusal) throws {
    let change = try Self.request(.post, "/v1/members", #"{"remove":[1]}"#)
    #expect(Self.told(.done, change) == "200 ok {\"outcome\":\"ok\"}\n")
    #expect(Self.told(.done, try Self.request(.post, "/leave", #"{"name":"n1"}"#)) == "200 ok ")
    let start = "409 failed {\"outcome\":\"failed\",\"reason\":\"\(refusal.name)\",\"error\":\""
    #expect(Self.told(.turnedDown(refusal), change).hasPrefix(start))
    #expect(
      Self.told(.snapshot(LogIndex(9)), try Self.request(.post, "/v1/snapshot"))
        == "200 ok {\"outcome\":\"ok\",\"snapshotIndex\":9}\n")
  }

  @Test("A follower redirects who wants it to the leader, with the same key")
  func redirection() throws {
    let answer = APIAnswer.notLeader(http: HostAndPort("127.0.0.1:8002"))
    let request = try Self.request(.get, "/db/a%2F\u{E9}?redirect=true")
    let response = answer.response(to: request)
    #expect(response.status == .temporaryRedirect)
    #expect(response.headers["location"]?.text == "http://127.0.0.1:8002/db/a%2F%C3%A9?redirect=true")
    #expect(Self.told(answer, try Self.request(.get, "/db/x")).hasPrefix("503 failed "))
    #expect(Self.told(.notLeader(http: nil), request).hasPrefix("503 failed "))
  }

  // MARK: Views

  private let facts = ServerFacts(
    id: NodeID(1), cluster: ClusterID(5), role: .leader, term: Term(472), commitIndex: LogIndex(25),
    appliedIndex: LogIndex(24),
    lastIndex: LogIndex(26), snapshotIndex: LogIndex(20), leader: NodeID(1),
    members: Members(
      voters: NodeSet([NodeID(1), NodeID(2)]), outgoing: NodeSet([NodeID(1)]), learners: NodeSet([NodeID(3)])),
    servers: [1, 2].compactMap { number in
      HostAndPort("127.0.0.1:800\(number)").map {
        NamedServer(NodeID(number), ServerAddresses(peer: HostAndPort("127.0.0.1:700\(number)"), http: $0))
      }
    })

  private func shown(_ path: String, _ facts: ServerFacts) throws -> String {
    Self.told(.facts(facts), try Self.request(.get, path))
  }

  @Test("raftd's views are as its users know them")
  func raftdViews() throws {
    #expect(try shown("/state", facts) == "200 ok Name: n1, State: leader, Term: 472, CommitedIndex: 25\n")
    #expect(try shown("/leader", facts) == "200 ok n1\n")
    #expect(
      try shown("/members", facts) == "200 ok [{\"name\":\"n2\",\"connectionString\":\"http://127.0.0.1:8002\"},"
        + "{\"name\":\"n3\",\"connectionString\":\"\"}]\n")
    #expect(
      try shown("/peers", facts)
        == "200 ok [{\"name\":\"n1\",\"connectionString\":\"http://127.0.0.1:8001\",\"role\":\"leader\"},"
        + "{\"name\":\"n2\",\"connectionString\":\"http://127.0.0.1:8002\",\"role\":\"follower\"},"
        + "{\"name\":\"n3\",\"connectionString\":\"\",\"role\":\"learner\"}]\n")
    var candidate = facts
    (candidate.role, candidate.leader) = (.candidate, nil)
    #expect(try shown("/leader", candidate) == "200 ok ")
    #expect(try shown("/state", candidate).contains("State: candidate"))
    #expect(try shown("/peers", candidate).contains("\"role\":\"candidate\""))
  }

  @Test("The own views show the configuration, where the server stands, and whether it knows a leader")
  func ownViews() throws {
    #expect(
      try shown("/v1/members", facts)
        == "200 ok {\"outcome\":\"ok\",\"cluster\":\"0000000000000005\",\"leader\":1,\"term\":472,"
        + "\"voters\":[{\"id\":1,\"peer\":\"127.0.0.1:7001\",\"http\":\"127.0.0.1:8001\"},"
        + "{\"id\":2,\"peer\":\"127.0.0.1:7002\",\"http\":\"127.0.0.1:8002\"}],"
        + "\"learners\":[{\"id\":3,\"peer\":null,\"http\":null}],"
        + "\"outgoing\":[{\"id\":1,\"peer\":\"127.0.0.1:7001\",\"http\":\"127.0.0.1:8001\"}]}\n")
    #expect(
      try shown("/v1/status", facts)
        == "200 ok {\"outcome\":\"ok\",\"id\":1,\"role\":\"leader\",\"leader\":1,\"term\":472,\"commitIndex\":25,"
        + "\"appliedIndex\":24,\"lastIndex\":26,\"snapshotIndex\":20}\n")
    #expect(try shown("/health", facts) == "200 ok {\"outcome\":\"ok\",\"leader\":1}\n")
    var alone = facts
    alone.leader = nil
    #expect(try shown("/health", alone).hasPrefix("503 failed "))
    #expect(try shown("/v1/status", alone).contains("\"leader\":null"))
  }

  @Test("Metrics are in Prometheus' text format")
  func metrics() throws {
    var metrics = Metrics()
    metrics.append(.counter, "raftkv_requests_total", help: "Requests read.", 12)
    metrics.append(.gauge, "raftkv_sync_seconds", help: "Of the last sync\\write;\na mean.", 0.25)
    metrics.append(.gauge, "raftkv_term", help: "Term.", Double.infinity)
    let request = try Self.request(.get, "/metrics")
    let response = APIAnswer.metrics(metrics).response(to: request)
    #expect(response.headers["content-type"]?.text == "text/plain; version=0.0.4; charset=utf-8")
    #expect(
      response.body.text == """
        # HELP raftkv_requests_total Requests read.
        # TYPE raftkv_requests_total counter
        raftkv_requests_total 12
        # HELP raftkv_sync_seconds Of the last sync\\\\write;\\na mean.
        # TYPE raftkv_sync_seconds gauge
        raftkv_sync_seconds 0.25
        # HELP raftkv_term Term.
        # TYPE raftkv_term gauge
        raftkv_term +Inf

        """)
    #expect(APIAnswer.facts(facts).response(to: request).status == .internalServerError)
  }

  @Test("A refusal is a sentence, in JSON where the own interface was asked, and says that nothing was done")
  func refusals() throws {
    let refusal = HTTPRefusal(.badRequest, "a sentence")
    for (target, body) in [
      ("/v1/kv/x", "{\"outcome\":\"failed\",\"error\":\"a sentence\"}\n"), ("/db/x", "a sentence\n"),
    ] {
      let response = refusal.response(to: HTTPRequest(.get, target, to: .local))
      #expect(response.status == .badRequest && response.body.text == body)
      #expect(response.headers["raftkv-outcome"]?.text == "failed")
    }
    #expect(refusal.response(to: nil).body.text == "a sentence\n")
    #expect(Self.told(.refusal(refusal), try own()).hasPrefix("400 failed {"))
  }
}
