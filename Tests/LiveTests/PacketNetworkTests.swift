import Determinism
import Synchronization
import System
import Testing

@testable import Live

@Suite("Networks of packets", .serialized)
struct PacketNetworkTests {
  private static let nodes = NodeID.first(3)

  @Test(
    "A cut stops what is sent, in the directions that are cut only, and what was sent meanwhile arrives once it has healed",
    .enabled(if: PacketTrial.isPossible, "this takes root, iproute2 and nftables"))
  func cuts() throws {
    try PacketTrial.inNetwork(of: Self.nodes) { network in
      let (first, second, third) = (Self.nodes[0], Self.nodes[1], Self.nodes[2])
      let (one, two) = try PacketTrial.connection(from: first, to: second, in: network)
      let (other, three) = try PacketTrial.connection(from: first, to: third, in: network)
      defer { for end in [one, two, other, three] { end.close() } }
      try #require(PacketTrial.arrives(1, at: two, from: one))

      var weather = LinkWeather(Self.nodes)
      weather[from: first, to: second].isCut = true
      weather[from: second, to: first].isCut = true
      try network.change(to: weather)
      #expect(one.write([2]))
      #expect(PacketTrial.arrives(1, at: three, from: other))
      #expect(PacketTrial.arrived(at: two) == 0)

      // More than the system keeps until it is confirmed: in the open direction confirmations must come through.
      weather[from: second, to: first].isCut = false
      try network.change(to: weather)
      #expect(PacketTrial.arrives(4 << 20, at: one, from: two))
      #expect(PacketTrial.arrived(at: two) == 0)

      try network.change(to: LinkWeather(Self.nodes))
      #expect(PacketTrial.arrives(0, butWas: 1, at: two, from: one))
    }
  }

  @Test(
    "Clients reach a server that no other server reaches, and a second network takes the place of one that was closed",
    .enabled(if: PacketTrial.isPossible, "this takes root, iproute2 and nftables"))
  func clients() throws {
    try PacketTrial.inNetwork(of: Self.nodes) { network in
      var weather = LinkWeather(Self.nodes)
      for other in Self.nodes.dropFirst() {
        weather[from: Self.nodes[0], to: other].isCut = true
        weather[from: other, to: Self.nodes[0]].isCut = true
      }
      try network.change(to: weather)
      let (client, server) = try PacketTrial.connection(from: nil, to: Self.nodes[0], in: network)
      defer { for end in [client, server] { end.close() } }
      #expect(PacketTrial.arrives(1, at: server, from: client))
      network.close()
      try PacketNetwork(Self.nodes, holders: Self.nodes.map { network.networkHolder(of: $0) }).close()
    }
  }

  @Test("Outside of a network of its own none is made, for its links would be the machine's")
  func outside() {
    #expect(throws: LiveProblem(.system, "this process is not in a network of its own")) {
      _ = try PacketNetwork(Self.nodes)
    }
  }
}

/// Sockets in the networks of a trial.
private enum PacketTrial {
  private static let patience = Duration.seconds(20)
  private static let port: UInt16 = 7_001

  /// Whether this machine allows a thread of this process what `enter` gives to a process.
  static let isPossible: Bool =
    PacketNetwork.obstacle() == nil && (try? onThread { try LinuxCalls.leaveNetwork() }) != nil

  /// Makes a network, of which only the thread sees anything on which the body runs.
  static func inNetwork(of nodes: [NodeID], _ body: @escaping @Sendable (PacketNetwork) throws -> Void) throws {
    try onThread {
      try LinuxCalls.leaveNetwork()
      let holders = try nodes.map { _ in
        try onThread {
          try LinuxCalls.leaveNetwork()
          return try ChildProcess.start(["sleep", "600"])
        }
      }
      defer {
        for holder in holders {
          holder.send(.kill)
          _ = holder.wait()
        }
      }
      let network = try PacketNetwork(nodes, holders: holders.map(\.id))
      defer { network.close() }
      try body(network)
    }
  }

  /// A connection from a server, or from a client, to a server.
  static func connection(
    from client: NodeID?, to server: NodeID, in network: PacketNetwork
  ) throws -> (client: Descriptor, server: Descriptor) {
    let address = SocketAddress(host: network.host(of: server), port: port)
    let holder = network.networkHolder(of: server)
    let listener = try onThread {
      try LinuxCalls.enterNetwork(of: holder)
      return try Sockets.listen(at: address).0
    }
    defer { listener.close() }
    let socket: Descriptor
    if let holder = client.map({ network.networkHolder(of: $0) }) {
      socket = try onThread {
        try LinuxCalls.enterNetwork(of: holder)
        return try Sockets.connect(to: address)
      }
    } else {
      socket = try Sockets.connect(to: address)
    }
    var waits = Waits()
    waits.add(listener, reads: true, writes: false)
    waits.wait(patience)
    guard case .taken(let taken) = Sockets.accept(from: listener) else {
      throw LiveProblem(.system, "nobody connects to \(address)")
    }
    return (socket, taken)
  }

  /// Sends bytes and waits until as many have come, beside those that were sent before.
  static func arrives(_ count: Int, butWas before: Int = 0, at recipient: Descriptor, from sender: Descriptor) -> Bool {
    let deadline = SystemClock.monotonic + patience
    let part = [UInt8](repeating: 0, count: 64 << 10)
    var (unsent, missing) = (count, count + before)
    while missing > 0, SystemClock.monotonic < deadline {
      if unsent > 0, case .moved(let sent) = part.prefix(unsent).withUnsafeBytes({ sender.send($0) }) { unsent -= sent }
      missing -= arrived(at: recipient, within: .milliseconds(10))
    }
    return missing == 0
  }

  /// How many bytes have come.
  static func arrived(at recipient: Descriptor, within span: Duration = .zero) -> Int {
    var waits = Waits()
    waits.add(recipient, reads: true, writes: false)
    waits.wait(span)
    return withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 1) { buffer in
      if case .moved(let count) = recipient.read(into: buffer) { count } else { 0 }
    }
  }

  /// What a thread of its own returns: a thread that has left a network does not come back.
  private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let box = ResultBox<Value>()
    guard let thread = WorkerThread({ box.result.withLock { $0 = Result(catching: body) } }) else {
      throw LiveProblem(.system, "there is no room for a thread")
    }
    thread.join()
    guard let result = box.result.withLock({ $0 }) else { throw LiveProblem(.system, "a thread has not run") }
    return try result.get()
  }
}

/// Where a thread leaves what it returns.
private final class ResultBox<Value: Sendable>: Sendable {
  let result = Mutex<Result<Value, any Error>?>(nil)
}
