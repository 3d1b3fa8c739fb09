import Determinism
import Raft
import System

/// The connection on which this server sends to another one.
struct OutgoingLink {
  /// What came of a look at it.
  enum Outcome {
    case nothing
    /// The other server's address book.
    case opened(AddressBook)
    /// The other server wants nothing of this one, for this reason, which is new.
    case refused(String)
    /// It could not be made, or is lost with all that waited.
    case lost
  }

  private enum State {
    case idle(until: LocalInstant)
    case connecting(Descriptor, until: LocalInstant)
    case greeting(Descriptor, until: LocalInstant)
    case open(Descriptor)
  }

  /// Bytes that wait for no more of them.
  private static let batchBytes = 64 << 10

  let node: NodeID
  private(set) var address: SocketAddress
  private var state = State.idle(until: LocalInstant(nanoseconds: 0))
  private var pause = PeerNetwork.firstPause
  private var buffer = SendBuffer()
  private var stream = FrameStream()
  private var refusal: String?
  private var place = 0

  init(to node: NodeID, at address: SocketAddress) { (self.node, self.address) = (node, address) }

  private var socket: Descriptor? {
    switch state {
    case .idle: nil
    case .connecting(let socket, _), .greeting(let socket, _), .open(let socket): socket
    }
  }

  var deadline: LocalInstant? {
    switch state {
    case .idle(let until), .connecting(_, let until), .greeting(_, let until): until
    case .open: nil
    }
  }

  /// Whether it is time to connect.
  func isDue(at now: LocalInstant) -> Bool { if case .idle(let until) = state { until <= now } else { false } }

  /// Connects as soon as it can.
  mutating func hurry() {
    pause = PeerNetwork.firstPause
    if case .idle = state { state = .idle(until: LocalInstant(nanoseconds: 0)) }
  }

  mutating func move(to address: SocketAddress) {
    close()
    // The system gives the number of a closed socket to the next one.
    state = .idle(until: LocalInstant(nanoseconds: 0))
    (self.address, pause, buffer) = (address, PeerNetwork.firstPause, SendBuffer())
  }

  /// Takes a frame to be sent, at the latest by the next `flush`.
  mutating func send(_ frame: [UInt8]) {
    guard case .open = state, buffer.count + frame.count <= PeerNetwork.maxQueuedBytes else { return }
    let wasShort = buffer.count < Self.batchBytes
    buffer.add(frame: frame)
    if wasShort, buffer.count >= Self.batchBytes { flush() }
  }

  /// Sends what waits, as far as the connection takes it.
  mutating func flush() {
    guard case .open(let socket) = state, !buffer.isEmpty else { return }
    // Whether it failed shows when it is waited for.
    _ = buffer.send(over: socket)
  }

  func close() { socket?.close() }

  // MARK: Waiting

  mutating func addWait(to waits: inout Waits) {
    switch state {
    case .idle: break
    case .connecting(let socket, _): place = waits.add(socket, reads: false, writes: true)
    case .greeting(let socket, _), .open(let socket):
      place = waits.add(socket, reads: true, writes: !buffer.isEmpty)
    }
  }

  /// - Parameter hello: if it is due, what this server says of itself.
  mutating func work(
    _ waits: Waits, hello: [UInt8]?, buffer room: UnsafeMutableRawBufferPointer, at now: LocalInstant
  ) -> Outcome {
    switch state {
    case .idle:
      guard let hello else { return .nothing }
      buffer = SendBuffer()
      stream = FrameStream()
      buffer.add(frame: hello)
      do throws(SystemError) {
        state = .connecting(try Sockets.connect(to: address), until: now + PeerNetwork.greetingTime)
        place = .max
        return .nothing
      } catch {
        return lose(at: now)
      }
    case .connecting(let socket, let until):
      guard place != .max, waits.isWritable(place) else { return now >= until ? lose(at: now) : .nothing }
      guard Sockets.failure(of: socket) == 0, buffer.send(over: socket) else { return lose(at: now) }
      state = .greeting(socket, until: until)
      place = .max
      return .nothing
    case .greeting(let socket, let until):
      guard place != .max, now < until else { return now >= until ? lose(at: now) : .nothing }
      return read(socket, waits, room, at: now)
    case .open(let socket):
      if place != .max, waits.isWritable(place), !buffer.send(over: socket) { return lose(at: now) }
      return place == .max ? .nothing : read(socket, waits, room, at: now)
    }
  }

  /// Reads what the other server answers; behind its greeting nothing comes.
  private mutating func read(
    _ socket: Descriptor, _ waits: Waits, _ room: UnsafeMutableRawBufferPointer, at now: LocalInstant
  ) -> Outcome {
    guard waits.isReadable(place) else { return .nothing }
    switch socket.read(into: room) {
    case .moved(let count): stream.add(UnsafeRawBufferPointer(rebasing: room[..<count]))
    case .wouldWait: return .nothing
    case .ended, .failed: return lose(at: now)
    }
    guard case .greeting = state else { return lose(at: now) }
    guard let frame = stream.next() else { return stream.isBroken ? lose(at: now) : .nothing }
    switch try? Greeting.decodeWelcome(frame) {
    case .accepted(let book)?:
      state = .open(socket)
      pause = PeerNetwork.firstPause
      refusal = nil
      return .opened(book)
    case .refused(let reason)?:
      let isNew = reason != refusal
      refusal = reason
      pause = PeerNetwork.longestPause
      _ = lose(at: now)
      return isNew ? .refused(reason) : .nothing
    case nil: return lose(at: now)
    }
  }

  private mutating func lose(at now: LocalInstant) -> Outcome {
    close()
    buffer = SendBuffer()
    // Not all at the same time.
    state = .idle(until: now + pause * Int64.random(in: 50...100) / 100)
    pause = min(pause * 2, PeerNetwork.longestPause)
    return .lost
  }
}

/// A connection on which another server sends.
struct IncomingLink {
  private let socket: Descriptor
  private let greetedBy: LocalInstant
  private var stream = FrameStream()
  private var hasFailed = false
  private var place = Int.max
  private(set) var isClosed = false
  /// Who is at the other end; `nil` before it has said so.
  var peer: NodeID?

  init(over socket: Descriptor, greetedBy: LocalInstant) { (self.socket, self.greetedBy) = (socket, greetedBy) }

  var deadline: LocalInstant? { peer == nil ? greetedBy : nil }

  mutating func addWait(to waits: inout Waits) { place = waits.add(socket, reads: true, writes: false) }

  /// Reads what is there, and no more than there is room, so that others have their turn.
  mutating func read(_ waits: Waits, buffer: UnsafeMutableRawBufferPointer) {
    guard !isClosed, place != .max, waits.isReadable(place) else { return }
    switch socket.read(into: buffer) {
    case .moved(let count): stream.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    case .wouldWait: break
    case .ended, .failed: hasFailed = true
    }
  }

  mutating func nextFrame() -> [UInt8]? { isClosed ? nil : stream.next() }

  func isBroken(at now: LocalInstant) -> Bool {
    !isClosed && (hasFailed || stream.isBroken || peer == nil && now >= greetedBy)
  }

  /// Sends a greeting, which a new connection always has room for.
  func answer(_ greeting: [UInt8]) {
    var buffer = SendBuffer()
    buffer.add(frame: greeting)
    _ = buffer.send(over: socket)
  }

  mutating func close() {
    if !isClosed { socket.close() }
    isClosed = true
  }
}
