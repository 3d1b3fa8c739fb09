import Determinism
import KeyValue
import Raft
import Testing

@testable import Hosting

@Suite("Requests of the API")
struct APIRouterTests {
  private let router = APIRouter()

  private func request(
    _ method: HTTPMethod, _ target: String, _ body: String = "", headers fields: [(String, String)] = []
  ) throws(HTTPRefusal) -> APIRequest {
    var http = HTTPRequest(method, target, to: .local, body: Array(body.utf8))
    for (name, value) in fields { http.headers.append(name, value) }
    return try router.request(for: http)
  }

  private func action(_ method: HTTPMethod, _ target: String, _ body: String = "") throws -> APIRequest.Action {
    try request(method, target, body).action
  }

  private func status(
    _ method: HTTPMethod, _ target: String, _ body: String = "", headers: [(String, String)] = []
  ) -> HTTPStatus? {
    do throws(HTTPRefusal) {
      _ = try request(method, target, body, headers: headers)
      return nil
    } catch {
      return error.status
    }
  }

  private let x = Array("x".utf8)
  private let one = Array("1".utf8)

  @Test("raftd's keys are read and written")
  func raftdKeys() throws {
    #expect(try action(.get, "/db/x") == .read(key: x, isStale: false))
    #expect(try action(.head, "/db/x?stale=false") == .read(key: x, isStale: false))
    #expect(try action(.get, "/db/x?stale=true") == .read(key: x, isStale: true))
    #expect(try action(.post, "/db/x", "1") == .write(.put(key: x, value: one)))
    #expect(try request(.get, "/db/x").redirects == false)
    #expect(try request(.get, "/db/x?redirect=true&stale=true").redirects)
    #expect(try request(.post, "/db/x?redirect=true", "1").redirects)
  }

  @Test("Keys are decoded once, are bytes and no paths")
  func keys() throws {
    for (path, key) in [
      ("a/b", "a/b"), ("a%2Fb", "a/b"), ("..%2f..%2fetc", "../../etc"), ("../x", "../x"), ("%2541", "%41"),
      ("a+b", "a+b"),
      ("/", "/"), ("%00", "\u{0}"), ("a%3Fb", "a?b"), ("é", "é"),
    ] {
      #expect(try action(.get, "/db/" + path) == .read(key: Array(key.utf8), isStale: false))
      #expect(try action(.delete, "/v1/kv/" + path) == .write(.delete(key: Array(key.utf8))))
    }
    #expect(try action(.get, "/db/%FF") == .read(key: [0xFF], isStale: false))
    #expect(status(.get, "/db/") == .badRequest && status(.put, "/v1/kv/?absent") == .badRequest)
  }

  @Test("The Go package's commands are read")
  func goPackage() throws {
    #expect(try action(.post, "/set", #"{"Key":"x","Value":"1"}"#) == .write(.put(key: x, value: one)))
    #expect(try action(.post, "/get", #"{"Key":"x"}"#) == .read(key: x, isStale: false))
    #expect(try action(.get, "/get", #"{"Key":"x"}"#) == .read(key: x, isStale: false))
    for body in [
      "", "{}", #"{"Key":"x"}"#, #"{"Key":"","Value":"1"}"#, #"{"Key":1,"Value":"1"}"#, "[]", "{",
      #"{"Key":"x","Value":"1","TTL":5}"#, #"{"Key":"x","Value":null}"#, #"{"key":"x","value":"1"}"#,
    ] {
      #expect(status(.post, "/set", body) == .badRequest, "\(body)")
    }
  }

  @Test("The own interface reads, puts, appends, deletes, and compares and sets")
  func ownKeys() throws {
    #expect(try action(.get, "/v1/kv/x?stale") == .read(key: x, isStale: true))
    #expect(try action(.put, "/v1/kv/x", "1") == .write(.put(key: x, value: one)))
    #expect(try action(.delete, "/v1/kv/x") == .write(.delete(key: x)))
    #expect(try action(.post, "/v1/kv/x?append", "1") == .write(.append(key: x, value: one)))
    #expect(
      try action(.put, "/v1/kv/x?expected=a%20%FF", "1")
        == .write(.compareAndSet(key: x, expected: [0x61, 0x20, 0xFF], new: one)))
    #expect(try action(.put, "/v1/kv/x?expected=", "1") == .write(.compareAndSet(key: x, expected: [], new: one)))
    #expect(
      try action(.put, "/v1/kv/x?expected=a=b", "")
        == .write(.compareAndSet(key: x, expected: Array("a=b".utf8), new: [])))
    #expect(try action(.put, "/v1/kv/x?absent", "1") == .write(.compareAndSet(key: x, expected: nil, new: one)))
  }

  @Test(
    "Parameters that nobody knows, that contradict each other or stand there twice are refused",
    arguments: [
      (.post, "/v1/kv/x"), (.post, "/v1/kv/x?append=false"), (.put, "/v1/kv/x?absent&expected=1"),
      (.put, "/v1/kv/x?expected"), (.put, "/v1/kv/x?stale=true"), (.get, "/v1/kv/x?redirect=true"),
      (.get, "/db/x?stale=yes"), (.get, "/db/x?stale&stale"), (.get, "/db/x?Stale=true"), (.post, "/db/x?stale=true"),
      (.post, "/db/x?append"), (.get, "/state?x"), (.get, "/db/x?a&b&c&d&e&f&g&h&i&j"), (.delete, "/v1/kv/x?absent"),
      (.get, "/v1/kv/x?=1"),
    ] as [(HTTPMethod, String)])
  func parameters(method: HTTPMethod, target: String) {
    #expect(status(method, target) == .badRequest)
  }

  @Test("A write takes its place in a session from two headers, in every interface")
  func sessions() throws {
    let headers = [("Raftkv-Session", "18446744073709551615"), ("raftkv-sequence", "7")]
    let place = APIRequest.InSession(session: SessionID(.max), sequence: SequenceNumber(7))
    #expect(try request(.put, "/v1/kv/x", headers: headers).session == place)
    #expect(try request(.post, "/db/x", headers: headers).session == place)
    #expect(try request(.post, "/set", #"{"Key":"x","Value":"1"}"#, headers: headers).session == place)
    #expect(try request(.get, "/v1/kv/x", headers: headers).session == nil)
    #expect(try request(.put, "/v1/kv/x").session == nil)
    #expect(try action(.post, "/v1/sessions") == .openSession)
    for wrong in [
      [("Raftkv-Session", "1")], [("Raftkv-Sequence", "1")], [("Raftkv-Session", "1"), ("Raftkv-Sequence", "0")],
      [("Raftkv-Session", "x"), ("Raftkv-Sequence", "1")], [("Raftkv-Session", "-1"), ("Raftkv-Sequence", "1")],
      [("Raftkv-Session", "18446744073709551616"), ("Raftkv-Sequence", "1")],
      [("Raftkv-Session", "1"), ("Raftkv-Session", "2"), ("Raftkv-Sequence", "1")],
    ] {
      #expect(status(.put, "/v1/kv/x", headers: wrong) == .badRequest, "\(wrong)")
    }
  }

  @Test("Servers join and leave by name, with or without the n, and by an HTTP address, with or without http://")
  func joining() throws {
    let address = try #require(HostAndPort("localhost:4001"))
    for name in ["n4", "4"] {
      for connection in ["http://localhost:4001", "HTTP://LOCALHOST:4001/", "localhost:4001"] {
        let body = #"{"name":"\#(name)","connectionString":"\#(connection)"}"#
        #expect(try action(.post, "/join", body) == .join(NodeID(4), http: address))
      }
      #expect(try action(.post, "/leave", #"{"name":"\#(name)"}"#) == .leave(NodeID(4)))
    }
    #expect(try action(.post, "/leave", #"{"name":64}"#) == .leave(NodeID(64)))
    for name in [
      "\"n0\"", "\"n65\"", "\"n+4\"", "\"nn4\"", "\"\"", "\"n\"", "0", "-1", "65", "4.5", "1e1", "null", "[4]",
      "\"5f2ac6d\"",
    ] {
      #expect(status(.post, "/leave", "{\"name\":\(name)}") == .badRequest, "\(name)")
    }
    for connection in ["https://a:1", "a", "http://a", "http://a:1/path", "a:0", ""] {
      let body = #"{"name":"n4","connectionString":"\#(connection)"}"#
      #expect(status(.post, "/join", body) == .badRequest, "\(connection)")
    }
  }

  @Test("A change of members names servers to add, to promote, to demote and to remove, and where the new ones are")
  func members() throws {
    let added = NamedServer(
      NodeID(4),
      ServerAddresses(
        peer: HostAndPort("127.0.0.1:7004"), http: try #require(HostAndPort("127.0.0.1:8004"))))
    let learner = NamedServer(
      NodeID(5), ServerAddresses(peer: HostAndPort("[::1]:7005"), http: try #require(HostAndPort("[::1]:8005"))))
    let body = #"""
      {"add":[{"id":4,"peer":"127.0.0.1:7004","http":"127.0.0.1:8004"}], "promote":[2, "n6"], "remove":[1],
       "learners":[{"id":"n5","peer":"[::1]:7005","http":"[::1]:8005"}], "demote":["3"]}
      """#
    let change = MemberChange(
      voters: NodeSet([NodeID(4), NodeID(2), NodeID(6)]), learners: NodeSet([NodeID(5), NodeID(3)]),
      removed: NodeSet([NodeID(1)]))
    #expect(try action(.post, "/v1/members", body) == .changeMembers(change, added: [added, learner]))
    #expect(
      try action(.post, "/v1/members", #"{"remove":[1]}"#)
        == .changeMembers(MemberChange(removed: NodeSet([NodeID(1)])), added: []))
    for wrong in [
      "", "{}", #"{"add":[]}"#, #"{"add":[4]}"#, #"{"add":{"id":4}}"#, #"{"add":[{"id":4,"peer":"a:1"}]}"#,
      #"{"add":[{"id":4,"peer":"a","http":"b:1"}]}"#, #"{"add":[{"id":4,"peer":"a:1","http":"b:1","x":1}]}"#,
      #"{"promote":[2],"demote":[2]}"#, #"{"remove":[2,2]}"#, #"{"remove":2}"#, #"{"Remove":[2]}"#,
      #"{"learners":[5]}"#,
      #"{"promote":[{"id":2}]}"#, #"{"remove":[0]}"#, #"{"remove":[256]}"#, #"{"remove":[18446744073709551617]}"#,
    ] {
      #expect(status(.post, "/v1/members", wrong) == .badRequest, "\(wrong)")
    }
  }

  @Test("Transfer and snapshot are ordered, and all views are shown")
  func rest() throws {
    #expect(try action(.post, "/v1/transfer", #"{"to":3}"#) == .transfer(to: NodeID(3)))
    #expect(try action(.post, "/v1/transfer", "{}") == .transfer(to: nil))
    #expect(try action(.post, "/v1/transfer") == .transfer(to: nil))
    #expect(status(.post, "/v1/transfer", #"{"to":null}"#) == .badRequest)
    #expect(try action(.post, "/v1/snapshot") == .snapshot)
    let views: [(String, APIView)] = [
      ("/members", .members), ("/v1/members", .members), ("/peers", .peers), ("/leader", .leader), ("/state", .state),
      ("/v1/status", .status), ("/health", .health), ("/metrics", .metrics),
    ]
    for (path, view) in views { #expect(try action(.get, path) == .show(view)) }
    #expect(try request(.get, "/members").dialect == .raftd)
    #expect(try request(.get, "/v1/members").dialect == .own(wantsJSON: false))
  }

  @Test("Only what asks the leader needs it, and only what changes something can have changed it")
  func needs() throws {
    #expect(try request(.get, "/db/x").needsLeader && request(.get, "/db/x").changes == false)
    #expect(try request(.get, "/db/x?stale").needsLeader == false)
    #expect(try request(.put, "/v1/kv/x").needsLeader && request(.put, "/v1/kv/x").changes)
    #expect(try request(.get, "/state").needsLeader == false && request(.post, "/v1/snapshot").needsLeader == false)
  }

  @Test("An unknown path is answered with those that there are")
  func unknownPath() {
    for target in [
      "/", "/db", "/dbx", "/v1", "/v1/kv", "/v2/kv/x", "/members/", "/State", "//db/x", "/%64b/x", "/v1/members/4",
    ] {
      #expect(status(.get, target) == .notFound, "\(target)")
    }
    do throws(HTTPRefusal) {
      _ = try request(.get, "/")
    } catch {
      for route in APIRoute.allCases { #expect(error.sentence.contains(route.name)) }
    }
  }

  @Test("A method that a path does not take is answered with those that it takes", arguments: APIRoute.allCases)
  func wrongMethod(route: APIRoute) throws {
    let target = route.rawValue + (route.takesKey ? "x" : "")
    for method in HTTPMethod.allCases where !route.methods.contains(method) {
      let http = HTTPRequest(method, target, to: .local)
      let refusal = #expect(throws: HTTPRefusal.self) { try router.request(for: http) }
      let response = try #require(refusal).response(to: http)
      #expect(response.status == .methodNotAllowed)
      #expect(response.headers["allow"]?.text == route.methods.map(\.rawValue).joined(separator: ", "))
    }
    #expect(status(.options, target) == .methodNotAllowed)
  }

  // MARK: Web pages

  @Test(
    "What a web page sends is refused, whatever it asks for",
    arguments: [
      ("Origin", "http://evil.example"), ("Origin", "null"), ("origin", "http://127.0.0.1:8001"),
      ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("sec-fetch-site", "Cross-Site"),
      ("Sec-Fetch-Site", "anything"),
    ])
  func pages(name: String, value: String) throws {
    for (method, target) in [
      (.post, "/db/x"), (.get, "/db/x"), (.put, "/v1/kv/x"), (.options, "/v1/kv/x"), (.get, "/metrics"),
      (.post, "/v1/members"), (.get, "/nothing"),
    ] as [(HTTPMethod, String)] {
      #expect(status(method, target, headers: [(name, value)]) == .forbidden, "\(method) \(target)")
    }
    #expect(status(.get, "/db/x", headers: [("Sec-Fetch-Site", "none"), (name, value)]) == .forbidden)
    #expect(status(.get, "/db/x", headers: [("Sec-Fetch-Site", "none")]) == nil)
    #expect(status(.get, "/db/x", headers: [("Sec-Fetch-Site", "same-origin")]) == nil)
  }

  @Test("A Host that is not this server is refused: its name may have been made to point here")
  func hosts() throws {
    func status(_ host: String, own: [HostAndPort] = []) -> HTTPStatus? {
      let reading = HTTPReading(head("GET /db/x HTTP/1.1", "Host: \(host)"))
      guard let http = reading.requests.first else { return reading.refusal?.status }
      do throws(HTTPRefusal) {
        _ = try APIRouter(ownHosts: own).request(for: http)
        return nil
      } catch {
        return error.status
      }
    }
    for host in ["127.0.0.1", "127.0.0.1:9", "[::1]:8001", "LOCALHOST:8001", "localhost"] {
      #expect(status(host) == nil)
    }
    for host in [
      "evil.example:8001", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0:8001", "127.1", "10.0.0.5", "[::]",
    ] {
      #expect(status(host) == .forbidden, "\(host)")
    }
    let own = [try #require(HostAndPort("10.0.0.5:8001")), try #require(HostAndPort("Node1.example"))]
    #expect(status("10.0.0.5:8001", own: own) == nil && status("node1.example:1", own: own) == nil)
    #expect(status("10.0.0.6:8001", own: own) == .forbidden)
    // RFC 9112 §3.2.2: what the target names counts.
    let absolute = try #require(
      HTTPReading(head("GET http://evil.example/db/x HTTP/1.1", "Host: localhost")).requests.first)
    #expect(throws: HTTPRefusal.self) { try router.request(for: absolute) }
  }
}
