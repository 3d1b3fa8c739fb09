import Determinism
import System

/// A client's connection, on which it asks and waits for the answer.
package struct HTTPConnection {
  /// Why there is no answer.
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing was sent.
    case notSent(String)
    /// The request may have been carried out.
    case noAnswer(String)

    package var description: String {
      switch self {
      case .notSent(let reason), .noAnswer(let reason): reason
      }
    }
  }

  private let address: SocketAddress
  private var socket: Descriptor?
  private var reader = HTTPResponseReader()

  package init(to address: SocketAddress) { self.address = address }

  /// Sends a request and waits for its answer, over the connection of the last one if that is still open.
  package mutating func exchange(
    _ request: HTTPRequest, within patience: Duration
  ) throws(Failure) -> HTTPResponse {
    let deadline = SystemClock.monotonic + patience
    let socket = try connect(by: deadline)
    do throws(Failure) {
      try send(request.bytes, over: socket, by: deadline)
      let response = try receive(over: socket, to: request.method, by: deadline)
      if !reader.keepsAlive { close() }
      return response
    } catch {
      close()
      throw error
    }
  }

  package mutating func close() {
    socket?.close()
    socket = nil
  }

  private mutating func connect(by deadline: LocalInstant) throws(Failure) -> Descriptor {
    if let socket {
      // Nothing is due on it, so what waits there is its end, or the answer to nothing. Whoever sent on it would not know
      // whether the request was taken.
      if !hasInput(socket) { return socket }
      close()
    }
    let new: Descriptor
    do throws(SystemError) { new = try Sockets.connect(to: address) } catch { throw .notSent("\(error)") }
    guard wait(for: new, writes: true, by: deadline) else {
      new.close()
      throw .notSent("cannot connect to \(address) in time")
    }
    let code = Sockets.failure(of: new)
    guard code == 0 else {
      new.close()
      throw .notSent("\(SystemError("cannot connect to \(address)", code: code))")
    }
    reader = HTTPResponseReader()
    socket = new
    return new
  }

  private func hasInput(_ socket: Descriptor) -> Bool {
    var waits = Waits()
    let place = waits.add(socket, reads: true, writes: false)
    waits.wait(.zero)
    return waits.isReadable(place)
  }

  private func wait(for socket: Descriptor, writes: Bool, by deadline: LocalInstant) -> Bool {
    var waits = Waits()
    let place = waits.add(socket, reads: !writes, writes: writes)
    while SystemClock.monotonic < deadline {
      waits.wait(deadline - SystemClock.monotonic)
      if writes ? waits.isWritable(place) : waits.isReadable(place) { return true }
    }
    return false
  }

  private func send(_ bytes: [UInt8], over socket: Descriptor, by deadline: LocalInstant) throws(Failure) {
    var buffer = SendBuffer()
    buffer.add(bytes)
    while true {
      guard buffer.send(over: socket) else { throw .noAnswer("the connection to \(address) is lost") }
      if buffer.isEmpty { return }
      guard wait(for: socket, writes: true, by: deadline) else {
        throw .noAnswer("\(address) does not take the request in time")
      }
    }
  }

  private mutating func receive(
    over socket: Descriptor, to method: HTTPMethod, by deadline: LocalInstant
  ) throws(Failure) -> HTTPResponse {
    do throws(HTTPResponseError) {
      while true {
        if let response = try reader.next(to: method) { return response }
        guard wait(for: socket, writes: false, by: deadline) else { break }
        var transfer = Transfer.ended
        let part = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
          transfer = socket.read(into: UnsafeMutableRawBufferPointer(buffer))
          if case .moved(let read) = transfer { count = read }
        }
        reader.add(part)
        // The system may say that there is something to read, and find that there is nothing.
        if !part.isEmpty || transfer == .wouldWait { continue }
        if let response = try reader.end(to: method) { return response }
        throw HTTPResponseError("the connection to \(address) is lost")
      }
    } catch {
      throw .noAnswer(error.sentence)
    }
    throw .noAnswer("\(address) does not answer in time")
  }
}
