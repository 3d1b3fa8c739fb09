import Determinism
import System

/// The connections of clients. Each has one request under way at a time; what comes behind it waits in the system.
struct HTTPServer {
  enum Event {
    case request(HTTPRequest, connection: UInt64)
    /// The connection is gone: nobody waits for its answer.
    case ended(connection: UInt64)
  }

  /// Connections, the idle ones included.
  static let maxConnections = 4_096
  /// How long a connection may be idle, and how long a request, or the reading of an answer, may take.
  static let idleTime = Duration.seconds(120)
  static let requestTime = Duration.seconds(10)
  /// How long what a client still sends is dropped behind the last answer.
  static let drainTime = Duration.seconds(1)

  private struct Connection {
    let number: UInt64
    let socket: Descriptor
    var reader = HTTPRequestReader()
    var buffer = SendBuffer()
    /// How the request is answered that is under way.
    var form: HTTPAnswerForm?
    /// Whether a part of a request has come.
    var isAmidRequest = false
    /// Whether no other request follows.
    var isClosing = false
    /// Whether all was sent, and what still comes is dropped: closed at once, the system would tear the connection, and the
    /// client might lose its answer.
    var isDraining = false
    var isClosed = false
    /// When it is closed if nothing more happens; an answer is waited for as long as it takes.
    var deadline: LocalInstant?
    var place = Int.max
  }

  private var listener: Listener
  private var connections: [Connection] = []
  private var nextNumber: UInt64 = 0
  /// Takes no new connections: the server stops.
  var isStopping = false

  init(listeningAt listener: Descriptor) { self.listener = Listener(listener) }

  var openCount: Int { connections.count }

  var deadline: LocalInstant? { (connections.compactMap(\.deadline) + [listener.pausedUntil].compactMap { $0 }).min() }

  mutating func addWaits(to waits: inout Waits) {
    listener.addWait(to: &waits, takesMore: connections.count < Self.maxConnections && !isStopping)
    for place in connections.indices {
      // While it waits for its answer it is not read: its memory is bounded by what the reader holds.
      let reads = connections[place].form == nil && (!connections[place].isClosing || connections[place].isDraining)
      connections[place].place = waits.add(
        connections[place].socket, reads: reads, writes: !connections[place].buffer.isEmpty)
    }
  }

  mutating func work(
    _ waits: Waits, buffer: UnsafeMutableRawBufferPointer, at now: LocalInstant, into events: inout [Event]
  ) {
    for place in connections.indices where connections[place].place != .max {
      work(place, waits, buffer, now, &events)
    }
    for socket in listener.accept(waits, atMost: Self.maxConnections - connections.count, at: now) {
      nextNumber += 1
      connections.append(Connection(number: nextNumber, socket: socket, deadline: now + Self.idleTime))
    }
    connections.removeAll(where: \.isClosed)
  }

  private mutating func work(
    _ place: Int, _ waits: Waits, _ room: UnsafeMutableRawBufferPointer, _ now: LocalInstant, _ events: inout [Event]
  ) {
    let wait = connections[place].place
    if !connections[place].buffer.isEmpty, waits.isWritable(wait) { flush(place, at: now, &events) }
    if connections[place].form != nil {
      // One that has gone is not waited for.
      if waits.isBroken(wait) { close(place, &events) }
    } else if connections[place].isDraining, waits.isReadable(wait) {
      if case .moved = connections[place].socket.read(into: room) {} else { close(place, &events) }
    } else if !connections[place].isClosing, waits.isReadable(wait) {
      switch connections[place].socket.read(into: room) {
      case .moved(let count):
        connections[place].reader.add(UnsafeRawBufferPointer(rebasing: room[..<count]))
        read(place, at: now, &events)
      case .wouldWait: break
      case .ended, .failed: close(place, &events)
      }
    }
    if let deadline = connections[place].deadline, deadline <= now { close(place, &events) }
  }

  /// Reads the next request of what has come.
  private mutating func read(_ place: Int, at now: LocalInstant, _ events: inout [Event]) {
    guard connections[place].form == nil, !connections[place].isClosing else { return }
    do throws(HTTPRefusal) {
      switch try connections[place].reader.next() {
      case .needsBytes:
        let isIdle = connections[place].reader.isIdle
        // A request has its time from its first byte on, however slowly the others come.
        if isIdle || !connections[place].isAmidRequest {
          connections[place].deadline = now + (isIdle ? Self.idleTime : Self.requestTime)
        }
        connections[place].isAmidRequest = !isIdle
      case .expectsContinue:
        connections[place].buffer.add(HTTPResponse.continueBytes)
        flush(place, at: now, &events)
        read(place, at: now, &events)
      case .request(let request):
        connections[place].form = request.answerForm
        connections[place].deadline = nil
        connections[place].isAmidRequest = false
        events.append(.request(request, connection: connections[place].number))
      case .ended: connections[place].isClosing = true
      }
    } catch {
      connections[place].form = .closing
      answer(place, error.response(to: nil), at: now, &events)
    }
  }

  /// Answers the request that is under way on a connection, if that is still there.
  mutating func answer(
    _ connection: UInt64, _ response: HTTPResponse, at now: LocalInstant, into events: inout [Event]
  ) {
    guard let place = connections.firstIndex(where: { $0.number == connection && !$0.isClosed }) else { return }
    answer(place, response, at: now, &events)
    read(place, at: now, &events)
  }

  private mutating func answer(
    _ place: Int, _ response: HTTPResponse, at now: LocalInstant, _ events: inout [Event]
  ) {
    guard var form = connections[place].form else { return }
    if isStopping { form.keepsAlive = false }
    connections[place].form = nil
    connections[place].buffer.add(response.bytes(as: form))
    connections[place].isClosing = !form.keepsAlive
    connections[place].deadline = now + Self.requestTime
    flush(place, at: now, &events)
  }

  private mutating func flush(_ place: Int, at now: LocalInstant, _ events: inout [Event]) {
    guard !connections[place].isClosed else { return }
    guard connections[place].buffer.send(over: connections[place].socket) else { return close(place, &events) }
    guard connections[place].buffer.isEmpty, connections[place].form == nil else { return }
    connections[place].deadline = now + (connections[place].isClosing ? Self.drainTime : Self.idleTime)
    guard connections[place].isClosing, !connections[place].isDraining else { return }
    connections[place].isDraining = true
    Sockets.endSending(over: connections[place].socket)
  }

  private mutating func close(_ place: Int, _ events: inout [Event]) {
    guard !connections[place].isClosed else { return }
    connections[place].isClosed = true
    connections[place].socket.close()
    if connections[place].form != nil { events.append(.ended(connection: connections[place].number)) }
  }

  mutating func close() {
    var events: [Event] = []
    for place in connections.indices { close(place, &events) }
    listener.close()
  }
}
