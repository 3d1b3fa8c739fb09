import Determinism
import Histories
import Hosting
import Synchronization
import System
import Testing

@testable import Live

@Suite("A client of etcd")
struct EtcdClientTests {
  private static let patience = Duration.seconds(20)
  private static let swap: Action = Action.compareAndSet(expected: [1], new: [2])
  private static let header: String = #""header":{"cluster_id":"9","member_id":"5","revision":"3","raft_term":"2"}"#

  /// An answer, and what it means for an action.
  struct Case: Sendable, CustomTestStringConvertible {
    let action: Action
    let status: UInt16
    let body: String
    let outcome: Outcome

    init(_ action: Action, _ status: UInt16, _ body: String, _ outcome: Outcome) {
      (self.action, self.status, self.body, self.outcome) = (action, status, body, outcome)
    }

    var testDescription: String { "\(action): \(status) \(body)" }
  }

  private static let answers: [Case] = [
    Case(.get, 200, "{\(header)}", .ok(.value(nil))),
    Case(.get, 200, #"{\#(header),"kvs":[{"key":"eA==","value":"AQI="}],"count":"1"}"#, .ok(.value([1, 2]))),
    Case(.get, 200, #"{\#(header),"kvs":[{"key":"eA==","version":"1"}],"count":"1"}"#, .ok(.value([]))),
    Case(.get, 200, #"{\#(header),"kvs":[{"key":"eA==","value":"?"}]}"#, .fail),
    Case(.get, 200, "{}", .fail),
    Case(.get, 503, #"{"error":"etcdserver: request timed out","code":14}"#, .fail),
    Case(.put([1]), 200, "{\(header)}", .ok(.done)),
    Case(.put([1]), 200, "{", .info),
    Case(.put([1]), 400, #"{"error":"etcdserver: key is not provided","code":3}"#, .fail),
    Case(.put([1]), 400, #"{"error":"etcdserver: something else","code":9}"#, .info),
    Case(.put([1]), 404, "Not Found", .info),
    Case(.put([1]), 500, #"{"error":"context deadline exceeded","code":2}"#, .info),
    Case(.put([1]), 503, #"{"error":"etcdserver: request timed out","code":14}"#, .info),
    Case(.put([1]), 503, #"{"error":"etcdserver: leader changed","code":3}"#, .info),
    Case(.delete, 200, #"{\#(header),"deleted":"1"}"#, .ok(.done)),
    Case(.delete, 200, "{\(header)}", .ok(.done)),
    Case(swap, 200, #"{\#(header),"succeeded":true,"responses":[{"response_put":{\#(header)}}]}"#, .ok(.swapped)),
    Case(
      swap, 200, #"{\#(header),"responses":[{"response_range":{\#(header),"kvs":[{"key":"eA==","value":"Aw=="}]}}]}"#,
      .ok(.mismatch(seen: [3]))),
    Case(swap, 200, #"{\#(header),"responses":[{"response_range":{\#(header)}}]}"#, .ok(.mismatch(seen: nil))),
    Case(swap, 200, "{\(header)}", .ok(.unseenMismatch)),
    Case(swap, 503, #"{"error":"etcdserver: leader changed","code":14}"#, .info),
  ]

  @Test("Of a write only an answer of 200 and a refusal of what was asked are definite", arguments: answers)
  func outcomes(of example: Case) throws {
    let response = HTTPResponse(HTTPStatus(rawValue: example.status), body: Array(example.body.utf8))
    let server = try ScriptedServer([response.bytes(as: .closing)])
    defer { server.close() }
    let client = EtcdClient()
    defer { client.close() }
    let attempt = client.attempt(example.action, on: Array("x".utf8), at: server.description, within: Self.patience)
    #expect(attempt.outcome == example.outcome)
    #expect((attempt.reason == nil) == (example.status == 200 && attempt.outcome != .info && attempt.outcome != .fail))
  }

  @Test(
    "A connection that ends before there is an answer leaves a write unknown and a read failed",
    arguments: [(Action.put([1]), Outcome.info), (swap, .info), (.delete, .info), (.get, .fail)])
  func lostAnswer(action: Action, outcome: Outcome) throws {
    let server = try ScriptedServer([Array("HTTP/1.1 200".utf8)])
    defer { server.close() }
    let client = EtcdClient()
    defer { client.close() }
    #expect(client.attempt(action, on: [1], at: server.description, within: Self.patience).outcome == outcome)
  }

  @Test("A connection that is refused leaves nothing unknown, nor does an append, which etcd does not have")
  func refused() throws {
    let server = try ScriptedServer([])
    server.close()
    let client = EtcdClient()
    #expect(client.attempt(.put([1]), on: [1], at: server.description, within: Self.patience).outcome == .fail)
    #expect(
      client.attempt(.append([1]), on: [1], at: server.description, within: Self.patience)
        == Attempt(.fail, "etcd does not append"))
  }

  private static let wordings: [(Action, EtcdClient.Reads, String, String)] = [
    (.get, .linearizable, "/v3/kv/range", #"{"key":"eA=="}"#),
    (.get, .serializable, "/v3/kv/range", #"{"key":"eA==","serializable":true}"#),
    (.put([1, 2]), .linearizable, "/v3/kv/put", #"{"key":"eA==","value":"AQI="}"#),
    (.delete, .serializable, "/v3/kv/deleterange", #"{"key":"eA=="}"#),
    (
      .compareAndSet(expected: [1], new: [2]), .linearizable, "/v3/kv/txn",
      #"{"compare":[{"target":"VALUE","result":"EQUAL","key":"eA==","value":"AQ=="}],"#
        + #""success":[{"requestPut":{"key":"eA==","value":"Ag=="}}],"failure":[{"requestRange":{"key":"eA=="}}]}"#
    ),
    (
      .compareAndSet(expected: nil, new: nil), .linearizable, "/v3/kv/txn",
      #"{"compare":[{"target":"MOD","result":"EQUAL","key":"eA==","modRevision":"0"}],"#
        + #""success":[{"requestDeleteRange":{"key":"eA=="}}],"failure":[{"requestRange":{"key":"eA=="}}]}"#
    ),
  ]

  @Test("Actions are written as etcd's JSON gateway reads them", arguments: wordings)
  func words(action: Action, reads: EtcdClient.Reads, path: String, body: String) throws {
    let request = try #require(EtcdRequest(action, on: Array("x".utf8), reads: reads))
    #expect(request.path == path)
    #expect(String(decoding: request.body.bytes, as: UTF8.self) == body)
  }

  @Test("The leader is the one of the latest term, even if it does not answer any more")
  func leader() throws {
    func status(_ member: Int, of leader: Int?, term: Int) -> [UInt8] {
      let leader = leader.map { #""leader":"\#($0)","# } ?? ""
      let body = #"{"header":{"member_id":"\#(member)"},\#(leader)"raftIndex":"8","raftTerm":"\#(term)"}"#
      return HTTPResponse(.ok, body: Array(body.utf8)).bytes(as: .closing)
    }
    // The first one leads; then the second one does, but the first one has not heard of it; then the second one is gone.
    let first = try ScriptedServer([status(7, of: 7, term: 2), status(7, of: 7, term: 2), status(7, of: nil, term: 3)])
    let second = try ScriptedServer([status(8, of: 7, term: 2), status(8, of: 8, term: 3)])
    let third = try ScriptedServer([status(9, of: 7, term: 2), status(9, of: 8, term: 3), status(9, of: 8, term: 3)])
    let servers = [first, second, third]
    defer { for server in servers { server.close() } }
    let places = zip(NodeID.first(3), servers).map { LiveServer($0, at: [$1.address], data: "/") }
    let client = EtcdClient()
    defer { client.close() }
    let leaders = (0..<3).map { _ in client.leader(among: places, within: Self.patience) }
    #expect(leaders == [places[0].node, places[1].node, places[1].node])
  }
}

/// A server that answers one request after the other by a script, each on a connection of its own.
private final class ScriptedServer {
  private let listener: Descriptor
  let address: SocketAddress
  private let thread: WorkerThread?
  private let ender: Waker

  /// - Parameter answers: the bytes after each of which the connection is closed.
  init(_ answers: [[UInt8]]) throws {
    let (listener, address) = try Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: 0))
    let ender = try Waker()
    listener.setNonblocking()
    (self.listener, self.address, self.ender) = (listener, address, ender)
    thread = WorkerThread {
      defer { listener.close() }
      for answer in answers {
        guard Self.wait(for: listener, or: ender), case .taken(let socket) = Sockets.accept(from: listener) else {
          return
        }
        defer { socket.close() }
        guard Self.wait(for: socket, or: ender) else { return }
        // All of a short request comes at once on loopback.
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { _ = socket.read(into: $0) }
        _ = answer.withUnsafeBytes { socket.send($0) }
      }
    }
  }

  /// As one of a run.
  var description: LiveServer { LiveServer(NodeID(1), at: [address], data: "/") }

  /// Ends it, whatever is left of the script.
  func close() {
    ender.wake()
    thread?.join()
    ender.close()
  }

  private static func wait(for socket: Descriptor, or ender: Waker) -> Bool {
    var waits = Waits()
    let place = waits.add(socket, reads: true, writes: false)
    let end = waits.add(ender.end, reads: true, writes: false)
    waits.wait(nil)
    return !waits.isReadable(end) && waits.isReadable(place)
  }
}
