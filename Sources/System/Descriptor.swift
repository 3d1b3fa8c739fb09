import Determinism

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What came of reading or writing without waiting.
package enum Transfer: Hashable, Sendable {
  /// So many bytes, at least one.
  case moved(Int)
  /// None for now.
  case wouldWait
  /// The other side has ended.
  case ended
  /// The connection is lost.
  case failed(code: Int32)
}

/// An open file or socket, by its number. Whoever opens one closes it.
package struct Descriptor: Hashable, Sendable {
  package let rawValue: Int32

  package init(_ rawValue: Int32) { self.rawValue = rawValue }

  package func close() { _ = systemClose(rawValue) }

  /// Lets nothing wait for it, and no other program inherit it.
  package func setNonblocking() {
    _ = fcntl(rawValue, F_SETFL, fcntl(rawValue, F_GETFL) | O_NONBLOCK)
    closeOnExecution()
  }

  /// Lets no other program inherit it.
  package func closeOnExecution() { _ = fcntl(rawValue, F_SETFD, FD_CLOEXEC) }

  /// Reads what is there, at most as much as there is room.
  package func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    while true {
      let count = systemRead(rawValue, buffer.baseAddress, buffer.count)
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldWait : .failed(code: errno)
    }
  }

  /// Writes all of it, however long that takes, unless the other side is gone.
  @discardableResult
  package func write(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        systemWrite(rawValue, $0.baseAddress.map { $0 + written }, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }

  /// Writes as much as is taken; without waiting if it was told so.
  package func write(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    while true {
      let count = systemWrite(rawValue, bytes.baseAddress, bytes.count)
      if count > 0 || bytes.isEmpty { return .moved(count) }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldWait : .failed(code: errno)
    }
  }

  /// Opens a file to read it.
  package static func reading(_ path: String) throws(SystemError) -> Descriptor { try open(path, O_RDONLY) }

  /// Opens a file to add to it, and makes it if it is not there.
  package static func appending(to path: String) throws(SystemError) -> Descriptor {
    try open(path, O_WRONLY | O_APPEND | O_CREAT)
  }

  private static func open(_ path: String, _ flags: Int32) throws(SystemError) -> Descriptor {
    let number = path.withSystemName { systemOpen($0, flags | O_CLOEXEC) }
    guard number >= 0 else { throw SystemError("cannot open \(path)") }
    return Descriptor(number)
  }

  /// Sends as much as a socket takes now. A connection that is gone raises no signal.
  package func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
    while true {
      let count = systemSend(rawValue, bytes.baseAddress, bytes.count)
      if count > 0 || bytes.isEmpty { return .moved(count) }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldWait : .failed(code: errno)
    }
  }
}

private func systemClose(_ number: Int32) -> Int32 { close(number) }

private func systemRead(_ number: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(number, bytes, count)
}

private func systemWrite(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(number, bytes, count)
}

private func systemOpen(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 { open(path, flags, 0o600) }

private func systemSend(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  #if canImport(Glibc)
    send(number, bytes, count, Int32(MSG_NOSIGNAL))
  #else
    send(number, bytes, count, 0)
  #endif
}

/// Wakes a thread that waits in `Waits`: two ends of a pipe.
package struct Waker: Sendable {
  /// Becomes readable.
  package let end: Descriptor
  private let other: Descriptor

  package init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError("cannot make a pipe") }
    (end, other) = (Descriptor(ends[0]), Descriptor(ends[1]))
    end.setNonblocking()
    other.setNonblocking()
  }

  /// Wakes the thread, now or when it next waits.
  package func wake() {
    var one: UInt8 = 1
    _ = write(other.rawValue, &one, 1)
  }

  /// Takes note that the thread is awake.
  package func clear() {
    withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
      while case .moved(let count) = end.read(into: buffer), count == buffer.count {}
    }
  }

  package func close() {
    end.close()
    other.close()
  }
}

/// The descriptors of which a thread waits for something.
package struct Waits: Sendable {
  private var entries: [pollfd] = []

  package init() {}

  package mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// Waits for one more.
  ///
  /// - Returns: its place among them.
  @discardableResult
  package mutating func add(_ descriptor: Descriptor, reads: Bool, writes: Bool) -> Int {
    let events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0)
    entries.append(pollfd(fd: descriptor.rawValue, events: Int16(events), revents: 0))
    return entries.count - 1
  }

  /// Waits until something happens, or for so long; not at all if zero, for ever if `nil`.
  package mutating func wait(_ timeout: Duration?) {
    // Rounded up, or a thread would wait for nothing again and again.
    let milliseconds = timeout.map { Int32(clamping: max(0, ($0.nanoseconds + 999_999) / 1_000_000)) } ?? -1
    if poll(&entries, nfds_t(entries.count), milliseconds) < 0 {
      for place in entries.indices { entries[place].revents = 0 }
    }
  }

  /// Whether the one at a place can be read, or has ended or failed.
  package func isReadable(_ place: Int) -> Bool { entries[place].revents & ~Int16(POLLOUT) != 0 }

  /// Whether the one at a place takes bytes, or has failed.
  package func isWritable(_ place: Int) -> Bool { entries[place].revents & Int16(POLLOUT | POLLERR | POLLHUP) != 0 }

  /// Whether the other end of the one at a place is gone altogether.
  package func isBroken(_ place: Int) -> Bool { entries[place].revents & Int16(POLLERR | POLLHUP) != 0 }
}
