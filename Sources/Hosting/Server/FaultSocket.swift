import Determinism
import System

/// What can be disturbed about a server, where that is allowed: its clocks and its disk.
package enum InjectedFault: Hashable, Sendable {
  /// The wall clock is so much ahead.
  case clockOffset(Duration)
  /// The monotonic clock runs too fast, by so many parts in a million.
  case clockRate(Int64)
  /// Each write waits for so long.
  case diskDelay(Duration)

  /// The socket in the data folder at which it is asked for.
  package static let socketName = "faults"
  /// What is answered to a line that asks for one.
  package static let accepted = "ok"

  /// The most by which a clock may run too fast or too slow.
  private static let mostRate: Int64 = 900_000
  /// The most that a span may be, in milliseconds: a day.
  private static let longest: Int64 = 86_400_000

  /// Reads `clock-offset MILLISECONDS`, `clock-rate PARTS-PER-MILLION` or `disk-delay MILLISECONDS`.
  package init?(_ line: String) {
    let words = line.split(separator: " ")
    guard words.count == 2, let number = Int64(words[1]) else { return nil }
    switch words[0] {
    case "clock-offset" where (-Self.longest...Self.longest).contains(number):
      self = .clockOffset(.milliseconds(number))
    case "clock-rate" where (-Self.mostRate...Self.mostRate).contains(number): self = .clockRate(number)
    case "disk-delay" where (0...Self.longest).contains(number): self = .diskDelay(.milliseconds(number))
    default: return nil
    }
  }

  /// As it is sent.
  package var line: String {
    switch self {
    case .clockOffset(let span): "clock-offset \(span.nanoseconds / 1_000_000)"
    case .clockRate(let rate): "clock-rate \(rate)"
    case .diskDelay(let span): "disk-delay \(span.nanoseconds / 1_000_000)"
    }
  }
}

/// The socket in a data folder through which a server is disturbed: a line for each fault, answered by a line.
struct FaultSocket {
  private static let maxConnections = 8
  private static let maxLineBytes = 128

  private var listener: Listener
  private var connections: [(socket: Descriptor, bytes: [UInt8], place: Int)] = []

  init(in folder: Folder) throws(SystemError) {
    listener = Listener(try Sockets.listen(atPath: folder.path(of: InjectedFault.socketName)))
  }

  mutating func addWaits(to waits: inout Waits) {
    listener.addWait(to: &waits, takesMore: connections.count < Self.maxConnections)
    for place in connections.indices {
      connections[place].place = waits.add(connections[place].socket, reads: true, writes: false)
    }
  }

  mutating func work(
    _ waits: Waits, buffer: UnsafeMutableRawBufferPointer, at now: LocalInstant
  ) -> [InjectedFault] {
    var faults: [InjectedFault] = []
    var kept: [(socket: Descriptor, bytes: [UInt8], place: Int)] = []
    for var connection in connections {
      guard waits.isReadable(connection.place) else {
        kept.append(connection)
        continue
      }
      guard case .moved(let count) = connection.socket.read(into: buffer),
        connection.bytes.count + count <= Self.maxLineBytes
      else {
        connection.socket.close()
        continue
      }
      connection.bytes += buffer[..<count]
      while let end = connection.bytes.firstIndex(of: UInt8(ascii: "\n")) {
        let fault = InjectedFault(String(decoding: connection.bytes[..<end], as: UTF8.self))
        connection.bytes.removeFirst(end + 1)
        if let fault { faults.append(fault) }
        var answer = SendBuffer()
        answer.add(Array(((fault == nil ? "no such fault" : InjectedFault.accepted) + "\n").utf8))
        _ = answer.send(over: connection.socket)
      }
      kept.append(connection)
    }
    connections = kept
    for socket in listener.accept(waits, atMost: Self.maxConnections - connections.count, at: now) {
      connections.append((socket, [], .max))
    }
    return faults
  }
}
