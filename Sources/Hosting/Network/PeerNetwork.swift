import Determinism
import Raft
import Replica
import System

/// The connections between this server and the others: one for each direction, made by whoever sends on it. What cannot be
/// sent now is lost: the protocol sends it again.
package struct PeerNetwork {
  /// What the server must hear of.
  package enum Event {
    /// A frame has come.
    case frame([UInt8], from: NodeID)
    /// What was sent to a server is lost.
    case unreachable(NodeID)
    /// Another process bears a server's name now: what the one before asked for, nobody waits for.
    case restarted(NodeID)
    /// The address book has changed.
    case learned
    /// Somebody should read this.
    case remark(String)
  }

  /// Bytes that wait for one server; more than the protocol has on their way to it at a time.
  static let maxQueuedBytes = 16 << 20
  /// Connections from servers, those included that have not said who they are.
  static let maxIncoming = 2 * NodeSet.maxNodes
  /// How long a connection may take to say who it is, and an attempt to connect.
  static let greetingTime = Duration.seconds(3)
  /// How long one waits before one connects anew: twice as long each time.
  static let firstPause = Duration.milliseconds(20)
  static let longestPause = Duration.milliseconds(1_000)

  let cluster: ClusterID
  let id: NodeID
  let start: UInt64
  /// Tells this process from another one that bears its name.
  let process: UInt64
  package private(set) var book: AddressBook
  private var listener: Listener
  private var outgoing: [OutgoingLink] = []
  private var incoming: [IncomingLink] = []
  /// By node: the latest process that has said that it is this one.
  private var known: [(node: NodeID, start: UInt64, process: UInt64)] = []

  package init(
    _ cluster: ClusterID, id: NodeID, start: UInt64, process: UInt64, listeningAt listener: Descriptor,
    book: AddressBook
  ) {
    (self.cluster, self.id, self.start, self.process) = (cluster, id, start, process)
    (self.listener, self.book) = (Listener(listener), book)
    followBook()
  }

  /// Keeps a link to each server in the book.
  private mutating func followBook() {
    for entry in book.entries where entry.node != id {
      guard let place = outgoing.firstIndex(where: { $0.node == entry.node }) else {
        outgoing.append(OutgoingLink(to: entry.node, at: entry.address.peer))
        continue
      }
      if outgoing[place].address != entry.address.peer { outgoing[place].move(to: entry.address.peer) }
    }
  }

  /// Takes note of where a server is reached.
  ///
  /// - Returns: whether that is news.
  @discardableResult
  package mutating func note(_ entry: AddressBook.Entry) -> Bool {
    // What others say of this server it knows better.
    guard entry.node != id, book.note(entry) else { return false }
    followBook()
    return true
  }

  /// Sends a frame, if the link to its recipient is there: at the latest by the next `flush`.
  package mutating func send(_ frame: [UInt8], to node: NodeID) {
    guard let place = outgoing.firstIndex(where: { $0.node == node }) else { return }
    outgoing[place].send(frame)
  }

  /// Sends what waits. Frames that are sent together cost one call of the system, and wake their recipient once.
  package mutating func flush() { for place in outgoing.indices { outgoing[place].flush() } }

  // MARK: Waiting

  /// When something must be done though nothing happens.
  package var deadline: LocalInstant? {
    (outgoing.compactMap(\.deadline) + incoming.compactMap(\.deadline) + [listener.pausedUntil].compactMap { $0 }).min()
  }

  package mutating func addWaits(to waits: inout Waits) {
    listener.addWait(to: &waits, takesMore: incoming.count < Self.maxIncoming)
    for place in outgoing.indices { outgoing[place].addWait(to: &waits) }
    for place in incoming.indices { incoming[place].addWait(to: &waits) }
  }

  /// Does what can be done now.
  ///
  /// - Parameter buffer: room for what is read.
  package mutating func work(
    _ waits: Waits, buffer: UnsafeMutableRawBufferPointer, at now: LocalInstant, into events: inout [Event]
  ) {
    for place in outgoing.indices { workOutgoing(place, waits, buffer, now, &events) }
    for place in incoming.indices { workIncoming(place, waits, buffer, now, &events) }
    incoming.removeAll(where: \.isClosed)
    for socket in listener.accept(waits, atMost: Self.maxIncoming - incoming.count, at: now) {
      incoming.append(IncomingLink(over: socket, greetedBy: now + Self.greetingTime))
    }
  }

  private mutating func workOutgoing(
    _ place: Int, _ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer, _ now: LocalInstant, _ events: inout [Event]
  ) {
    let node = outgoing[place].node
    var hello: [UInt8]?
    if outgoing[place].isDue(at: now) {
      hello = Greeting.encode(
        Hello(cluster, from: id, to: node, start: start, process: process, book: book))
    }
    switch outgoing[place].work(waits, hello: hello, buffer: buffer, at: now) {
    case .nothing: break
    case .lost: events.append(.unreachable(node))
    case .refused(let reason):
      events.append(.remark("\(node) at \(outgoing[place].address) refuses this server: \(reason)"))
    case .opened(let theirs): learn(theirs, into: &events)
    }
  }

  private mutating func learn(_ theirs: AddressBook, into events: inout [Event]) {
    var isNews = false
    for entry in theirs.entries where note(entry) { isNews = true }
    if isNews { events.append(.learned) }
  }

  private mutating func workIncoming(
    _ place: Int, _ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer, _ now: LocalInstant, _ events: inout [Event]
  ) {
    incoming[place].read(waits, buffer: buffer)
    while let frame = incoming[place].nextFrame() {
      if let peer = incoming[place].peer {
        events.append(.frame(frame, from: peer))
      } else {
        greet(place, frame, &events)
      }
    }
    if incoming[place].isBroken(at: now) { incoming[place].close() }
  }

  /// Reads who is at the other end.
  private mutating func greet(_ place: Int, _ frame: [UInt8], _ events: inout [Event]) {
    do throws(GreetingError) {
      let hello = try Greeting.decodeHello(frame)
      if let objection = objection(to: hello) {
        incoming[place].answer(Greeting.encode(.refused(objection)))
        events.append(.remark("a server that says that it is \(hello.sender) is refused: \(objection)"))
        return incoming[place].close()
      }
      admit(hello, at: place, &events)
    } catch {
      if case .version(let other) = error {
        let reason = "it speaks version \(other) of the protocol between servers; expected version \(Greeting.version)"
        incoming[place].answer(Greeting.encode(.refused(reason)))
        events.append(.remark("a server is refused: \(reason)"))
      }
      incoming[place].close()
    }
  }

  private func objection(to hello: Hello) -> String? {
    if hello.cluster != cluster { return "it is of cluster \(hello.cluster); expected one of cluster \(cluster)" }
    if hello.recipient != id { return "it looks for \(hello.recipient); this is \(id)" }
    if hello.sender == id { return "\(id) is this server itself; expected a name that no other server has" }
    let starts = book.entries.first { $0.node == hello.sender }?.start ?? 0
    if hello.start < starts {
      return
        "\(hello.sender) had started \(starts) times, and this is start \(hello.start): its folder is another one, and its "
        + "votes are lost; expected a name that no other server has had"
    }
    guard let latest = known.first(where: { $0.node == hello.sender }) else { return nil }
    let isThere = incoming.contains { $0.peer == hello.sender && !$0.isClosed }
    return hello.start == latest.start && hello.process != latest.process && isThere
      ? "another process is \(hello.sender); expected a name that no other server has" : nil
  }

  private mutating func admit(_ hello: Hello, at place: Int, _ events: inout [Event]) {
    for other in incoming.indices where other != place && incoming[other].peer == hello.sender {
      incoming[other].close()
    }
    let latest = known.firstIndex { $0.node == hello.sender }
    if latest.map({ known[$0].process != hello.process }) ?? true {
      events.append(.restarted(hello.sender))
      if let latest { known.remove(at: latest) }
      known.append((hello.sender, hello.start, hello.process))
      // Whoever has just started is there now, whatever became of earlier attempts.
      if let link = outgoing.firstIndex(where: { $0.node == hello.sender }) { outgoing[link].hurry() }
    }
    incoming[place].peer = hello.sender
    learn(hello.book, into: &events)
    incoming[place].answer(Greeting.encode(.accepted(book)))
  }

  /// Closes all connections.
  package mutating func close() {
    listener.close()
    for place in outgoing.indices { outgoing[place].close() }
    for place in incoming.indices { incoming[place].close() }
  }
}
