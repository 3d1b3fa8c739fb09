import Determinism
import Raft

/// What is fixed of a run that the dice decide otherwise. The generator fixes nothing; the shrinker does.
package struct Overrides: Codable, Hashable, Sendable {
  /// If given, election timers run out so and not otherwise in the storm; in order, each once. When the calm begins they are
  /// set anew and run out by themselves: what is demanded of the calm takes that.
  package var elections: [ForcedElection]?
  /// Single messages between servers, in the order of their keys, each once. Those sent in the calm have the calm's fate.
  package var messages: [MessageOverride]
  /// Whether the run is over when the storm is. Operations that are open then stay without an answer.
  package var leavesOutCalm: Bool

  package init(
    elections: [ForcedElection]? = nil, messages: [MessageOverride] = [], leavesOutCalm: Bool = false
  ) {
    (self.elections, self.messages, self.leavesOutCalm) = (elections, messages, leavesOutCalm)
  }
}

/// An election timer that runs out when it shall.
///
/// It runs out at this time, or later, as soon as the least election timeout has passed on the node's clock since it was
/// set: a timer may be late, never early, and leases rest on that. A node that is down or stands still is late, too. The
/// next one of a node waits until this one has run out.
package struct ForcedElection: Codable, Hashable, Sendable, Comparable {
  package var node: NodeID
  package var at: Duration

  package init(node: NodeID, at: Duration) {
    (self.node, self.at) = (node, at)
  }

  /// By time, then by node.
  package static func < (one: ForcedElection, other: ForcedElection) -> Bool {
    (one.at, one.node) < (other.at, other.node)
  }
}

/// The fate of one message.
package struct MessageOverride: Codable, Hashable, Sendable {
  package var message: MessageKey
  package var fate: FixedFate

  package init(message: MessageKey, fate: FixedFate) {
    (self.message, self.fate) = (message, fate)
  }
}

/// What becomes of a message, whatever faults are in force. A cut link loses it all the same, and a clogged one holds it.
package enum FixedFate: String, CodedAsWord, Hashable, Sendable {
  /// It arrives once, after the least time that a message takes.
  case atOnce = "at-once"
  /// It never arrives.
  case lost
}

/// Tells a message between servers apart from all others of its run, by what it is about: removing another message leaves
/// its key as it was.
package struct MessageKey: Codable, Hashable, Sendable, Comparable {
  package var sender: NodeID
  package var recipient: NodeID
  package var kind: RaftMessage.Kind
  package var term: UInt64
  /// As in `MessageLabel`.
  package var index: UInt64
  /// How many messages of the same content were sent before.
  package var occurrence: UInt64

  package init(
    from sender: NodeID, to recipient: NodeID, _ kind: RaftMessage.Kind, term: UInt64, index: UInt64, occurrence: UInt64
  ) {
    (self.sender, self.recipient, self.kind) = (sender, recipient, kind)
    (self.term, self.index, self.occurrence) = (term, index, occurrence)
  }

  package static func < (one: MessageKey, other: MessageKey) -> Bool {
    let (mine, others) = (one.rank, other.rank)
    return mine == others ? one.occurrence < other.occurrence : mine < others
  }

  private var rank: (UInt8, UInt8, String, UInt64, UInt64) {
    (sender.number, recipient.number, kind.name, term, index)
  }
}

/// Coded by its name.
extension RaftMessage.Kind: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let kind = Self(named: name) else {
      let names = Self.allCases.map(\.name).joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected one of \(names), found \"\(name)\"")
    }
    self = kind
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
