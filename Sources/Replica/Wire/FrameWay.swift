import Determinism
import Raft

/// What a frame is and whose, as its first bytes say; nothing of that is checked.
package enum FrameWay: Hashable, Sendable {
  case message(from: NodeID)
  case request(from: ClientID)
  case reply(to: ClientID)
}

extension Wire {
  /// - Returns: `nil` if that is no frame.
  package static func way(of bytes: [UInt8]) -> FrameWay? {
    guard bytes.count >= WireLimits.preambleBytes else { return nil }
    let kindPlace = WireLimits.checksumBytes + 1
    let (sender, recipient) = (WireLimits.preambleBytes - 9, WireLimits.preambleBytes - 4)
    func number(at place: Int) -> UInt32 {
      (0..<4 as Range<Int>).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    switch bytes[kindPlace] {
    case ClientKind.request: return .request(from: ClientID(number(at: sender)))
    case ClientKind.reply: return .reply(to: ClientID(number(at: recipient)))
    default:
      guard let node = UInt8(exactly: number(at: sender)), node > 0 else { return nil }
      return .message(from: NodeID(node))
    }
  }
}
