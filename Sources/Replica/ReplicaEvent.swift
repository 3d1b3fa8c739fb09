import Determinism
import KeyValue
import Raft

/// Names the connection of one client at one server.
package struct ClientID: Hashable, Comparable, Sendable {
  package let rawValue: UInt32

  package init(_ rawValue: UInt32) {
    self.rawValue = rawValue
  }

  package static func < (one: ClientID, other: ClientID) -> Bool { one.rawValue < other.rawValue }
}

/// Everything that can happen to a server.
package enum ReplicaEvent: Sendable {
  /// A message from another server. Its host has decoded it (`Wire`), and dropped bytes that are none.
  case peerMessage(RaftMessage, from: NodeID)
  /// What was sent to a server could not be delivered.
  case peerUnreachable(NodeID)
  /// A client's request, decoded by the host.
  case clientRequest(ClientRequest, from: ClientID)
  /// A timer ran out.
  case timer(RaftTimer)
  /// The flush that was asked for last has ended: everything asked of the disk before it is done, or something failed.
  case flushed(FlushOutcome)
  /// Somebody asks for a snapshot of what was applied, though it is not time for one.
  case snapshotRequested
  /// The disk has room again, or another amount of it than the server knows of: so many bytes.
  case roomChanged(freeBytes: Int)
}

/// What a server asks of its host, in order.
package enum ReplicaCommand: Sendable {
  /// Send a message to another server. It may be lost, delayed, duplicated or reordered.
  case send(RaftMessage, to: NodeID)
  /// Answer a client; with what the answer rests on, if it says anything of the store.
  case answer(ClientReply, to: ClientID, about: AnswerGround?)
  /// Do this to a file, after everything asked of the disk before.
  case file(FileCommand)
  /// Report `flushed` when everything asked of the disk before this is done, or as soon as some of it has failed; what
  /// stands behind a failure is not begun. At most one is under way.
  case flush
  /// Set a timer to a duration drawn from the range, in place of its earlier setting.
  case setTimer(RaftTimer, ClosedRange<Duration>)
  /// This server has stopped for good.
  case stop(ServerStopReason)
}

/// What an answer to a client rests on.
package enum AnswerGround: Hashable, Sendable {
  /// What became of the command at this place in the log.
  case command(LogPosition)
  /// The state after the entry of this index.
  case state(after: LogIndex)
}

/// A command that was applied and did what it says, or did so before: a retry is told the same result.
package struct AppliedChange: Hashable, Sendable {
  package let index: LogIndex
  package let session: SessionID
  package let sequence: SequenceNumber
}

/// Why a server stopped for good.
package enum ServerStopReason: Hashable, Sendable {
  /// The protocol saw that safety is broken.
  case selfCheck(StopReason)
  /// What the disk holds is no longer known, or no room is left for what must be written.
  case disk(DiskFailure)
  /// The leader's snapshot up to this index does not decode.
  case unreadableSnapshot(LogIndex)
}

extension ServerStopReason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .selfCheck(let reason): "\(reason)"
    case .disk(let failure): "\(failure)"
    case .unreadableSnapshot(let index): "the leader's snapshot up to \(index) does not decode"
    }
  }
}
