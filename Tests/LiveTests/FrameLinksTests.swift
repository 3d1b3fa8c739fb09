import Determinism
import Hosting
import Raft
import Replica
import Scenarios
import System
import Testing

@testable import Live

/// One end of a connection.
private final class End {
  private let socket: Descriptor
  private var stream = FrameStream()
  private(set) var hasEnded = false

  init(_ socket: Descriptor) { self.socket = socket }

  convenience init(to address: SocketAddress) throws { self.init(try Sockets.connect(to: address)) }

  deinit { close() }

  func close() {
    if !isClosed { socket.close() }
    isClosed = true
  }

  private var isClosed = false

  func send(_ frames: [UInt8]...) {
    var buffer = SendBuffer()
    for frame in frames { buffer.add(frame: frame) }
    send(raw: buffer)
  }

  func send(raw buffer: SendBuffer) {
    var buffer = buffer
    // A connection that is still being made takes bytes once it is there.
    var waits = Waits()
    waits.add(socket, reads: false, writes: true)
    waits.wait(.seconds(2))
    let isThere = buffer.send(over: socket)
    #expect(isThere && buffer.isEmpty)
  }

  /// The next frame; `nil` if there is none in time, or none will come any more.
  func next(within patience: Duration = .seconds(5)) -> [UInt8]? {
    let deadline = SystemClock.monotonic + patience
    while true {
      if let frame = stream.next() { return frame }
      guard !hasEnded else { return nil }
      var waits = Waits()
      let place = waits.add(socket, reads: true, writes: false)
      waits.wait(max(.zero, deadline - SystemClock.monotonic))
      guard waits.isReadable(place) else { return nil }
      withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
        switch socket.read(into: buffer) {
        case .moved(let count): stream.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        case .wouldWait: break
        case .ended, .failed: hasEnded = true
        }
      }
    }
  }

  /// Whether the other side closes it without another word.
  var isClosedByOther: Bool { next() == nil && hasEnded }
}

/// Two servers, of which a test plays both, and the links between them.
private final class TestLinks {
  let links: FrameLinks
  private(set) var places: [SocketAddress] = []
  private var listeners: [Descriptor] = []
  private let nodes = NodeID.first(2).map { $0 }

  init() throws {
    links = try FrameLinks(nodes: [])
    for node in nodes {
      let (listener, real) = try Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: 0))
      listeners.append(listener)
      places.append(try links.add(node, advertised: SocketAddress(host: "127.0.0.1", port: 0), real: real))
    }
  }

  deinit {
    links.close()
    for listener in listeners { listener.close() }
  }

  func stopListening(_ node: Int) { listeners.remove(at: node - 1).close() }

  /// Lets the link from one server to the other be like this, and the way back be fair.
  func change(_ sender: Int, _ recipient: Int, _ edit: (inout LinkState) -> Void) {
    var weather = LinkWeather(nodes)
    edit(&weather[from: nodes[sender - 1], to: nodes[recipient - 1]])
    links.change(to: weather)
  }

  /// A connection that has said who makes it.
  func sender(_ sender: Int, _ recipient: Int) throws -> End {
    let end = try End(to: places[recipient - 1])
    end.send(hello(sender, recipient))
    return end
  }

  func hello(_ sender: Int, _ recipient: Int) -> [UInt8] {
    Greeting.encode(
      Hello(
        ClusterID(7), from: nodes[sender - 1], to: nodes[recipient - 1], start: 1, process: 2, book: AddressBook()))
  }

  /// The connection that has reached a server, or `nil` if there is none.
  func recipient(_ node: Int, within patience: Duration = .seconds(5)) -> End? {
    var waits = Waits()
    waits.add(listeners[node - 1], reads: true, writes: false)
    waits.wait(patience)
    guard case .taken(let socket) = Sockets.accept(from: listeners[node - 1]) else { return nil }
    return End(socket)
  }

  /// Both ends of a connection whose greeting has passed.
  func open(_ sender: Int, _ recipient: Int) throws -> (near: End, far: End) {
    let near = try self.sender(sender, recipient)
    let far = try #require(self.recipient(recipient))
    #expect(far.next() == hello(sender, recipient))
    return (near, far)
  }

  /// Waits until the figures are as expected.
  func wait(until isReached: (LinkFigures) -> Bool) -> Bool {
    for _ in 0..<5_000 {
      if isReached(links.figures) { return true }
      Pause.sleep(.milliseconds(1))
    }
    return false
  }
}

@Suite("Links between servers that pass frames on")
struct FrameLinksTests {
  private let a = Array("a".utf8)
  private let b = Array("bb".utf8)
  private let c = [UInt8](repeating: 3, count: 100_000)

  @Test("Frames pass whole and in order, and the welcome passes back, though the way back is cut")
  func passes() throws {
    let links = try TestLinks()
    links.change(2, 1) { $0.isCut = true }
    let (near, far) = try links.open(1, 2)
    let welcome = Greeting.encode(.accepted(AddressBook()))
    far.send(welcome)
    #expect(near.next() == welcome)
    near.send(a, c, b)
    #expect(far.next() == a && far.next() == c && far.next() == b)
    near.send(c)
    #expect(far.next() == c && links.wait { $0.passed == 5 && $0.connections == 1 })
  }

  @Test("A link that is cut loses what is sent one way, on a connection that stays open")
  func cut() throws {
    let links = try TestLinks()
    let (one, other) = (try links.open(1, 2), try links.open(2, 1))
    links.change(1, 2) { $0.isCut = true }
    one.near.send(a, c)
    other.near.send(b)
    #expect(other.far.next() == b && links.wait { $0.dropped == 2 })
    links.change(1, 2) { _ in }
    one.near.send(b)
    #expect(one.far.next() == b)
  }

  @Test("A greeting on a link that is cut reaches nobody; the connection is closed when the link is healed")
  func cutGreeting() throws {
    let links = try TestLinks()
    links.change(1, 2) { $0.isCut = true }
    let near = try links.sender(1, 2)
    #expect(links.wait { $0.dropped == 1 } && links.recipient(2, within: .zero) == nil)
    links.change(1, 2) { _ in }
    #expect(near.isClosedByOther && links.recipient(2, within: .zero) == nil)
    _ = try links.open(1, 2)
  }

  @Test("A server that ends while the link is cut is not seen to end before the link is healed")
  func cutEnd() throws {
    let links = try TestLinks()
    let (near, far) = try links.open(1, 2)
    links.change(1, 2) { $0.isCut = true }
    far.close()
    near.send(a)
    #expect(links.wait { $0.dropped == 1 } && near.next(within: .zero) == nil && !near.hasEnded)
    links.change(1, 2) { _ in }
    #expect(near.isClosedByOther)
  }

  @Test("A clogged link holds what is sent, and releases it in order")
  func clog() throws {
    let links = try TestLinks()
    let (near, far) = try links.open(1, 2)
    links.change(1, 2) { $0.isClogged = true }
    near.send(a, c, b)
    #expect(links.wait { $0.held == 3 } && far.next(within: .zero) == nil)
    links.change(1, 2) { _ in }
    #expect(far.next() == a && far.next() == c && far.next() == b)
  }

  @Test("A greeting that a clogged link holds does not pass when its sender has gone")
  func cloggedGreeting() throws {
    let links = try TestLinks()
    links.change(1, 2) { $0.isClogged = true }
    let gone = try links.sender(1, 2)
    #expect(links.wait { $0.held == 1 })
    gone.close()
    let near = try links.sender(1, 2)
    #expect(links.wait { $0.held == 2 })
    links.change(1, 2) { _ in }
    let far = try #require(links.recipient(2))
    #expect(far.next() == links.hello(1, 2) && links.recipient(2, within: .zero) == nil)
    near.send(a)
    #expect(far.next() == a)
  }

  @Test("Frames are doubled or lost, and greetings are not")
  func chances() throws {
    let links = try TestLinks()
    links.change(1, 2) { $0.duplication = Ratio(1, 1) }
    let (near, far) = try links.open(1, 2)
    near.send(a, b)
    #expect(far.next() == a && far.next() == a && far.next() == b && far.next() == b)
    links.change(1, 2) { $0.loss = Ratio(1, 1) }
    let (other, place) = try links.open(1, 2)
    other.send(a, b)
    #expect(links.wait { $0.dropped == 2 && $0.duplicated == 2 })
    links.change(1, 2) { _ in }
    other.send(c)
    #expect(place.next() == c)
  }

  @Test("Frames that are delayed keep their order; frames that may be overtaken all arrive")
  func delays() throws {
    let links = try TestLinks()
    let (near, far) = try links.open(1, 2)
    let frames = (0..<60).map { [UInt8($0)] }
    links.change(1, 2) { ($0.delay, $0.delayShape) = (.milliseconds(2), .exponential) }
    for frame in frames { near.send(frame) }
    #expect(frames.map { _ in far.next() } == frames)
    links.change(1, 2) { ($0.reordering, $0.hold) = (Ratio(1, 2), .milliseconds(500)) }
    for frame in frames { near.send(frame) }
    let found = frames.compactMap { _ in far.next() }
    #expect(found != frames && found.sorted { $0[0] < $1[0] } == frames)
  }

  @Test("When one of the two servers ends, or does not listen, the other one's connection is closed")
  func ends() throws {
    let links = try TestLinks()
    let one = try links.open(1, 2)
    one.near.send(a)
    one.near.close()
    #expect(one.far.next() == a && one.far.isClosedByOther)
    let other = try links.open(1, 2)
    other.far.close()
    #expect(other.near.isClosedByOther)
    links.stopListening(2)
    #expect(try links.sender(1, 2).isClosedByOther)
  }

  @Test("Who does not greet is not passed on", arguments: [true, false])
  func nonsense(isFrame: Bool) throws {
    let links = try TestLinks()
    let near = try End(to: links.places[1])
    var bytes = SendBuffer()
    if isFrame { bytes.add(frame: Array("GET / HTTP/1.1\r\n\r\n".utf8)) } else { bytes.add(Array("GET / HTTP".utf8)) }
    near.send(raw: bytes)
    #expect(near.isClosedByOther && links.recipient(2, within: .zero) == nil)
  }

  @Test("An address that is in use is told")
  func inUse() throws {
    let links = try TestLinks()
    #expect(throws: LiveProblem.self) {
      try links.links.add(NodeID(3), advertised: links.places[0], real: links.places[0])
    }
    links.links.close()
    links.links.close()
  }
}

@Suite("Frames that are held")
struct HeldFramesTests {
  private func instant(_ milliseconds: Int64) -> LocalInstant { LocalInstant(nanoseconds: milliseconds * 1_000_000) }

  @Test("What is held in order never goes before what came before it; what is held aside goes by its time")
  func order() {
    var held = HeldFrames()
    var kept: [Bool] = []
    kept.append(held.hold([1], until: instant(50)))
    kept.append(held.hold([2], until: instant(10)))
    for (byte, due) in [(3, 30), (4, 20), (5, 60)] as [(UInt8, Int64)] {
      kept.append(held.holdAside([byte], until: instant(due)))
    }
    #expect(kept.allSatisfy { $0 } && held.nextDue == instant(20) && held.bytes == 5)
    var found: [[UInt8]] = []
    for now in [19, 20, 49, 50, 70] as [Int64] {
      while let frame = held.takeDue(at: instant(now)) { found.append(frame) }
    }
    #expect(found == [[4], [3], [1], [2], [5]] && held.isEmpty && held.bytes == 0 && held.nextDue == nil)
  }

  @Test("A link holds so many bytes and no more")
  func room() {
    var (held, figures, fates) = (HeldFrames(), LinkFigures(), FrameFates(seed: 1))
    var clogged = LinkState()
    clogged.isClogged = true
    let frame = [UInt8](repeating: 0, count: 4 << 20)
    for _ in 0..<17 { fates.decide(frame, under: clogged, at: instant(0), into: &held, &figures) }
    #expect(held.bytes == HeldFrames.maxBytes && figures.held == 16 && figures.overflowed == 1)
  }
}
