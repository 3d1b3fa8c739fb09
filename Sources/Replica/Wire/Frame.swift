import Determinism
import Raft

/// Names a cluster. No two clusters bear the same name, though their servers and their addresses be the same: a cluster
/// that is restored from a backup is another one.
package struct ClusterID: Hashable, Sendable {
  package let rawValue: UInt64

  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

extension ClusterID: CustomStringConvertible {
  /// Sixteen hexadecimal digits.
  package var description: String { rawValue.hexadecimal }
}

/// What travels over a network at a time: a message, and the way that it goes.
package struct Frame: Hashable, Sendable {
  /// A message of any kind.
  package enum Content: Hashable, Sendable {
    /// From server to server.
    case message(RaftMessage)
    /// From a client to a server.
    case request(ClientRequest)
    /// From a server to a client.
    case reply(ClientReply)
  }

  package var address: FrameAddress
  package var content: Content

  package init(_ content: Content, _ address: FrameAddress) {
    (self.content, self.address) = (content, address)
  }
}

/// Whose frame it is, and for whom.
package struct FrameAddress: Hashable, Sendable {
  /// Whoever sends or receives a frame.
  package enum Party: Hashable, Sendable {
    case server(NodeID)
    case client(ClientID)
  }

  /// The cluster that both belong to, or talk to.
  package var cluster: ClusterID
  package var sender: Party
  package var recipient: Party

  package init(_ cluster: ClusterID, from sender: Party, to recipient: Party) {
    (self.cluster, self.sender, self.recipient) = (cluster, sender, recipient)
  }

  /// Between two servers.
  package init(_ cluster: ClusterID, from sender: NodeID, to recipient: NodeID) {
    self.init(cluster, from: .server(sender), to: .server(recipient))
  }
}

/// Why a frame is dropped.
package enum FrameRefusal: Error, Hashable, Sendable {
  /// It is not what was sent.
  case damaged
  /// It is for somebody else, or of another cluster.
  case foreign(FrameAddress)
  /// It is what was sent, and no message of this version.
  case unreadable(ByteCodingError)
}

/// How many frames a server has dropped, by reason. Nothing else comes of them.
package struct RefusedFrames: Hashable, Sendable {
  package private(set) var damaged: UInt64 = 0
  package private(set) var foreign: UInt64 = 0
  package private(set) var unreadable: UInt64 = 0

  package var all: UInt64 { damaged + foreign + unreadable }

  mutating func count(_ refusal: FrameRefusal) {
    switch refusal {
    case .damaged: damaged += 1
    case .foreign: foreign += 1
    case .unreadable: unreadable += 1
    }
  }
}
