import Determinism

/// What a fault does.
package enum FaultAction: Codable, Hashable, Sendable {
  /// Servers do not hear each other.
  case partition(shape: PartitionShape, side: FaultTarget, direction: LinkDirection)
  /// Messages between the nodes and all others are held until the fault ends, and then arrive in their order.
  case clog(side: FaultTarget, direction: LinkDirection)
  /// Messages between servers are lost with this chance.
  case loss(chance: Ratio)
  /// Messages between servers take longer, by a time with this mean.
  case delay(mean: Duration, shape: DelayShape)
  /// Messages between servers arrive twice with this chance.
  case duplicate(chance: Ratio)
  /// Messages between servers are held back with this chance, for up to this long, and so overtaken.
  case reorder(chance: Ratio, hold: Duration)
  /// Messages between servers arrive once more with this chance, up to this long after.
  case replay(chance: Ratio, after: Duration)
  /// Every message to and from the nodes takes longer, by an exponentially distributed time with this mean.
  case slowNode(target: FaultTarget, mean: Duration)

  /// The nodes crash and restart. Unsynced writes are lost from some point on; `tearing`, possibly from amid a write.
  case kill(target: FaultTarget, tearing: Bool)
  /// Every node crashes at once.
  case powerLoss(tearing: Bool)
  /// The nodes crash, restart, crash again, and so on: so long down, so long up.
  case crashLoop(target: FaultTarget, every: Duration, tearing: Bool)
  /// The nodes stand still; their clocks do not.
  case pause(target: FaultTarget)
  /// The nodes take a snapshot of what they have applied.
  case snapshot(target: FaultTarget)

  /// Syncs fail: what they should have made durable is lost. Only nodes with a weak disk are hit.
  case syncError(target: FaultTarget)
  /// Writes fail. Only nodes with a weak disk are hit.
  case writeError(target: FaultTarget)
  /// No more than so many bytes can be written. Only nodes with a weak disk are hit.
  case diskFull(target: FaultTarget, room: Int)
  /// Every sync takes longer, by an exponentially distributed time with this mean.
  case slowDisk(target: FaultTarget, mean: Duration)
  /// The nodes crash, and a bit of what was synced long ago is another one. Only nodes with a weak disk are hit.
  case bitFlip(target: FaultTarget)
  /// The nodes crash, and a sector of what was synced long ago reads as zeros. Only nodes with a weak disk are hit.
  case unreadableSector(target: FaultTarget)

  /// The nodes' clocks run at another rate, in parts per million from true time, within the bound of the scenario.
  case clockDrift(target: FaultTarget, partsPerMillion: Int)
  /// The nodes' wall clocks jump.
  case clockJump(target: FaultTarget, by: Duration)
  /// The nodes' wall clocks jump there and back again and again.
  case clockStrobe(target: FaultTarget, by: Duration, every: Duration)
  /// The nodes' wall clocks stand still; in a scenario beyond the bound the monotonic ones do too.
  case clockFreeze(target: FaultTarget)
  /// The nodes' monotonic clocks leap forward; in a scenario beyond the bound only.
  case clockLeap(target: FaultTarget, by: Duration)
}

/// In which directions a link is affected.
package enum LinkDirection: String, CodedAsWord, Hashable, Sendable {
  case both
  /// What the nodes of the fault send.
  case outbound
  /// What is sent to them.
  case inbound
}

/// How a partition divides the cluster, by the field's names.
package enum PartitionShape: String, CodedAsWord, Hashable, Sendable {
  /// One node alone.
  case one
  /// Two halves, as equal as can be.
  case halves
  /// A majority and a minority.
  case majority
  /// Less than a third of the nodes, but at least one, and the others.
  case minorityThird = "minority-third"
  /// Every node hears a majority, and no two hear the same one. The side names all nodes in the order of the ring.
  case majoritiesRing = "majorities-ring"
  /// Two parts that are joined by one node only. The side names it first, and then one of the parts.
  case bridge
  /// The leader alone.
  case primaries
}

extension PartitionShape {
  /// The links that it cuts, as groups of senders and of recipients that do not hear them.
  ///
  /// - Parameters:
  ///   - side: the nodes that the fault took hold of.
  ///   - direction: of what the side sends and is sent; in a ring, of what goes on and back along it.
  package func cuts(
    side: [NodeID], of members: [NodeID], direction: LinkDirection
  ) -> [(senders: [NodeID], recipients: [NodeID])] {
    let others = members.filter { !side.contains($0) }
    let oneWay: [(senders: [NodeID], recipients: [NodeID])] =
      switch self {
      case .one, .halves, .majority, .minorityThird, .primaries: [(side, others)]
      case .bridge: [(Array(side.dropFirst()), others)]
      case .majoritiesRing: Self.distantPairs(side)
      }
    let back = oneWay.map { (senders: $0.recipients, recipients: $0.senders) }
    return switch direction {
    case .both: oneWay + back
    case .outbound: oneWay
    case .inbound: back
    }
  }

  /// Each node of a ring, with those later in it that are out of its hearing: what lies within reach to both sides is a
  /// majority.
  private static func distantPairs(_ ring: [NodeID]) -> [(senders: [NodeID], recipients: [NodeID])] {
    let reach = (ring.count / 2 + 1) / 2
    return ring.indices.map { place in
      (
        senders: [ring[place]],
        recipients: ring.indices.filter { $0 - place > reach && place + ring.count - $0 > reach }.map { ring[$0] }
      )
    }
  }
}

extension FaultAction {
  /// Whom it hits, if not the network or the cluster as a whole.
  package var target: FaultTarget? {
    switch self {
    case .partition(_, let side, _), .clog(let side, _): side
    case .slowNode(let target, _), .kill(let target, _), .crashLoop(let target, _, _), .pause(let target),
      .snapshot(let target), .syncError(let target), .writeError(let target), .diskFull(let target, _),
      .slowDisk(let target, _), .bitFlip(let target), .unreadableSector(let target), .clockDrift(let target, _),
      .clockJump(let target, _), .clockStrobe(let target, _, _), .clockFreeze(let target), .clockLeap(let target, _):
      target
    case .loss, .delay, .duplicate, .reorder, .replay, .powerLoss: nil
    }
  }

  /// Under which name it counts when it hits so many nodes of a cluster.
  package func kind(hitting nodes: Int, of clusterSize: Int) -> FaultKind {
    switch self {
    case .partition(let shape, _, let direction): direction == .both ? FaultKind(shape) : .oneWay
    case .kill: nodes > 1 && nodes > clusterSize / 2 ? .killMajority : .kill
    case .clog: .clog
    case .loss: .loss
    case .delay: .delay
    case .duplicate: .duplicate
    case .reorder: .reorder
    case .replay: .replay
    case .slowNode: .slowNode
    case .powerLoss: .powerLoss
    case .crashLoop: .crashLoop
    case .pause: .pause
    case .snapshot: .snapshot
    case .syncError: .syncError
    case .writeError: .writeError
    case .diskFull: .diskFull
    case .slowDisk: .slowDisk
    case .bitFlip: .bitFlip
    case .unreadableSector: .unreadableSector
    case .clockDrift: .clockDrift
    case .clockJump: .clockJump
    case .clockStrobe: .clockStrobe
    case .clockFreeze: .clockFreeze
    case .clockLeap: .clockLeap
    }
  }
}
