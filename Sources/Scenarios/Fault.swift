import Determinism

/// Something bad that begins and ends: partition and heal, crash and restart are one fault.
package struct Fault: Codable, Hashable, Sendable {
  /// Unique in its scenario, and stable when others are removed.
  package var id: Int
  package var trigger: FaultTrigger
  /// How long it lasts; a clock's jump is over at once.
  package var duration: Duration
  package var action: FaultAction
}

/// What makes a fault begin.
package enum FaultTrigger: Codable, Hashable, Sendable {
  /// A time since the start.
  case time(at: Duration)
  /// A protocol moment, counted over the whole cluster from 1, and a while after it.
  case moment(kind: Moment, ordinal: Int, after: Duration)
}

/// Points of the protocol at which a fault tells more than at a random time.
package enum Moment: String, Codable, Hashable, Sendable, CaseIterable {
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
}

/// Whom a fault hits.
package enum FaultTarget: Hashable, Sendable {
  case nodes([NodeID])
  /// Whoever leads the latest term when the fault begins.
  case leader
  /// The node at which the fault's moment happened.
  case subject
}

/// What a fault does.
package enum FaultAction: Codable, Hashable, Sendable {
  /// The nodes on one side and all others do not hear each other.
  case partition(shape: PartitionShape, side: FaultTarget)
  /// The nodes on one side are not heard by the others, yet hear them; or, inbound, the other way round.
  case oneWay(side: FaultTarget, inbound: Bool)
  /// The nodes crash and restart. Unsynced writes are lost from some point on; `tearing`, possibly from amid a write.
  case kill(target: FaultTarget, tearing: Bool)
  /// The nodes stand still; their clocks do not.
  case pause(target: FaultTarget)
  /// Messages between servers are lost with this chance.
  case loss(chance: Ratio)
  /// Messages between servers take longer, by an exponentially distributed time with this mean.
  case delay(mean: Duration)
  /// Messages between servers arrive twice with this chance.
  case duplicate(chance: Ratio)
  /// Messages between servers are held back with this chance, for up to this long, and so overtaken.
  case reorder(chance: Ratio, hold: Duration)
  /// The nodes' clocks run at another rate, in parts per million from true time, within the bound of the scenario.
  case clockDrift(target: FaultTarget, partsPerMillion: Int)
  /// The nodes' wall clocks jump.
  case clockJump(target: FaultTarget, by: Duration)
}

/// How a partition divides the cluster, by the field's names.
package enum PartitionShape: String, Codable, Hashable, Sendable, CaseIterable {
  /// Two halves, as equal as can be.
  case halves
  /// A majority and a minority.
  case majority
  /// One node alone.
  case one
  /// The leader alone.
  case primaries
}

/// The kinds of faults, as they are counted and printed.
package enum FaultKind: String, Codable, Hashable, Sendable, CaseIterable {
  case halves, majority, one, primaries
  case oneWay = "one-way"
  case kill
  case killMajority = "kill-majority"
  case tornWrite = "torn-write"
  case lostWrite = "lost-write"
  case pause, loss, delay, duplicate, reorder
  case clockDrift = "clock-drift"
  case clockJump = "clock-jump"

  /// Whether a scenario can ask for it; torn and lost writes are what a crash may do.
  package var isPlannable: Bool { self != .tornWrite && self != .lostWrite }
}

extension FaultAction {
  /// Whom it hits, if not the network as a whole.
  package var target: FaultTarget? {
    switch self {
    case .partition(_, let side), .oneWay(let side, _): side
    case .kill(let target, _), .pause(let target), .clockDrift(let target, _), .clockJump(let target, _): target
    case .loss, .delay, .duplicate, .reorder: nil
    }
  }

  /// Under which name it counts when it hits so many nodes of a cluster.
  package func kind(hitting nodes: Int, of clusterSize: Int) -> FaultKind {
    switch self {
    case .partition(let shape, _):
      switch shape {
      case .halves: .halves
      case .majority: .majority
      case .one: .one
      case .primaries: .primaries
      }
    case .oneWay: .oneWay
    case .kill: nodes > 1 && nodes > clusterSize / 2 ? .killMajority : .kill
    case .pause: .pause
    case .loss: .loss
    case .delay: .delay
    case .duplicate: .duplicate
    case .reorder: .reorder
    case .clockDrift: .clockDrift
    case .clockJump: .clockJump
    }
  }
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
