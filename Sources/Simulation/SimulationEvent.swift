import Determinism
import KeyValue
import Raft
import Replica

/// Everything that is scheduled in a run.
enum SimulationEvent: Sendable {
  /// The number is the message's place among all that were sent, if anybody asked for them.
  case peerMessage(RaftMessage, from: NodeID, to: NodeID, number: UInt32 = 0)
  /// As `peerMessage`, but as a frame that the recipient opens: it is damaged or a stray, which nobody has sent to it.
  case frame([UInt8], from: NodeID, to: NodeID, number: UInt32 = 0, isStray: Bool = false)
  /// Nobody listened at `peer` when a message came from `to`.
  case peerUnreachable(NodeID, to: NodeID)
  indirect case clientRequest(ClientRequest, from: ClientID, to: NodeID)
  /// As `clientRequest`, but as a frame that the server opens, and that is damaged.
  indirect case damagedRequest([UInt8], sent: ClientRequest, from: ClientID, to: NodeID)
  /// The index is the last one of the state that a read was answered from, or that of the command.
  indirect case clientReply(ClientReply, from: NodeID, to: ClientID, upTo: LogIndex = .zero)
  /// Nobody listened at that node: the request certainly had no effect.
  case connectionRefused(by: NodeID, to: ClientID, attempt: Int)
  /// A timer of a node may have run out.
  case timer(RaftTimer, of: NodeID)
  /// A sync in a queue of a node's disk ends; the incarnation is that in which it began.
  case synced(NodeID, FileLane, incarnation: Int)
  /// The time for which a client waited has come.
  case clientTimer(client: Int)
  /// Whatever a fault's position in the scenario says begins; the subject is where its moment happened.
  case faultBegins(Int, subject: NodeID?)
  /// It is time for the next turn of a fault that comes again and again.
  case faultGoesOn(Int)
  case faultEnds(Int)
  /// Somebody asks a node for a snapshot.
  case snapshotRequested(NodeID)
  /// A node's disk has room again.
  case roomChanged(NodeID)
  /// An operator's request comes to a server; the operator is told apart by the position of its fault.
  indirect case operatorRequest(Int, to: NodeID, attempt: Int)
  /// An answer comes to an operator.
  indirect case operatorReply(Int, ClientReply.Body, from: NodeID, attempt: Int)
  /// The time has come for which an operator waited for an answer, or before it asks again.
  case operatorTurn(Int, attempt: Int)
  case stormEnds
  /// The calm is looked at.
  case calmLook

  /// The node that has to be running for this to reach it.
  var recipient: NodeID? {
    switch self {
    case .peerMessage(_, _, let node, _), .frame(_, _, let node, _, _), .clientRequest(_, _, let node),
      .damagedRequest(_, _, _, let node), .timer(_, let node), .synced(let node, _, _), .peerUnreachable(_, let node),
      .snapshotRequested(let node), .roomChanged(let node), .operatorRequest(_, let node, _):
      node
    case .clientReply, .connectionRefused, .clientTimer, .faultBegins, .faultGoesOn, .faultEnds, .stormEnds, .calmLook,
      .operatorReply, .operatorTurn:
      nil
    }
  }

  /// Whether it came over the network.
  var isMessage: Bool {
    switch self {
    case .peerMessage, .frame, .clientRequest, .damagedRequest, .peerUnreachable, .operatorRequest: true
    default: false
    }
  }

  /// Which message between servers this is, if it is one.
  var number: UInt32? {
    switch self {
    case .peerMessage(_, _, _, let number), .frame(_, _, _, let number, _): number
    default: nil
    }
  }

  /// Whether it is on its way between a client and a server.
  var isOnClientLink: Bool {
    switch self {
    case .clientRequest, .damagedRequest, .clientReply, .connectionRefused: true
    default: false
    }
  }

  /// Folds the event into the run's identity.
  func fold(into digest: inout StableDigest) {
    switch self {
    case .peerMessage(let message, let sender, let recipient, _):
      digest.combine(1 << 32 | UInt64(sender.number) << 8 | UInt64(recipient.number))
      message.fold(into: &digest)
    case .frame(let bytes, let sender, let recipient, _, _):
      digest.combine(16 << 40 | UInt64(sender.number) << 8 | UInt64(recipient.number))
      digest.combine(bytes)
    case .peerUnreachable(let peer, let node):
      digest.combine(11 << 40 | UInt64(peer.number) << 8 | UInt64(node.number))
    case .clientRequest(let request, let client, let node):
      digest.combine(2 << 40 | UInt64(client.rawValue) << 8 | UInt64(node.number))
      request.fold(into: &digest)
    case .damagedRequest(let bytes, _, let client, let node):
      digest.combine(17 << 40 | UInt64(client.rawValue) << 8 | UInt64(node.number))
      digest.combine(bytes)
    case .clientReply(let reply, let node, let client, _):
      digest.combine(3 << 40 | UInt64(client.rawValue) << 8 | UInt64(node.number))
      reply.fold(into: &digest)
    case .connectionRefused(let node, let client, _):
      digest.combine(4 << 40 | UInt64(client.rawValue) << 8 | UInt64(node.number))
    case .timer(let timer, let node):
      digest.combine(5 << 32 | UInt64(timer.rawValue) << 8 | UInt64(node.number))
    case .synced(let node, let lane, _): digest.combine(6 << 32 | UInt64(lane.rawValue) << 8 | UInt64(node.number))
    case .clientTimer(let client): digest.combine(7 << 32 | UInt64(client))
    case .faultBegins(let position, let subject):
      digest.combine(8 << 40 | UInt64(position) << 8 | UInt64(subject?.number ?? 0))
    case .faultEnds(let position): digest.combine(9 << 40 | UInt64(position))
    case .stormEnds: digest.combine(10 << 32)
    case .faultGoesOn(let position): digest.combine(12 << 40 | UInt64(position))
    case .snapshotRequested(let node): digest.combine(13 << 40 | UInt64(node.number))
    case .calmLook: digest.combine(14 << 40)
    case .roomChanged(let node): digest.combine(15 << 40 | UInt64(node.number))
    case .operatorRequest(let position, let node, let attempt):
      digest.combine(18 << 40 | UInt64(position) << 8 | UInt64(node.number))
      digest.combine(UInt64(attempt))
    case .operatorReply(let position, let reply, let node, let attempt):
      digest.combine(19 << 40 | UInt64(position) << 8 | UInt64(node.number))
      ClientReply(sequence: SequenceNumber(UInt64(attempt)), body: reply).fold(into: &digest)
    case .operatorTurn(let position, let attempt):
      digest.combine(20 << 40 | UInt64(position))
      digest.combine(UInt64(attempt))
    }
  }
}
