import Determinism
import KeyValue
import Raft
import Replica
import Synchronization
import System
import Testing

@testable import Hosting

/// A server in a thread of this process.
final class TestHost: Sendable {
  private struct Told: Sendable {
    var events: [(event: ReplicaEvent, now: LocalInstant, wall: WallInstant, commands: String)] = []
    var remarks: [String] = []
    var problem: HostProblem?
    var isOver = false
  }

  let settings: HostSettings
  private let waker: Waker
  private let isStopped = Atomic<Bool>(false)
  private let told = Mutex(Told())
  private let thread: Mutex<WorkerThread?>

  init(_ settings: HostSettings) throws {
    self.settings = settings
    waker = try Waker()
    thread = Mutex(nil)
    let started = WorkerThread { [self] in run() }
    thread.withLock { $0 = started }
  }

  private func run() {
    do throws(HostProblem) {
      let host = try Host.start(settings, wokenBy: waker) { line in self.told.withLock { $0.remarks.append(line) } }
      host.observer = { event, now, wall, commands in
        self.told.withLock { $0.events.append((event, now, wall, "\(commands)")) }
      }
      let problem = host.run { self.isStopped.load(ordering: .relaxed) }
      told.withLock { ($0.problem, $0.isOver) = (problem, true) }
    } catch {
      told.withLock { ($0.problem, $0.isOver) = (error, true) }
    }
  }

  var problem: HostProblem? { told.withLock { $0.problem } }
  var remarks: [String] { told.withLock { $0.remarks } }
  var isOver: Bool { told.withLock { $0.isOver } }
  var events: [(event: ReplicaEvent, now: LocalInstant, wall: WallInstant, commands: String)] {
    told.withLock { $0.events }
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    waker.wake()
    thread.withLock { $0 }?.join()
  }
}

/// Three servers on ports that were free a moment ago, and a place for a fourth.
struct TestCluster {
  let folder = TemporaryFolder()
  let addresses: [ServerAddress]
  var hosts: [TestHost?] = [nil, nil, nil, nil]

  init() throws {
    var (sockets, addresses) = ([Descriptor](), [ServerAddress]())
    for _ in 0..<4 {
      let (peer, peerAddress) = try Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: 0))
      let (http, httpAddress) = try Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: 0))
      sockets += [peer, http]
      addresses.append(ServerAddress(peer: peerAddress, http: httpAddress))
    }
    for socket in sockets { socket.close() }
    self.addresses = addresses
  }

  mutating func start(
    _ number: UInt8, _ origin: HostSettings.Origin = .founds, _ edit: (inout HostSettings) -> Void = { _ in }
  ) throws {
    let place = Int(number) - 1
    let founders = NodeID.first(3).map { AddressBook.Entry($0, at: addresses[$0.offset], start: 0) }
    var isJoining = false
    if case .joins = origin { isJoining = true }
    var settings = HostSettings(
      NodeID(number), origin, isJoining ? [] : founders, at: addresses[place], data: "\(folder.path)/\(number)")
    settings.electionTimeout = .milliseconds(150)...(.milliseconds(300))
    settings.heartbeatInterval = .milliseconds(30)
    edit(&settings)
    hosts[place] = try TestHost(settings)
  }

  mutating func stop(_ number: UInt8) {
    hosts[Int(number) - 1]?.stop()
    hosts[Int(number) - 1] = nil
  }

  /// Asks a server, again and again while it is not up yet.
  func ask(_ number: UInt8, _ method: HTTPMethod, _ target: String, _ body: String = "") throws -> HTTPResponse {
    let address = addresses[Int(number) - 1].http
    let host = try #require(HostAndPort("\(address)"))
    for _ in 0..<100 {
      var connection = HTTPConnection(to: address)
      defer { connection.close() }
      do throws(HTTPConnection.Failure) {
        return try connection.exchange(
          HTTPRequest(method, target, to: host, body: Array(body.utf8)), within: .seconds(20))
      } catch {
        guard case .notSent = error else { throw error }
        Pause.sleep(.milliseconds(50))
      }
    }
    throw HTTPConnection.Failure.notSent("nobody listens")
  }
}

extension HTTPResponse {
  fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}

@Suite("Servers as they run", .serialized)
struct HostTests {
  @Test("Three servers keep what one was told though another one stops; a fourth joins, and the first is removed")
  func cluster() throws {
    var cluster = try TestCluster()
    for number in 1...3 as ClosedRange<UInt8> { try cluster.start(number) }
    #expect(try cluster.ask(1, .post, "/db/x", "hello").status == .ok)
    for number in 1...3 as ClosedRange<UInt8> { #expect(try cluster.ask(number, .get, "/db/x").text == "hello") }
    let leader = try #require(NodeID(text: String(try cluster.ask(2, .get, "/leader").text.dropLast())))
    cluster.stop(leader.number)
    let other = UInt8(leader.number % 3 + 1)
    #expect(try cluster.ask(other, .get, "/v1/kv/x").text == "hello")
    #expect(try cluster.ask(other, .put, "/v1/kv/x?expected=hello", "bye").status == .ok)
    #expect(try cluster.ask(other, .put, "/v1/kv/x?expected=hello", "no").status == .conflict)
    try cluster.start(leader.number)
    try cluster.start(4, .joins(cluster.addresses[Int(other) - 1].http))
    _ = try cluster.ask(4, .get, "/health")
    let place = "http://\(cluster.addresses[3].http)"
    let joined = try cluster.ask(other, .post, "/join", "{\"name\":\"4\",\"connectionString\":\"\(place)\"}")
    #expect(joined.status == .ok, "\(joined.text)")
    #expect(try cluster.ask(4, .get, "/db/x").text == "bye")
    #expect(try cluster.ask(4, .post, "/leave", "{\"name\":\"n1\"}").status == .ok)
    let members = try JSONValue(reading: try cluster.ask(4, .get, "/v1/members").body)
    guard case .array(let voters)? = members["voters"] else {
      Issue.record("no voters")
      return
    }
    #expect(voters.map { $0["id"] } == [.integer(2), .integer(3), .integer(4)])
    for number in 1...4 as ClosedRange<UInt8> { cluster.stop(number) }
  }

  @Test("What a live server was told leads another replica to the very same commands, and to the same state")
  func conformance() throws {
    var cluster = try TestCluster()
    for number in 1...3 as ClosedRange<UInt8> { try cluster.start(number) }
    for number in 0..<30 {
      #expect(try cluster.ask(UInt8(number % 3 + 1), .put, "/v1/kv/k\(number % 4)", "\(number)").status == .ok)
    }
    _ = try cluster.ask(1, .get, "/v1/kv/k1")
    let hosts = cluster.hosts.compactMap { $0 }
    for number in 1...3 as ClosedRange<UInt8> { cluster.stop(number) }
    let id = ClusterID(foundedBy: hosts[0].settings.peers)
    for host in hosts {
      #expect(host.isOver && host.problem == nil)
      let events = host.events
      #expect(events.count > 50)
      var replica = try Replica(
        recovering: [], freeBytes: .max, configuration: host.settings.configuration(founders: .first(3)), of: id)
      var commands: [ReplicaCommand] = []
      let first = try #require(events.first)
      replica.start(at: first.now, into: &commands)
      for (number, told) in events.enumerated() {
        commands.removeAll()
        replica.handle(told.event, at: told.now, wall: told.wall, into: &commands)
        guard "\(commands)" == told.commands else {
          Issue.record("\(host.settings.id), event \(number): \(told.event)")
          break
        }
      }
      #expect(replica.stateMachine.value(of: Array("k1".utf8)) == Array("29".utf8))
    }
  }

  @Test("A server says of itself the address that it advertises, and listens at another one")
  func advertised() throws {
    var cluster = try TestCluster()
    let place = SocketAddress(host: "127.0.0.1", port: cluster.addresses[3].peer.port)
    try cluster.start(1) { settings in
      settings.advertised = place
      settings.peers = [AddressBook.Entry(settings.id, at: settings.publicAddress, start: 0)]
    }
    let members = try JSONValue(reading: try cluster.ask(1, .get, "/v1/members").body)
    guard case .array(let voters)? = members["voters"] else {
      Issue.record("no voters")
      return
    }
    #expect(voters.map { $0["peer"] } == [.string("\(place)")])
    let settings = try #require(cluster.hosts[0]).settings
    #expect(settings.publicAddress.http == settings.address.http && members["cluster"] != nil)
    try Sockets.connect(to: settings.address.peer).close()
    #expect(members["cluster"] == .string("\(ClusterID(foundedBy: settings.peers))"))
    cluster.stop(1)
  }

  @Test("A server that has lost its folder is not let in under its old name")
  func lostFolder() throws {
    var cluster = try TestCluster()
    for number in [1, 2, 3, 3] as [UInt8] {
      cluster.stop(number)
      try cluster.start(number)
      if number == 3 { #expect(try cluster.ask(3, .put, "/v1/kv/x", "1").status == .ok) }
    }
    cluster.stop(3)
    let folder = "\(cluster.folder.path)/3"
    for place in [folder, "\(folder)/files"] {
      for name in try Folder(place).names() { try Folder(place).remove(name) }
    }
    try cluster.start(3)
    // Whoever had heard of its second start refuses it; that is at least one of the two.
    func isRefused() -> Bool {
      cluster.hosts.prefix(2).contains { $0?.remarks.contains { $0.contains("its folder is another one") } ?? false }
    }
    for _ in 0..<400 where !isRefused() { Pause.sleep(.milliseconds(50)) }
    #expect(isRefused())
    #expect(try cluster.ask(1, .get, "/v1/kv/x").text == "1")
    for number in 1...3 as ClosedRange<UInt8> { cluster.stop(number) }
  }

  @Test("A log with zeros ahead, as a killed server leaves it, holds what was acknowledged, and what is added next")
  func zerosAhead() throws {
    var cluster = try TestCluster()
    let alone: (inout HostSettings) -> Void = { $0.peers = [$0.peers[0]] }
    try cluster.start(1, .founds, alone)
    #expect(try cluster.ask(1, .put, "/v1/kv/x", "1").status == .ok)
    let files = Folder("\(cluster.folder.path)/1/files")
    let killed = try #require(try files.read("log-1"))
    cluster.stop(1)
    let stopped = try #require(try files.read("log-1"))
    #expect(stopped.count < killed.count && killed.starts(with: stopped.prefix(100)))
    try files.replace("log-1", with: killed)
    try cluster.start(1, .founds, alone)
    #expect(try cluster.ask(1, .get, "/v1/kv/x").text == "1")
    #expect(try cluster.ask(1, .put, "/v1/kv/y", "2").status == .ok)
    cluster.stop(1)
    try cluster.start(1, .founds, alone)
    #expect(try cluster.ask(1, .get, "/v1/kv/x").text == "1" && cluster.ask(1, .get, "/v1/kv/y").text == "2")
    cluster.stop(1)
  }

  @Test("Requests that come one behind the other, before any answer, are answered in order")
  func pipelined() throws {
    var cluster = try TestCluster()
    try cluster.start(1)
    _ = try cluster.ask(1, .get, "/state")
    let count = 20_000
    let request = HTTPRequest(.get, "/leader", to: try #require(HostAndPort("\(cluster.addresses[0].http)"))).bytes
    let socket = try Sockets.connect(to: cluster.addresses[0].http)
    defer { socket.close() }
    var (buffer, reader, answers) = (SendBuffer(), HTTPResponseReader(), 0)
    for _ in 0..<count { buffer.add(request) }
    let deadline = SystemClock.monotonic + .seconds(60)
    while answers < count, SystemClock.monotonic < deadline {
      var waits = Waits()
      waits.add(socket, reads: true, writes: !buffer.isEmpty)
      waits.wait(.seconds(5))
      let isThere = buffer.send(over: socket)
      #expect(isThere)
      withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { room in
        if case .moved(let read) = socket.read(into: room) { reader.add(room[..<read]) }
      }
      while let response = try reader.next(to: .get) { answers += response.status == .ok ? 1 : 0 }
    }
    #expect(answers == count)
    cluster.stop(1)
  }

  @Test("A folder of another server, a port in use and a folder in use are refused in a sentence")
  func refusals() throws {
    var cluster = try TestCluster()
    try cluster.start(1)
    _ = try cluster.ask(1, .get, "/state")
    let first = try #require(cluster.hosts[0]).settings
    func problem(_ change: (inout HostSettings) -> Void) throws -> HostProblem? {
      var settings = first
      change(&settings)
      let host = try TestHost(settings)
      host.stop()
      return host.problem
    }
    #expect(try problem { _ in }?.kind == .unavailable, "the folder is in use")
    #expect(try problem { $0.data = "\(cluster.folder.path)/2" }?.kind == .unavailable, "the ports are in use")
    let free = cluster.addresses[3]
    cluster.stop(1)
    let other = try problem { ($0.id, $0.address) = (NodeID(2), free) }
    #expect(other?.kind == .data, "\(String(describing: other))")
    #expect(other?.description.contains("expected that of n2") ?? false)
    let empty = try problem { ($0.origin, $0.address, $0.data) = (.known, free, "\(cluster.folder.path)/3") }
    #expect(empty?.kind == .usage && empty?.description.contains("--bootstrap") ?? false)
  }
}
