import Raft
import Replica

/// How messages travel between servers and clients: as values, or as the bytes that a live server would send.
///
/// Both make the same run, for the event hash folds in what a message says. One that would not come through as bytes is
/// lost, and the cluster would not come to rest.
struct Carrier: Sendable {
  /// Whether messages are encoded when they are sent, as in one seed of sixteen.
  let sendsBytes: Bool

  func carried(_ message: RaftMessage) -> RaftMessage? {
    sendsBytes ? try? Wire.decodeRaftMessage(Wire.encode(message)) : message
  }

  func carried(_ request: ClientRequest) -> ClientRequest? {
    sendsBytes ? try? Wire.decodeClientRequest(Wire.encode(request)) : request
  }

  func carried(_ reply: ClientReply) -> ClientReply? {
    sendsBytes ? try? Wire.decodeClientReply(Wire.encode(reply)) : reply
  }
}
