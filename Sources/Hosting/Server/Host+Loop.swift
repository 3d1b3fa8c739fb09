import Determinism
import Replica
import System

extension Host {
  /// Bytes that are read from a connection at a time.
  private static let readBytes = 64 << 10

  /// Serves until it is stopped, or cannot go on.
  ///
  /// - Parameter wantsStop: is asked whenever something has happened.
  /// - Returns: why it cannot go on.
  package func run(until wantsStop: () -> Bool) -> HostProblem? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 16)
    defer { buffer.deallocate() }
    var waits = Waits()
    while problem == nil, !mayStop {
      waits.removeAll()
      let woken = waits.add(waker.end, reads: true, writes: false)
      peers.addWaits(to: &waits)
      http.addWaits(to: &waits)
      faults?.addWaits(to: &waits)
      waits.wait(deadline.map { clock.span(until: $0) })
      if waits.isReadable(woken) { waker.clear() }
      if wantsStop() { beginStop() }
      work(waits, buffer)
    }
    close()
    return problem
  }

  /// Frames to other servers are sent after each part: those of one part together, and none waits for the parts behind it.
  private func work(_ waits: Waits, _ buffer: UnsafeMutableRawBufferPointer) {
    workOnDisks()
    peers.flush()
    var fromPeers: [PeerNetwork.Event] = []
    peers.work(waits, buffer: buffer, at: clock.local, into: &fromPeers)
    for event in fromPeers { take(event) }
    peers.flush()
    http.work(waits, buffer: buffer, at: clock.local, into: &clientEvents)
    workOnClients()
    if let injected = faults?.work(waits, buffer: buffer, at: clock.local) { for fault in injected { inject(fault) } }
    workOnTimers()
    workOnCalls()
    peers.flush()
    answerFinished()
    peers.flush()
  }

  private func inject(_ fault: InjectedFault) {
    log("\(id): \(fault.line)")
    switch fault {
    case .clockOffset(let span): clock.set(offset: span)
    case .clockRate(let rate): clock.set(rate: rate)
    case .diskDelay(let span): for disk in disks { disk.delay(by: span) }
    }
  }
}
