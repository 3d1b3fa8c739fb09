import Determinism
import Replica

extension SimulationEvent: CustomStringConvertible {
  /// One line. Bytes are told apart by their digest.
  var description: String {
    switch self {
    case .peerMessage(let bytes, let sender, let node, _): "\(Self.kind(of: bytes)) from \(sender) reaches \(node)"
    case .peerUnreachable(let peer, let node): "\(node) hears that \(peer) cannot be reached"
    case .clientRequest(let bytes, let client, let node):
      "a request of client \(client.rawValue) reaches \(node), \(Self.summary(of: bytes))"
    case .clientReply(let bytes, let node, let client):
      "an answer of \(node) reaches client \(client.rawValue), \(Self.summary(of: bytes))"
    case .connectionRefused(let node, let client, let attempt):
      "\(node) refuses attempt \(attempt) of client \(client.rawValue)"
    case .timer(let timer, let node): "\(node)'s \(timer) timer"
    case .synced(let node, let incarnation): "a sync of \(node)'s disk ends, in its life \(incarnation)"
    case .clientTimer(let client): "the timer of client \(client)"
    case .faultBegins(let position, let subject):
      "the fault at place \(position) begins" + (subject.map { ", because of \($0)" } ?? "")
    case .faultGoesOn(let position): "the fault at place \(position) goes on"
    case .snapshotRequested(let node): "somebody asks \(node) for a snapshot"
    case .roomChanged(let node): "\(node)'s disk has room again"
    case .faultEnds(let position): "the fault at place \(position) ends"
    case .stormEnds: "the storm ends"
    case .calmLook: "the calm is looked at"
    }
  }

  private static func kind(of bytes: [UInt8]) -> String {
    let message = try? Wire.decodeRaftMessage(bytes)
    return (message.map { "\($0.kind) of term \($0.term)" } ?? "something") + ", \(summary(of: bytes)),"
  }

  private static func summary(of bytes: [UInt8]) -> String {
    var digest = StableDigest()
    digest.combine(bytes)
    return "\(bytes.count) bytes \(digest.value.hexadecimal)"
  }
}
