import Replica
import System

/// Cuts what comes over a connection into frames, each of which stands behind its length (4 bytes, little-endian).
package struct FrameStream: Sendable {
  /// Bytes of the longest frame.
  package static let maxFrameBytes = max(WireLimits.maxMessageBytes, Greeting.maxBytes)
  private static let lengthBytes = 4

  private var bytes: [UInt8] = []
  /// How much of them has been taken.
  private var start = 0

  package init() {}

  package mutating func add(_ more: UnsafeRawBufferPointer) {
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
      start = 0
    } else if start > 1 << 20 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// The next whole frame; `nil` if more must come.
  ///
  /// - Returns: also `nil` if the length is that of no frame: `isBroken` from then on.
  package mutating func next() -> [UInt8]? {
    guard !isBroken, bytes.count - start >= Self.lengthBytes else { return nil }
    let length = length(at: start)
    guard length <= Self.maxFrameBytes else {
      isBroken = true
      return nil
    }
    let end = start + Self.lengthBytes + length
    guard bytes.count >= end else { return nil }
    defer { start = end }
    return Array(bytes[(start + Self.lengthBytes)..<end])
  }

  /// Takes all whole frames that are there, each behind its length.
  ///
  /// - Parameter use: is handed their bytes and how many frames they are, if there is one.
  package mutating func takeWhole(_ use: (ArraySlice<UInt8>, Int) -> Void) {
    var (end, count) = (start, 0)
    while !isBroken, bytes.count - end >= Self.lengthBytes {
      let length = length(at: end)
      guard length <= Self.maxFrameBytes else {
        isBroken = true
        break
      }
      guard bytes.count - end >= Self.lengthBytes + length else { break }
      end += Self.lengthBytes + length
      count += 1
    }
    if count > 0 { use(bytes[start..<end], count) }
    start = end
  }

  private func length(at place: Int) -> Int {
    (0..<Self.lengthBytes).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }

  /// Whether something came that is no frame.
  package private(set) var isBroken = false
}

/// Bytes that wait until a connection takes them.
package struct SendBuffer: Sendable {
  private var bytes: [UInt8] = []
  private var start = 0

  package init() {}

  package var count: Int { bytes.count - start }
  package var isEmpty: Bool { count == 0 }

  /// Adds a frame, behind its length.
  package mutating func add(frame: [UInt8]) {
    let length = UInt32(frame.count)
    for place in 0..<4 as Range<UInt32> { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * place))) }
    bytes.append(contentsOf: frame)
  }

  package mutating func add(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  package mutating func add(_ more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }

  /// Sends what can be sent now.
  ///
  /// - Returns: whether the connection is still there.
  package mutating func send(over socket: Descriptor) -> Bool {
    while !isEmpty {
      switch bytes.withUnsafeBytes({ socket.send(UnsafeRawBufferPointer(rebasing: $0[start...])) }) {
      case .moved(let count): start += count
      case .wouldWait:
        if start > 1 << 20 {
          bytes.removeFirst(start)
          start = 0
        }
        return true
      case .ended, .failed: return false
      }
    }
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
    start = 0
    return true
  }
}
