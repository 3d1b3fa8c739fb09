#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a server listens: a host and a port, as in `127.0.0.1:7001` or `[::1]:7001`.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// A name or a number, without brackets.
  package let host: String
  package let port: UInt16

  package init(host: String, port: UInt16) { (self.host, self.port) = (host, port) }

  /// - Returns: `nil` unless it is `HOST:PORT`, the host in brackets if it has colons.
  package init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
      let port = UInt16(text[text.utf8.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]") {
      host = host.dropFirst().dropLast()
    } else if host.utf8.contains(UInt8(ascii: ":")) {
      return nil
    }
    let isPlain = !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
    guard isPlain, host.utf8.count <= Self.maxHostBytes else { return nil }
    self.init(host: String(host), port: port)
  }

  /// As long as a name may be in the domain name system.
  private static let maxHostBytes = 253

  package var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether it stands for all addresses of a machine.
  package var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

  /// Whether only this machine reaches it.
  package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

/// Connections by TCP.
package enum Sockets {
  /// How many connections may wait to be accepted.
  private static let backlog: Int32 = 1_024

  /// Listens at an address; at port 0 the system chooses one.
  ///
  /// - Returns: the socket, and where it listens.
  package static func listen(at address: SocketAddress) throws(SystemError) -> (Descriptor, SocketAddress) {
    let attempt = "cannot listen on \(address)"
    let socket = try open(address, attempt, isServer: true) { socket, name, length in
      var one: Int32 = 1
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
      return bind(socket, name, length) == 0 && systemListen(socket, backlog) == 0
    }
    return (socket, SocketAddress(host: address.host, port: port(of: socket) ?? address.port))
  }

  /// Begins to connect; the socket becomes writable when that has ended.
  package static func connect(to address: SocketAddress) throws(SystemError) -> Descriptor {
    let socket = try open(address, "cannot connect to \(address)", isServer: false) { socket, name, length in
      Descriptor(socket).setNonblocking()
      return systemConnect(socket, name, length) == 0 || errno == EINPROGRESS
    }
    setNoDelay(socket)
    return socket
  }

  /// What went wrong with a socket, if anything did.
  package static func failure(of socket: Descriptor) -> Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(socket.rawValue, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
  }

  /// What came of taking a connection.
  package enum Acceptance: Hashable, Sendable {
    case taken(Descriptor)
    /// None waits any more.
    case none
    /// The system has room for no more of them now.
    case noRoom
  }

  /// Takes a connection that waits.
  package static func accept(from listener: Descriptor) -> Acceptance {
    while true {
      let number = systemAccept(listener.rawValue)
      if number >= 0 {
        let socket = Descriptor(number)
        socket.setNonblocking()
        setNoDelay(socket)
        return .taken(socket)
      }
      switch errno {
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .noRoom
      // One that has gone meanwhile leaves others behind it.
      case EINTR, ECONNABORTED: continue
      default: return .none
      }
    }
  }

  /// Says that nothing more is sent; the other side may still be read.
  package static func endSending(over socket: Descriptor) { shutdown(socket.rawValue, Int32(SHUT_WR)) }

  private static func setNoDelay(_ socket: Descriptor) {
    var one: Int32 = 1
    setsockopt(socket.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func port(of socket: Descriptor) -> UInt16? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isKnown = withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.baseAddress.map {
        getsockname(socket.rawValue, $0.assumingMemoryBound(to: sockaddr.self), &length) == 0
      } ?? false
    }
    guard isKnown else { return nil }
    // Both families have the port at the same place.
    return withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
  }

  /// Opens a socket for the first of an address's meanings that works.
  private static func open(
    _ address: SocketAddress, _ attempt: String, isServer: Bool,
    _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(SystemError) -> Descriptor {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = isServer ? AI_PASSIVE : 0
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, "\(address.port)", &hints, &found) == 0 else {
      throw SystemError("\(attempt): no host is known by the name \(address.host)", code: ENOENT)
    }
    defer { freeaddrinfo(found) }
    var code = ENOENT
    var next = found
    while let info = next {
      next = info.pointee.ai_next
      let socket = socket(info.pointee.ai_family, info.pointee.ai_socktype, info.pointee.ai_protocol)
      guard socket >= 0, let name = info.pointee.ai_addr else {
        code = errno
        continue
      }
      if use(socket, name, info.pointee.ai_addrlen) {
        Descriptor(socket).setNonblocking()
        return Descriptor(socket)
      }
      code = errno
      Descriptor(socket).close()
    }
    throw SystemError(attempt, code: code)
  }

  /// Listens at a place in a folder, for this user alone.
  package static func listen(atPath path: String) throws(SystemError) -> Descriptor {
    unlink(path)
    return try open(atPath: path, "cannot listen at \(path)") { socket, name, length in
      let mask = umask(0o177)
      defer { umask(mask) }
      guard bind(socket, name, length) == 0, systemListen(socket, backlog) == 0 else { return false }
      Descriptor(socket).setNonblocking()
      return true
    }
  }

  /// Connects to whoever listens at a place in a folder.
  package static func connect(toPath path: String) throws(SystemError) -> Descriptor {
    try open(atPath: path, "cannot connect to \(path)") { systemConnect($0, $1, $2) == 0 }
  }

  private static func open(
    atPath path: String, _ attempt: String, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(SystemError) -> Descriptor {
    let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw SystemError(attempt) }
    Descriptor(socket).closeOnExecution()
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
      Descriptor(socket).close()
      throw SystemError(attempt, code: ENAMETOOLONG)
    }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    let isUsed = withUnsafeBytes(of: &name) { name in
      name.baseAddress.map {
        use(socket, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_un>.size))
      } ?? false
    }
    guard isUsed else {
      let code = errno
      Descriptor(socket).close()
      throw SystemError(attempt, code: code)
    }
    return Descriptor(socket)
  }
}

private func systemListen(_ socket: Int32, _ backlog: Int32) -> Int32 { listen(socket, backlog) }

private func systemConnect(_ socket: Int32, _ name: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(socket, name, length)
}

private func systemAccept(_ socket: Int32) -> Int32 { accept(socket, nil, nil) }
