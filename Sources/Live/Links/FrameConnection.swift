import Determinism
import Hosting
import System

/// A connection on which one server sends to another one, through this program: from the sender to here, and from here to
/// the recipient. The first frame is the sender's `Hello`; the recipient answers it with a `Welcome`; all else goes one way.
///
/// While the link is cut neither server sees that the other one closes the connection: nothing at all passes.
struct FrameConnection {
  /// Bytes on their way to a recipient that does not read, above which the sender is not read any more.
  private static let maxUnread = 1 << 20

  let recipient: NodeID
  /// Who has connected; `nil` until it has said so.
  private(set) var sender: NodeID?
  private let greetedBy: LocalInstant
  private let near: Descriptor
  private var nearPlace = Int.max
  private var fromSender = FrameStream()
  private var toSender = SendBuffer()
  private var senderHasEnded = false

  private let address: SocketAddress
  /// The socket to the recipient, once something has been passed on.
  private var far: Descriptor?
  private var farPlace = Int.max
  private var isConnecting = false
  private var fromRecipient = FrameStream()
  private var toRecipient = SendBuffer()

  private var held = HeldFrames()
  /// The greeting that has just been read.
  private var hello: [UInt8]?
  /// Whether a greeting was lost, or an end was kept from a server: then nothing good comes of the connection any more, and
  /// it is closed as soon as the link is not cut.
  private var isStale = false
  private(set) var isClosed = false

  /// - Parameters:
  ///   - near: the socket of the server that has connected.
  ///   - address: where the recipient listens.
  init(from near: Descriptor, to recipient: NodeID, at address: SocketAddress, greetedBy: LocalInstant) {
    (self.near, self.recipient, self.address, self.greetedBy) = (near, recipient, address, greetedBy)
  }

  // MARK: Waiting

  /// When something must be done though nothing happens.
  func deadline(under state: LinkState) -> LocalInstant? {
    if sender == nil { return greetedBy }
    return state.isClogged ? nil : held.nextDue
  }

  mutating func addWaits(to waits: inout Waits, under state: LinkState) {
    let reads = !senderHasEnded && (state.isCut || toRecipient.count <= Self.maxUnread)
    // An end of which nothing is wanted is not waited for: one that has failed would wake the thread again and again.
    let writes = !senderHasEnded && !toSender.isEmpty
    nearPlace = reads || writes ? waits.add(near, reads: reads, writes: writes) : .max
    farPlace = .max
    guard let far else { return }
    farPlace = waits.add(far, reads: !isConnecting, writes: isConnecting || !toRecipient.isEmpty && !isStale)
  }

  // MARK: Reading

  /// Reads what the sender has sent.
  mutating func read(_ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer) {
    guard !senderHasEnded, nearPlace != .max, waits.isReadable(nearPlace) else { return }
    switch near.read(into: buffer) {
    case .moved(let count): fromSender.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    case .wouldWait: break
    case .ended, .failed: senderHasEnded = true
    }
    if sender == nil { readHello() }
  }

  private mutating func readHello() {
    guard let frame = fromSender.next() else {
      if fromSender.isBroken { close() }
      return
    }
    do throws(GreetingError) {
      sender = try Greeting.decodeHello(frame).sender
      hello = frame
    } catch {
      close()
    }
  }

  // MARK: Passing on

  /// Passes on what may be passed on now.
  mutating func work(
    _ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer, under state: LinkState, at now: LocalInstant,
    _ fates: inout FrameFates, _ figures: inout LinkFigures
  ) {
    guard !isClosed else { return }
    guard sender != nil else {
      if senderHasEnded || now >= greetedBy { close() }
      return
    }
    takeUp(under: state, at: now, &fates, &figures)
    if fromSender.isBroken { return close() }
    release(under: state, at: now, &figures)
    sendToRecipient(waits, under: state)
    readFromRecipient(waits, buffer, under: state)
    if !senderHasEnded, !toSender.isEmpty, !toSender.send(over: near) { senderHasEnded = true }
    closeIfOver(under: state)
  }

  private mutating func takeUp(
    under state: LinkState, at now: LocalInstant, _ fates: inout FrameFates, _ figures: inout LinkFigures
  ) {
    if let greeting = hello.take() {
      if state.isCut {
        figures.dropped += 1
        isStale = true
      } else {
        // It is neither lost by chance nor comes twice: the servers would wait for seconds, which no lost frame costs.
        _ = held.hold(greeting, until: now)
        if state.isClogged { figures.held += 1 }
      }
    }
    guard !state.isFair || held.hasQueue || isStale else {
      fromSender.takeWhole { bytes, count in
        toRecipient.add(bytes)
        figures.passed += UInt64(count)
      }
      return
    }
    while let frame = fromSender.next() {
      if isStale { figures.dropped += 1 } else { fates.decide(frame, under: state, at: now, into: &held, &figures) }
    }
  }

  private mutating func release(under state: LinkState, at now: LocalInstant, _ figures: inout LinkFigures) {
    guard !state.isClogged else { return }
    while let frame = held.takeDue(at: now) {
      if state.isCut || isStale {
        figures.dropped += 1
        // Its greeting is lost if nothing has been passed on yet.
        if far == nil, toRecipient.isEmpty { isStale = true }
      } else {
        toRecipient.add(frame: frame)
        figures.passed += 1
      }
    }
  }

  private mutating func sendToRecipient(_ waits: Waits, under state: LinkState) {
    guard !toRecipient.isEmpty, !isStale else { return }
    guard let far else { return connect() }
    if isConnecting {
      guard farPlace != .max, waits.isWritable(farPlace) else { return }
      guard Sockets.failure(of: far) == 0 else { return loseRecipient() }
      isConnecting = false
    }
    if !toRecipient.send(over: far) { loseRecipient() }
  }

  private mutating func connect() {
    do throws(SystemError) {
      far = try Sockets.connect(to: address)
      (isConnecting, farPlace) = (true, .max)
    } catch {
      loseRecipient()
    }
  }

  /// Reads what the recipient answers, which is its `Welcome`.
  private mutating func readFromRecipient(
    _ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer, under state: LinkState
  ) {
    guard let far, !isConnecting, farPlace != .max, waits.isReadable(farPlace) else { return }
    switch far.read(into: buffer) {
    case .moved(let count): fromRecipient.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    case .wouldWait: return
    case .ended, .failed: loseRecipient()
    }
    while let frame = fromRecipient.next() {
      if state.isCut { isStale = true } else { toSender.add(frame: frame) }
    }
    if fromRecipient.isBroken { loseRecipient() }
  }

  private mutating func loseRecipient() {
    far?.close()
    (far, farPlace, isConnecting, isStale) = (nil, .max, false, true)
    toRecipient = SendBuffer()
  }

  // MARK: Closing

  private mutating func closeIfOver(under state: LinkState) {
    if isStale {
      // Whoever is still there hears of it only when something passes again.
      if senderHasEnded && far == nil || !state.isCut { close() }
    } else if senderHasEnded {
      // A greeting that is still held must not go after its sender: it would end the connection that the sender has made since.
      if far == nil { close() } else if !state.isCut, held.isEmpty, toRecipient.isEmpty { close() }
    }
  }

  mutating func close() {
    guard !isClosed else { return }
    near.close()
    far?.close()
    isClosed = true
  }
}
