import Determinism

/// Something bad that begins and ends: partition and heal, crash and restart are one fault.
package struct Fault: Codable, Hashable, Sendable {
  /// Unique in its scenario, and stable when others are removed.
  package var id: Int
  package var trigger: FaultTrigger
  /// How long it lasts; a clock's jump is over at once.
  package var duration: Duration
  package var action: FaultAction

  package init(id: Int, trigger: FaultTrigger, duration: Duration, action: FaultAction) {
    (self.id, self.trigger, self.duration, self.action) = (id, trigger, duration, action)
  }
}

/// What makes a fault begin.
package enum FaultTrigger: Codable, Hashable, Sendable {
  /// A time since the start.
  case time(at: Duration)
  /// A protocol moment, counted over the whole cluster from 1, and a while after it.
  case moment(kind: Moment, ordinal: Int, after: Duration)
}

/// Points of the protocol at which a fault tells more than at a random time.
package enum Moment: String, CodedAsWord, Hashable, Sendable {
  /// A node becomes leader.
  case leadership
  /// A node grants its vote to another.
  case voteReply = "vote-reply"
  /// A node has written to its log and not yet synced it.
  case appendBeforeSync = "append-before-sync"
  /// A node's log was synced.
  case appendAfterSync = "append-after-sync"
  /// A node's commit index advances.
  case commitAdvance = "commit-advance"
  /// A leader hears a follower that was silent for an election timeout; it happens at the follower.
  case followerReturn = "follower-return"
  /// A node has made a file, of its log or for a snapshot.
  case fileBegun = "file-begun"
  /// A node has given a snapshot's file its name; the name is not durable yet.
  case fileRenamed = "file-renamed"
  /// A node has removed a file; it comes back if the node loses power now.
  case fileRemoved = "file-removed"
  /// A follower has taken on a leader's snapshot.
  case snapshotInstalled = "snapshot-installed"
  /// A node that starts again has read its files, and has not synced yet what it goes on with.
  case recovery
  /// A leader has learnt that half of a snapshot's pieces have arrived, and not that all have.
  case transferHalfDone = "transfer-half-done"
  /// A leader has appended a configuration.
  case configuration

  /// Those at which faults of any kind are planned.
  static let common = allCases.filter { $0 != .followerReturn && $0 != .configuration }

  /// The place of this kind among all of them.
  package var offset: Int {
    switch self {
    case .leadership: 0
    case .voteReply: 1
    case .appendBeforeSync: 2
    case .appendAfterSync: 3
    case .commitAdvance: 4
    case .followerReturn: 5
    case .fileBegun: 6
    case .fileRenamed: 7
    case .fileRemoved: 8
    case .snapshotInstalled: 9
    case .recovery: 10
    case .transferHalfDone: 11
    case .configuration: 12
    }
  }
}

/// Whom a fault hits.
package enum FaultTarget: Hashable, Sendable {
  case nodes([NodeID])
  /// Whoever leads the latest term when the fault begins.
  case leader
  /// The node at which the fault's moment happened.
  case subject
}

/// Coded as `"leader"`, `"subject"`, or the nodes' names in a row: `"n1 n3"`.
extension FaultTarget: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    switch text {
    case "leader": self = .leader
    case "subject": self = .subject
    default:
      var nodes: [NodeID] = []
      for name in text.split(separator: " ") {
        guard let node = NodeID(named: name) else {
          throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "expected \"leader\", \"subject\" or nodes' names, found \"\(text)\"")
        }
        nodes.append(node)
      }
      self = .nodes(nodes)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .leader: try container.encode("leader")
    case .subject: try container.encode("subject")
    case .nodes(let nodes): try container.encode(nodes.map(\.description).joined(separator: " "))
    }
  }
}
