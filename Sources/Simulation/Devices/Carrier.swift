import Determinism
import Raft
import Replica

/// How messages travel between servers and clients: as values, or in the frames that a live server would send.
///
/// Both make the same run, for the event hash folds in what a message says. A message whose own frame does not open is
/// lost.
///
/// What travels as a value is not handed to it.
struct Carrier: Sendable {
  /// The cluster whose frames these are.
  let cluster: ClusterID
  let rules: any WireRules.Type
  /// Whether messages are put into frames when they are sent, as in one seed of sixteen.
  let sendsBytes: Bool

  func carried(_ message: RaftMessage, from sender: NodeID, to recipient: NodeID) -> RaftMessage? {
    let frame = Frame(.message(message), FrameAddress(cluster, from: sender, to: recipient))
    if case .message(let message)? = carried(frame) { return message } else { return nil }
  }

  func carried(_ request: ClientRequest, from client: ClientID, to node: NodeID) -> ClientRequest? {
    let frame = Frame(.request(request), FrameAddress(cluster, from: .client(client), to: .server(node)))
    if case .request(let request)? = carried(frame) { return request } else { return nil }
  }

  func carried(_ reply: ClientReply, from node: NodeID, to client: ClientID) -> ClientReply? {
    let frame = Frame(.reply(reply), FrameAddress(cluster, from: .server(node), to: .client(client)))
    if case .reply(let reply)? = carried(frame) { return reply } else { return nil }
  }

  private func carried(_ frame: Frame) -> Frame.Content? {
    try? Wire.open(Wire.encode(frame), as: frame.address.recipient, of: cluster, rules: rules).content
  }
}
