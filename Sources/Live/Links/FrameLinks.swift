import Determinism
import Hosting
import Raft
import Scenarios
import Synchronization
import System

/// The links between servers that speak in frames of this project: each server is reached through this program, at the address
/// that it advertises, and what is sent to it passes here. So every direction can be disturbed by itself, frame by frame.
package final class FrameLinks: Links, Sendable {
  /// What its thread is told, and tells.
  final class Mailbox: Sendable {
    struct Contents: Sendable {
      var weather: LinkWeather
      var added: [(node: NodeID, listener: Descriptor, real: SocketAddress)] = []
      var isClosing = false
      var figures = LinkFigures()
    }

    let contents: Mutex<Contents>
    /// How often the contents have changed: so they are looked at only then.
    let changes = Atomic<Int>(0)
    let waker: Waker

    init(_ waker: Waker, _ weather: LinkWeather) {
      self.waker = waker
      contents = Mutex(Contents(weather: weather))
    }

    func change(_ edit: (inout sending Contents) -> Void) {
      contents.withLock { edit(&$0) }
      changes.add(1, ordering: .sequentiallyConsistent)
      waker.wake()
    }
  }

  private let mailbox: Mailbox
  private let thread: Mutex<WorkerThread?>

  /// Opens a place at which each server is reached.
  ///
  /// - Parameter nodes: each server with the address that it advertises, which is opened here, and the one at which it listens.
  package init(nodes: [(node: NodeID, advertised: SocketAddress, real: SocketAddress)]) throws(LiveProblem) {
    let waker: Waker
    do throws(SystemError) { waker = try Waker() } catch { throw LiveProblem(.system, "\(error)") }
    let mailbox = Mailbox(waker, LinkWeather(nodes.map(\.node)))
    self.mailbox = mailbox
    let started = WorkerThread {
      var loop = FrameLoop(mailbox)
      loop.run()
    }
    thread = Mutex(started)
    guard started != nil else {
      waker.close()
      throw LiveProblem(.system, "there is no room for one more thread")
    }
    do throws(LiveProblem) {
      for place in nodes { try add(place.node, advertised: place.advertised, real: place.real) }
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  /// Opens a place at which one more server is reached.
  ///
  /// - Returns: where that is: at port 0 the system chooses one.
  @discardableResult
  package func add(
    _ node: NodeID, advertised: SocketAddress, real: SocketAddress
  ) throws(LiveProblem) -> SocketAddress {
    do throws(SystemError) {
      let (listener, address) = try Sockets.listen(at: advertised)
      mailbox.change { $0.added.append((node, listener, real)) }
      return address
    } catch {
      throw LiveProblem(.system, "the links to \(node) cannot be opened: \(error)")
    }
  }

  /// What is read from any server after this has returned is under the new weather. Links to or from servers that the weather
  /// does not name are fair.
  package func change(to weather: LinkWeather) { mailbox.change { $0.weather = weather } }

  /// What has become of all frames so far.
  package var figures: LinkFigures { mailbox.contents.withLock { $0.figures } }

  /// Closes all connections, and waits until the thread has ended.
  package func close() {
    guard let thread = thread.withLock({ $0.take() }) else { return }
    mailbox.change { $0.isClosing = true }
    thread.join()
    mailbox.waker.close()
  }
}

/// What the thread of `FrameLinks` does.
private struct FrameLoop {
  /// The most connections at a time; further ones wait.
  private static let maxConnections = 1_024
  /// How long a connection may take to say who it is; a server gives up after as long.
  private static let greetingTime = Duration.seconds(3)
  /// Bytes that are read from a connection at a time.
  private static let readBytes = 256 << 10

  private let mailbox: FrameLinks.Mailbox
  private var places: [(node: NodeID, listener: Listener, real: SocketAddress)] = []
  private var connections: [FrameConnection] = []
  private var weather = LinkWeather([])
  private var seenChanges = -1
  private var isClosing = false
  private var fates = FrameFates(seed: .random(in: .min ... .max))
  private var figures = LinkFigures()

  init(_ mailbox: FrameLinks.Mailbox) { self.mailbox = mailbox }

  mutating func run() {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 16)
    defer { buffer.deallocate() }
    var waits = Waits()
    lookForChanges()
    while !isClosing {
      waits.removeAll()
      let woken = waits.add(mailbox.waker.end, reads: true, writes: false)
      let deadline = addWaits(to: &waits)
      waits.wait(deadline.map { max(.zero, $0 - SystemClock.monotonic) })
      if waits.isReadable(woken) { mailbox.waker.clear() }
      lookForChanges()
      work(waits, buffer)
    }
    for place in places { place.listener.close() }
    for index in connections.indices { connections[index].close() }
  }

  /// Takes what it has been told, if there is anything new.
  private mutating func lookForChanges() {
    let changes = mailbox.changes.load(ordering: .sequentiallyConsistent)
    guard changes != seenChanges else { return }
    seenChanges = changes
    let added = mailbox.contents.withLock { contents in
      defer { contents.added = [] }
      (weather, isClosing) = (contents.weather, contents.isClosing)
      return contents.added
    }
    for place in added { places.append((place.node, Listener(place.listener), place.real)) }
  }

  private func state(of connection: FrameConnection) -> LinkState {
    guard let sender = connection.sender, weather.nodes.contains(sender), weather.nodes.contains(connection.recipient)
    else { return LinkState() }
    return weather[from: sender, to: connection.recipient]
  }

  /// - Returns: when something must be done though nothing happens.
  private mutating func addWaits(to waits: inout Waits) -> LocalInstant? {
    var deadline: LocalInstant?
    for index in places.indices {
      places[index].listener.addWait(to: &waits, takesMore: connections.count < Self.maxConnections)
      deadline = [deadline, places[index].listener.pausedUntil].compactMap { $0 }.min()
    }
    for index in connections.indices {
      let state = state(of: connections[index])
      connections[index].addWaits(to: &waits, under: state)
      deadline = [deadline, connections[index].deadline(under: state)].compactMap { $0 }.min()
    }
    return deadline
  }

  private mutating func work(_ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer) {
    let now = SystemClock.monotonic
    for index in connections.indices {
      connections[index].read(waits, buffer)
      // Whatever was sent after a change was read after it: looked for only now, the change applies to it.
      lookForChanges()
      let state = state(of: connections[index])
      connections[index].work(waits, buffer, under: state, at: now, &fates, &figures)
    }
    connections.removeAll(where: \.isClosed)
    for index in places.indices {
      for socket in places[index].listener.accept(waits, atMost: Self.maxConnections - connections.count, at: now) {
        figures.connections += 1
        connections.append(
          FrameConnection(
            from: socket, to: places[index].node, at: places[index].real, greetedBy: now + Self.greetingTime))
      }
    }
    mailbox.contents.withLock { $0.figures = figures }
  }
}
